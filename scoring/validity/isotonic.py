"""Monotone regression: pool adjacent violators, and its centred form, which keeps candidates apart."""

import numpy as np

from scoring.validity.intervals import Floats

Knots = tuple[tuple[float, float], ...]


def pool(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Blocks of the non-decreasing least-squares fit (Ayer et al. 1955): mean x, mean y and number of points of each,
    in order. Equal x are one point before anything else."""
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    blocks: list[list[float]] = []
    for value, level, count in zip(values, np.bincount(inverse, weights=y) / counts, counts, strict=True):
        blocks.append([float(value), float(level), float(count)])
        while len(blocks) > 1 and blocks[-2][1] >= blocks[-1][1]:
            x1, y1, n1 = blocks.pop()
            x0, y0, n0 = blocks[-1]
            n = n0 + n1
            blocks[-1] = [(x0 * n0 + x1 * n1) / n, (y0 * n0 + y1 * n1) / n, n]
    centres, levels, sizes = np.array(blocks).T
    return centres, levels, sizes


def stepwise(x: Floats, y: Floats) -> Floats:
    """The classical fit at each x: constant within a block."""
    order = np.argsort(x, kind="stable")
    _, levels, sizes = pool(x, y)
    fitted = np.empty_like(y, dtype=np.float64)
    fitted[order] = np.repeat(levels, sizes.astype(int))
    return fitted


def centred(x: Floats, y: Floats) -> Knots:
    """Blocks as points at their mean x with straight lines between (centred isotonic regression, Oron & Flournoy
    2017): a classical fit would give everybody in a block the same score; this one ties only beyond the ends."""
    centres, levels, _ = pool(x, y)
    return tuple(zip(centres.tolist(), levels.tolist(), strict=True))
