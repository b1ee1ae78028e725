"""The drawn face: the same parameters give the same picture, each moves what it should, and a face engine finds it."""

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from loadtest.moving_face import SCRIPT_S, FaceParameters, Rgb, render, script
from realtime.inference.engine import FaceRequest
from realtime.inference.face_litert import LiteRtFaceEngine

MODELS = Path(__file__).parents[2] / "var" / "models" / "face"
NEUTRAL = FaceParameters()
UNITS = ("smile", "mouth_open", "brow_raise", "eye_openness", "blink")

# Rows and columns of a 320 x 240 picture.
BROWS = (slice(92, 110), slice(112, 208))
EYES = (slice(112, 131), slice(112, 208))
LEFT_EYE = (slice(112, 131), slice(118, 153))
MOUTH = (slice(156, 196), slice(125, 195))
WALL = (slice(0, 240), slice(0, 40))
Region = tuple[slice, slice]


@pytest.fixture(scope="module")
def neutral() -> Rgb:
    return render(NEUTRAL)


def moved(picture: Rgb, than: Rgb, region: Region) -> float:
    """Mean change of a pixel."""
    return float(np.abs(picture[region].astype(int) - than[region].astype(int)).mean())


def brightness(picture: Rgb, region: Region) -> npt.NDArray[np.float64]:
    grey: npt.NDArray[np.float64] = picture[region].astype(float).mean(axis=2)
    return grey


def dark_centre(picture: Rgb, region: Region, below: float = 90.0) -> tuple[float, float]:
    """(x, y) of the middle of what is dark."""
    rows, columns = np.nonzero(brightness(picture, region) < below)
    return float(columns.mean()), float(rows.mean())


# --------------------------------------------------------------------------- drawing
def test_a_picture_is_a_function_of_its_parameters(neutral: Rgb) -> None:
    assert np.array_equal(render(NEUTRAL), neutral)
    assert neutral.shape == (240, 320, 3)
    assert neutral.dtype == np.uint8
    assert render(NEUTRAL, 160, 120).shape == (120, 160, 3)


@pytest.mark.parametrize(
    ("change", "region", "elsewhere"),
    [
        ({"mouth_open": 1.0}, MOUTH, (EYES, BROWS, WALL)),
        ({"smile": 1.0}, MOUTH, (EYES, BROWS, WALL)),
        ({"blink": 1.0}, EYES, (MOUTH, BROWS, WALL)),
        ({"eye_openness": 0.3}, EYES, (MOUTH, BROWS, WALL)),
        ({"gaze_x": 1.0}, EYES, (MOUTH, BROWS, WALL)),
        ({"gaze_y": 1.0}, EYES, (MOUTH, BROWS, WALL)),
        ({"brow_raise": 1.0}, BROWS, (EYES, MOUTH, WALL)),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_parameter_moves_its_own_part(
    neutral: Rgb, change: dict[str, float], region: Region, elsewhere: tuple[Region, ...]
) -> None:
    picture = render(replace(NEUTRAL, **change))
    assert moved(picture, neutral, region) > 2.0
    for other in elsewhere:
        assert moved(picture, neutral, region) > 3 * moved(picture, neutral, other)


@pytest.mark.parametrize("angle", ["yaw", "pitch", "roll"])
def test_a_turning_head_moves_everything_but_the_wall(neutral: Rgb, angle: str) -> None:
    picture = render(replace(NEUTRAL, **{angle: 12.0}))
    assert min(moved(picture, neutral, region) for region in (EYES, MOUTH)) > 2.0
    assert moved(picture, neutral, WALL) == 0


def test_lids_close_over_the_eye_the_more_the_longer_the_blink() -> None:
    whites = [(brightness(render(replace(NEUTRAL, blink=blink)), EYES) > 215).sum() for blink in (0.0, 0.4, 0.8, 1.0)]
    assert all(earlier > later for earlier, later in pairwise(whites[:3]))
    assert whites[-1] == 0
    assert replace(NEUTRAL, eye_openness=0.5, blink=0.5).lids == 0.25


def test_a_mouth_opens_by_degrees() -> None:
    dark = [(brightness(render(replace(NEUTRAL, mouth_open=gape)), MOUTH) < 60).sum() for gape in (0.0, 0.3, 0.6, 1.0)]
    assert dark == sorted(set(dark))


def test_gaze_and_brows_go_where_they_are_sent(neutral: Rgb) -> None:
    x, y = dark_centre(neutral, LEFT_EYE)
    right, _ = dark_centre(render(replace(NEUTRAL, gaze_x=0.8)), LEFT_EYE)
    _, down = dark_centre(render(replace(NEUTRAL, gaze_y=1.0)), LEFT_EYE)
    _, brow = dark_centre(neutral, BROWS)
    _, raised = dark_centre(render(replace(NEUTRAL, brow_raise=0.7)), BROWS)
    assert right > x + 1.0
    assert down > y + 0.5
    assert raised < brow - 1.0


# --------------------------------------------------------------------------- the script
def test_the_script_loops_without_a_jump_and_stays_within_bounds() -> None:
    moments = [script(number / 30) for number in range(round(SCRIPT_S * 30) + 1)]
    assert script(3.7) == script(3.7)
    for field in fields(FaceParameters):
        values = [getattr(moment, field.name) for moment in moments]
        assert values[0] == pytest.approx(values[-1], abs=1e-9)
        limit, jump = (30.0, 3.0) if field.name in ("yaw", "pitch", "roll") else (1.0, 0.4)
        assert max(abs(value) for value in values) <= limit
        assert max(abs(later - earlier) for earlier, later in pairwise(values)) < jump
        if field.name in UNITS:
            assert min(values) >= 0.0


def test_the_script_shows_every_movement() -> None:
    moments = [script(number / 30) for number in range(round(SCRIPT_S * 30))]
    for name, least in (("smile", 0.8), ("mouth_open", 0.4), ("brow_raise", 0.5), ("blink", 0.9), ("yaw", 6.0)):
        values = [getattr(moment, name) for moment in moments]
        assert max(values) - min(values) > least, name


# --------------------------------------------------------------------------- what an engine makes of it
@pytest.fixture(scope="module")
def engine() -> LiteRtFaceEngine:
    if not (MODELS / "model.json").is_file():
        pytest.skip(f"no face models at {MODELS}: `viva models pull face` to run this")
    return LiteRtFaceEngine(MODELS)


def landmarks(engine: LiteRtFaceEngine, *parameters: FaceParameters) -> list[npt.NDArray[np.float32]]:
    """(468, 3) each, in heights of the neutral face."""
    results = engine.analyse([FaceRequest("drawn", at, render(item)) for at, item in enumerate(parameters)])
    assert [result.faces for result in results] == [1] * len(parameters)
    found = [result.landmarks for result in results if result.landmarks is not None]
    assert len(found) == len(parameters)
    return [points / distance(found[0], 10, 152) for points in found]


def distance(points: npt.NDArray[np.float32], one: int, other: int) -> float:
    return float(np.linalg.norm(points[one, :2] - points[other, :2]))


def test_the_face_is_found_all_through_the_script(engine: LiteRtFaceEngine) -> None:
    moments = [script(at_s) for at_s in np.arange(0, SCRIPT_S, 1.3)]
    results = engine.analyse([FaceRequest("drawn", at, render(moment)) for at, moment in enumerate(moments)])
    assert {result.faces for result in results} == {1}
    assert min(result.presence for result in results) > 0.9


def test_what_was_drawn_is_what_is_read(engine: LiteRtFaceEngine) -> None:
    """Points of MediaPipe's mesh: lips 13/14 and corners 61/291, lids 159/145, brow 105, nose tip 1, cheeks 234/454."""
    neutral, smiling, open_mouth, brows, blinking, left, right, tilted = landmarks(
        engine,
        NEUTRAL,
        replace(NEUTRAL, smile=1.0),
        replace(NEUTRAL, mouth_open=1.0),
        replace(NEUTRAL, brow_raise=1.0),
        replace(NEUTRAL, blink=1.0),
        replace(NEUTRAL, yaw=-15.0),
        replace(NEUTRAL, yaw=15.0),
        replace(NEUTRAL, roll=10.0),
    )
    assert distance(smiling, 61, 291) > 1.1 * distance(neutral, 61, 291)
    assert distance(open_mouth, 13, 14) > 0.08 > 0.03 > distance(neutral, 13, 14)
    assert brows[159, 1] - brows[105, 1] > 1.2 * (neutral[159, 1] - neutral[105, 1])
    assert distance(blinking, 159, 145) < 0.7 * distance(neutral, 159, 145)
    nose = [points[1, 0] - (points[234, 0] + points[454, 0]) / 2 for points in (left, neutral, right)]
    assert nose[0] < nose[1] - 0.05 < nose[1] + 0.05 < nose[2]
    cheeks = tilted[454, :2] - tilted[234, :2]
    assert np.degrees(np.arctan2(cheeks[1], cheeks[0])) == pytest.approx(10.0, abs=3.0)
