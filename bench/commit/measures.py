"""Figures of captions. Pure: what was shown and what is true in, numbers out.

*First shown* and *committed* latency: from the end of a spoken word to the update in which it can be read, or is
settled; each shown text is laid over the true words by Levenshtein, so that a wrong word in front moves nothing.
*Normalised erasure* (Arivazhagan et al. 2020): words taken back ÷ words of the final texts. *Revoked*: committed words
that the final contradicts, which is what a policy must not buy its speed with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.commit.corpus import TrueWord
from bench.commit.play import Played, Shown
from realtime.inference.words import join_words, keys, split_words


@dataclass(slots=True)
class Tally:
    """An utterance that was not heard at all is words that are wrong. ``wrong``: edits between the final texts and the
    truth. ``live_wrong``: between what was committed when a final came and the best prefix of the truth."""

    first_ms: list[float] = field(default_factory=list)
    committed_ms: list[float] = field(default_factory=list)
    erased: int = 0
    final_words: int = 0
    committed_words: int = 0
    revoked: int = 0
    live_wrong: int = 0
    wrong: int = 0
    true_words: int = 0
    settled_live: int = 0

    def add(self, played: Played) -> None:
        groups = by_utterance(played.shown)
        for utterance in played.answer.utterances:
            own = next((group for group in groups if _is_of(group[-1], utterance)), [])
            self._utterance(utterance, own)

    def _utterance(self, true: tuple[TrueWord, ...], shown: list[Shown]) -> None:
        wanted = keys([word.text for word in true])
        first: dict[int, float] = {}
        committed: dict[int, float] = {}
        before: tuple[str, ...] = ()
        live: tuple[str, ...] = ()
        for at in shown:
            settled, whole = keys(split_words(at.update.committed)), keys(split_words(_text(at)))
            self.erased += len(before) - _shared(before, whole)
            before = whole
            for place in matched(wanted, whole):
                first.setdefault(place, at.at_ms)
            for place in matched(wanted, settled):
                committed.setdefault(place, at.at_ms)
            live = live if at.update.final else settled
        self.first_ms += [first[place] - true[place].end_ms for place in first]
        self.committed_ms += [committed[place] - true[place].end_ms for place in committed]
        self.final_words += len(before)
        self.committed_words += len(live)
        self.settled_live += sum(place in set(matched(wanted, live)) for place in range(len(true)))
        self.revoked += min(distance(live, before[:length]) for length in range(len(before) + 1))
        self.live_wrong += min(distance(live, wanted[:length]) for length in range(len(wanted) + 1))
        self.wrong += distance(wanted, before)
        self.true_words += len(true)


def by_utterance(shown: list[Shown]) -> list[list[Shown]]:
    """What was shown of each utterance, in order; the final is the last."""
    groups: dict[str, list[Shown]] = {}
    for at in shown:
        groups.setdefault(at.update.utterance_id, []).append(at)
    return [group for group in groups.values() if group[-1].update.final]


def _is_of(final: Shown, true: tuple[TrueWord, ...]) -> bool:
    """Whether the middle of what was said lies in what was heard as one utterance."""
    middle_ms = (true[0].end_ms + true[-1].end_ms) / 2
    return final.update.start_ms <= middle_ms <= final.update.end_ms


def matched(wanted: Sequence[str], said: Sequence[str]) -> list[int]:
    """Which of the wanted words are said, by the cheapest alignment of the two."""
    table = _table(wanted, said)
    places, row, column = [], len(wanted), len(said)
    while row and column:
        same = wanted[row - 1] == said[column - 1]
        if same and table[row][column] == table[row - 1][column - 1]:
            places.append(row - 1)
            row, column = row - 1, column - 1
        elif table[row][column] == table[row - 1][column] + 1:
            row -= 1
        elif table[row][column] == table[row][column - 1] + 1:
            column -= 1
        else:
            row, column = row - 1, column - 1
    return places


def distance(wanted: Sequence[str], said: Sequence[str]) -> int:
    """Levenshtein."""
    return _table(wanted, said)[-1][-1]


def _table(wanted: Sequence[str], said: Sequence[str]) -> list[list[int]]:
    table = [list(range(len(said) + 1))]
    for row, word in enumerate(wanted, 1):
        above, line = table[-1], [row]
        for column, other in enumerate(said, 1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + (word != other)))
        table.append(line)
    return table


def _text(shown: Shown) -> str:
    return join_words([shown.update.committed, shown.update.partial])


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words at the front are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
