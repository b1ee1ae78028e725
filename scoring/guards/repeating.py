"""Guards for words that are not the speaker's answer: the question again, the same again, orders to the rater."""

import itertools
from collections.abc import Sequence
from functools import lru_cache

from scoring.analysis.clauses import Sentence
from scoring.analysis.finding import Span
from scoring.analysis.marks import LANGUAGES
from scoring.analysis.reading import Reading
from scoring.analysis.transcript import CJK, words_of
from scoring.guards.verdict import Verdict, refuse, units
from scoring.position_model import Question

MAX_ECHO_SHARE = 0.55
"""Share of the words that stand in the question in the same order."""
ECHO_WITH_LITTLE = 0.35
LITTLE_UNITS = 45.0
"""A third of it the question's, and less than this of one's own without one own act, is an echo too."""
GRAM = {"zh": 3, "en": 3}
SIMILAR = 0.8
"""Jaccard similarity of word pairs above which one sentence repeats another."""
SENTENCES_COMPARED = 200
"""Bounds the work for an answer of ten thousand characters."""
LONGEST_READ = 6_000
"""Characters that are read in Chinese, twenty minutes of speech; three times as many in English."""


def repeated(reading: Reading) -> list[Sentence]:
    """Sentences that say again what an earlier one said."""
    earlier: list[set[tuple[str, str]]] = []
    found: list[Sentence] = []
    for sentence, words in zip(reading.structure.sentences, reading.sentence_words, strict=True):
        pairs = set(itertools.pairwise(words))
        if len(pairs) < 4:
            continue
        if any(_alike(pairs, other) for other in earlier[-SENTENCES_COMPARED:]):
            found.append(sentence)
        else:
            earlier.append(pairs)
    return found


def _alike(pairs: set[tuple[str, str]], other: set[tuple[str, str]]) -> bool:
    if min(len(pairs), len(other)) < SIMILAR * max(len(pairs), len(other)):
        return False
    common = len(pairs & other)
    return common >= SIMILAR * (len(pairs) + len(other) - common)


def _grams(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[index : index + size]) for index in range(len(words) - size + 1)]


@lru_cache(maxsize=1024)
def _asked(question_zh: str, question_en: str, size: int) -> frozenset[tuple[str, ...]]:
    return frozenset(_grams(words_of(question_zh), size)) | frozenset(_grams(words_of(question_en), size))


def _own_words(words: Sequence[str], question: Question) -> list[str]:
    """The words that do not stand in a stretch of the question."""
    chinese = sum(CJK.match(word) is not None for word in words) * 2 >= len(words)
    size = GRAM["zh" if chinese else "en"]
    asked = _asked(question.text.zh, question.text.en, size)
    echoed: set[int] = set()
    for index, gram in enumerate(_grams(words, size)):
        if gram in asked:
            echoed.update(range(index, index + size))
    return [word for index, word in enumerate(words) if index not in echoed]


def echo_of_all(reading: Reading, question: Question) -> Verdict | None:
    words = reading.transcript.words
    own = _own_words(words, question)
    share = 1 - len(own) / len(words)
    little = share > ECHO_WITH_LITTLE and units(own) < LITTLE_UNITS and not reading.results
    return refuse("question_echo", f"{share:.0%}") if share > MAX_ECHO_SHARE or little else None


def echoed(reading: Reading, question: Question) -> list[Span]:
    """Sentences that are mostly the question's."""
    found: list[Span] = []
    for sentence, words in zip(reading.structure.sentences, reading.sentence_words, strict=True):
        if len(words) > 6 and 1 - len(_own_words(words, question)) / len(words) > MAX_ECHO_SHARE + 0.1:
            found.append((sentence.start, sentence.end))
    return found


def instructions(reading: Reading) -> list[Span]:
    """Sentences that tell a rater what to do. They are left out, and an answer earns nothing by them."""
    return [
        (sentence.start, sentence.end)
        for sentence in reading.structure.sentences
        if any(reading.marks.within(name, "instructions", sentence.start, sentence.end) for name in LANGUAGES)
    ]


def overlong(reading: Reading) -> list[Span]:
    """What comes after the longest answer that anybody gives in the time there is."""
    text = reading.transcript.text
    longest = LONGEST_READ if reading.transcript.language == "zh" else 3 * LONGEST_READ
    return [(longest, len(text))] if len(text) > longest else []
