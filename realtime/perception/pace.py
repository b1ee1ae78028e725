"""How fast somebody speaks, from the words that were recognised and their times.

Pace is units a minute of speaking time: a Chinese character is a unit, and so is a word in Latin script or a number.
Speaking time runs from the first word to the last; silence of more than a second between two words is not part of it
(``PAUSE_MS``; shorter silence is breathing and phrasing, which belong to how fast speech comes across).

The two languages have different units, and speech mixes them (我用 Excel 做报表). The language with more units
decides what the count means. It is always *told* in the units of the interview's language, the one whose thresholds
it will be held against: an English answer in a Chinese interview is converted by ``CHARACTERS_PER_WORD``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from realtime.inference.words import is_cjk, split_words, word_key
from realtime.protocol.text import Language

PAUSE_MS = 1_000
WINDOW_MS = 10_000
LEAST_MS = 3_000
"""Less speech than this gives no pace: three quick words are no hurry."""
MOST_WORDS = 400
CHARACTERS_PER_WORD = 1.6
"""An English word takes the place of so many characters, in length of text and, at everyday pace (250 and 155 a
minute), in time."""


class TimedWord(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...


@dataclass(frozen=True, slots=True, order=True)
class _Said:
    start_ms: int
    end_ms: int
    characters: int
    words: int


class PaceMeter:
    """The last ten seconds of speaking time, at most ``MOST_WORDS`` words."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._said: list[_Said] = []

    def add(self, words: Iterable[TimedWord]) -> None:
        """Words of final captions, in any order."""
        self._said = sorted([*self._said, *map(_said, words)])[-MOST_WORDS:]
        spoken = _spoken_ms(self._said)
        total = sum(spoken)
        while self._said and total - spoken[0] >= WINDOW_MS:
            total -= spoken.pop(0)
            self._said.pop(0)

    @property
    def end_ms(self) -> int | None:
        """End of the last word."""
        return max((said.end_ms for said in self._said), default=None)

    @property
    def per_minute(self) -> float | None:
        """None: too little was said."""
        spoken_ms = sum(_spoken_ms(self._said))
        if spoken_ms < LEAST_MS:
            return None
        characters = sum(said.characters for said in self._said)
        words = sum(said.words for said in self._said)
        spoken_language: Language = "zh" if characters >= words else "en"
        units = float(characters + words)
        if spoken_language != self._language:
            units *= CHARACTERS_PER_WORD if spoken_language == "en" else 1 / CHARACTERS_PER_WORD
        return units * 60_000 / spoken_ms


def _said(word: TimedWord) -> _Said:
    pieces = [piece for piece in split_words(word.text) if word_key(piece)]
    characters = sum(map(is_cjk, pieces))
    return _Said(word.start_ms, max(word.start_ms, word.end_ms), characters, len(pieces) - characters)


def _spoken_ms(said: list[_Said]) -> list[int]:
    """What each word adds to the speaking time: its own, and the silence before it unless that is a pause."""
    times = []
    until_ms = said[0].start_ms if said else 0
    for word in said:
        begins_ms = word.start_ms if word.start_ms - until_ms > PAUSE_MS else until_ms
        times.append(max(0, word.end_ms - begins_ms))
        until_ms = max(until_ms, word.end_ms)
    return times
