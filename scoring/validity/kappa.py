"""Agreement corrected for chance: Cohen's kappa (plain, linear, quadratic weights) and Fleiss' kappa.

Everything starts from tables of counts, which add up: a resample of candidates is a weighted sum of their tables.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from scoring.validity.intervals import Floats

Weighting = Literal["plain", "linear", "quadratic"]


def tables(first: Sequence[int], second: Sequence[int], levels: Sequence[int]) -> Floats:
    """One table per pair of ratings, shape (pairs, levels, levels), a single 1 in each: row is ``first``.
    KeyError: a rating that is not one of ``levels``."""
    at = {level: index for index, level in enumerate(levels)}
    counts = np.zeros((len(first), len(levels), len(levels)))
    for pair, (a, b) in enumerate(zip(first, second, strict=True)):
        counts[pair, at[a], at[b]] = 1
    return counts


def cohen(table: Floats, weighting: Weighting = "quadratic") -> Floats:
    """Kappa of each table in ``(…, k, k)``: 1 - observed / expected disagreement (Cohen 1968). NaN where both raters
    know one level only. Levels are equally spaced, used or not."""
    k = table.shape[-1]
    gap = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64)
    cost = {"plain": (gap > 0).astype(np.float64), "linear": gap, "quadratic": gap**2}[weighting]
    total = table.sum(axis=(-2, -1))
    rows, columns = table.sum(axis=-1), table.sum(axis=-2)
    observed = (table * cost).sum(axis=(-2, -1)) * total
    expected = np.einsum("...i,ij,...j->...", rows, cost, columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected > 0, 1 - observed / expected, np.nan))


def fleiss(counts: Floats, weights: Floats | None = None) -> Floats:
    """Fleiss' kappa (1971). ``counts`` (subjects, categories): how many of the raters chose each; every subject has
    the same number of raters, at least two. ``weights`` (times, subjects) for resamples; result (times,)."""
    raters = counts.sum(axis=1)
    if len(counts) == 0 or np.ptp(raters) > 0 or raters[0] < 2:
        raise ValueError("Fleiss' kappa needs the same number of raters, two or more, for every subject")
    w = np.ones((1, len(counts))) if weights is None else weights
    n = raters[0]
    pairs = (np.square(counts).sum(axis=1) - n) / (n * (n - 1))
    observed = (w @ pairs) / w.sum(axis=1)
    shares = (w @ counts) / (w.sum(axis=1, keepdims=True) * n)
    expected = np.square(shares).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected < 1 - 1e-12, (observed - expected) / (1 - expected), np.nan))
