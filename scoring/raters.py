"""Raters: from what was read in an answer to a BARS level per competency.

A rater is anything with this shape; the deterministic ``RubricRater`` is the default and needs nothing but the
position model. Several raters make an ensemble: their mean is the level, their spread is shown, and a spread above
one step sends the answer to a human.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Protocol

from scoring.analysis.reading import Hit, Reading
from scoring.bilingual import Bilingual
from scoring.position_model import Indicator, PositionModel, Question
from scoring.wording import behaviour

MAX_SPREAD = 1.0
"""One BARS step."""


@dataclass(frozen=True, slots=True)
class AnswerToRate:
    """``reading`` holds only what the guards let through."""

    model: PositionModel
    question: Question
    reading: Reading


@dataclass(frozen=True, slots=True)
class Rating:
    """One competency of one answer. ``level`` 1-5; ``why`` is shown to HR."""

    competency_id: str
    level: float
    why: Bilingual


class Rater(Protocol):
    @property
    def name(self) -> str:
        """With its version: changes whenever the same answer could get another level."""
        ...

    def rate(self, answer: AnswerToRate) -> Sequence[Rating]:
        """A rating for every competency that the question measures, in the question's order."""
        ...


LEVELS = (
    # support:  0  1  2  3
    (2, 2, 2, 2),  # nothing heard that the competency is known by; level 1 takes words against it
    (2, 3, 3, 3),  # one behaviour
    (3, 3, 4, 4),  # two different ones
    (3, 4, 4, 5),  # three
    (3, 4, 5, 5),  # four, or all that the question can show
)
"""Level by breadth (different behaviours heard) and support (see ``support``). Claims without support end at 3."""

CRITICAL_CAP = 2
NEGATIVE_CAP = 4


class RubricRater:
    """Breadth x support, minus what speaks against it. Counts *different* behaviours, so length and repetition
    buy nothing; asks for support, so a list of the right words buys little."""

    name = "rubric 1.0"

    def rate(self, answer: AnswerToRate) -> tuple[Rating, ...]:
        signs, en_signs = support(answer.reading, answer.question)
        return tuple(self._rate(answer, competency_id, signs, en_signs) for competency_id in answer.question.measures)

    def _rate(self, answer: AnswerToRate, competency_id: str, zh: list[str], en: list[str]) -> Rating:
        indicators = {i.id: i for i in answer.model.indicators_for(answer.question, competency_id)}
        hits = [hit for hit in answer.reading.hits if hit.competency_id == competency_id]
        shown = _ids(hits, +1)
        against = _ids(hits, -1)
        expected = sum(indicator.sign == "positive" for indicator in indicators.values())
        level = LEVELS[_breadth(len(shown), expected)][len(zh)]
        if against:
            level = min(level - min(2, len(against)), NEGATIVE_CAP)
        if any(indicators[name].critical for name in against):
            level = min(level, CRITICAL_CAP)
        return Rating(
            competency_id,
            float(max(1, level)),
            _why(
                [_named(indicators[name], against=False) for name in shown],
                [_named(indicators[name], against=True) for name in against],
                zh,
                en,
            ),
        )


def _ids(hits: Sequence[Hit], supports: int) -> list[str]:
    return sorted({hit.indicator_id for hit in hits if hit.supports == supports})


def _breadth(shown: int, expected: int) -> int:
    """Rows of ``LEVELS``. Where a question can show fewer than four behaviours, all of them count as four."""
    if 0 < expected < 4:
        return min(4, round(shown * 4 / expected))
    return min(4, shown)


def support(reading: Reading, question: Question) -> tuple[list[str], list[str]]:
    """Up to three signs that the answer says more than its key words, named in Chinese and English.

    A told event (BEI) is supported by own acts, by a situation that leads to action, and by a result; a scenario by
    several acts, by reasons, and by something concrete: a figure, direct speech, a risk called by its name.
    """
    done = {act.verb for act in reading.acts if act.done}
    if question.kind == "behavioural":
        parts = {span.part for span in reading.star}
        signs = [
            (len(done) >= 2, "有具体行动", "own acts"),
            ("action" in parts and bool(parts & {"situation", "task"}), "情境与行动完整", "situation and action"),
            (bool(reading.results), "有结果", "a result"),
        ]
    else:
        text = reading.transcript.text
        concrete = bool(reading.results or reading.terms or reading.quantities) or any(mark in text for mark in "您“「")
        signs = [
            (len({act.verb for act in reading.acts}) >= 3, "有多个具体行动", "several acts"),
            (reading.reasons > 0, "说明了理由", "reasons"),
            (concrete, "有具体话术、数据或风险点", "concrete wording, figures or risks"),
        ]
    return [zh for there, zh, _ in signs if there], [en for there, _, en in signs if there]


def _named(indicator: Indicator, *, against: bool) -> Bilingual:
    """A bad behaviour that speaks for the candidate was refused; a good one that speaks against was denied."""
    bad = indicator.sign == "negative"
    return behaviour(indicator.label, denied=bad != against, bad=bad)


def _why(shown: list[Bilingual], against: list[Bilingual], signs_zh: list[str], signs_en: list[str]) -> Bilingual:
    zh = [f"体现：{'、'.join(label.zh for label in shown)}" if shown else "没有听到相关行为"]
    en = [f"Heard: {', '.join(label.en.lower() for label in shown)}" if shown else "No such behaviour heard"]
    if against:
        zh.append(f"相反表现：{'、'.join(label.zh for label in against)}")
        en.append(f"against it: {', '.join(label.en.lower() for label in against)}")
    zh.append(f"佐证：{'、'.join(signs_zh)}" if signs_zh else "缺少佐证")
    en.append(f"supported by {', '.join(signs_en)}" if signs_en else "no support")
    return Bilingual(zh="；".join(zh) + "。", en="; ".join(en) + ".")


@dataclass(frozen=True, slots=True)
class Combined:
    """Several raters' word on one competency. ``level`` to the nearest half step."""

    competency_id: str
    level: float
    spread: float
    why: Bilingual

    @property
    def needs_human(self) -> bool:
        return self.spread > MAX_SPREAD


def combine(raters: Sequence[Rater], answer: AnswerToRate) -> tuple[Combined, ...]:
    """The ensemble's ratings; the first rater explains."""
    ratings = [tuple(rater.rate(answer)) for rater in raters]
    return tuple(
        Combined(
            competency_id=same[0].competency_id,
            level=round(fmean(rating.level for rating in same) * 2) / 2,
            spread=round(pstdev(rating.level for rating in same), 3),
            why=same[0].why,
        )
        for same in zip(*ratings, strict=True)
    )
