"""Everything that can be read out of one answer, before anybody judges it."""

from dataclasses import dataclass, replace
from itertools import islice

from scoring.analysis.acts import Act, Result, StarSpan, find_acts, find_results, find_star
from scoring.analysis.clauses import Structure, structure
from scoring.analysis.lexicon import lexicon
from scoring.analysis.phrases import compile_patterns
from scoring.analysis.stance import Stance, stance_of
from scoring.analysis.transcript import Transcript
from scoring.bilingual import Language
from scoring.position_model import Indicator, PositionModel, Question

LANGUAGES: tuple[Language, Language] = ("zh", "en")
HITS_READ = 40
"""Wordings of one indicator that are looked at in one answer: two are quoted."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An indicator that was heard. ``supports``: for the competency (+1) or against it (-1)."""

    competency_id: str
    indicator_id: str
    start: int
    end: int
    supports: int
    denied: bool
    """The words were denied: "I would not …"."""


@dataclass(frozen=True, slots=True)
class Term:
    """A finance-risk term, whoever used it and however."""

    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    transcript: Transcript
    structure: Structure
    hits: tuple[Hit, ...]
    acts: tuple[Act, ...]
    results: tuple[Result, ...]
    star: tuple[StarSpan, ...]
    terms: tuple[Term, ...]
    signposts: int
    """Different signposts (first, then, finally), at most one of each sort."""
    reasons: int
    quantities: int
    """Figures with a unit, whatever they measure."""


def read_answer(transcript: Transcript, model: PositionModel, question: Question) -> Reading:
    text = transcript.text
    parts = structure(transcript)
    acts = find_acts(text, parts)
    results = find_results(text, parts)
    return Reading(
        transcript=transcript,
        structure=parts,
        hits=_hits(text, parts, model, question),
        acts=acts,
        results=results,
        star=find_star(text, parts, acts, results),
        terms=_terms(text),
        signposts=sum(
            any(pattern.search(text) for pattern in kinds)
            for kinds in zip(lexicon("zh").signposts, lexicon("en").signposts, strict=True)
        ),
        reasons=_count("reasons", text),
        quantities=_count("quantities", text),
    )


def _hits(text: str, parts: Structure, model: PositionModel, question: Question) -> tuple[Hit, ...]:
    if not parts.clauses:
        return ()
    hits: list[Hit] = []
    for competency_id in question.measures:
        for indicator in model.indicators_for(question, competency_id):
            hits += _indicator_hits(text, parts, competency_id, indicator)
    return tuple(sorted(hits, key=lambda hit: (hit.start, hit.end, hit.competency_id, hit.indicator_id)))


def _indicator_hits(text: str, parts: Structure, competency_id: str, indicator: Indicator) -> list[Hit]:
    found: list[Hit] = []
    wordings: set[str] = set()
    for language in LANGUAGES:
        patterns = indicator.phrases.zh if language == "zh" else indicator.phrases.en
        for match in islice(compile_patterns(patterns, language).finditer(text), HITS_READ):
            stance = stance_of(text, parts, match.start(), match.end())
            supports = _supports(indicator, stance)
            if supports:
                denied = stance.negated or (stance.disapproved and indicator.sign == "negative")
                found.append(Hit(competency_id, indicator.id, match.start(), match.end(), supports, denied))
                wordings.add(match.group(0).lower())
    return found if len(wordings) >= indicator.min_hits else []


def _supports(indicator: Indicator, stance: Stance) -> int:
    """+1, -1, or 0 for a wording that says nothing about the candidate."""
    if stance.supposed or stance.mentioned:
        return 0
    if stance.actor == "other" and indicator.actor == "self":
        return 0
    if indicator.sign == "negative":
        return 1 if stance.negated != stance.disapproved else -1
    if stance.negated:
        return -1 if indicator.denial_counts else 0
    return 1


def _count(words: str, text: str) -> int:
    return sum(len(lexicon(language)[words].findall(text)) for language in LANGUAGES)


def _terms(text: str) -> tuple[Term, ...]:
    spans = {match.span() for language in LANGUAGES for match in lexicon(language)["finance_risk"].finditer(text)}
    return tuple(Term(start, end) for start, end in sorted(spans))


def without(reading: Reading, ignored: tuple[tuple[int, int], ...]) -> Reading:
    """The same reading, blind to everything that begins in one of the stretches."""
    if not ignored:
        return reading

    def kept(start: int) -> bool:
        return not any(left <= start < right for left, right in ignored)

    return replace(
        reading,
        hits=tuple(hit for hit in reading.hits if kept(hit.start)),
        acts=tuple(act for act in reading.acts if kept(act.start)),
        results=tuple(result for result in reading.results if kept(result.start)),
        star=tuple(span for span in reading.star if kept(span.start)),
        terms=tuple(term for term in reading.terms if kept(term.start)),
    )
