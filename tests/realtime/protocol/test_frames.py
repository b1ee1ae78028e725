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
)

frames = st.builds(
    MediaFrame,
    kind=st.sampled_from(FrameKind),
    seq=st.integers(1, 2**32 - 1),
    start_ms=st.integers(0, 2**32 - 1),
    payload=st.binary(min_size=1, max_size=300),
    duration_ms=st.integers(0, 2**16 - 1),
    level=st.none() | st.integers(0, 127),
    key=st.booleans(),
)


@given(frames)
def test_what_is_encoded_is_decoded(frame):
    assert decode_frame(encode_frame(frame)) == frame


@given(st.binary(max_size=100))
def test_any_bytes_are_a_frame_or_a_typed_refusal(data):
    with contextlib.suppress(ProtocolError):
        assert decode_frame(data).payload == data[16:]


def test_the_layout_is_the_documented_one():
    frame = MediaFrame(FrameKind.VP8, 7, 1234, b"xy", duration_ms=100, level=30, key=True)
    assert encode_frame(frame) == bytes.fromhex("01 04 0001 00000007 000004d2 0064 1e 00") + b"xy"
    assert HEADER.size == 16


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "frame_truncated"),
        (bytes(16), "frame_truncated"),
        (bytes([2, 1]) + bytes(15), "frame_version_unknown"),
        (bytes([1, 9]) + bytes(15), "frame_kind_unknown"),
        (bytes([1, 1]) + bytes(15), "frame_invalid"),
        (bytes([1, 1, 0, 0, 0, 0, 0, 1]) + bytes(6) + bytes([200, 0, 1]), "frame_invalid"),
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
        MediaFrame(FrameKind.OPUS, 0, 0, b"x"),
        MediaFrame(FrameKind.OPUS, 1, -1, b"x"),
        MediaFrame(FrameKind.OPUS, 1, 0, b"x", level=200),
        MediaFrame(FrameKind.OPUS, 1, 0, bytes(MAX_PAYLOAD_BYTES + 1)),
    ],
)
def test_what_does_not_fit_is_not_encoded(frame):
    with pytest.raises(ProtocolError):
        encode_frame(frame)
