"""From times of characters to times of words. Pure."""

from dataclasses import dataclass

from realtime.inference.engine import RecognisedWord
from realtime.inference.words import split_words


@dataclass(frozen=True, slots=True)
class TimedCharacter:
    text: str
    start_ms: float
    end_ms: float
    probability: float


def spread_evenly(text: str, start_ms: float, end_ms: float, probability: float) -> list[TimedCharacter]:
    """Every character that is not a space gets the same share: all one can say without an alignment."""
    characters = [character for character in text if not character.isspace()]
    share = (end_ms - start_ms) / len(characters) if characters else 0.0
    return [
        TimedCharacter(character, start_ms + at * share, start_ms + (at + 1) * share, probability)
        for at, character in enumerate(characters)
    ]


def words_of(
    text: str, characters: list[TimedCharacter], *, earliest_ms: int, latest_ms: int
) -> tuple[RecognisedWord, ...]:
    """The words of ``text`` with their times, which never leave ``earliest_ms`` … ``latest_ms`` (a cross-attention
    path begins at the window's first position whatever is heard there) and never run backwards.

    ``characters``: those of the text in order, spaces left out. Punctuation takes no time from its word.
    """
    words: list[RecognisedWord] = []
    at, last_ms = 0, earliest_ms
    for word in split_words(text):
        length = len("".join(word.split()))
        own = characters[at : at + length]
        at += length
        if not own:
            break
        spoken = [character for character in own if character.text.isalnum()] or own
        start_ms = min(max(last_ms, round(spoken[0].start_ms)), latest_ms)
        last_ms = min(max(start_ms, round(spoken[-1].end_ms)), latest_ms)
        probability = sum(character.probability for character in own) / len(own)
        words.append(RecognisedWord(word, start_ms, last_ms, min(1.0, max(0.0, probability))))
    return tuple(words)
