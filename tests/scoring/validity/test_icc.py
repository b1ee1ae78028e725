"""Intraclass correlations against Shrout & Fleiss's own table and pingouin, intervals included."""

from typing import Any

import numpy as np
import pytest

from scoring.validity.icc import KINDS, icc, mean_squares, point, resampled, stepped_up
from scoring.validity.intervals import resamples

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)


def test_the_six_of_the_paper() -> None:
    found = [icc(SHROUT_FLEISS, kind).value for kind in KINDS]
    assert [round(value or 0, 3) for value in found] == [0.166, 0.290, 0.715, 0.443, 0.620, 0.909]


def test_pingouin_agrees_on_points_and_intervals(oracles: dict[str, Any]) -> None:
    for case in oracles["icc"]:
        for kind in KINDS:
            found, theirs = icc(np.array(case["table"], float), kind), case[kind]
            assert found.value == pytest.approx(theirs["icc"], abs=1e-9)
            assert [found.low, found.high] == pytest.approx([theirs["low"], theirs["high"]], abs=1e-6)


def test_a_severe_rater_costs_absolute_agreement_and_no_consistency() -> None:
    base = np.random.default_rng(1).normal(3, 1, 50)
    table = np.stack([base, base + 1 + np.random.default_rng(2).normal(0, 0.1, 50)], axis=1)
    absolute, consistent = icc(table, "ICC(A,1)").value, icc(table, "ICC(C,1)").value
    assert absolute is not None
    assert consistent is not None
    assert consistent > 0.98
    assert absolute < 0.75


def test_perfect_agreement_has_no_interval_and_no_variance_no_value() -> None:
    same = np.array([[1.0, 1.0], [3.0, 3.0], [5.0, 5.0]])
    assert icc(same).value == pytest.approx(1)
    assert icc(same).low is None
    assert icc(np.full((3, 2), 2.0)).value is None


@pytest.mark.parametrize("table", [[[1.0, 2.0]], [[1.0], [2.0]], [[1.0, np.nan], [2.0, 3.0]]])
def test_two_candidates_two_raters_no_holes(table: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="complete table"):
        icc(np.array(table))


def test_resampling_gives_the_same_point() -> None:
    table = np.random.default_rng(5).integers(1, 6, size=(12, 3)).astype(float)
    weights = resamples(12, times=4)
    for kind in ("ICC(A,1)", "ICC(1,1)"):
        for row, value in zip(weights, resampled(table, weights, kind), strict=True):  # type: ignore[arg-type]
            drawn = np.repeat(table, row.astype(int), axis=0)
            assert value == pytest.approx(point(mean_squares(drawn), kind))  # type: ignore[arg-type]


def test_a_panel_of_two_from_one() -> None:
    assert stepped_up(0.44, 2) == pytest.approx(0.611, abs=0.001)


def test_a_mirror_image_has_a_value_and_no_interval() -> None:
    mirrored = np.array([[level, 6.0 - level] for level in (1.0, 2.0, 3.0, 4.0, 5.0)])
    found = icc(mirrored)
    assert found.value is not None
    assert found.value < 0
    assert (found.low, found.high) == (None, None)
