"""What a session was shown, against what was said in it: latencies, erasure, error rate. Pure.

*Normaliser*: NFKC, lower case; every Chinese character is a word, so is every run of Latin letters and digits; all
else is left out. Mandarin's error rate is then one of characters, English's one of words.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bench.speech.script import Word

_UNIT = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+(?:'[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Shown:
    """All of the session's text at a moment: seconds since its sound began."""

    at_s: float
    committed: str
    partial: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Latencies in seconds, of every word (unit) that was said; infinite where it never came.
    ``finals_s``: of each sentence, from its end until its last word was committed."""

    first_shown_s: tuple[float, ...]
    committed_s: tuple[float, ...]
    finals_s: tuple[float, ...]
    erased: int
    shown: int
    wrong: int
    said: int
    language: str


def units(text: str) -> list[str]:
    return _UNIT.findall(unicodedata.normalize("NFKC", text).lower())


def judge(said: Sequence[Word], shown: Sequence[Shown], language: str) -> Judged:
    wanted = [(unit, word) for word in said for unit in units(word.text)]
    truth = [unit for unit, _ in wanted]
    seen = _first_times(truth, [(one.at_s, units(one.committed + " " + one.partial)) for one in shown])
    committed = _first_times(truth, [(one.at_s, units(one.committed)) for one in shown])
    last = units(shown[-1].committed + " " + shown[-1].partial) if shown else []
    committed_s = [at_s - word.end_ms / 1000 for at_s, (_, word) in zip(committed, wanted, strict=True)]
    return Judged(
        first_shown_s=tuple(at_s - word.end_ms / 1000 for at_s, (_, word) in zip(seen, wanted, strict=True)),
        committed_s=tuple(committed_s),
        finals_s=tuple(
            late_s
            for at, (late_s, (_, word)) in enumerate(zip(committed_s, wanted, strict=True))
            if at + 1 == len(wanted) or wanted[at + 1][1].sentence != word.sentence
        ),
        erased=erased([units(one.committed + " " + one.partial) for one in shown]),
        shown=len(last),
        wrong=distance(truth, last),
        said=len(truth),
        language=language,
    )


def erased(texts: Sequence[Sequence[str]]) -> int:
    """Units that were shown and taken back again (Arivazhagan et al. 2020, erasure)."""
    total = 0
    before: Sequence[str] = ()
    for text in texts:
        pairs = enumerate(zip(before, text, strict=False))
        common = next((at for at, (old, new) in pairs if old != new), min(len(before), len(text)))
        total += len(before) - common
        before = text
    return total


def distance(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein's."""
    row = list(range(len(heard) + 1))
    for i, left in enumerate(wanted, start=1):
        above, row[0] = row[0], i
        for j, right in enumerate(heard, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
    return row[-1]


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank; infinite among them counts as what it is."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.inf


def told(seconds: float) -> float | None:
    """As JSON has it: null for what never came."""
    return round(seconds, 3) if math.isfinite(seconds) else None


def _first_times(truth: list[str], shown: list[tuple[float, list[str]]]) -> list[float]:
    """When each unit first stood at its place. A text that only grew is matched from where it grew."""
    times = [math.inf] * len(truth)
    before: list[str] = []
    for at_s, text in shown:
        if text == before:
            continue
        before = text
        for block in SequenceMatcher(None, truth, text, autojunk=False).get_matching_blocks():
            for place in range(block.a, block.a + block.size):
                times[place] = min(times[place], at_s)
    return times
