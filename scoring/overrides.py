"""A human's decision over a score. Pure.

The report is never touched: it is sealed, and it stays what the machine said. An override stands beside it with who,
when and why; a later one replaces it and both are kept. What holds is folded from all of them.
"""

import math
from collections.abc import Iterable

import msgspec

from scoring.report import Report

LEAST_REASON_CHARACTERS = 10
MAX_REASON_CHARACTERS = 2000


class Override(msgspec.Struct, frozen=True):
    """``competency_id`` None: of the total. ``value`` 0-100; None takes an earlier override of the same back."""

    version: int
    competency_id: str | None
    value: float | None
    reason: str
    by: str
    at: str


class Effective(msgspec.Struct, frozen=True):
    """What holds after all overrides. ``machine_total`` beside it, so that nobody takes one for the other."""

    total: float | None
    machine_total: float | None
    competencies: dict[str, float | None]
    overridden: tuple[str, ...]
    """Ids of competencies, and "total"."""


def flaw(report: Report, competency_id: str | None, value: float | None, reason: str) -> str | None:
    """Why it cannot be taken; English, for a problem's detail."""
    if competency_id is not None and competency_id not in {competency.id for competency in report.competencies}:
        return f"{competency_id}: not a competency of this report"
    if value is not None and not (math.isfinite(value) and 0 <= value <= 100):
        return "a value lies from 0 to 100"
    if len(reason.strip()) < LEAST_REASON_CHARACTERS:
        return f"a reason has at least {LEAST_REASON_CHARACTERS} characters: it is what an auditor will read"
    if len(reason) > MAX_REASON_CHARACTERS:
        return f"a reason has at most {MAX_REASON_CHARACTERS} characters"
    return None


def effective(report: Report, overrides: Iterable[Override]) -> Effective:
    """A total that was overridden holds; else one over the overridden competencies, by the report's weights; else the
    report's own. Overriding a competency of a report without a total gives none: half of its weight may be missing."""
    standing: dict[str | None, float] = {}
    for override in sorted(overrides, key=lambda item: item.version):
        if override.value is None:
            standing.pop(override.competency_id, None)
        else:
            standing[override.competency_id] = round(override.value, 1)
    scores = {c.id: standing.get(c.id, c.score.value) for c in report.competencies}
    total = report.total.value
    if None in standing:
        total = standing[None]
    elif standing and total is not None:
        weights = {c.id: c.weight for c in report.competencies if scores[c.id] is not None}
        products = [weight * (scores[name] or 0.0) for name, weight in weights.items()]
        total = round(math.fsum(products) / math.fsum(weights.values()), 1)
    named = tuple(sorted("total" if name is None else name for name in standing))
    return Effective(total, report.total.value, scores, named)
