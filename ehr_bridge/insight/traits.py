"""What the models of retention see of an employee: five numbers from 0 to 1, and never a protected attribute.

Stability and culture come from the interview, attendance and exams from training, performance from the reviews. Only
what was known at a moment counts, so that a model is never trained on what happened later.
"""

import math
from collections.abc import Sequence

import msgspec

from ehr_bridge.canonical import Label, milliseconds
from ehr_bridge.canonical.records import Performance, Training
from ehr_bridge.insight.advice import INTERVIEW, PERFORMANCE, TRAINING, Input, percent
from ehr_bridge.insight.lives import Life

NAMES = ("stability", "culture", "attendance", "exam", "performance")
LABELS: dict[str, Label] = {
    "stability": Label("稳定性", "stability"),
    "culture": Label("文化适配度", "culture fit"),
    "attendance": Label("培训出勤率", "attendance at training"),
    "exam": Label("培训考核", "exams after training"),
    "performance": Label("绩效", "performance"),
}
SOURCES = {
    "stability": INTERVIEW,
    "culture": INTERVIEW,
    "attendance": TRAINING,
    "exam": TRAINING,
    "performance": PERFORMANCE,
}
STABILITY_FROM = ("commitment", "resilience")
"""Competencies that speak of stability, the first that was assessed counts."""
GRADES = {"excellent": 0.95, "good": 0.8, "average": 0.6, "poor": 0.3}


class Traits(msgspec.Struct, frozen=True):
    """None: not known."""

    stability: float | None = None
    culture: float | None = None
    attendance: float | None = None
    exam: float | None = None
    performance: float | None = None

    @property
    def known(self) -> int:
        return sum(getattr(self, name) is not None for name in NAMES)

    @property
    def inputs(self) -> tuple[Input, ...]:
        return tuple(
            Input(LABELS[name], percent(value), SOURCES[name])
            for name in NAMES
            if (value := getattr(self, name)) is not None
        )


def traits(life: Life, until_ms: int) -> Traits:
    one = next((each for each in reversed(life.interviews) if each.completed and each.at_ms <= until_ms), None)
    trainings = [each for each in life.of(Training) if milliseconds(each.at) <= until_ms]
    reviews = [each for each in life.of(Performance) if milliseconds(each.at) <= until_ms]
    scores = one.scores if one else {}
    parts = one.parts if one else {}
    stability = next((scores[key] / 100 for key in STABILITY_FROM if key in scores), None)
    culture = parts["dimensions.culture"] / 100 if "dimensions.culture" in parts else None
    return Traits(
        stability,
        culture,
        _mean([each.attendance for each in trainings if each.attendance is not None]),
        _mean([each.exam_score / each.exam_max_score for each in trainings if each.exam_score is not None]),
        _mean([value for each in reviews if (value := reviewed(each)) is not None]),
    )


def reviewed(review: Performance) -> float | None:
    """0 to 1: the score's share of its maximum, else what the grade stands for."""
    if review.score is not None and review.max_score > 0:
        return min(1.0, review.score / review.max_score)
    return GRADES.get(review.grade)


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None
