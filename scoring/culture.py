"""An employer's own words for its values: phrases of its code of conduct and culture handbook, merged into the culture
competencies when an interview is scored.

The position stays what it is; the set has a version and a digest of its own, and the report names both. Negation,
quotation and whose act it was are the analyser's, as for every other phrase.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from scoring.bilingual import Bilingual, Language
from scoring.position_model import Competency, Indicator, Measure, Phrases, PositionModel, Question

Sign = Literal["positive", "negative"]

IDS: Mapping[Sign, str] = {"positive": "employer_conduct", "negative": "employer_breach"}
_LABELS: Mapping[Sign, Bilingual] = {
    "positive": Bilingual(zh="体现本行行为规范", en="In line with the employer's code of conduct"),
    "negative": Bilingual(zh="违背本行行为规范", en="Against the employer's code of conduct"),
}


class CulturePhrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """``phrase``: in the pattern language of ``scoring.analysis.phrases``; plain words are a pattern too.
    ``value``: id of a culture competency."""

    value: str
    sign: Sign
    language: Language
    phrase: str


class CultureSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``version`` counts an employer's imports from 1. ``phrases`` are sorted: their order means nothing."""

    employer: str
    version: int
    digest: str
    phrases: tuple[CulturePhrase, ...]


def culture_set(employer: str, version: int, phrases: Iterable[CulturePhrase]) -> CultureSet:
    ordered = tuple(sorted(set(phrases)))
    canonical = msgspec.json.encode(msgspec.to_builtins(ordered), order="deterministic")
    return CultureSet(employer, version, "sha256:" + hashlib.sha256(canonical).hexdigest(), ordered)


def merged(model: PositionModel, culture: CultureSet | None) -> PositionModel:
    """The model with one more indicator per value and sign. Values of no competency of this job stay out."""
    if culture is None:
        return model
    added = {
        competency.id: _indicators(competency.id, culture)
        for competency in model.competencies
        if competency.dimension == "culture"
    }
    return msgspec.structs.replace(
        model,
        competencies=tuple(_with(competency, added.get(competency.id, ())) for competency in model.competencies),
        questions=tuple(_asking(question, added) for question in model.questions),
    )


def _indicators(value: str, culture: CultureSet) -> tuple[Indicator, ...]:
    found: list[Indicator] = []
    for sign, identifier in IDS.items():
        mine = [phrase for phrase in culture.phrases if (phrase.value, phrase.sign) == (value, sign)]
        phrases = Phrases(
            zh=tuple(phrase.phrase for phrase in mine if phrase.language == "zh"),
            en=tuple(phrase.phrase for phrase in mine if phrase.language == "en"),
        )
        if mine:
            found.append(Indicator(id=identifier, label=_LABELS[sign], phrases=phrases, sign=sign))
    return tuple(found)


def _with(competency: Competency, indicators: tuple[Indicator, ...]) -> Competency:
    if not indicators:
        return competency
    return msgspec.structs.replace(competency, indicators=(*competency.indicators, *indicators))


def _asking(question: Question, added: Mapping[str, tuple[Indicator, ...]]) -> Question:
    """A question that names the indicators it can show can show the employer's as well."""
    measures = {name: _measuring(measure, added.get(name, ())) for name, measure in question.measures.items()}
    return msgspec.structs.replace(question, measures=measures)


def _measuring(measure: Measure, indicators: tuple[Indicator, ...]) -> Measure:
    if not measure.indicators or not indicators:
        return measure
    return msgspec.structs.replace(measure, indicators=(*measure.indicators, *(one.id for one in indicators)))
