"""Wilson, Newcombe, Fisher and the bootstrap over candidates."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.validity.intervals import bootstrap, fisher, mean_of, newcombe, resamples, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(80, 100, 0.711, 0.867), (170, 200, 0.794, 0.893), (990, 1000, 0.982, 0.995), (99, 100, 0.946, 0.998)],
)
def test_wilson_of_the_textbook(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits, n)
    assert (round(found.low or 0, 3), round(found.high or 0, 3)) == (low, high)


def test_the_libraries_agree(oracles: dict[str, Any]) -> None:
    for case in oracles["wilson"]:
        found = wilson(case["hits"], case["n"])
        assert [found.low, found.high] == pytest.approx(case["interval"], abs=1e-9)
    for case in oracles["newcombe"]:
        gap = newcombe(*case["first"], *case["second"])
        assert [gap.low, gap.high] == pytest.approx(case["interval"], abs=1e-9)
    for case in oracles["pearson"]:
        found = fisher(case["r"], len(case["x"]))
        assert [found.low, found.high] == pytest.approx(case["interval"], abs=1e-9)


@pytest.mark.parametrize(("r", "low", "high"), [(0.3, -0.07, 0.60), (0.8, 0.62, 0.90)])
def test_thirty_persons_say_little_about_a_correlation(r: float, low: float, high: float) -> None:
    found = fisher(r, 30)
    assert (round(found.low or 0, 2), round(found.high or 0, 2)) == (low, high)
    assert found.includes_zero == (r < 0.5)


def test_nothing_to_count_is_not_zero() -> None:
    assert wilson(0, 0).value is None
    assert newcombe(0, 0, 1, 2).value is None
    assert fisher(float("nan"), 30).value is None
    assert fisher(0.5, 3).low is None
    assert fisher(1.0, 10).low == 1.0


@given(n=st.integers(1, 5000), data=st.data())
def test_wilson_holds_its_point_and_stays_in_bounds(n: int, data: st.DataObject) -> None:
    found = wilson(data.draw(st.integers(0, n)), n)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


def _mean(x: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
    return lambda weights: (weights @ x) / weights.sum(axis=1)


def test_the_bootstrap_is_the_same_every_time_and_near_theory() -> None:
    x = np.random.default_rng(1).normal(10, 2, 200)
    first, again = (bootstrap(_mean(x), resamples(200)) for _ in range(2))
    assert first == again
    assert first.value == pytest.approx(x.mean())
    error = x.std(ddof=1) / np.sqrt(200)
    assert first.low == pytest.approx(x.mean() - 1.96 * error, abs=0.05)
    assert first.high == pytest.approx(x.mean() + 1.96 * error, abs=0.05)


def test_a_mean_over_competencies_keeps_candidates_together() -> None:
    """The same score twice has the variance of one, its opposite beside it has none."""
    x = np.random.default_rng(2).normal(0, 1, 100)
    weights = resamples(100)
    alone = bootstrap(_mean(x), weights)
    assert bootstrap(mean_of([_mean(x), _mean(x)]), weights) == alone
    against = bootstrap(mean_of([_mean(x), _mean(-x)]), weights)
    assert against.high == pytest.approx(0, abs=1e-12)


def test_an_undefined_statistic_has_no_interval() -> None:
    assert bootstrap(lambda w: np.full(len(w), np.nan), resamples(10)).value is None
    mostly = bootstrap(lambda w: np.where(w[:, 0] == 1, 0.5, np.nan), resamples(10))
    assert mostly.value == 0.5
    assert mostly.low is None
