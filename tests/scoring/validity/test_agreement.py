"""Exact, adjacent, consistency, SMD and limits of agreement."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.validity.agreement import (
    adjacent,
    bland_altman,
    consistent,
    exact,
    share,
    share_statistic,
    smd,
    to_half_steps,
    to_levels,
)
from scoring.validity.intervals import resamples

A = np.array([1, 2, 3, 4, 5, 3, 2, 4, 5, 1], float)
B = np.array([1, 2, 3, 5, 5, 2, 2, 4, 4, 2], float)


def test_the_vector_of_the_definition() -> None:
    assert share(exact(A, B)).value == 0.60
    assert share(adjacent(A, B)).value == 1.00


@pytest.mark.parametrize(
    ("ai", "human", "within", "zero"),
    [
        (3.0, 3.5, True, False),
        (3.0, 3.0, True, True),
        (3.2, 3.74, True, False),  # 3.0 and 3.5
        (3.2, 3.75, False, False),  # 3.0 and 4.0: a quarter goes up
        (3.24, 3.25, True, False),
        (3.3, 3.6, True, True),  # both 3.5
        (2.0, 10 / 3, False, False),
    ],
)
def test_consistency_is_half_a_step_after_rounding_to_half_steps(
    ai: float, human: float, within: bool, zero: bool
) -> None:
    first, second = np.array([ai]), np.array([human])
    assert bool(consistent(first, second)[0]) is within
    assert bool(consistent(first, second, 0.0)[0]) is zero


@given(tenths=st.integers(0, 1000))
def test_a_score_of_100_is_rounded_exactly(tenths: int) -> None:
    """Reports hold 0-100 with one decimal; a level is 20. The oracle is whole-number arithmetic."""
    points = tenths / 10
    assert to_half_steps(np.array([points / 20]))[0] == ((tenths + 50) // 100) / 2
    assert to_levels(np.array([points / 20]))[0] == min(5, max(1, (tenths + 100) // 200))


def test_smd_counts_in_pooled_standard_deviations() -> None:
    first = np.array([2.0, 3.0, 4.0])
    assert smd(first + 0.5, first)[0] == pytest.approx(0.5)
    assert smd(first, first)[0] == 0
    assert np.isnan(smd(np.full(3, 3.0), np.full(3, 3.0))[0])


def test_statistics_of_resamples_are_those_of_the_drawn() -> None:
    weights = resamples(10, times=6)
    hits = exact(A, B)
    for row, s, d in zip(weights, share_statistic(hits, weights), smd(A, B, weights), strict=True):
        at = np.repeat(np.arange(10), row.astype(int))
        assert s == pytest.approx(hits[at].mean())
        assert d == pytest.approx(smd(A[at], B[at])[0])


def test_limits_of_agreement() -> None:
    generator = np.random.default_rng(4)
    human = generator.normal(3, 1, 400)
    ai = human + 0.2 + generator.normal(0, 0.3, 400)
    limits = bland_altman(ai, human)
    gap = ai - human
    assert limits.bias.value == pytest.approx(gap.mean())
    assert limits.upper.value == pytest.approx(gap.mean() + 1.959964 * gap.std(ddof=1))
    assert limits.bias.low is not None
    assert limits.bias.low < 0.2 < (limits.bias.high or 0)
    assert abs(limits.trend or 0) < 0.25
    squeezed = bland_altman(3 + 0.4 * (human - 3), human)
    assert (squeezed.trend or 0) < -0.9  # a machine that avoids the ends of the scale
    with pytest.raises(ValueError, match="three pairs"):
        bland_altman(ai[:2], human[:2])
