from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from realtime.interview.prompts import DARK
from realtime.perception.picture import PictureMeter, is_picture


def room(shade: float, seed: int = 0, noise: float = 2.0) -> np.ndarray:
    """A grey wall as a webcam sees it: with noise."""
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(shade, noise, (240, 320, 3)), 0, 255).astype(np.uint8)


def readings(meter: PictureMeter, pictures: list[np.ndarray], every_ms: int = 333) -> list[tuple[bool, float | None]]:
    found = []
    for number, picture in enumerate(pictures):
        meter.look(picture, number * every_ms)
        if (reading := meter.passed(number * every_ms)) is not None:
            found.append((reading.frozen, reading.light))
    return found


def test_nothing_is_said_before_there_is_a_camera() -> None:
    meter = PictureMeter()
    assert [meter.passed(at) for at in range(0, 10_000, 500)] == [None] * 20


def test_a_live_picture_moves_and_has_its_light() -> None:
    found = readings(PictureMeter(), [room(128, seed) for seed in range(10)])
    assert len(found) == 2
    for frozen, light in found:
        assert not frozen
        assert light == pytest.approx(0.5, abs=0.01)


def test_the_same_picture_again_and_again_is_frozen() -> None:
    still = room(128)
    assert [frozen for frozen, _ in readings(PictureMeter(), [still] * 10)] == [True, True]


def test_pictures_that_stop_are_frozen_until_they_come_again() -> None:
    meter = PictureMeter()
    for at in range(0, 3000, 100):
        meter.arrived(at)
    told = {at: reading.frozen for at in range(3000, 9000, 60) if (reading := meter.passed(at)) is not None}
    assert next(at for at, frozen in told.items() if frozen) == pytest.approx(5000, abs=1000)
    assert all(told[at] for at in told if at > 6000)
    meter.arrived(9000)
    again = meter.passed(10_000)
    assert again is not None
    assert not again.frozen
    assert again.light is None, "nothing was decoded"


@pytest.mark.parametrize(("shade", "dark"), [(12, True), (90, False)])
def test_light(shade: float, dark: bool) -> None:
    _, light = readings(PictureMeter(), [room(shade, seed) for seed in range(6)])[0]
    assert light is not None
    assert (light <= DARK.bad) == dark


def test_a_real_webcam_is_neither_frozen_nor_dark(face_data: Path) -> None:
    meter, found = PictureMeter(), []
    with av.open(str(face_data / "faces" / "webcam-a-expressions.mp4")) as clip:
        for frame in clip.decode(video=0):
            if int(frame.pts * frame.time_base * 25) % 8 == 0:
                at_ms = round(float(frame.pts * frame.time_base) * 1000)
                meter.look(frame.to_ndarray(format="rgb24"), at_ms)
                if (reading := meter.passed(at_ms)) is not None:
                    found.append(reading)
    assert len(found) > 10
    assert not any(reading.frozen for reading in found)
    lights = [reading.light for reading in found if reading.light is not None]
    assert min(lights) > DARK.good


@given(arrays(np.uint8, st.tuples(st.integers(1, 70), st.integers(1, 70), st.just(3))))
def test_any_picture_has_a_light_between_black_and_white(picture: np.ndarray) -> None:
    meter = PictureMeter()
    meter.look(picture, 0)
    reading = meter.passed(1000)
    assert reading is not None
    assert reading.light is not None
    assert 0 <= reading.light <= 1


def test_pictures_that_come_and_cannot_be_decoded_stand_still() -> None:
    """And are no fault while nobody wants to see them."""
    meter = PictureMeter()
    told = {}
    for at in range(0, 2_000, 100):
        meter.arrived(at, to_be_seen=True)
        meter.look(room(128, at), at)
        if (reading := meter.passed(at)) is not None:
            told[at] = reading.frozen
    for at in range(2_000, 8_000, 100):
        meter.arrived(at, to_be_seen=at < 6_000)
        if (reading := meter.passed(at)) is not None:
            told[at] = reading.frozen
    assert not any(frozen for at, frozen in told.items() if at < 3_900 or at > 6_500)
    assert all(frozen for at, frozen in told.items() if 5_000 <= at < 6_000)


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (np.zeros((1, 1, 3), np.uint8), True),
        (np.zeros((240, 320, 3), np.uint8), True),
        (np.zeros((240, 320, 3)), False),
        (np.zeros((240, 320), np.uint8), False),
        (np.zeros((240, 320, 4), np.uint8), False),
        (np.zeros((0, 320, 3), np.uint8), False),
        (b"\xff\xd8", False),
        (None, False),
    ],
)
def test_what_a_picture_is(value: object, good: bool) -> None:
    assert is_picture(value) is good
