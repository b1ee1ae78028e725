"""Correlations with a criterion, and the two corrections that are often made of them: shown, named, never used."""

import math
from collections.abc import Sequence

import numpy as np

from scoring.validity.distributions import t_tail
from scoring.validity.intervals import Floats


def pearson(x: Floats, y: Floats, weights: Floats | None = None) -> Floats:
    """Product-moment correlation, per row of ``weights`` (times, persons). NaN where one does not vary."""
    w = np.ones((1, x.size)) if weights is None else weights
    n = w.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = w @ x / n, w @ y / n
        both = w @ (x * y) / n - mean_x * mean_y
        spread = np.sqrt((w @ (x * x) / n - mean_x**2) * (w @ (y * y) / n - mean_y**2))
        return np.asarray(np.where(spread > 1e-12, np.clip(both / spread, -1, 1), np.nan))


def p_value(r: float, n: int) -> float:
    """Two-sided, of no correlation: t = r sqrt((n - 2) / (1 - r²))."""
    if n < 3 or not math.isfinite(r):
        return 1.0
    return 0.0 if abs(r) >= 1 else t_tail(r * math.sqrt((n - 2) / (1 - r * r)), n - 2)


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted for looking at several (Holm 1979), in the order given."""
    adjusted = [0.0] * len(p)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        largest = max(largest, min(1.0, (len(p) - rank) * p[index]))
        adjusted[index] = largest
    return adjusted


def disattenuated(r: float, reliability: float) -> float:
    """With a criterion measured without error: r / sqrt(reliability) (Spearman 1904), at most 1."""
    return max(-1.0, min(1.0, r / math.sqrt(reliability)))


def unrestricted(r: float, sd_ratio: float) -> float:
    """Among all who applied, from those who were chosen on this very score (Thorndike 1949, case II). ``sd_ratio``:
    standard deviation of all over that of the chosen."""
    return r * sd_ratio / math.sqrt(1 + r * r * (sd_ratio * sd_ratio - 1))
