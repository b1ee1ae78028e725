"""The words of one answer as one text in which every character knows its time.

A spoken answer is put together from its utterances; a typed one is taken as it is. Quotes are slices of
``text``, so that they are verbatim by construction.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from scoring.bilingual import Language
from scoring.evidence import Utterance

CJK = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]|[^\W_]+(?:['’-][^\W_]+)*")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SPACE_IN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")


@dataclass(frozen=True)
class Transcript:
    """``starts_ms[i]``, ``ends_ms[i]``: media time of ``text[i]``, as far as it was spoken. What was typed comes
    after that, from ``typed_from``; a typed answer has no times at all."""

    text: str
    starts_ms: tuple[int, ...] = ()
    ends_ms: tuple[int, ...] = ()
    typed_from: int = 0

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Chinese characters and words of other scripts, lower case."""
        return words_of(self.text)

    @cached_property
    def language(self) -> Language:
        """The language of most of the answer; which lexica apply is decided clause by clause."""
        return language_of(self.text)

    @cached_property
    def mixed(self) -> bool:
        """Both scripts are there."""
        return CJK.search(self.text) is not None and _LATIN.search(self.text) is not None

    def without(self, stretches: Sequence[tuple[int, int]]) -> "Transcript":
        """The same transcript with spaces where these stretches were: every other character stays where it is."""
        if not stretches:
            return self
        characters = list(self.text)
        for start, end in stretches:
            characters[start:end] = " " * (end - start)
        return replace(self, text="".join(characters))

    def span_ms(self, start: int, end: int) -> tuple[int, int] | None:
        """Media time of a stretch that was spoken."""
        if start >= min(end, len(self.starts_ms)):
            return None
        return self.starts_ms[start], max(self.ends_ms[start:end])

    def span_chars(self, start: int, end: int) -> tuple[int, int] | None:
        """Offsets into the text as the candidate typed it."""
        if start < self.typed_from or start < len(self.starts_ms):
            return None
        return start - self.typed_from, end - self.typed_from


def words_of(text: str) -> tuple[str, ...]:
    """Chinese characters and words of other scripts, lower case."""
    return tuple(_WORD.findall(text.lower()))


def language_of(text: str) -> Language:
    """A Chinese character says about as much as half an English word of five letters."""
    chinese = len(CJK.findall(text))
    latin = len(_LATIN.findall(text))
    return "zh" if chinese * 2.5 >= latin and chinese else "en"


def typed(text: str) -> Transcript:
    """Control characters become spaces, one for one: offsets stay those of the text that was typed."""
    return Transcript(CONTROL.sub(" ", text))


def spoken(utterances: Sequence[Utterance]) -> Transcript:
    """Utterances in media order; words are found again in their utterance's text and lend it their times."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for utterance in utterances:
        clean = _SPACE_IN_CHINESE.sub("", CONTROL.sub(" ", utterance.text)).strip()
        if not clean:
            continue
        if text and not (CJK.match(text[-1]) and CJK.match(clean)):
            text.append(" ")
            starts.append(ends[-1])
            ends.append(ends[-1])
        for character, (start, end) in zip(clean, _times(clean, utterance), strict=True):
            text.append(character)
            # Media time never runs backwards, whatever the engine says.
            starts.append(max(start, starts[-1] if starts else 0))
            ends.append(max(end, starts[-1], ends[-1] if ends else 0))
    return Transcript("".join(text), tuple(starts), tuple(ends))


def joined(speech: Transcript, writing: Transcript) -> Transcript:
    """An answer that was begun aloud and finished in writing."""
    if not speech.text or not writing.text:
        return speech if speech.text else writing
    text = f"{speech.text}\n{writing.text}"
    return Transcript(text, speech.starts_ms, speech.ends_ms, typed_from=len(speech.text) + 1)


def _times(text: str, utterance: Utterance) -> list[tuple[int, int]]:
    """A time for every character: its word's; punctuation takes the end of the word before it."""
    times: list[tuple[int, int] | None] = [None] * len(text)
    cursor = 0
    lowered = text.lower()
    for word in utterance.words:
        bare = word.text.strip().lower()
        found = lowered.find(bare, cursor) if bare else -1
        if found < 0:
            continue
        times[found : found + len(bare)] = [(word.start_ms, word.end_ms)] * len(bare)
        cursor = found + len(bare)
    if cursor == 0:
        return _evenly(len(text), utterance.start_ms, utterance.end_ms)
    filled: list[tuple[int, int]] = []
    last = next(time[0] for time in times if time is not None)
    for time in times:
        filled.append(time if time is not None else (last, last))
        last = filled[-1][1]
    return filled


def _evenly(count: int, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    width = max(0, end_ms - start_ms) / count
    return [(round(start_ms + width * index), round(start_ms + width * (index + 1))) for index in range(count)]
