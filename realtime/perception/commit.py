"""Which words of a live caption will not change any more. Pure.

LocalAgreement-2 (Liu et al. 2020, as used by Macháček et al. 2023, arXiv 2307.14743): a word is committed once
two hypotheses in a row agree on it and on everything before it. Words are characters for Chinese and space
separated words for Latin script, so a sentence that mixes them is compared piece by piece. Case and punctuation
do not count as disagreement. What is committed is never taken back, whatever later hypotheses say; the final of
the utterance replaces the caption as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from realtime.inference.words import bare, join_words, keys, word_key

_ANCHOR_WORDS = 4
_DRIFT_WORDS = 3


@dataclass(slots=True)
class LocalAgreement:
    """``committed``: every word so far, also of windows that were trimmed away since."""

    committed: list[str] = field(default_factory=list)
    _trimmed: int = 0
    _previous: list[str] = field(default_factory=list)

    @property
    def committed_text(self) -> str:
        return join_words(self.committed)

    @property
    def partial_text(self) -> str:
        """What the last hypothesis says beyond the committed words: shown, not promised."""
        return join_words(self._previous)

    @property
    def trimmed(self) -> list[str]:
        """The committed words that lie before the window."""
        return self.committed[: self._trimmed]

    @property
    def in_window(self) -> int:
        """How many of the committed words lie in the window that is being recognised."""
        return len(self.committed) - self._trimmed

    def push(self, hypothesis: Sequence[str]) -> range:
        """A new hypothesis for the whole window. Returns which of its words it committed; ``stop`` is also the
        place behind the last word that is committed at all."""
        begins = self._continues_at(hypothesis)
        tail = list(hypothesis[begins:])
        agreed = 0
        for new, old in zip(tail, self._previous, strict=False):
            if word_key(new) != word_key(old):
                break
            # Whisper likes to close an unfinished sentence with a full stop; keep it only if it was said twice.
            self.committed.append(new if new == old else bare(new))
            agreed += 1
        self._previous = tail[agreed:]
        return range(begins, begins + agreed)

    def trim(self) -> None:
        """The window now begins after the last committed word."""
        self._trimmed = len(self.committed)

    def _continues_at(self, hypothesis: Sequence[str]) -> int:
        """How many words at the front of the hypothesis are the committed ones said again.

        Usually exactly as many as are committed in the window. A hypothesis that changed its mind about those
        may hold one more or fewer; then the last few committed words are looked for near the place where they
        should be, the nearest place first.
        """
        count = self.in_window
        mine, theirs = keys(self.committed[self._trimmed :]), keys(hypothesis)
        if theirs[:count] == mine:
            return count
        for length in range(min(_ANCHOR_WORDS, count), 1, -1):
            anchor = mine[-length:]
            for drift in sorted(range(-_DRIFT_WORDS, _DRIFT_WORDS + 1), key=abs):
                end = count + drift
                if length <= end <= len(theirs) and theirs[end - length : end] == anchor:
                    return end
        return min(count, len(hypothesis))
