"""What a position is made of: frozen structs, the shape of a position file."""

from typing import Literal

import msgspec

from scoring.bilingual import Bilingual

DimensionId = Literal["professional", "general", "culture"]
QuestionKind = Literal["scenario", "behavioural", "culture", "practice"]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Phrases(_Strict, frozen=True):
    """Patterns of ``scoring.analysis.phrases``, by language."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class Indicator(_Strict, frozen=True):
    """A behaviour that can be heard in an answer.

    ``sign`` negative: hearing it speaks against the competency, denying it speaks for it. ``critical``: heard once
    it caps the level at 2. ``actor`` any: also counts when somebody else is the subject ("the customer was happy").
    ``min_hits``: so many different phrases are needed. ``denial_counts``: denying it ("I would not report") speaks
    against the competency; otherwise a denied positive phrase says nothing.
    """

    id: str
    label: Bilingual
    phrases: Phrases
    sign: Literal["positive", "negative"] = "positive"
    actor: Literal["self", "any"] = "self"
    critical: bool = False
    min_hits: int = 1
    denial_counts: bool = False


class Competency(_Strict, frozen=True):
    """``weight``: points of 100. ``anchors``: what each BARS level 1-5 sounds like. ``exercise``: how to grow."""

    id: str
    dimension: DimensionId
    label: Bilingual
    definition: Bilingual
    weight: float
    anchors: dict[int, Bilingual]
    indicators: tuple[Indicator, ...]
    exercise: Bilingual

    def indicator(self, indicator_id: str) -> Indicator:
        return next(indicator for indicator in self.indicators if indicator.id == indicator_id)


class Measure(_Strict, frozen=True):
    """What a question says about a competency. No ``indicators``: all of them."""

    weight: float = 1.0
    indicators: tuple[str, ...] = ()


class Question(_Strict, frozen=True):
    """``topic``: words of which an answer to the point has some. ``probes``: follow-ups for a human interviewer."""

    id: str
    kind: QuestionKind
    text: Bilingual
    dimension: DimensionId = "general"
    reading_s: int = 8
    thinking_s: int = 60
    answer_s: int = 180
    measures: dict[str, Measure] = {}
    topic: Phrases = Phrases()
    probes: tuple[Bilingual, ...] = ()


class ViewPart(_Strict, frozen=True):
    """A named score made of competencies; the weights are relative to each other."""

    id: str
    label: Bilingual
    weights: dict[str, float]


class View(_Strict, frozen=True):
    id: str
    label: Bilingual
    parts: tuple[ViewPart, ...]


class PositionModel(_Strict, frozen=True):
    id: str
    version: str
    title: Bilingual
    summary: Bilingual
    competencies: tuple[Competency, ...]
    views: tuple[View, ...]
    questions: tuple[Question, ...]
    practice: Question | None = None

    def competency(self, competency_id: str) -> Competency:
        return next(competency for competency in self.competencies if competency.id == competency_id)

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)

    def indicators_for(self, question: Question, competency_id: str) -> tuple[Indicator, ...]:
        """The indicators of a competency that this question can show."""
        wanted = question.measures[competency_id].indicators
        every = self.competency(competency_id).indicators
        return tuple(indicator for indicator in every if not wanted or indicator.id in wanted)
