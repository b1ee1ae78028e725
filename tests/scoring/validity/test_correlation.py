"""Pearson, Holm and the two corrections, against SciPy, statsmodels and what they mean."""

from typing import Any

import numpy as np
import pytest

from scoring.validity.correlation import disattenuated, holm, p_value, pearson, unrestricted
from scoring.validity.intervals import resamples


def test_the_libraries_agree(oracles: dict[str, Any]) -> None:
    for case in oracles["pearson"]:
        assert pearson(np.array(case["x"]), np.array(case["y"]))[0] == pytest.approx(case["r"], abs=1e-12)
    for case in oracles["holm"]:
        assert holm(case["p"]) == pytest.approx(case["adjusted"])


def test_resamples_are_the_drawn() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 12))
    weights = resamples(12, times=5)
    for row, value in zip(weights, pearson(x, y, weights), strict=True):
        at = np.repeat(np.arange(12), row.astype(int))
        assert value == pytest.approx(np.corrcoef(x[at], y[at])[0, 1])


def test_no_variance_no_correlation() -> None:
    assert np.isnan(pearson(np.ones(5), np.arange(5.0))[0])
    assert p_value(float("nan"), 50) == 1.0
    assert p_value(1.0, 50) == 0.0


def test_p_of_a_known_correlation() -> None:
    assert p_value(0.1946, 102) == pytest.approx(0.05, abs=0.0005)  # the critical r of tables for 100 degrees


def test_corrections_undo_what_was_done() -> None:
    """Noise in the criterion and choosing the top half both lower r; each correction gives it back."""
    generator = np.random.default_rng(2)
    x = generator.normal(size=200_000)
    truth = 0.5 * x + np.sqrt(0.75) * generator.normal(size=x.size)
    noisy = truth + np.sqrt(0.25 / 0.75) * generator.normal(size=x.size)  # reliability .75
    assert disattenuated(float(pearson(x, noisy)[0]), 0.75) == pytest.approx(0.5, abs=0.01)
    hired = x > 0
    r = float(pearson(x[hired], truth[hired])[0])
    assert r < 0.35
    assert unrestricted(r, float(x.std() / x[hired].std())) == pytest.approx(0.5, abs=0.01)
    assert disattenuated(0.9, 0.5) == 1.0
