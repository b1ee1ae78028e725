"""Every coefficient of one competency, machine with people and people with each other, and their means.

Each candidate counts once, however many people rated them: kappa's tables hold all pairs of ratings of a candidate,
divided by their number. With two raters who both rated everyone this is Cohen's kappa itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import msgspec
import numpy as np

from scoring.validity import agreement, alpha, icc, kappa
from scoring.validity.intervals import Floats, Interval, Statistic, bootstrap, mean_of
from scoring.validity.ratings import Paired

LEVELS = (1, 2, 3, 4, 5)
_VALUES = tuple(float(level) for level in LEVELS)


class Coefficients(msgspec.Struct, frozen=True):
    """``smd`` is machine minus people, over the pooled standard deviation; for a mean over competencies the mean of
    its sizes. ``alpha`` (ordinal): all raters with the machine as one of them, or people alone. ``icc_kind``:
    ICC(A,1) where everyone had the same raters, else ICC(1,1)."""

    consistency: Interval
    zero_tolerance: Interval
    exact: Interval
    adjacent: Interval
    kappa_quadratic: Interval
    kappa_linear: Interval
    kappa_plain: Interval
    alpha: Interval
    icc: Interval
    icc_kind: Literal["ICC(A,1)", "ICC(1,1)"]
    smd: Interval = Interval(None)
    fleiss: Interval = Interval(None)


@dataclass(frozen=True, slots=True)
class Material:
    """One competency's ratings, ready to be resampled. ``at``: where its candidates stand among all of the trial."""

    at: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    machine: Floats
    mean: Floats
    with_machine: Floats
    """(candidates, 5, 5) tables of machine and person."""
    between: Floats | None
    """The same of person and person; None where somebody has one rater only."""
    pairs: tuple[tuple[tuple[float, float], ...], ...]
    all_coincidences: Floats
    people_coincidences: Floats
    human_table: Floats | None
    """(candidates, raters) where everybody has as many, else everybody's first two; None with one rater."""
    icc_kind: Literal["ICC(A,1)", "ICC(1,1)"]
    fleiss_counts: Floats | None

    def of(self, statistic: Callable[[Floats], Floats]) -> Statistic:
        return lambda weights: statistic(weights[:, self.at])

    def of_tables(self, tables: Floats, coefficient: Callable[[Floats], Floats]) -> Statistic:
        return self.of(lambda weights: coefficient(np.tensordot(weights, tables, axes=1)))

    def within(self, inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Statistic:
        """SMD of the candidates for whom ``inside`` (of all of the trial) holds."""
        mine = inside[self.at].astype(np.float64)
        return self.of(lambda weights: agreement.smd(self.machine, self.mean, weights * mine))


def material(paired: Paired, at: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Material:
    counts = {len(levels) for levels in paired.people}
    crossed = len(set(paired.raters)) == 1
    several = min(counts) >= 2
    columns = counts.pop() if len(counts) == 1 else 2
    human_table = np.array([levels[:columns] for levels in paired.people]) if several else None
    everyone = [(machine, *levels) for machine, levels in zip(paired.machine.tolist(), paired.people, strict=True)]
    pairs = tuple(tuple(combinations(levels, 2)) for levels in paired.people)
    return Material(
        at=at,
        machine=paired.machine,
        mean=paired.mean,
        with_machine=_tables([[(row[0], level) for level in row[1:]] for row in everyone]),
        between=_tables(pairs) if several else None,
        pairs=pairs,
        all_coincidences=_coincidences(everyone),
        people_coincidences=_coincidences(paired.people),
        human_table=human_table,
        icc_kind="ICC(A,1)" if crossed else "ICC(1,1)",
        fleiss_counts=_counts(human_table) if human_table is not None else None,
    )


def _tables(pairs: Sequence[Sequence[tuple[float, float]]]) -> Floats:
    summed = np.zeros((len(pairs), 5, 5))
    for candidate, own in enumerate(pairs):
        levels = agreement.to_levels(np.array(own)).astype(int)
        for first, second in levels.tolist():
            summed[candidate, first - 1, second - 1] += 1 / len(own)
    return summed


def _coincidences(rows: Sequence[Sequence[float]]) -> Floats:
    most = max(len(row) for row in rows)
    padded = np.full((most, len(rows)), np.nan)
    for column, row in enumerate(rows):
        padded[: len(row), column] = agreement.to_levels(np.array(row))
    return alpha.coincidences(padded, _VALUES)


def _counts(table: Floats) -> Floats:
    rounded = agreement.to_levels(table)
    return np.asarray(np.stack([(rounded == level).sum(axis=1) for level in LEVELS], axis=1), dtype=np.float64)


def machine(m: Material, weights: Floats) -> Coefficients:
    """Machine with people. Shares have Wilson intervals, the ICC its F interval, the rest the bootstrap."""
    found = {name: bootstrap(statistic, weights) for name, statistic in _machine_statistics(m).items()}
    for name, hits in _machine_hits(m).items():
        found[name] = agreement.share(hits)
    if len(m.machine) >= 2:
        found["icc"] = icc.icc(np.stack([m.machine, m.mean], axis=1), "ICC(A,1)")
    return Coefficients(icc_kind="ICC(A,1)", **found)


def people(m: Material, weights: Floats) -> Coefficients | None:
    """People with each other; None where somebody has one rater only."""
    statistics = _people_statistics(m)
    if statistics is None or m.human_table is None:
        return None
    found = {name: bootstrap(statistic, weights) for name, statistic in statistics.items()}
    if len(m.machine) >= 2:
        found["icc"] = icc.icc(m.human_table, m.icc_kind)
    return Coefficients(icc_kind=m.icc_kind, **found)


def mean_machine(materials: Sequence[Material], weights: Floats) -> Coefficients:
    each = [_machine_statistics(m) for m in materials]
    return Coefficients(icc_kind="ICC(A,1)", **_means(each, weights))


def mean_people(materials: Sequence[Material], weights: Floats) -> Coefficients | None:
    each = [_people_statistics(m) for m in materials]
    known = [statistics for statistics in each if statistics is not None]
    if len(known) < len(each):
        return None
    crossed = all(m.icc_kind == "ICC(A,1)" for m in materials)
    return Coefficients(icc_kind="ICC(A,1)" if crossed else "ICC(1,1)", **_means(known, weights))


def _means(each: Sequence[dict[str, Statistic]], weights: Floats) -> dict[str, Interval]:
    found = {}
    for name in each[0]:
        statistics = [own[name] for own in each]
        if name == "smd":
            statistics = [_size(statistic) for statistic in statistics]
        found[name] = bootstrap(mean_of(statistics), weights)
    return found


def _size(statistic: Statistic) -> Statistic:
    return lambda weights: np.abs(statistic(weights))


def _machine_hits(m: Material) -> dict[str, Floats]:
    return {
        "consistency": agreement.consistent(m.machine, m.mean),
        "zero_tolerance": agreement.consistent(m.machine, m.mean, 0.0),
        "exact": agreement.exact(m.machine, m.mean),
        "adjacent": agreement.adjacent(m.machine, m.mean),
    }


def _machine_statistics(m: Material) -> dict[str, Statistic]:
    shares = {name: _share(m, hits) for name, hits in _machine_hits(m).items()}
    columns = np.stack([m.machine, m.mean], axis=1)
    return {
        **shares,
        **_kappas(m, m.with_machine),
        "alpha": m.of_tables(m.all_coincidences, lambda table: alpha.alpha_of(table, _VALUES, "ordinal")),
        "icc": m.of(lambda weights: icc.resampled(columns, weights)),
        "smd": m.of(lambda weights: agreement.smd(m.machine, m.mean, weights)),
    }


def _people_statistics(m: Material) -> dict[str, Statistic] | None:
    table, between, counts = m.human_table, m.between, m.fleiss_counts
    if table is None or between is None or counts is None:
        return None
    kind = m.icc_kind
    return {
        "consistency": _share(m, _paired_hits(m, agreement.consistent)),
        "zero_tolerance": _share(m, _paired_hits(m, lambda a, b: agreement.consistent(a, b, 0.0))),
        "exact": _share(m, _paired_hits(m, agreement.exact)),
        "adjacent": _share(m, _paired_hits(m, agreement.adjacent)),
        **_kappas(m, between),
        "alpha": m.of_tables(m.people_coincidences, lambda matrix: alpha.alpha_of(matrix, _VALUES, "ordinal")),
        "icc": m.of(lambda weights: icc.resampled(table, weights, kind)),
        "fleiss": m.of(lambda weights: kappa.fleiss(counts, weights)),
    }


def _share(m: Material, hits: Floats) -> Statistic:
    return m.of(lambda weights: agreement.share_statistic(hits, weights))


def _paired_hits(m: Material, hit: Callable[[Floats, Floats], Floats]) -> Floats:
    """Per candidate the share of pairs of people that agree."""
    shares = []
    for own in m.pairs:
        both = np.array(own)
        shares.append(float(hit(both[:, 0], both[:, 1]).mean()))
    return np.array(shares)


def _kappas(m: Material, tables: Floats) -> dict[str, Statistic]:
    def weighted(weighting: kappa.Weighting) -> Statistic:
        return m.of_tables(tables, lambda table: kappa.cohen(table, weighting))

    return {
        "kappa_quadratic": weighted("quadratic"),
        "kappa_linear": weighted("linear"),
        "kappa_plain": weighted("plain"),
    }
