"""New competency weights from performance: shrunk toward the ones in force, and refused where the data are thin.

With z = artanh r for each competency that may move, v = 1 / (n - 3), and w its weight in force:

    c    = Σ z w / Σ w²                              the weights in force, read as a claim that validity is c w
    τ²   = max(0, Σ (z - c w)² / (k - 1) - mean v)   how far the competencies really lie from that claim
    B    = v / (v + τ²)                              1: all difference is noise, keep the weights; 0: none is
    ζ    = B c w + (1 - B) z                         empirical Bayes (Efron & Morris 1975) on Fisher's z
    w'   ∝ max(0, ζ)                                 among those that may move, whose sum stays what it was

A competency keeps its weight with fewer than 100 persons, an interval that holds 0, or a negative correlation. All do
if that is true of the total, or of all but one. Weights follow validity one by one; regression weights, which would
also use how competencies hang together, need far larger samples to beat that (Dawes 1979; Bobko, Roth & Buster 2007).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from scoring.validity.correlation import disattenuated, holm, p_value, pearson, unrestricted
from scoring.validity.intervals import Floats, Interval, bootstrap, fisher, resamples

MIN_PERSONS = 100
FOLDS = 10
STEP = 0.5
"""Weights are proposed in halves of a point: more digits would promise more than is known."""
MIN_WEIGHT_SHARE = 0.5
"""A total is made for whoever has scores on at least so much of the weight, as in a report."""

Reason = Literal["moved", "too_few", "includes_zero", "negative", "no_variance"]
Refusal = Literal["", "too_few", "includes_zero", "negative", "nothing_to_move", "no_change"]


class CompetencyValidity(msgspec.Struct, frozen=True):
    """``r`` observed, with Fisher's interval. ``r_reliable`` and ``r_unrestricted`` are corrected, for reading only.
    ``p_holm``: adjusted for all competencies. ``shrinkage``: B above; None where the weight stays."""

    competency: str
    persons: int
    r: Interval
    p_holm: float
    r_reliable: float | None
    r_unrestricted: float | None
    reason: Reason
    shrinkage: float | None
    old_weight: float
    new_weight: float


class Weighing(msgspec.Struct, frozen=True):
    """``refused``: empty if there is a proposal. ``total``: today's total with performance. ``held_out_old`` and
    ``held_out_new``: correlation of the total with performance for persons who were not used to find the weights;
    ``gain`` their difference."""

    persons: int
    refused: Refusal
    total: Interval
    competencies: tuple[CompetencyValidity, ...]
    tau_squared: float | None
    held_out_old: float | None
    held_out_new: float | None
    gain: Interval
    criterion_reliability: float | None


Scores = Mapping[str, Mapping[str, float]]
"""Person -> competency -> score; a missing one is missing."""


def weigh(
    scores: Scores,
    performance: Mapping[str, float],
    weights: Mapping[str, float],
    *,
    criterion_reliability: float | None = None,
    min_persons: int = MIN_PERSONS,
) -> Weighing:
    """``scores`` of everybody who was scored, ``performance`` of those who were hired and rated."""
    order = sorted(set(scores) & set(performance))
    table = np.array([[scores[person].get(name, math.nan) for name in weights] for person in order]).reshape(
        -1, len(weights)
    )
    criterion = np.array([performance[person] for person in order])
    old = np.array(list(weights.values()), dtype=np.float64)
    total = _total(table, criterion, old)
    found = _found(table, criterion, min_persons)
    refused = _refused(total[0], total[1], found, min_persons)
    tau, shrinkage, new = _shrunk(found, old) if not refused else (None, [None] * len(old), old)
    if not refused and np.array_equal(new, old):
        refused = "no_change"
    adjusted = holm([p_value(r if r is not None else math.nan, n) for n, r, _ in found])
    ratios = _sd_ratios(scores, table, list(weights))
    competencies = tuple(
        CompetencyValidity(
            competency=name,
            persons=found[index][0],
            r=fisher(_or_nan(found[index][1]), found[index][0]),
            p_holm=adjusted[index],
            r_reliable=_corrected(found[index][1], criterion_reliability),
            r_unrestricted=_widened(found[index][1], ratios[index]),
            reason=found[index][2],
            shrinkage=shrinkage[index],
            old_weight=float(old[index]),
            new_weight=float(new[index]),
        )
        for index, name in enumerate(weights)
    )
    held_old, held_new, gain = (
        (None, None, Interval(None)) if refused else _held_out(table, criterion, old, min_persons)
    )
    return Weighing(
        persons=len(order),
        refused=refused,
        total=total[0],
        competencies=competencies,
        tau_squared=tau,
        held_out_old=held_old,
        held_out_new=held_new,
        gain=gain,
        criterion_reliability=criterion_reliability,
    )


_Found = tuple[int, float | None, Reason]


def _found(table: Floats, criterion: Floats, min_persons: int) -> list[_Found]:
    """Per competency: persons, correlation, and whether its weight may move."""
    found: list[_Found] = []
    for column in table.T:
        there = np.isfinite(column)
        n = int(there.sum())
        r = float(pearson(column[there], criterion[there])[0]) if n else math.nan
        if not math.isfinite(r):
            found.append((n, None, "too_few" if n < min_persons else "no_variance"))
        elif n < min_persons:
            found.append((n, r, "too_few"))
        elif fisher(r, n).includes_zero:
            found.append((n, r, "includes_zero"))
        else:
            found.append((n, r, "moved" if r > 0 else "negative"))
    return found


def _refused(total: Interval, persons: int, found: Sequence[_Found], min_persons: int) -> Refusal:
    if persons < min_persons:
        return "too_few"
    if total.value is None or total.includes_zero:
        return "includes_zero"
    if total.value < 0:
        return "negative"
    return "nothing_to_move" if sum(reason == "moved" for _, _, reason in found) < 2 else ""


def _shrunk(found: Sequence[_Found], old: Floats) -> tuple[float, list[float | None], Floats]:
    """tau², B for each competency, and the new weights."""
    moving = [index for index, (_, _, reason) in enumerate(found) if reason == "moved"]
    z = np.array([math.atanh(min(0.9999, found[index][1] or 0.0)) for index in moving])
    v = np.array([1 / (found[index][0] - 3) for index in moving])
    w = old[moving]
    claimed = (z @ w) / (w @ w) * w
    tau = max(0.0, float(np.square(z - claimed).sum()) / (len(moving) - 1) - float(v.mean()))
    b = v / (v + tau)
    zeta = np.maximum(0.0, b * claimed + (1 - b) * z)
    new = old.copy()
    new[moving] = in_steps(zeta / zeta.sum() * w.sum())
    shrinkage: list[float | None] = [None] * len(old)
    for index, value in zip(moving, b.tolist(), strict=True):
        shrinkage[index] = value
    return tau, shrinkage, new


def in_steps(weights: Floats, step: float = STEP) -> Floats:
    """Rounded to steps with the same sum (largest remainders), none below one step. What is not a whole number of
    steps goes to the largest."""
    whole = np.maximum(1, np.floor(weights / step + 1e-9))
    left = math.floor(float(weights.sum()) / step - float(whole.sum()) + 1e-9)
    order = np.argsort(-(weights / step - whole), kind="stable")
    for index in range(max(0, left)):
        whole[order[index % len(order)]] += 1
    result = whole * step
    result[int(np.argmax(result))] += float(weights.sum()) - float(result.sum())
    return np.asarray(np.round(result, 9))


def composite(table: Floats, weights: Floats) -> Floats:
    """Each person's total from the scores that are there; NaN with less than half of the weight."""
    there = np.isfinite(table)
    have = there @ weights
    with np.errstate(invalid="ignore", divide="ignore"):
        total = np.where(there, table, 0.0) @ weights / have
    return np.asarray(np.where(have >= MIN_WEIGHT_SHARE * weights.sum() - 1e-9, total, np.nan))


def _total(table: Floats, criterion: Floats, old: Floats) -> tuple[Interval, int]:
    totals = composite(table, old) if len(table) else np.zeros(0)
    there = np.isfinite(totals)
    n = int(there.sum())
    return (fisher(float(pearson(totals[there], criterion[there])[0]), n) if n else Interval(None)), n


def _held_out(
    table: Floats, criterion: Floats, old: Floats, min_persons: int
) -> tuple[float | None, float | None, Interval]:
    """Weights found without a tenth of the persons, tried on that tenth, ten times. A fold whose nine tenths would not
    have led to a proposal keeps the old weights."""
    persons = len(table)
    fold = np.random.default_rng(1).permutation(persons) % FOLDS
    new_totals = np.full(persons, np.nan)
    for held in range(FOLDS):
        train, out = fold != held, fold == held
        found = _found(table[train], criterion[train], min_persons * (FOLDS - 1) // FOLDS)
        enough = sum(reason == "moved" for _, _, reason in found) >= 2
        chosen = _shrunk(found, old)[2] if enough else old
        new_totals[out] = composite(table[out], chosen)
    old_totals = composite(table, old)
    there = np.isfinite(old_totals) & np.isfinite(new_totals)
    first, second, y = old_totals[there], new_totals[there], criterion[there]
    gain = bootstrap(lambda w: pearson(second, y, w) - pearson(first, y, w), resamples(int(there.sum())))
    return float(pearson(first, y)[0]), float(pearson(second, y)[0]), gain


def _sd_ratios(scores: Scores, table: Floats, names: Sequence[str]) -> list[float | None]:
    """Standard deviation of everybody scored over that of those with a performance rating."""
    ratios: list[float | None] = []
    for index, name in enumerate(names):
        everyone = np.array([own[name] for own in scores.values() if name in own])
        chosen = table[:, index][np.isfinite(table[:, index])] if len(table) else np.zeros(0)
        if everyone.size <= chosen.size or chosen.size < 3 or chosen.std() < 1e-9:
            ratios.append(None)
        else:
            ratios.append(float(everyone.std(ddof=1) / chosen.std(ddof=1)))
    return ratios


def _or_nan(r: float | None) -> float:
    return math.nan if r is None else r


def _corrected(r: float | None, reliability: float | None) -> float | None:
    return None if r is None or reliability is None else disattenuated(r, reliability)


def _widened(r: float | None, ratio: float | None) -> float | None:
    return None if r is None or ratio is None else unrestricted(r, ratio)
