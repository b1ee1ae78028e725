"""Cohen's and Fleiss' kappa against scikit-learn, statsmodels and the textbooks' tables."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.validity.intervals import resamples
from scoring.validity.kappa import Weighting, cohen, fleiss, tables

LEVELS = [1, 2, 3, 4, 5]
WEIGHTINGS: list[Weighting] = ["plain", "linear", "quadratic"]
WIKIPEDIA = [  # Fleiss' kappa, 10 subjects, 14 raters, 5 categories
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
ratings = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=40)


def _kappa(a: list[int], b: list[int], weighting: Weighting = "quadratic") -> float:
    return float(cohen(tables(a, b, LEVELS).sum(axis=0), weighting))


def test_scikit_learn_agrees(oracles: dict[str, Any]) -> None:
    for case in oracles["kappa"]:
        a, b = ([int(v) for v in case[side]] for side in "ab")
        for weighting in WEIGHTINGS:
            assert _kappa(a, b, weighting) == pytest.approx(case[weighting], abs=1e-12)


def test_the_vector_of_the_definition() -> None:
    a, b = [1, 2, 3, 4, 5, 3, 2, 4, 5, 1], [1, 2, 3, 5, 5, 2, 2, 4, 4, 2]
    found = [round(_kappa(a, b, weighting), 4) for weighting in WEIGHTINGS]
    assert found == [0.50, 0.7436, 0.8947]


def test_high_agreement_can_be_little_more_than_chance() -> None:
    """100 cases, people pass 90, the machine agrees on 88: .88 of agreement, kappa .268."""
    table = np.array([[3.0, 7.0], [5.0, 85.0]])
    assert np.trace(table) == 88
    assert round(float(cohen(table, "plain")), 3) == 0.268


@given(pairs=ratings)
def test_within_bounds_symmetric_and_blind_to_order(pairs: list[tuple[int, int]]) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    for weighting in WEIGHTINGS:
        value = _kappa(a, b, weighting)
        if np.isnan(value):
            continue
        assert -1 - 1e-9 <= value <= 1 + 1e-9
        assert _kappa(b, a, weighting) == pytest.approx(value)
        assert _kappa(a[::-1], b[::-1], weighting) == pytest.approx(value)


@given(a=st.lists(st.integers(1, 5), min_size=2, max_size=30))
def test_perfect_agreement_is_one_or_undefined(a: list[int]) -> None:
    value = _kappa(a, a)
    assert np.isnan(value) if len(set(a)) == 1 else value == pytest.approx(1)


def test_a_resample_is_a_sum_of_tables() -> None:
    a, b = [1, 2, 3, 4, 5, 3], [1, 3, 3, 4, 4, 2]
    each = tables(a, b, LEVELS)
    weights = resamples(6, times=5)
    together = np.tensordot(weights, each, axes=1)
    for row, table in zip(weights, together, strict=True):
        index = np.repeat(np.arange(6), row.astype(int))
        again = _kappa([a[i] for i in index], [b[i] for i in index])
        assert float(cohen(table)) == pytest.approx(again, nan_ok=True)


def test_a_level_that_is_none() -> None:
    with pytest.raises(KeyError):
        tables([6], [1], LEVELS)


def test_fleiss_of_the_textbook_and_of_statsmodels(oracles: dict[str, Any]) -> None:
    assert round(float(fleiss(np.array(WIKIPEDIA, float))[0]), 3) == 0.210
    for case in oracles["fleiss"]:
        chosen = np.array(case["ratings"])
        counts = np.stack([(chosen == level).sum(axis=1) for level in LEVELS], axis=1).astype(float)
        assert float(fleiss(counts)[0]) == pytest.approx(case["kappa"], abs=1e-12)


def test_fleiss_wants_as_many_raters_for_everyone() -> None:
    with pytest.raises(ValueError, match="same number of raters"):
        fleiss(np.array([[2.0, 0.0], [1.0, 0.0]]))
    assert np.isnan(fleiss(np.array([[2.0, 0.0], [2.0, 0.0]]))[0])
