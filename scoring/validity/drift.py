"""Has something moved? Score distributions and guard rates of now against a reference window.

PSI (population stability index) over tenths of the reference: Σ (p - q) ln (p / q), half a count added to each bin. Its
customary limits (.10 watch, .25 alarm) ignore how many people there are: without any drift it is about (k - 1)(1/n +
1/m), so a small window alarms by chance. Here a limit counts only beyond what chance explains: χ² with k - 1 degrees of
freedom, times (1/n + 1/m) (Yurdakul & Naranjo 2020), at a level divided by the number of comparisons. Below 50
interviews on either side there is no verdict.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec
import numpy as np

from scoring.validity.correlation import holm
from scoring.validity.distributions import chi2_quantile, kolmogorov_tail
from scoring.validity.intervals import Floats, Interval, newcombe

WATCH, ALARM = 0.10, 0.25
MIN_WINDOW = 50
BINS = 10
RISK = 0.01
"""Of crying although nothing has moved, over all comparisons of a report: it is read every month."""
MIN_KS = 0.10
"""A smaller largest gap between two distributions is of no practical weight, however sure it is."""
GUARD_WATCH, GUARD_ALARM = 0.03, 0.10
"""Differences of a guard's rate: three, and ten, interviews of a hundred."""
TOTAL = "total"

Verdict = Literal["steady", "watch", "alarm", "few"]
_ORDER: tuple[Verdict, ...] = ("few", "steady", "watch", "alarm")


class Seen(msgspec.Struct, frozen=True):
    """One scored interview. ``scores``: competency (and ``total``) -> 0-100. ``guards``: codes of all findings.
    ``model``: the engines that had a part, in one name."""

    at: date
    language: str
    model: str
    scores: Mapping[str, float]
    guards: frozenset[str] = frozenset()


class ScoreDrift(msgspec.Struct, frozen=True):
    """``within``: all, or "language=zh", "model=…"; a model that is new is compared with the whole reference.
    ``psi_by_chance``: what it may reach with no drift. ``shift``: of the mean, in standard deviations of the
    reference."""

    competency: str
    within: str
    reference: int
    now: int
    psi: float | None
    psi_by_chance: float | None
    ks: float | None
    ks_p: float | None
    shift: float | None
    verdict: Verdict


class GuardDrift(msgspec.Struct, frozen=True):
    """Shares of interviews in which the guard fired; ``gap`` is now minus reference."""

    guard: str
    within: str
    reference: int
    now: int
    reference_rate: float
    now_rate: float
    gap: Interval
    verdict: Verdict


class Drift(msgspec.Struct, frozen=True):
    scores: tuple[ScoreDrift, ...]
    guards: tuple[GuardDrift, ...]
    new_models: tuple[str, ...]
    gone_models: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst; few if nothing could be compared."""
        verdicts = [row.verdict for row in self.scores] + [row.verdict for row in self.guards]
        return max(verdicts, key=_ORDER.index, default="few")


def compare(reference: Sequence[Seen], now: Sequence[Seen]) -> Drift:
    """Everything overall, and by each language and each model."""
    before, after = {seen.model for seen in reference}, {seen.model for seen in now}
    strata = _strata(reference, now, before, after)
    competencies = sorted({name for seen in (*reference, *now) for name in seen.scores})
    guards = sorted({code for seen in (*reference, *now) for code in seen.guards})
    samples = [
        (name, within, _scores(old, name), _scores(new, name)) for within, old, new in strata for name in competencies
    ]
    samples = [sample for sample in samples if sample[2].size and sample[3].size]
    rows = _score_rows(samples)
    comparisons = max(1, len(guards) * len(strata))
    guarded = tuple(
        _guard(code, within, old, new, comparisons) for within, old, new in strata for code in guards if old and new
    )
    return Drift(rows, guarded, tuple(sorted(after - before)), tuple(sorted(before - after)))


_Stratum = tuple[str, Sequence[Seen], Sequence[Seen]]


def _strata(reference: Sequence[Seen], now: Sequence[Seen], before: set[str], after: set[str]) -> list[_Stratum]:
    def of(seen: Sequence[Seen], wanted: Callable[[Seen], bool]) -> list[Seen]:
        return [one for one in seen if wanted(one)]

    strata: list[_Stratum] = [("all", reference, now)]
    languages = sorted({seen.language for seen in now})
    if len(languages) > 1 or {seen.language for seen in reference} != set(languages):
        for language in languages:
            pick = _is("language", language)
            strata.append((f"language={language}", of(reference, pick), of(now, pick)))
    if before | after != before & after or len(after) > 1:
        for model in sorted(after):
            pick = _is("model", model)
            strata.append((f"model={model}", of(reference, pick) if model in before else reference, of(now, pick)))
    return strata


def _is(attribute: str, value: str) -> Callable[[Seen], bool]:
    return lambda seen: getattr(seen, attribute) == value


def _scores(seen: Sequence[Seen], competency: str) -> Floats:
    return np.array([one.scores[competency] for one in seen if competency in one.scores], dtype=np.float64)


def _score_rows(samples: Sequence[tuple[str, str, Floats, Floats]]) -> tuple[ScoreDrift, ...]:
    big = [min(old.size, new.size) >= MIN_WINDOW for _, _, old, new in samples]
    distances = [ks(old, new) if enough else (0.0, 1.0) for enough, (_, _, old, new) in zip(big, samples, strict=True)]
    tested = [p for enough, (_, p) in zip(big, distances, strict=True) if enough]
    adjusted = iter(holm(tested))
    rows = []
    for enough, (name, within, old, new), (d, _) in zip(big, samples, distances, strict=True):
        if not enough:
            rows.append(ScoreDrift(name, within, old.size, new.size, None, None, None, None, None, "few"))
            continue
        value, by_chance = psi(old, new, RISK / len(tested))
        p = next(adjusted)
        spread = float(old.std(ddof=1))
        shift = (float(new.mean()) - float(old.mean())) / spread if spread > 1e-9 else None
        verdict = _verdict(value, by_chance, d, p)
        rows.append(ScoreDrift(name, within, old.size, new.size, value, by_chance, d, p, shift, verdict))
    return tuple(rows)


def _verdict(value: float, by_chance: float, distance: float, p: float) -> Verdict:
    if value > by_chance and value >= ALARM:
        return "alarm"
    if (value > by_chance and value >= WATCH) or (p < RISK and distance >= MIN_KS):
        return "watch"
    return "steady"


def psi(reference: Floats, now: Floats, risk: float = RISK) -> tuple[float, float]:
    """The index, and what it reaches by chance with probability ``risk`` when nothing has moved."""
    edges = np.unique(np.quantile(reference, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    edges = edges[edges < reference.max()]
    if edges.size == 0:  # nearly everybody alike: below, the same, above
        edges = np.array([np.nextafter(reference.max(), -np.inf), reference.max()])
    k = edges.size + 1
    p, q = (_shares(values, edges, k) for values in (now, reference))
    value = float(((p - q) * np.log(p / q)).sum())
    return value, chi2_quantile(1 - risk, k - 1) * (1 / reference.size + 1 / now.size)


def _shares(values: Floats, edges: Floats, k: int) -> Floats:
    counts = np.bincount(np.digitize(values, edges, right=True), minlength=k) + 0.5
    return np.asarray(counts / counts.sum())


def ks(first: Floats, second: Floats) -> tuple[float, float]:
    """Two-sample Kolmogorov-Smirnov: the largest gap, and its asymptotic p, too large where values are tied."""
    both = np.concatenate([first, second])
    below = (np.searchsorted(np.sort(sample), both, side="right") / sample.size for sample in (first, second))
    d = float(np.abs(np.subtract(*below)).max())
    return d, kolmogorov_tail(d * (first.size * second.size / (first.size + second.size)) ** 0.5)


def _guard(code: str, within: str, old: Sequence[Seen], new: Sequence[Seen], comparisons: int) -> GuardDrift:
    hits_old, hits_new = (sum(code in seen.guards for seen in window) for window in (old, new))
    gap = newcombe(hits_new, len(new), hits_old, len(old), 1 - RISK / comparisons)
    verdict: Verdict = "steady"
    if min(len(old), len(new)) < MIN_WINDOW:
        verdict = "few"
    elif gap.value is not None and not gap.includes_zero and abs(gap.value) >= GUARD_WATCH:
        verdict = "alarm" if abs(gap.value) >= GUARD_ALARM else "watch"
    return GuardDrift(code, within, len(old), len(new), hits_old / len(old), hits_new / len(new), gap, verdict)
