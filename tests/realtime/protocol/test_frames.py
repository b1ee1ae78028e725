import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import (
    HEADER,
    MAX_FRAME_BYTES,
    MAX_PAYLOAD_BYTES,
    FrameKind,
    MediaFrame,
    decode_frame,
    encode_frame,
    pack_run,
    unpack_run,
)

numbers = {
    "n": st.integers(0, 2**32 - 1),
    "start_ms": st.integers(0, 2**32 - 1),
    "level": st.none() | st.integers(0, 127),
    "key": st.booleans(),
}
sounds = st.builds(
    MediaFrame,
    kind=st.sampled_from([FrameKind.OPUS, FrameKind.PCM]),
    payload=st.binary(min_size=1, max_size=300),
    duration_ms=st.integers(0, 2**16 - 1),
    live=st.booleans(),
    take=st.integers(1, 2**16 - 1),
    **numbers,
)
sounds_outside = st.builds(
    MediaFrame,
    kind=st.sampled_from([FrameKind.OPUS, FrameKind.PCM]),
    payload=st.binary(min_size=1, max_size=300),
    live=st.just(True),
    **numbers,
)
pictures = st.builds(
    MediaFrame,
    kind=st.sampled_from([FrameKind.JPEG, FrameKind.VP8]),
    payload=st.binary(min_size=1, max_size=300),
    live=st.booleans(),
    **numbers,
)
packets = st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=50)
runs = st.builds(
    MediaFrame,
    kind=st.just(FrameKind.RUN),
    payload=packets.map(pack_run),
    duration_ms=st.integers(1, 20),
    take=st.integers(1, 2**16 - 1),
    **numbers,
)


@given(sounds | sounds_outside | pictures | runs)
def test_what_is_encoded_is_decoded(frame):
    assert decode_frame(encode_frame(frame)) == frame


@given(packets)
def test_a_run_is_its_packets(packets):
    assert unpack_run(pack_run(packets)) == packets


@given(st.binary(max_size=120), st.sampled_from([b"", b"\2\5\0\0\0\1\xff\0", b"\2\1\0\2"]))
def test_any_bytes_are_a_frame_or_a_typed_refusal(data, beginning):
    with contextlib.suppress(ProtocolError):
        assert decode_frame(beginning + data).payload == (beginning + data)[20:]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_run_or_a_typed_refusal(data):
    with contextlib.suppress(ProtocolError):
        assert b"".join(len(p).to_bytes(2, "big") + p for p in unpack_run(data)) == data


def test_the_layout_is_the_documented_one():
    frame = MediaFrame(FrameKind.OPUS, 7, 1234, b"xy", duration_ms=60, level=30, live=True, take=258)
    assert encode_frame(frame) == bytes.fromhex("02 01 0002 0102 1e 00 00000007 000004d2 003c 0000") + b"xy"
    assert HEADER.size == 20


def header(kind=1, flags=2, take=0, level=255, n=0, start_ms=0, duration_ms=60, version=2) -> bytes:
    return HEADER.pack(version, kind, flags, take, level, 0, n, start_ms, duration_ms, 0)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "frame_truncated"),
        (header(), "frame_truncated"),
        (header(version=1) + b"x", "frame_version_unknown"),
        (header(kind=9) + b"x", "frame_kind_unknown"),
        (header(level=200) + b"x", "frame_invalid"),
        (header(flags=0) + b"x", "frame_invalid"),
        (header(kind=3, take=1) + b"x", "frame_invalid"),
        (header(kind=5, flags=0, take=0) + b"\0\1x", "frame_invalid"),
        (header(kind=5, flags=2, take=1) + b"\0\1x", "frame_invalid"),
        (header(kind=5, flags=0, take=1, duration_ms=0) + b"\0\1x", "frame_invalid"),
        (header(kind=5, flags=0, take=1, duration_ms=600) + b"\0\1x\0\1y", "frame_invalid"),
        (header(kind=5, flags=0, take=1) + b"\0\2x", "frame_invalid"),
        (header(kind=5, flags=0, take=1) + b"\0\0", "frame_invalid"),
        (header(kind=5, flags=0, take=1) + b"\0\1x" * 51, "frame_invalid"),
        (bytes(MAX_FRAME_BYTES + 1), "frame_too_large"),
    ],
)
def test_refusals(data, code):
    with pytest.raises(ProtocolError) as refused:
        decode_frame(data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "frame",
    [
        MediaFrame(FrameKind.OPUS, -1, 0, b"x", live=True),
        MediaFrame(FrameKind.OPUS, 1, -1, b"x", live=True),
        MediaFrame(FrameKind.OPUS, 1, 0, b"x", live=True, level=200),
        MediaFrame(FrameKind.OPUS, 1, 0, b"x"),
        MediaFrame(FrameKind.OPUS, 1, 0, bytes(MAX_PAYLOAD_BYTES + 1), live=True),
    ],
)
def test_what_does_not_fit_is_not_encoded(frame):
    with pytest.raises(ProtocolError):
        encode_frame(frame)


@pytest.mark.parametrize("packets", [[], [b""], [b"x"] * 51, [bytes(1 << 16)]])
def test_what_is_no_run_is_not_packed(packets):
    with pytest.raises(ProtocolError):
        pack_run(packets)
