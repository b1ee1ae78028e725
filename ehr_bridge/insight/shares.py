"""Shares and means with their uncertainty; the few statistics of this room, each with its source."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from ehr_bridge.rates import Z_95, wilson


class Figure(msgspec.Struct, frozen=True):
    """``value`` None: too few. ``n``: of how many."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def share(part: int, of: int) -> Figure:
    found = wilson(part, of)
    return Figure(found.value, found.low if of else None, found.high if of else None, of)


def mean(values: Sequence[float]) -> Figure:
    """With a t-free normal interval; below three values only the mean."""
    n = len(values)
    if n == 0:
        return Figure(None, None, None, 0)
    centre = math.fsum(values) / n
    if n < 3:
        return Figure(centre, None, None, n)
    error = Z_95 * float(np.std(values, ddof=1)) / math.sqrt(n)
    return Figure(centre, centre - error, centre + error, n)


def difference(left: Sequence[float], right: Sequence[float]) -> Figure:
    """Of means, left minus right (Welch 1947, normal quantile)."""
    if len(left) < 3 or len(right) < 3:
        return Figure(None, None, None, min(len(left), len(right)))
    centre = math.fsum(left) / len(left) - math.fsum(right) / len(right)
    error = Z_95 * math.sqrt(float(np.var(left, ddof=1)) / len(left) + float(np.var(right, ddof=1)) / len(right))
    return Figure(centre, centre - error, centre + error, min(len(left), len(right)))


def correlation(left: Sequence[float], right: Sequence[float]) -> Figure:
    """Pearson's, with Fisher's interval (1921); None below 4 pairs or where one side does not vary."""
    n = len(left)
    if n < 4 or np.ptp(left) == 0 or np.ptp(right) == 0:
        return Figure(None, None, None, n)
    r = float(np.corrcoef(left, right)[0, 1])
    if abs(r) >= 1 - 1e-12:
        return Figure(r, r, r, n)
    z, error = math.atanh(r), Z_95 / math.sqrt(n - 3)
    return Figure(r, math.tanh(z - error), math.tanh(z + error), n)
