"""Pool adjacent violators against scikit-learn; the centred form keeps people apart."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calibration import interpolated
from scoring.validity.isotonic import centred, pool, stepwise

points = st.lists(st.tuples(st.integers(20, 100), st.integers(2, 10)), min_size=2, max_size=40)


def test_scikit_learn_agrees(oracles: dict[str, Any]) -> None:
    for case in oracles["isotonic"]:
        fitted = stepwise(np.array(case["x"]), np.array(case["y"]))
        assert fitted.tolist() == pytest.approx(case["fitted"], abs=1e-9)


@given(points)
def test_monotone_and_of_the_same_mean(rows: list[tuple[int, int]]) -> None:
    x, y = np.array(rows, float).T
    fitted = stepwise(x, y)
    assert (np.diff(fitted[np.argsort(x, kind="stable")]) >= -1e-9).all()
    assert fitted.mean() == pytest.approx(y.mean())
    _, levels, sizes = pool(x, y)
    assert (np.diff(levels) > 0).all()
    assert sizes.sum() == len(rows)


@given(points, st.floats(0, 120), st.floats(0, 120))
def test_the_centred_map_is_monotone_everywhere_and_stays_in_range(
    rows: list[tuple[int, int]], first: float, second: float
) -> None:
    x, y = np.array(rows, float).T
    knots = centred(x, y)
    low, high = sorted((first, second))
    assert interpolated(knots, low) <= interpolated(knots, high) + 1e-9
    assert y.min() - 1e-9 <= interpolated(knots, low) <= y.max() + 1e-9


def test_no_two_candidates_become_one_between_the_ends() -> None:
    x = np.arange(20.0, 100.0, 2.0)
    y = np.tile([2.0, 4.0], 20) + x / 50
    knots = centred(x, y)
    inside = [value for value in x if knots[0][0] <= value <= knots[-1][0]]
    mapped = [interpolated(knots, value) for value in inside]
    assert len(mapped) > 30
    assert len(set(mapped)) == len(mapped)
    assert len(np.unique(stepwise(x, y))) < 25  # the classical fit ties many
