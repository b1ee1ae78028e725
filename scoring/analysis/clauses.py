"""Sentences and clauses, also where a recogniser wrote no punctuation.

A sentence ends at its mark or at a long pause; a clause ends at a comma, at a short pause, or before a word that
opens the next one (然后, 但是, "because", "I would"). Times are media times.
"""

import re
from bisect import bisect_right, insort
from dataclasses import dataclass
from itertools import pairwise

from scoring.analysis.lexicon import Lexicon, lexicon
from scoring.analysis.marks import Marks
from scoring.analysis.transcript import Transcript, language_of
from scoring.bilingual import Language

SENTENCE_PAUSE_MS = 900
CLAUSE_PAUSE_MS = 350
SHORTEST_CLAUSE = {"zh": 4, "en": 10}
"""Characters that stand before an opening word for it to begin a new clause."""
SHORTEST_BEFORE_SUBJECT = 8
LONGEST_CLAUSE = 400
"""Characters. No speaker needs more; a flood without punctuation is cut here so that reading it stays cheap."""

_SENTENCE_END = re.compile(r"[。！？!?；;\n…]+[”」』\"’)）]*|\.(?!\d)[\"”’)]*")
_CLAUSE_END = re.compile(r"[，,：:]")
_NEW_SUBJECT = re.compile(r"(?<![跟和对向给与同让请诉问找把被帮为替陪的是在当而由])我")
"""A Chinese clause that nobody punctuated often begins again with 我."""


@dataclass(frozen=True, slots=True)
class Clause:
    """``text[start:end]``, without surrounding spaces and marks. ``sentence`` counts from 0."""

    start: int
    end: int
    sentence: int
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class Sentence:
    start: int
    end: int
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """All sentences of an answer, and where to find a position in them."""

    sentences: tuple[Sentence, ...]
    clauses: tuple[Clause, ...]
    starts: tuple[int, ...]

    def clause_at(self, position: int) -> int:
        """Index of the clause that a character belongs to."""
        return max(0, bisect_right(self.starts, position) - 1)


def structure(transcript: Transcript, marks: Marks) -> Structure:
    """``marks`` of the same text."""
    sentences: list[Sentence] = []
    pauses = _pauses(transcript)
    for start, end in _sentences(transcript.text, pauses):
        index = len(sentences)
        clauses = tuple(
            Clause(left, right, index, lexicon(_language(transcript, left, right)))
            for left, right in _clauses(transcript, marks, pauses, start, end)
        )
        if clauses:
            sentences.append(Sentence(clauses[0].start, end, clauses))
    clauses = tuple(clause for sentence in sentences for clause in sentence.clauses)
    return Structure(tuple(sentences), clauses, tuple(clause.start for clause in clauses))


def _language(transcript: Transcript, start: int, end: int) -> Language:
    """Decided clause by clause only where both languages are there."""
    return language_of(transcript.text[start:end]) if transcript.mixed else transcript.language


def _pauses(transcript: Transcript) -> list[tuple[int, int]]:
    """(index, milliseconds) of every silence that ends a clause."""
    found: list[tuple[int, int]] = []
    for index, (start, before) in enumerate(zip(transcript.starts_ms[1:], transcript.ends_ms, strict=False), start=1):
        if start - before >= CLAUSE_PAUSE_MS:
            found.append((index, start - before))
    return found


def _sentences(text: str, pauses: list[tuple[int, int]]) -> list[tuple[int, int]]:
    cuts = {match.end() for match in _SENTENCE_END.finditer(text)}
    cuts |= {index for index, pause_ms in pauses if pause_ms >= SENTENCE_PAUSE_MS}
    return _between(text, cuts, 0, len(text))


def _clauses(
    transcript: Transcript, marks: Marks, pauses: list[tuple[int, int]], start: int, end: int
) -> list[tuple[int, int]]:
    text = transcript.text
    cuts = {match.end() for match in _CLAUSE_END.finditer(text, start, end)}
    cuts |= {index for index, _ in pauses if start < index < end}
    language = _language(transcript, start, end)
    openers = [(begin, SHORTEST_CLAUSE[language]) for begin, _ in marks.within(language, "clause_openers", start, end)]
    openers += [(match.start(), SHORTEST_BEFORE_SUBJECT) for match in _NEW_SUBJECT.finditer(text, start, end)]
    ordered = sorted({start, end, *cuts})
    for begin, shortest in sorted(openers):
        at = bisect_right(ordered, begin)
        if begin - ordered[at - 1] >= shortest and ordered[min(at, len(ordered) - 1)] - begin > shortest:
            cuts.add(begin)
            insort(ordered, begin)
    cuts |= {at for left, right in pairwise(ordered) for at in range(left, right, LONGEST_CLAUSE)}
    return _between(text, cuts, start, end)


def _between(text: str, cuts: set[int], start: int, end: int) -> list[tuple[int, int]]:
    """The pieces between the cuts that hold a word, trimmed of spaces and marks in front and spaces behind."""
    edges = [start, *sorted(cut for cut in cuts if start < cut < end), end]
    pieces: list[tuple[int, int]] = []
    for left, right in pairwise(edges):
        while left < right and not text[left].isalnum() and text[left] not in '“「『"':
            left += 1
        while right > left and text[right - 1].isspace():
            right -= 1
        if any(character.isalnum() for character in text[left:right]):
            pieces.append((left, right))
    return pieces
