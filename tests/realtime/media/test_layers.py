"""A real VP8 stream in three temporal layers, made by libvpx."""

import av
import numpy as np
import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.layers import LAYERS, LayerChoice
from realtime.media.pictures import PictureTap
from realtime.media.vp8 import FrameAssembler, Vp8Frame, is_key_frame, parse_payload

PATTERN = (0, 2, 1, 2)
"""L1T3. Every frame of layer 1 follows one of layer 0, so both it and the next of layer 2 need the base alone."""
SPACING_MS = 100.0


@pytest.fixture(scope="module")
def film() -> list[bytes]:
    """Six seconds of ten frames: a square that wanders over noise, so that a wrong reference is seen."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.bit_rate = 160, 120, "yuv420p", 200_000
    codec.framerate, codec.gop_size = 10, 1000
    layers = "ts_number_layers=3:ts_target_bitrate=80,120,200:ts_rate_decimator=4,2,1:ts_periodicity=4"
    codec.options = {
        "deadline": "realtime",
        "lag-in-frames": "0",
        "cpu-used": "8",
        "error-resilient": "partitions",
        "ts-parameters": layers + ":ts_layer_id=0,2,1,2:ts_layering_mode=3",
    }
    ground = np.random.default_rng(3).integers(60, 120, (120, 160, 3), np.uint8)
    frames = []
    for i in range(60):
        picture = ground.copy()
        picture[30:80, 2 * i % 110 : 2 * i % 110 + 50] = (200, 40 + 3 * i, 90)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = i
        frames += [bytes(packet) for packet in codec.encode(frame)]
    assert len(frames) == 60
    assert [is_key_frame(f) for f in frames] == [True] + [False] * 59
    return frames


def frames_of(film, pattern=PATTERN):
    for i, data in enumerate(film):
        layer = pattern[i % len(pattern)]
        yield Vp8Frame(i * SPACING_MS, data, is_key_frame(data), layer == 2, layer, layer > 0 and i % 4 < 3)


def shown(film, per_second, pattern=PATTERN):
    tap = PictureTap()
    tap.decode(per_second)
    pictures = [picture for frame in frames_of(film, pattern) if (picture := tap.push(frame))]
    return pictures, tap


@pytest.fixture(scope="module")
def whole(film):
    """Every frame decoded, by its time."""
    codec = av.CodecContext.create("vp8", "r")
    decoded = [next(iter(codec.decode(av.Packet(data)))).to_ndarray(format="rgb24") for data in film]
    return {i * SPACING_MS: picture for i, picture in enumerate(decoded)}


@pytest.mark.parametrize(
    ("per_second", "most_decoded", "pictures_a_second"),
    [(2, 17, 2), (2.5, 17, 2.5), (3, 32, 3), (5, 32, 5), (10, 60, 10)],
)
def test_only_the_layers_that_are_needed_are_decoded(film, whole, per_second, most_decoded, pictures_a_second):
    pictures, tap = shown(film, per_second)
    assert tap.decoded <= most_decoded
    assert abs(len(pictures) - 6 * pictures_a_second) <= 1
    assert tap.refused == 0
    for picture in pictures:  # what was left out is not missing: bit for bit the same
        assert np.array_equal(picture.rgb, whole[picture.start_ms])


def test_pictures_of_the_base_layer_come_evenly_though_the_camera_does_not(film):
    tap = PictureTap()
    tap.decode(2.5)
    rng = np.random.default_rng(1)
    times = []
    for frame in frames_of(film):
        at_ms = frame.start_ms + rng.uniform(0, 30)
        if tap.push(frame._replace(start_ms=at_ms)):
            times.append(at_ms)
    assert max(np.diff(times)[2:]) < 460


def test_more_may_be_asked_for_at_any_time(film, whole):
    tap = PictureTap()
    tap.decode(2)
    pictures = []
    for i, frame in enumerate(frames_of(film)):
        if i == 30:
            tap.decode(10)
        if picture := tap.push(frame):
            pictures.append(picture)
    assert sum(p.start_ms > 3500 for p in pictures) > 20
    for picture in pictures:
        assert np.array_equal(picture.rgb, whole[picture.start_ms])


def test_a_stream_without_layers_is_taken_whole(film):
    choice = LayerChoice(1)
    assert all(choice.takes(Vp8Frame(i * SPACING_MS, b"", False, False)) for i in range(20))
    assert not choice.spacing


def test_back_up_only_where_the_frame_needs_no_more_than_the_base():
    choice = LayerChoice(2.5)
    layers = [(i * SPACING_MS, PATTERN[i % 4]) for i in range(12)]
    assert [choice.takes(Vp8Frame(at, b"", at == 0, False, layer)) for at, layer in layers][5:] == [
        False, False, False, True, False, False, False,
    ]  # fmt: skip
    choice.per_second = 10
    later = [(at + 1200, layer) for at, layer in layers]
    assert [choice.takes(Vp8Frame(at, b"", False, False, layer)) for at, layer in later[:6]] == [
        True, False, False, False, True, False,
    ]  # fmt: skip
    assert choice.takes(Vp8Frame(1800, b"", False, False, 1, synchronised=True))
    assert not choice.takes(Vp8Frame(1900, b"", False, False, 2))
    assert choice.takes(Vp8Frame(2000, b"", True, False, 0))
    assert choice.takes(Vp8Frame(2100, b"", False, False, 2))


@given(st.integers(0, 3), st.booleans(), st.none() | st.integers(0, 31), st.none() | st.integers(0, 2**15 - 1))
def test_the_layer_is_read_from_the_descriptor(layer, synchronised, key_index, picture_id):
    written = bytes(VpxPayloadDescriptor(1, 0, picture_id, 7, (layer, int(synchronised)), key_index))
    fragment = parse_payload(written + b"data!")
    assert (fragment.layer, fragment.synchronised, fragment.data) == (layer, synchronised, b"data!")
    frames = FrameAssembler()
    key = bytes([0x10, 0, 0, 0x9D, 0x01, 0x2A, 160, 0, 120, 0])
    frame = frames.push(1, 0, 0.0, True, written + key)
    assert (frame.layer, frame.synchronised) == (layer, synchronised)


@given(st.lists(st.tuples(st.integers(0, LAYERS - 1), st.booleans(), st.floats(0, 500)), max_size=60), st.floats(0, 30))
def test_whatever_the_layers_claim_the_base_is_always_taken(frames, per_second):
    choice, at_ms = LayerChoice(per_second), 0.0
    for layer, synchronised, wait_ms in frames:
        at_ms += wait_ms
        taken = choice.takes(Vp8Frame(at_ms, b"", False, False, layer, synchronised))
        assert taken or layer > 0
