import av
import numpy as np
import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.pictures import PictureTap
from realtime.media.stills import MAX_SIDE, decode_jpeg
from realtime.media.video_path import VideoPath
from realtime.media.vp8 import FrameAssembler, Vp8Frame, dimensions, is_key_frame, parse_payload


@pytest.fixture(scope="module")
def film() -> list[bytes]:
    """30 frames of 160 x 120, a key frame every 15; the grey level tells the number."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.bit_rate = 160, 120, "yuv420p", 400_000
    codec.gop_size = 15
    codec.options = {"deadline": "realtime", "lag-in-frames": "0", "cpu-used": "8"}
    frames = []
    for i in range(30):
        picture = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 40 + 6 * i, np.uint8), format="rgb24")
        picture.pts = i
        frames += [bytes(p) for p in codec.encode(picture)]
    return frames


def packetise(data: bytes, size: int = 60) -> list[tuple[bool, bytes]]:
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    return [(i == len(parts) - 1, bytes([0x10 if i == 0 else 0]) + p) for i, p in enumerate(parts)]


@given(
    st.booleans(),
    st.none() | st.integers(0, 2**15 - 1),
    st.none() | st.integers(0, 255),
    st.none() | st.tuples(st.integers(0, 3), st.integers(0, 1)),
    st.none() | st.integers(0, 31),
)
def test_descriptors_of_another_implementation_are_read(start, picture_id, tl0, tid, keyidx):
    written = bytes(VpxPayloadDescriptor(int(start), 0, picture_id, tl0, tid, keyidx))
    assert parse_payload(written + b"data!") == (start, False, b"data!", *(tid or (None, False)))


@given(st.binary(max_size=30))
def test_any_payload_is_a_fragment_or_nothing(payload):
    parse_payload(payload)


def test_frames_are_put_together(film):
    frames, number, out = FrameAssembler(), 0, []
    for i, data in enumerate(film):
        for marker, payload in packetise(data):
            frame = frames.push(number, i * 9000, i * 100.0, marker, payload)
            number += 1
            if frame:
                out.append(frame)
    assert [f.data for f in out] == film
    assert [f.key for f in out] == [i % 15 == 0 for i in range(30)]
    assert dimensions(film[0]) == (160, 120)


def test_after_a_loss_nothing_passes_until_a_key_frame(film):
    frames, number, out = FrameAssembler(), 0, []
    for i, data in enumerate(film):
        for marker, payload in packetise(data):
            number += 1
            if i == 5 and marker:
                continue
            if frames.push(number, i * 9000, i * 100.0, marker, payload):
                out.append(i)
    assert out == [*range(5), *range(15, 30)]
    assert frames.dropped == 9  # of the fifth nothing came at all, so nobody knows of it


def test_the_path_asks_again_for_what_is_missing_and_then_for_a_key_frame(film, sink):
    asked, keys = [], []
    path = VideoPath(sink, lambda: keys.append(1), asked.extend)
    packets = [(i, m, p) for i, data in enumerate(film[:10]) for m, p in packetise(data)]
    hole = next(n for n, (i, _, _) in enumerate(packets) if i == 3)
    for n, (i, marker, payload) in enumerate(packets):
        if n != hole:
            path.receive(n, i * 9000, marker, payload, i * 100.0)
    assert set(asked) == {hole}
    assert keys
    assert len(sink.of("vp8")) == 3


def test_a_retransmission_mends_the_stream(film, sink):
    asked = []
    path = VideoPath(sink, lambda: None, asked.extend)
    packets = [(i, m, p) for i, data in enumerate(film[:10]) for m, p in packetise(data)]
    missing = 20
    for n, (i, marker, payload) in enumerate(packets):
        if n == missing:
            continue
        path.receive(n, i * 9000, marker, payload, i * 10.0)
        if n == missing + 3:
            i, marker, payload = packets[missing]
            path.receive(missing, i * 9000, marker, payload, i * 10.0)
    assert [f.data for f in sink.of("vp8")] == film[:10]
    assert path.dropped == 0


@pytest.mark.parametrize(("per_second", "expected"), [(10, 30), (5, 15), (2, 6), (0.5, 2), (0, 0)])
def test_pictures_come_as_often_as_asked(film, per_second, expected):
    tap = PictureTap()
    tap.decode(per_second)
    pictures = [p for i, d in enumerate(film) if (p := tap.push(Vp8Frame(i * 100.0, d, is_key_frame(d), False)))]
    assert abs(len(pictures) - expected) <= (1 if per_second == 0.5 else 0)
    for picture in pictures:
        assert picture.rgb.mean() == pytest.approx(40 + 6 * picture.start_ms / 100, abs=6)


def test_a_bomb_is_refused_by_its_header(film):
    tap = PictureTap()
    tap.decode(10)
    bomb = bytearray(film[0])
    bomb[6:10] = b"\xff\x3f\xff\x3f"
    assert tap.push(Vp8Frame(0, bytes(bomb), True, False)) is None
    assert tap.refused == 1
    assert tap.latest_still() is None


@given(st.binary(max_size=200))
def test_any_bytes_as_a_frame_do_no_harm(film, data):
    tap = PictureTap()
    tap.decode(10)
    tap.push(Vp8Frame(0, film[0], True, False))
    tap.push(Vp8Frame(100, film[0][:10] + data, True, False))
    tap.push(Vp8Frame(200, data, is_key_frame(data), False))
    tap.latest_still()


def test_a_still_comes_from_the_newest_picture(film):
    tap = PictureTap()
    tap.push(Vp8Frame(0, film[0], True, False))
    assert decode_jpeg(tap.latest_still()).mean() == pytest.approx(40, abs=6)
    tap.push(Vp8Frame(1500, film[15], True, False))
    assert decode_jpeg(tap.latest_still()).mean() == pytest.approx(130, abs=6)


def test_large_pictures_are_made_smaller():
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = 1280, 720, "yuv420p"
    codec.options = {"deadline": "realtime", "lag-in-frames": "0", "cpu-used": "8"}
    data = b"".join(bytes(p) for p in codec.encode(av.VideoFrame.from_ndarray(np.zeros((720, 1280, 3), np.uint8))))
    tap = PictureTap()
    tap.decode(5)
    assert tap.push(Vp8Frame(0, data, True, False)).rgb.shape == (360, MAX_SIDE, 3)
