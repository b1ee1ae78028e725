"""What a report has to say to the person it is about: strength, own words, weakness, exercise; three scores; and, where
the culture score is low, the words it was low for. Everything is taken from the report, nothing is made up.

Only what the candidate's edition shows is used: the suggestions and highlights, evidence that speaks for the person,
and the three dimensions. One thing is more than that edition has: the sentence that a low culture score rests on, which
the person said and HR chooses to quote back.
"""

from dataclasses import dataclass
from typing import Literal

from scoring.report import Evidence, PartScore, Report

Language = Literal["zh", "en"]
VIEW, CULTURE = "dimensions", "culture"
SHORTEST_QUOTE = 4
MIDDLING = 50.0


@dataclass(frozen=True, slots=True)
class Feedback:
    """In one language; ``quote`` verbatim in the language it was said in."""

    strength: str
    quote: str
    weakness: str
    exercise: str


def feedback(report: Report, language: Language) -> Feedback | None:
    """None: too little was said for feedback that rests on the person's own words."""
    suggestion = next(iter(report.suggestions), None)
    quote = _praiseworthy(report)
    if suggestion is None or quote is None:
        return None
    highlight = next((item for item in report.highlights if item.quote == quote), None)
    strength = suggestion.strength.in_language(language)
    if highlight is not None:
        strength = highlight.text.in_language(language) + ("。" if language == "zh" else ".")
    return Feedback(
        strength,
        quote,
        suggestion.weakness.in_language(language),
        suggestion.exercise.in_language(language),
    )


def _praiseworthy(report: Report) -> str | None:
    """A highlight's words; else the longest that speak for a competency which went at least middling, and that speak
    against nothing: what one rule counts in favour may be the very sentence that another holds against the person."""
    for highlight in report.highlights:
        if len(highlight.quote) >= SHORTEST_QUOTE:
            return highlight.quote
    middling = {item.id for item in report.competencies if (item.score.value or 0.0) >= MIDDLING}
    against = [item.quote for item in _evidence(report) if item.supports < 0]
    found = [
        item.quote
        for item in _evidence(report)
        if item.supports > 0
        and item.competency_id in middling
        and len(item.quote) >= SHORTEST_QUOTE
        and not any(item.quote in other or other in item.quote for other in against)
    ]
    return max(found, key=len, default=None)


def _evidence(report: Report) -> list[Evidence]:
    return [item for answer in report.answers if answer.quality.assessable for item in answer.evidence]


def scores(report: Report, language: Language) -> str | None:
    """专业能力 85、综合素质 78、文化适配 80. None: nothing could be assessed."""
    told = [
        f"{part.label.in_language(language)} {part.score.value:.0f}"
        for part in _parts(report)
        if part.score.value is not None
    ]
    return ("、" if language == "zh" else ", ").join(told) or None


def _parts(report: Report) -> tuple[PartScore, ...]:
    return next((view.parts for view in report.views if view.id == VIEW), ())


@dataclass(frozen=True, slots=True)
class LowCulture:
    """``value``: the competency's id; ``label``: its name; ``quote``: the words it was low for."""

    score: float
    value: str
    label: str
    quote: str


def low_culture(report: Report, threshold: float, language: Language) -> LowCulture | None:
    """The culture value with the words that spoke most against it, if culture scored at or below ``threshold``. None
    also where no words did: a person is not told about a sentence that does not exist."""
    part = next((part for part in _parts(report) if part.id == CULTURE), None)
    if part is None or part.score.value is None or part.score.value > threshold:
        return None
    ours = sorted(
        (item for item in report.competencies if item.id in part.competencies and item.score.value is not None),
        key=lambda item: (item.score.value or 0.0, item.id),
    )
    for competency in ours:
        against = [
            item.quote
            for item in _evidence(report)
            if item.competency_id == competency.id and item.supports < 0 and len(item.quote) >= SHORTEST_QUOTE
        ]
        if against:
            label = competency.label.in_language(language)
            return LowCulture(part.score.value, competency.id, label, max(against, key=len))
    return None
