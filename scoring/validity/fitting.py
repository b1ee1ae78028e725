"""Fitting a calibration to double-blind ratings, and what it is worth on candidates that it has not seen.

Ten folds by candidate: a candidate's scores on all competencies are held out together. A competency's map is used only
with 100 candidates or more and if the interval of its held-out gain in squared error lies above 0.
"""

import math

import msgspec
import numpy as np

from scoring.calibration import CompetencyMap, Reason, interpolated
from scoring.validity.intervals import Floats, bootstrap, resamples
from scoring.validity.isotonic import Knots, centred
from scoring.validity.ratings import POINTS_PER_LEVEL, Paired, Pairing

MIN_CANDIDATES = 100
FOLDS = 10
SEED = 7


class Fitted(msgspec.Struct, frozen=True):
    """``held_out``: (candidate, competency) -> the level it gets from maps that were fitted without the candidate, as
    the calibration would be used: unchanged where no map is."""

    maps: tuple[CompetencyMap, ...]
    held_out: dict[tuple[str, str], float]

    @property
    def useful(self) -> bool:
        return any(one.reason == "used" for one in self.maps)


def fit(pairing: Pairing, *, min_candidates: int = MIN_CANDIDATES) -> Fitted:
    candidates = pairing.candidates
    folds = np.random.default_rng(SEED).permutation(len(candidates)) % FOLDS
    fold_of = dict(zip(candidates, folds.tolist(), strict=True))
    maps: list[CompetencyMap] = []
    held_out: dict[tuple[str, str], float] = {}
    for paired in pairing.competencies:
        fold = np.array([fold_of[candidate] for candidate in paired.candidates])
        one, levels = _fit(paired, fold, min_candidates)
        maps.append(one)
        for candidate, level in zip(paired.candidates, levels.tolist(), strict=True):
            held_out[candidate, paired.competency] = level
    return Fitted(tuple(maps), held_out)


def _fit(
    paired: Paired, fold: np.ndarray[tuple[int, ...], np.dtype[np.int64]], min_candidates: int
) -> tuple[CompetencyMap, Floats]:
    """The map of one competency, and its candidates' held-out levels."""
    x, y = paired.machine * POINTS_PER_LEVEL, paired.mean * POINTS_PER_LEVEL
    n = x.size
    if n < min_candidates or np.ptp(x) == 0 or np.ptp(y) == 0:
        reason: Reason = "too_few" if n < min_candidates else "no_variance"
        return CompetencyMap(paired.competency, n, (), None, None, None, None, None, reason), paired.machine
    out = np.empty(n)
    for held in range(FOLDS):
        train, test = fold != held, fold == held
        if test.any():
            out[test] = predicted(centred(x[train], y[train]), x[test])
    before, after = np.square(x - y), np.square(out - y)
    gain = bootstrap(lambda w: (w @ (before - after)) / w.sum(axis=1), resamples(n))
    used = gain.low is not None and gain.low > 0
    one = CompetencyMap(
        competency=paired.competency,
        candidates=n,
        knots=_rounded(centred(x, y)),
        error_before=round(math.sqrt(float(before.mean())), 3),
        error_after=round(math.sqrt(float(after.mean())), 3),
        gain=gain.value,
        gain_low=gain.low,
        gain_high=gain.high,
        reason="used" if used else "no_gain",
    )
    return one, out / POINTS_PER_LEVEL if used else paired.machine


def predicted(knots: Knots, x: Floats) -> Floats:
    return np.array([interpolated(knots, value) for value in x.tolist()])


def _rounded(knots: Knots) -> Knots:
    """To a hundredth of a point; knots that thereby meet are one."""
    rounded = {round(x, 2): round(y, 2) for x, y in knots}
    return tuple(sorted(rounded.items()))
