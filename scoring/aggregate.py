"""Leaves to competencies to views to a total: weighted means, nothing else.

A leaf is one competency in one answer, BARS 1-5. Scores are BARS x 20, so that 4 ("good") is 80 of 100, 8 of 10 and
four stars. Missing leaves are left out and their weight with them; with too little weight left there is no score.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scoring.bilingual import Bilingual
from scoring.policy import ScoringPolicy
from scoring.position_model import PositionModel
from scoring.report import CompetencyScore, Leaf, PartScore, Score, ViewScore

POINTS_PER_LEVEL = 20.0
RATER_ERROR = 0.6
"""Assumed standard error of one leaf in BARS steps, until a validity study has measured it."""
UNSURE_ERROR = 1.2
"""The same for an answer whose wording the rules hardly knew."""
ERROR_CORRELATION = 0.5
"""Assumed correlation of the errors of two leaves: they share a rater, a transcript, a day."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """``value`` and its standard error, 0-100, unrounded."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class RatedLeaf:
    question_id: str
    competency_id: str
    level: float
    spread: float
    unsure: bool = False


def score(estimate: Estimate | None) -> Score:
    """Rounded to one decimal; the 0-10 and star scales are exact renderings of that, so no threshold can move."""
    if estimate is None:
        return Score(value=None)
    value = round(min(100.0, max(0.0, estimate.value)), 1)
    return Score(
        value=value,
        low=round(max(0.0, value - estimate.error), 1),
        high=round(min(100.0, value + estimate.error), 1),
        ten=to_ten(value),
        stars=to_stars(value),
    )


def to_ten(value: float) -> float:
    """0-10, two decimals: exact, because ``value`` has one."""
    return round(value / 10, 2)


def to_stars(value: float) -> float:
    """0-5, three decimals: exact. 4 stars are BARS level 4."""
    return round(value / 20, 3)


def mean(parts: Sequence[tuple[float, Estimate]]) -> Estimate:
    """Weighted mean of at least one; errors are added with ``ERROR_CORRELATION``."""
    total = math.fsum(weight for weight, _ in parts)
    value = math.fsum(weight * part.value for weight, part in parts) / total
    alone = math.fsum((weight * part.error) ** 2 for weight, part in parts)
    together = math.fsum(weight * part.error for weight, part in parts) ** 2
    return Estimate(value, math.sqrt((1 - ERROR_CORRELATION) * alone + ERROR_CORRELATION * together) / total)


def weighted(parts: Sequence[tuple[float, Estimate | None]], min_share: float) -> Estimate | None:
    """The mean of what is there; None when that is less than ``min_share`` of the weight."""
    there = [(weight, part) for weight, part in parts if part is not None]
    whole = math.fsum(weight for weight, _ in parts)
    if not there or math.fsum(weight for weight, _ in there) < min_share * whole - 1e-9:
        return None
    return mean(there)


def competency_estimates(
    model: PositionModel, leaves: Sequence[RatedLeaf], asked: Sequence[str], policy: ScoringPolicy
) -> dict[str, Estimate | None]:
    """Per competency; ``asked`` are the questions of this interview."""
    rated = {(leaf.question_id, leaf.competency_id): leaf for leaf in leaves}
    estimates: dict[str, Estimate | None] = {}
    for competency in model.competencies:
        parts: list[tuple[float, Estimate | None]] = []
        for question in model.questions:
            if question.id in asked and competency.id in question.measures:
                leaf = rated.get((question.id, competency.id))
                parts.append((question.measures[competency.id].weight, _leaf_estimate(leaf)))
        estimates[competency.id] = weighted(parts, policy.min_weight_share)
    return estimates


def _leaf_estimate(leaf: RatedLeaf | None) -> Estimate | None:
    if leaf is None:
        return None
    error = math.hypot(UNSURE_ERROR if leaf.unsure else RATER_ERROR, leaf.spread)
    return Estimate(leaf.level * POINTS_PER_LEVEL, error * POINTS_PER_LEVEL)


def competencies(
    model: PositionModel, leaves: Sequence[RatedLeaf], estimates: Mapping[str, Estimate | None]
) -> tuple[CompetencyScore, ...]:
    scored: list[CompetencyScore] = []
    for competency in model.competencies:
        own = [leaf for leaf in leaves if leaf.competency_id == competency.id]
        scored.append(
            CompetencyScore(
                id=competency.id,
                dimension=competency.dimension,
                label=competency.label,
                definition=competency.definition,
                weight=competency.weight,
                score=score(estimates[competency.id]),
                anchor=_anchor(competency.anchors, estimates[competency.id]),
                leaves=tuple(Leaf(leaf.question_id, leaf.level, _weight(model, leaf)) for leaf in own),
            )
        )
    return tuple(scored)


def _weight(model: PositionModel, leaf: RatedLeaf) -> float:
    question = model.question(leaf.question_id)
    return question.measures[leaf.competency_id].weight if question is not None else 0.0


def _anchor(anchors: Mapping[int, Bilingual], estimate: Estimate | None) -> Bilingual | None:
    """The anchor of the nearest level; a half step goes down."""
    if estimate is None:
        return None
    return anchors[min(5, max(1, math.ceil(estimate.value / POINTS_PER_LEVEL - 0.5)))]


def views(
    model: PositionModel, estimates: Mapping[str, Estimate | None], policy: ScoringPolicy
) -> tuple[ViewScore, ...]:
    return tuple(
        ViewScore(
            view.id,
            view.label,
            tuple(
                PartScore(
                    part.id,
                    part.label,
                    score(
                        weighted([(w, estimates[name]) for name, w in part.weights.items()], policy.min_weight_share)
                    ),
                    tuple(sorted(part.weights)),
                )
                for part in view.parts
            ),
        )
        for view in model.views
    )


def total(
    model: PositionModel, estimates: Mapping[str, Estimate | None], assessable: int, policy: ScoringPolicy
) -> Estimate | None:
    """None with fewer assessable answers than the policy asks for."""
    if assessable < policy.min_answers:
        return None
    parts = [(competency.weight, estimates[competency.id]) for competency in model.competencies]
    return weighted(parts, policy.min_weight_share)
