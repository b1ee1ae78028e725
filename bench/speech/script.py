"""What the stand-in model says about a window: the words that are whole in it, as a good recogniser would. Pure.

A word that the window's end cuts through is heard wrongly when more than half of it was there, and not at all
otherwise: the mistake that every streaming policy has to live with. Nothing else is ever wrong, so an error in a
transcript is the policy's: a word lost at a cut, said twice, or never committed.
"""

import json
from bisect import bisect_left
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.speech.pilot import FRAME_MS, Symbols, Tape, symbols_of

WHOLE, HALF = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class Word:
    """On the tape. ``text`` with a space before a Latin word; ``after``: the punctuation that follows it."""

    text: str
    after: str
    start_ms: float
    end_ms: float
    sentence: int
    language: str


@dataclass(frozen=True, slots=True)
class HeardWord:
    """In the window. ``text`` is wrong where ``word`` was cut."""

    word: Word
    text: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Heard:
    """``voiced``: somebody spoke, though perhaps no word was whole."""

    words: tuple[HeardWord, ...]
    voiced: bool

    @property
    def language(self) -> str | None:
        return self.words[0].word.language if self.words else None


class Script:
    def __init__(self, words: list[Word], total_ms: float) -> None:
        self.words = words
        self.total_ms = total_ms
        self.symbols = symbols_of(_sentence_spans_ms(words), total_ms)
        self._tape = Tape(self.symbols)
        self._ends_ms = [word.end_ms for word in words]

    def heard(self, symbols: Symbols) -> Heard:
        """``symbols``: the pilot as it was read from the window's features."""
        words = list[HeardWord]()
        places = self._tape.places(symbols)
        for at, (first, last, tape_frame) in enumerate(places):
            shift_ms = (first - tape_frame) * FRAME_MS
            from_ms, to_ms = tape_frame * FRAME_MS, (tape_frame + last - first) * FRAME_MS
            for word in self.words[bisect_left(self._ends_ms, from_ms) :]:
                if word.start_ms >= to_ms:
                    break
                share = (min(to_ms, word.end_ms) - max(from_ms, word.start_ms)) / (word.end_ms - word.start_ms)
                cut = word.end_ms > to_ms and at + 1 == len(places)
                text = word.text if share >= WHOLE or not cut else _misheard(word.text, share)
                if share < HALF:
                    continue
                start_ms = max(0.0, word.start_ms + shift_ms)
                words.append(HeardWord(word, text, start_ms, word.end_ms + shift_ms))
        return Heard(tuple(words), bool(places))

    def save(self, file: Path) -> None:
        told = {"total_ms": self.total_ms, "words": [asdict(word) for word in self.words]}
        file.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, file: Path) -> "Script":
        told = json.loads(file.read_text(encoding="utf-8"))
        return cls([Word(**word) for word in told["words"]], told["total_ms"])


def _misheard(text: str, share: float) -> str:
    """The same for the same share, to a tenth; another one as more is heard."""
    if len(text.strip()) == 1:
        return "是的在有"[round(share * 10) % 4]
    kept = max(2, round(len(text) * share) - 1)
    return text[:kept] + "aeou"[round(share * 10) % 4]


def _sentence_spans_ms(words: list[Word]) -> list[tuple[float, float]]:
    spans = dict[int, tuple[float, float]]()
    for word in words:
        start_ms, _ = spans.get(word.sentence, (word.start_ms, 0.0))
        spans[word.sentence] = (start_ms, word.end_ms)
    return list(spans.values())
