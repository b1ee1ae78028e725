"""The movements on faces that were built from known lengths, and what must not change them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.perception.face import movements, neutral_of
from realtime.perception.face_geometry import Features, Points, features

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "face_movements.json").read_text())
CASES: list[dict[str, Any]] = VECTORS["cases"]
NEUTRAL = Features(**VECTORS["neutral"])
MIRRORED = {
    33: 263, 133: 362, 61: 291, 234: 454, 127: 356, 159: 386, 145: 374, 158: 385, 153: 380, 105: 334, 66: 296,
}  # fmt: skip
"""Of the points the formulas use: the subject's right, and its partner on the left. The others lie in the middle."""
WIDTH_PX = 640


def points_of(case: dict[str, Any]) -> Points:
    points = np.zeros((468, 3), np.float32)
    for number, place in case["points"].items():
        points[int(number)] = place
    return points


def found(points: Points) -> Features:
    read = features(points)
    assert read is not None
    return read


def lengths(read: Features) -> list[float]:
    return [read.mouth_width, read.corner_height, read.brow_height, read.eye_aspect]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_a_face_of_known_lengths_is_read_as_such(case: dict[str, Any]) -> None:
    read = found(points_of(case))
    for name, expected in case["features"].items():
        assert getattr(read, name) == pytest.approx(expected, abs=0.05 if name.endswith("_deg") else 5e-4), name
    moved = asdict(movements(read, NEUTRAL))
    assert moved == pytest.approx(case["movements"], abs=0.01)


cases = st.sampled_from(CASES)


@given(case=cases, scale=st.floats(0.2, 8), x=st.floats(-2_000, 2_000), y=st.floats(-2_000, 2_000))
def test_neither_place_nor_distance_changes_anything(case: dict[str, Any], scale: float, x: float, y: float) -> None:
    points = points_of(case)
    there = points.astype(np.float64) * scale + (x, y, 0)
    one, other = found(points), found(there.astype(np.float32))
    assert asdict(other) == pytest.approx(asdict(one), abs=0.02)
    assert asdict(movements(other, NEUTRAL)) == pytest.approx(asdict(movements(one, NEUTRAL)), abs=0.02)


@given(case=cases, turn_deg=st.floats(-60, 60))
def test_a_picture_turned_in_its_plane_changes_the_tilt_alone(case: dict[str, Any], turn_deg: float) -> None:
    cosine, sine = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    turned = points_of(case) @ np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    one, other = found(points_of(case)), found(turned.astype(np.float32))
    assert lengths(other) == pytest.approx(lengths(one), abs=1e-3)
    assert other.pitch_deg == pytest.approx(one.pitch_deg, abs=0.05)
    assert other.yaw_deg == pytest.approx(one.yaw_deg, abs=0.05)
    assert other.roll_deg == pytest.approx(one.roll_deg + turn_deg, abs=0.05)


@given(case=cases)
def test_a_mirror_swaps_left_and_right_and_no_movement(case: dict[str, Any]) -> None:
    points = points_of(case)
    mirrored = points.copy()
    mirrored[:, 0] = WIDTH_PX - points[:, 0]
    for right, left in MIRRORED.items():
        mirrored[[right, left]] = mirrored[[left, right]]
    one, other = found(points), found(mirrored)
    assert other.yaw_deg == pytest.approx(-one.yaw_deg, abs=0.05)
    assert other.roll_deg == pytest.approx(-one.roll_deg, abs=0.05)
    assert other.pitch_deg == pytest.approx(one.pitch_deg, abs=0.05)
    assert lengths(other) == pytest.approx(lengths(one), abs=1e-3)
    assert asdict(movements(other, NEUTRAL)) == pytest.approx(asdict(movements(one, NEUTRAL)), abs=5e-3)


angles, ratios = st.floats(-180, 180), st.floats(-2, 2)
anything = st.builds(Features, angles, angles, angles, ratios, ratios, ratios, ratios)


@given(now=anything, first=st.lists(anything, min_size=1, max_size=9))
def test_every_movement_lies_between_0_and_1_whatever_was_learnt(now: Features, first: list[Features]) -> None:
    moved = asdict(movements(now, neutral_of(first)))
    assert all(0.0 <= value <= 1.0 for value in moved.values()), moved


@given(first=st.lists(anything, min_size=1, max_size=9), more=st.floats(0, 0.5))
def test_more_of_a_movement_is_never_read_as_less(first: list[Features], more: float) -> None:
    neutral = neutral_of(first)
    wider = Features(*[getattr(neutral, name) for name in ("yaw_deg", "pitch_deg", "roll_deg")],
                     neutral.mouth_width + more, neutral.corner_height + more, neutral.brow_height + more,
                     neutral.eye_aspect + more)  # fmt: skip
    one, other = movements(neutral, neutral), movements(wider, neutral)
    assert (one.smile, one.brow_raise, one.eye_openness) == (0.0, 0.0, 1.0)
    assert other.smile >= one.smile
    assert other.brow_raise >= one.brow_raise
    assert other.eye_openness == 1.0
