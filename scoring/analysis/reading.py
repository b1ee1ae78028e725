"""Everything that can be read out of one answer, before anybody judges it."""

from dataclasses import dataclass
from functools import cached_property

from scoring.analysis.acts import Act, Result, StarSpan, find_acts, find_results, find_star
from scoring.analysis.clauses import Structure, structure
from scoring.analysis.finding import Span, apart, finders
from scoring.analysis.lexicon import lexicon
from scoring.analysis.marks import Marks
from scoring.analysis.outlook import Statement, find_statements
from scoring.analysis.quantities import Quantity, find_quantities
from scoring.analysis.stance import Stance, stance_of
from scoring.analysis.substance import Substance, find_substance
from scoring.analysis.transcript import Transcript, words_of
from scoring.analysis.vocabulary import terms
from scoring.position_model import Indicator, PositionModel, Question

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
    """``acts`` are affirmed; what the speaker denied doing is only counted, in ``substance``."""

    transcript: Transcript
    marks: Marks
    structure: Structure
    hits: tuple[Hit, ...]
    acts: tuple[Act, ...]
    results: tuple[Result, ...]
    star: tuple[StarSpan, ...]
    terms: tuple[Term, ...]
    quantities: tuple[Quantity, ...]
    statements: tuple[Statement, ...]
    substance: Substance
    vocabulary: frozenset[str]
    """What the answer is about: ``scoring.analysis.vocabulary``."""

    @cached_property
    def sentence_words(self) -> list[tuple[str, ...]]:
        """The words of each sentence."""
        text = self.transcript.text
        return [words_of(text[sentence.start : sentence.end]) for sentence in self.structure.sentences]


def read_answer(transcript: Transcript, model: PositionModel, question: Question) -> Reading:
    """Everything that the rules can find in an answer to this question."""
    marks = Marks(transcript.text)
    parts = structure(transcript, marks)
    acts = find_acts(marks, parts)
    quantities = find_quantities(transcript.text)
    results = find_results(marks, parts, quantities)
    vocabulary = terms(transcript.text)
    return Reading(
        transcript=transcript,
        marks=marks,
        structure=parts,
        hits=_hits(marks, parts, model, question),
        acts=tuple(act for act in acts if not act.denied),
        results=results,
        star=find_star(marks, parts, acts, results),
        terms=tuple(Term(start, end) for start, end in marks.everywhere("finance_risk")),
        quantities=quantities,
        statements=find_statements(marks, parts),
        substance=find_substance(marks, parts, acts, results, quantities, _signposts(marks), len(vocabulary)),
        vocabulary=vocabulary,
    )


def _signposts(marks: Marks) -> int:
    """Different signposts (first, then, finally), at most one of each sort."""
    sorts = range(len(lexicon("zh").lists.signposts))
    return sum(any(marks.spans(language, f"signposts {sort}") for language in marks.languages) for sort in sorts)


def _hits(marks: Marks, parts: Structure, model: PositionModel, question: Question) -> tuple[Hit, ...]:
    if not parts.clauses:
        return ()
    asked = [
        (f"{competency_id}.{indicator.id}", competency_id, indicator)
        for competency_id in question.measures
        for indicator in model.indicators_for(question, competency_id)
    ]
    heard = {
        language: finders(tuple((key, getattr(one.phrases, language)) for key, _, one in asked), language)
        for language in marks.languages
    }
    found = {language: several.find(marks.index) for language, several in heard.items()}
    hits: list[Hit] = []
    for key, competency_id, indicator in asked:
        spans = [span for language in marks.languages for span in apart(found[language][key])[:HITS_READ]]
        hits += _indicator_hits(marks, parts, competency_id, indicator, spans)
    return tuple(sorted(hits, key=lambda hit: (hit.start, hit.end, hit.competency_id, hit.indicator_id)))


def _indicator_hits(
    marks: Marks, parts: Structure, competency_id: str, indicator: Indicator, spans: list[Span]
) -> list[Hit]:
    found: list[Hit] = []
    wordings: set[str] = set()
    for start, end in spans:
        stance = stance_of(marks, parts, start, end)
        supports = _supports(indicator, stance)
        if supports:
            denied = stance.negated or (stance.disapproved and indicator.sign == "negative")
            found.append(Hit(competency_id, indicator.id, start, end, supports, denied))
            wordings.add(marks.lowered[start:end])
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


def without(
    reading: Reading, ignored: tuple[tuple[int, int], ...], model: PositionModel, question: Question
) -> Reading:
    """The answer read again without these stretches; every position stays what it was."""
    return read_answer(reading.transcript.without(ignored), model, question) if ignored else reading
