"""Raters: from what was read in an answer to a BARS level per competency.

A rater is anything with this shape; the deterministic ``scoring.rubric.RubricRater`` is the default and needs nothing
but the position model. Several raters make an ensemble: their mean is the level, their spread is shown, and a spread
above one step sends the answer to a human.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Protocol

from scoring.analysis.reading import Reading
from scoring.bilingual import Bilingual
from scoring.position_model import PositionModel, Question

MAX_SPREAD = 1.0
"""One BARS step."""


def nearest(level: float) -> int:
    """The anchor that a level is closest to; a half step goes down."""
    return min(5, max(1, math.ceil(level - 0.5)))


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


@dataclass(frozen=True, slots=True)
class Said:
    """One rater's word on one competency."""

    rater: str
    level: float
    why: Bilingual


@dataclass(frozen=True, slots=True)
class Combined:
    """Several raters' word on one competency. ``level``: their mean, to one decimal; ``spread``: their standard
    deviation."""

    competency_id: str
    level: float
    spread: float
    why: Bilingual
    said: tuple[Said, ...]

    @property
    def needs_human(self) -> bool:
        """Two of them stand more than one BARS step apart."""
        levels = [one.level for one in self.said]
        return max(levels) - min(levels) > MAX_SPREAD


def combine(
    raters: Sequence[Rater], answer: AnswerToRate, outside: Sequence[tuple[str, Rating]] = ()
) -> tuple[Combined, ...]:
    """The ensemble's ratings; the first rater explains. ``outside``: ratings that were given before, with the name of
    who gave them; such a rater may have left a competency out."""
    given = [(rater.name, rating) for rater in raters for rating in rater.rate(answer)]
    combined: list[Combined] = []
    for competency_id in answer.question.measures:
        said = tuple(
            Said(name, rating.level, rating.why)
            for name, rating in (*given, *outside)
            if rating.competency_id == competency_id
        )
        levels = [one.level for one in said]
        combined.append(Combined(competency_id, round(fmean(levels), 1), round(pstdev(levels), 3), said[0].why, said))
    return tuple(combined)
