"""Confidence intervals with a name for the method that made them.

Candidates are the sampling unit everywhere: one candidate gives scores on several competencies, from several raters,
and those are not independent of each other.
"""

import math
from collections.abc import Callable
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from scoring.validity.distributions import normal_quantile

Method = Literal["wilson", "newcombe", "fisher_z", "f", "bootstrap", "t", "katz", "none"]
Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""From weights ``(times, candidates)``, how often each candidate counts, to values ``(times,)``; NaN: undefined."""

CONFIDENCE = 0.95
TIMES = 1000
SEED = 20260301
MAX_UNDEFINED = 0.1
"""With more undefined resamples than this share a bootstrap interval would be about the lucky ones only."""


class Interval(msgspec.Struct, frozen=True):
    """A point with its interval; ``low``/``high`` None where there is none. ``value`` None: undefined (no variance,
    nothing to count)."""

    value: float | None
    low: float | None = None
    high: float | None = None
    method: Method = "none"

    @property
    def includes_zero(self) -> bool:
        return self.low is None or self.high is None or self.low <= 0 <= self.high


def finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def wilson(hits: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """Score interval of a share (Wilson 1927). ``hits`` of ``n``."""
    return Interval(*_wilson(hits, n, confidence), "wilson") if n > 0 else Interval(None)


def _wilson(hits: float, n: float, confidence: float) -> tuple[float, float, float]:
    z = normal_quantile(0.5 + confidence / 2)
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return share, max(0.0, middle - half), min(1.0, middle + half)


def newcombe(hits1: float, n1: float, hits2: float, n2: float, confidence: float = CONFIDENCE) -> Interval:
    """Difference of two independent shares, first minus second (Newcombe 1998, method 10)."""
    if n1 <= 0 or n2 <= 0:
        return Interval(None)
    share1, low1, high1 = _wilson(hits1, n1, confidence)
    share2, low2, high2 = _wilson(hits2, n2, confidence)
    gap = share1 - share2
    down = math.hypot(share1 - low1, high2 - share2)
    up = math.hypot(high1 - share1, share2 - low2)
    return Interval(gap, gap - down, gap + up, "newcombe")


def fisher(r: float, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Correlation: tanh(artanh r ± z / sqrt(n - 3)) (Fisher 1921)."""
    if n < 4 or not math.isfinite(r):
        return Interval(finite(r))
    if abs(r) >= 1:
        return Interval(r, r, r, "fisher_z")
    half = normal_quantile(0.5 + confidence / 2) / math.sqrt(n - 3)
    return Interval(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half), "fisher_z")


def resamples(candidates: int, times: int = TIMES, seed: int = SEED) -> Floats:
    """How often each candidate is drawn, ``times`` samples with replacement: shape (times, candidates)."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(candidates, np.full(candidates, 1 / candidates), size=times).astype(np.float64)


def bootstrap(statistic: Statistic, weights: Floats, confidence: float = CONFIDENCE) -> Interval:
    """Percentile bootstrap over candidates (Efron 1979). ``weights`` from ``resamples``, so that several statistics
    share the same samples and their mean can be resampled too."""
    point = float(statistic(np.ones((1, weights.shape[1])))[0])
    if not math.isfinite(point):
        return Interval(None)
    values = statistic(weights)
    defined = values[np.isfinite(values)]
    if defined.size < (1 - MAX_UNDEFINED) * values.size:
        return Interval(point)
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(point, float(low), float(high), "bootstrap")


def mean_of(statistics: list[Statistic]) -> Statistic:
    """The mean over competencies as a statistic of its own; undefined where one of them is."""
    return lambda weights: np.asarray(np.mean([statistic(weights) for statistic in statistics], axis=0))
