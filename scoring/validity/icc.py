"""Intraclass correlations of Shrout & Fleiss (1979), with their F intervals (McGraw & Wong 1996).

| name | model | one rating or the mean of k |
|---|---|---|
| ICC(1,1), ICC(1,k) | every candidate has raters of their own | |
| ICC(A,1), ICC(A,k) | the same raters, drawn from many; absolute agreement (S&F: 2,1 and 2,k) | |
| ICC(C,1), ICC(C,k) | the same raters, and only these; consistency (S&F: 3,1 and 3,k) | |
"""

from typing import Literal

import msgspec
import numpy as np

from scoring.validity.distributions import f_quantile
from scoring.validity.intervals import CONFIDENCE, Floats, Interval, finite

Kind = Literal["ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"]
KINDS: tuple[Kind, ...] = ("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")


class MeanSquares(msgspec.Struct, frozen=True):
    """Of a table of ``n`` candidates and ``k`` raters: between candidates, between raters, within, and residual."""

    n: int
    k: int
    rows: float
    columns: float
    within: float
    error: float


def mean_squares(ratings: Floats) -> MeanSquares:
    """``ratings`` (candidates, raters), complete. ValueError below 2 x 2."""
    n, k = ratings.shape
    if n < 2 or k < 2 or not np.isfinite(ratings).all():
        raise ValueError("an intraclass correlation needs a complete table of two candidates and two raters or more")
    grand = ratings.mean()
    rows = k * float(np.square(ratings.mean(axis=1) - grand).sum())
    columns = n * float(np.square(ratings.mean(axis=0) - grand).sum())
    total = float(np.square(ratings - grand).sum())
    error = max(0.0, total - rows - columns)
    return MeanSquares(
        n=n,
        k=k,
        rows=rows / (n - 1),
        columns=columns / (k - 1),
        within=(total - rows) / (n * (k - 1)),
        error=error / ((n - 1) * (k - 1)),
    )


def point(ms: MeanSquares, kind: Kind) -> float:
    """NaN where nothing varies."""
    n, k = ms.n, ms.k
    above, below = {
        "ICC(1,1)": (ms.rows - ms.within, ms.rows + (k - 1) * ms.within),
        "ICC(A,1)": (ms.rows - ms.error, ms.rows + (k - 1) * ms.error + k * (ms.columns - ms.error) / n),
        "ICC(C,1)": (ms.rows - ms.error, ms.rows + (k - 1) * ms.error),
        "ICC(1,k)": (ms.rows - ms.within, ms.rows),
        "ICC(A,k)": (ms.rows - ms.error, ms.rows + (ms.columns - ms.error) / n),
        "ICC(C,k)": (ms.rows - ms.error, ms.rows),
    }[kind]
    return above / below if abs(below) > 1e-12 else float("nan")


def icc(ratings: Floats, kind: Kind = "ICC(A,1)", confidence: float = CONFIDENCE) -> Interval:
    """Point and F interval; no interval where the ratings agree perfectly."""
    ms = mean_squares(ratings)
    value = finite(point(ms, kind))
    low, high = _limits(ms, kind, 1 - confidence)
    if value is None or low is None or high is None:
        return Interval(value)
    return Interval(value, low, high, "f")


def _limits(ms: MeanSquares, kind: Kind, risk: float) -> tuple[float | None, float | None]:
    low: float | None
    high: float | None
    below = ms.within if kind.startswith("ICC(1") else ms.error
    if below <= 1e-12:
        return None, None
    if kind.startswith("ICC(A"):
        low, high = _absolute(ms, risk)
    else:
        df2 = ms.n * (ms.k - 1) if kind.startswith("ICC(1") else (ms.n - 1) * (ms.k - 1)
        ratio = ms.rows / below
        smallest = ratio / f_quantile(1 - risk / 2, ms.n - 1, df2)
        largest = ratio * f_quantile(1 - risk / 2, df2, ms.n - 1)
        low, high = (smallest - 1) / (smallest + ms.k - 1), (largest - 1) / (largest + ms.k - 1)
    if kind.endswith(",k)") and low is not None and high is not None:
        low, high = stepped_up(low, ms.k), stepped_up(high, ms.k)
    return low, high


def _absolute(ms: MeanSquares, risk: float) -> tuple[float | None, float | None]:
    """ICC(A,1): Satterthwaite's degrees of freedom (McGraw & Wong 1996, table 7). No interval where there are none of
    them: one side is the other's mirror image, and nothing varies but the error."""
    n, k = ms.n, ms.k
    value = point(ms, "ICC(A,1)")
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    spread = a * ms.columns + b * ms.error
    variance = (a * ms.columns) ** 2 / (k - 1) + (b * ms.error) ** 2 / ((n - 1) * (k - 1))
    if variance <= 1e-24:
        return None, None
    v = spread**2 / variance
    upper = f_quantile(1 - risk / 2, n - 1, v)
    lower = f_quantile(1 - risk / 2, v, n - 1)
    other = k * ms.columns + (k * n - k - n) * ms.error
    low = n * (ms.rows - upper * ms.error) / (upper * other + n * ms.rows)
    high = n * (lower * ms.rows - ms.error) / (other + n * lower * ms.rows)
    return low, high


def stepped_up(single: float, k: float) -> float:
    """Reliability of the mean of ``k`` ratings from that of one (Spearman 1910, Brown 1910)."""
    return k * single / (1 + (k - 1) * single)


def resampled(ratings: Floats, weights: Floats, kind: Literal["ICC(A,1)", "ICC(1,1)"] = "ICC(A,1)") -> Floats:
    """The same point for each resample of candidates; ``weights`` (times, candidates), result (times,)."""
    k = ratings.shape[1]
    n = weights.sum(axis=1)
    grand = weights @ ratings.mean(axis=1) / n
    rows_ss = k * (weights @ np.square(ratings.mean(axis=1)) - n * grand**2)
    column_means = (weights @ ratings) / n[:, None]
    columns_ss = n * np.square(column_means - grand[:, None]).sum(axis=1)
    total_ss = weights @ np.square(ratings).sum(axis=1) - n * k * grand**2
    with np.errstate(invalid="ignore", divide="ignore"):
        rows, columns = rows_ss / (n - 1), columns_ss / (k - 1)
        if kind == "ICC(1,1)":
            within = (total_ss - rows_ss) / (n * (k - 1))
            return np.asarray((rows - within) / (rows + (k - 1) * within))
        error = (total_ss - rows_ss - columns_ss) / ((n - 1) * (k - 1))
        return np.asarray((rows - error) / (rows + (k - 1) * error + k * (columns - error) / n))
