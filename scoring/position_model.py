"""What a position is made of: frozen structs, the shape of a position file and of a competency file.

``PositionModel`` is the *resolved* form: every competency in full, wherever it was written. ``PositionFile`` is what an
author writes: competencies picked from the library by ``use``, or written out on the spot.
"""

from typing import Any, Literal, get_args

import msgspec

from scoring.bilingual import Bilingual

FORMAT = 2
"""The format that this Viva writes. 1: no library, no features, no hints; it still loads."""

DimensionId = Literal["professional", "general", "culture"]
QuestionKind = Literal["scenario", "behavioural", "culture", "logic", "practice"]
Feature = Literal["voice", "logic", "scenario", "expression"]
CoreAbility = Literal["", "communication", "problem_solving", "customer_service"]

DIMENSIONS: tuple[DimensionId, ...] = get_args(DimensionId)
FEATURES: tuple[Feature, ...] = get_args(Feature)


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
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


class CompetencyFile(_Strict, frozen=True, kw_only=True):
    """A competency as the library keeps it. ``version`` changes with every change of meaning. ``core``: which of the
    three core abilities it counts towards. ``anchors``: what each BARS level 1-5 sounds like (Smith & Kendall 1963).
    ``exercise``: how to grow."""

    id: str
    version: str = ""
    dimension: DimensionId
    core: CoreAbility = ""
    label: Bilingual
    definition: Bilingual
    anchors: dict[int, Bilingual]
    exercise: Bilingual
    indicators: tuple[Indicator, ...]

    def indicator(self, indicator_id: str) -> Indicator:
        return next(indicator for indicator in self.indicators if indicator.id == indicator_id)


class Competency(CompetencyFile, frozen=True, kw_only=True):
    """A competency in a position. ``weight``: points of 100."""

    weight: float


class Pick(_Strict, frozen=True):
    """A competency of the library, by its id. ``version``: refuse any other."""

    use: str
    weight: float
    version: str = ""


class Measure(_Strict, frozen=True):
    """What a question says about a competency. No ``indicators``: all of them."""

    weight: float = 1.0
    indicators: tuple[str, ...] = ()


class Question(_Strict, frozen=True):
    """``topic``: words of which an answer to the point has some. ``probes``: follow-ups for a human interviewer.

    ``reading_s`` 0: as long as the text takes. ``reserve``: asked only of those for whom HR chooses it.
    """

    id: str
    kind: QuestionKind
    text: Bilingual
    dimension: DimensionId = "general"
    reading_s: int = 0
    thinking_s: int = 60
    answer_s: int = 180
    measures: dict[str, Measure] = {}
    topic: Phrases = Phrases()
    probes: tuple[Bilingual, ...] = ()
    reserve: bool = False

    @property
    def feature(self) -> Feature | None:
        """The switch that this question hangs on; None: it is always asked."""
        return "scenario" if self.kind == "scenario" else "logic" if self.kind == "logic" else None


class ViewPart(_Strict, frozen=True):
    """A named score made of competencies; the weights are relative to each other."""

    id: str
    label: Bilingual
    weights: dict[str, float]


class View(_Strict, frozen=True):
    id: str
    label: Bilingual
    parts: tuple[ViewPart, ...]


class PassHint(_Strict, frozen=True):
    """A score from which HR may want to go on with somebody; it decides nothing.

    ``of``: ``total``, the id of a competency, or ``view.part``. ``at_least``: 0-100.
    """

    of: str
    at_least: float


class Term(Bilingual, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A word of the job that a candidate is likely to say, so that it is recognised. ``spoken``: how it sounds to a
    recogniser that does not know it; replaced by the term, so it must be close to it."""

    spoken: tuple[str, ...] = ()


class Absence(_Strict, frozen=True):
    """A candidate who loses the connection: how long their clocks stand still, and what then becomes of the interview:
    it *expires* (what was answered is scored), or it goes on without them and each question runs out of time."""

    wait_minutes: int = 24 * 60
    then: Literal["expire", "continue"] = "expire"


class _Position(_Strict, frozen=True, kw_only=True):
    format: int = 1
    id: str
    version: str
    title: Bilingual
    summary: Bilingual
    features: tuple[Feature, ...] = FEATURES
    questions: tuple[Question, ...]
    practice: Question | None = None
    views: tuple[View, ...] = ()
    pass_hints: tuple[PassHint, ...] = ()
    absence: Absence = Absence()
    glossary: tuple[Term, ...] = ()


class PositionFile(_Position, frozen=True, kw_only=True):
    """``competencies``: each a ``Pick`` or a ``Competency``. Without ``views`` there are the three usual ones."""

    competencies: tuple[Any, ...]


class PositionModel(_Position, frozen=True, kw_only=True):
    competencies: tuple[Competency, ...]

    def competency(self, competency_id: str) -> Competency:
        return next(competency for competency in self.competencies if competency.id == competency_id)

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)

    def indicators_for(self, question: Question, competency_id: str) -> tuple[Indicator, ...]:
        """The indicators of a competency that this question can show."""
        wanted = question.measures[competency_id].indicators
        every = self.competency(competency_id).indicators
        return tuple(indicator for indicator in every if not wanted or indicator.id in wanted)
