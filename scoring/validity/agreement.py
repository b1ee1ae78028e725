"""How close two scores are: exact, adjacent, *consistency*, mean difference, limits of agreement.

Scores are BARS levels 1-5, whole or in between. Consistency is the definition that a trial's 80 % is about: both
scores rounded to half a step, and at most half a step apart.
"""

import math

import msgspec
import numpy as np

from scoring.validity.distributions import f_quantile, normal_quantile
from scoring.validity.intervals import CONFIDENCE, Floats, Interval, wilson

HALF_STEP = 0.5
_SLACK = 1e-9


class Limits(msgspec.Struct, frozen=True):
    """Bland-Altman: the mean difference (first minus second) and the range that holds 95 % of differences, each
    with an interval. ``trend``: correlation of difference and mean; far from 0: the bias depends on the level."""

    bias: Interval
    lower: Interval
    upper: Interval
    trend: float | None


def to_half_steps(scores: Floats) -> Floats:
    """Nearest half; a quarter goes up (3.25 -> 3.5)."""
    return np.asarray(np.floor(scores * 2 + 0.5 + _SLACK) / 2)


def to_levels(scores: Floats) -> Floats:
    """Nearest whole level, at least 1 and at most 5; a half goes up."""
    return np.asarray(np.clip(np.floor(scores + 0.5 + _SLACK), 1, 5))


def consistent(first: Floats, second: Floats, tolerance: float = HALF_STEP) -> Floats:
    """1.0 where the two, rounded to half steps, lie at most ``tolerance`` apart, else 0.0."""
    gap = np.abs(to_half_steps(first) - to_half_steps(second))
    return np.asarray((gap <= tolerance + _SLACK).astype(np.float64))


def exact(first: Floats, second: Floats) -> Floats:
    return np.asarray((to_levels(first) == to_levels(second)).astype(np.float64))


def adjacent(first: Floats, second: Floats) -> Floats:
    return np.asarray((np.abs(to_levels(first) - to_levels(second)) <= 1).astype(np.float64))


def share(hits: Floats) -> Interval:
    """A share with its Wilson interval."""
    return wilson(float(hits.sum()), hits.size)


def share_statistic(hits: Floats, weights: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weights @ hits) / weights.sum(axis=1))


def smd(first: Floats, second: Floats, weights: Floats | None = None) -> Floats:
    """(mean of first - mean of second) / sqrt((variance + variance) / 2), per row of ``weights``. NaN: no variance."""
    w = np.ones((1, first.size)) if weights is None else weights
    n = w.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean1, mean2 = w @ first / n, w @ second / n
        variance1 = (w @ np.square(first) - n * mean1**2) / (n - 1)
        variance2 = (w @ np.square(second) - n * mean2**2) / (n - 1)
        spread = np.sqrt(np.maximum(variance1 + variance2, 0) / 2)
        return np.asarray(np.where(spread > _SLACK, (mean1 - mean2) / spread, np.nan))


def bland_altman(first: Floats, second: Floats, confidence: float = CONFIDENCE) -> Limits:
    """Bias ± 1.96 SD with t intervals; SE of a limit = SD sqrt(1/n + 1.96²/(2(n-1))) (Bland & Altman 1999)."""
    gap = first - second
    n = gap.size
    if n < 3:
        raise ValueError("limits of agreement need three pairs or more")
    bias, spread = float(gap.mean()), float(gap.std(ddof=1))
    t = math.sqrt(f_quantile(confidence, 1, n - 1))
    z = normal_quantile(0.975)
    reach = z * spread
    half_bias = t * spread / math.sqrt(n)
    half_limit = t * spread * math.sqrt(1 / n + z * z / (2 * (n - 1)))

    def around(value: float, half: float) -> Interval:
        return Interval(value, value - half, value + half, "t")

    middle = (first + second) / 2
    varies = spread > _SLACK and float(middle.std()) > _SLACK
    return Limits(
        bias=around(bias, half_bias),
        lower=around(bias - reach, half_limit),
        upper=around(bias + reach, half_limit),
        trend=float(np.corrcoef(gap, middle)[0, 1]) if varies else None,
    )
