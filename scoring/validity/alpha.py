"""Krippendorff's alpha: any number of raters, missing ratings, three kinds of scale (Krippendorff 2011)."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from scoring.validity.intervals import Floats

Scale = Literal["nominal", "ordinal", "interval"]


def coincidences(ratings: Floats, values: Sequence[float]) -> Floats:
    """Each unit's share of the coincidence matrix, shape (units, k, k). ``ratings`` (raters, units), NaN: missing;
    ``values`` all k values in order. A unit with one rating can be paired with nothing and gives zeros."""
    hits = np.stack([(ratings == value).sum(axis=0) for value in values], axis=1).astype(np.float64)
    m = hits.sum(axis=1)
    pairs = np.einsum("ui,uj->uij", hits, hits) - np.einsum("ui,ij->uij", hits, np.eye(len(values)))
    return np.asarray(np.where((m > 1)[:, None, None], pairs / np.maximum(m - 1, 1)[:, None, None], 0.0))


def alpha_of(coincidence: Floats, values: Sequence[float], scale: Scale) -> Floats:
    """Alpha of each coincidence matrix in ``(times, k, k)``: 1 - observed / expected disagreement. NaN where every
    rating is the same."""
    marginal = coincidence.sum(axis=-1)
    n = marginal.sum(axis=-1)
    delta = _delta(marginal, values, scale)
    observed = (coincidence * delta).sum(axis=(-2, -1)) * (n - 1)
    expected = np.einsum("...i,...ij,...j->...", marginal, delta, marginal)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected > 1e-12, 1 - observed / expected, np.nan))


def _delta(marginal: Floats, values: Sequence[float], scale: Scale) -> Floats:
    """Squared differences between values; the ordinal ones depend on how often each value was used."""
    k = len(values)
    if scale == "ordinal":
        # d(c, k)^2 = (sum of n_g for g from c to k - (n_c + n_k) / 2)^2: the distance of the values' middle ranks.
        middle = np.cumsum(marginal, axis=-1) - marginal / 2
        return np.asarray(np.square(middle[..., :, None] - middle[..., None, :]))
    if scale == "interval":
        return np.asarray(np.square(np.subtract.outer(values, values)), dtype=np.float64)
    return 1 - np.eye(k)


def krippendorff(ratings: Floats, scale: Scale = "ordinal") -> float:
    """Alpha of a matrix (raters, units); NaN marks a missing rating and is the answer where alpha is undefined."""
    values = np.unique(ratings[np.isfinite(ratings)])
    if values.size < 2:
        return float("nan")
    matrix = coincidences(ratings, values.tolist()).sum(axis=0)
    return float(alpha_of(matrix[None], values.tolist(), scale)[0])
