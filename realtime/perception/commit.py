"""Which words of a live caption will not change any more. Pure.

A ``CommitPolicy`` looks at what a hypothesis says beyond the committed words and says how much of it is settled;
``Commits`` keeps the account. What is committed is never taken back, whatever later hypotheses say: as text it only
grows, and the final of the utterance replaces the caption as a whole. Words are characters for Chinese and space
separated words for Latin script, so a sentence that mixes them is settled piece by piece.

A mark behind a word is a guess until something follows: recognisers like to close an unfinished sentence with a full
stop. So a word is committed with the mark behind it only where the policy is sure of both, and otherwise takes its
mark when the next word is committed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from realtime.inference.words import bare, join_words, keys, word_key

_ANCHOR_WORDS = 4
_DRIFT_WORDS = 3


class Said(NamedTuple):
    """A word of a hypothesis, where it ends, media milliseconds, and how sure the model is of it."""

    text: str
    end_ms: float
    probability: float = 1.0


class CommitPolicy(Protocol):
    """One for each utterance: it may remember what it was shown."""

    @property
    def timed(self) -> bool:
        """Whether partials must come with true word times."""

    def settled(self, tail: Sequence[Said], heard_ms: float) -> list[str]:
        """The words at the front of ``tail`` that will not change, as they are to be written.

        ``tail``: what the newest hypothesis says beyond the committed words. ``heard_ms``: where its sound ended.
        """


@dataclass(slots=True)
class LocalAgreement:
    """LocalAgreement-2 (Liu et al. 2020, as used by Macháček et al. 2023, arXiv 2307.14743): a word is settled once
    two hypotheses in a row agree on it and on everything before it. Case and punctuation do not count as
    disagreement, and a mark is kept if it was said twice."""

    timed: bool = field(default=False, init=False)
    _previous: list[str] = field(default_factory=list)

    def settled(self, tail: Sequence[Said], heard_ms: float) -> list[str]:
        agreed: list[str] = []
        for new, old in zip([word.text for word in tail], self._previous, strict=False):
            if word_key(new) != word_key(old):
                break
            agreed.append(new if new == old else bare(new))
        self._previous = [word.text for word in tail[len(agreed) :]]
        return agreed


@dataclass(frozen=True, slots=True)
class AlignAtt:
    """AlignAtt (Papi et al. 2023, arXiv 2305.11408) after the fact: a word is settled once the sound it was heard in
    ends ``threshold_ms`` before the end of all sound, for what comes later can hardly change it. The times are those
    of an alignment of the whole hypothesis on the same encoder output, in place of attention at every step."""

    threshold_ms: float
    timed: bool = field(default=True, init=False)

    def settled(self, tail: Sequence[Said], heard_ms: float) -> list[str]:
        count = next((at for at, word in enumerate(tail) if not self.is_far(word, heard_ms)), len(tail))
        return [word.text if at + 1 < len(tail) else bare(word.text) for at, word in enumerate(tail[:count])]

    def is_far(self, word: Said, heard_ms: float) -> bool:
        return word.end_ms <= heard_ms - self.threshold_ms


@dataclass(slots=True)
class SureOrAgreed:
    """AlignAtt where the model is sure of a word (``sure``: probability), agreement of two hypotheses where it is not.

    AlignAtt alone believes every word that lies far enough back, also those that the model guessed: in noise, or when
    somebody speaks as nobody in its training did, it commits two or three times as many words that the final revokes.
    Sureness alone would wait for ever there. Decision 0164 has the measurement.
    """

    threshold_ms: float = 300.0
    sure: float = 0.95
    timed: bool = field(default=True, init=False)
    _previous: list[str] = field(default_factory=list)

    def settled(self, tail: Sequence[Said], heard_ms: float) -> list[str]:
        words: list[str] = []
        for at, word in enumerate(tail):
            old = self._previous[at] if at < len(self._previous) else None
            agreed = old is not None and word_key(old) == word_key(word.text)
            sure = word.probability >= self.sure and word.end_ms <= heard_ms - self.threshold_ms
            if not (agreed or sure):
                break
            marked = (agreed and old == word.text) or (sure and at + 1 < len(tail))
            words.append(word.text if marked else bare(word.text))
        self._previous = [word.text for word in tail[len(words) :]]
        return words


POLICIES: dict[str, Callable[[], CommitPolicy]] = {
    "agreement": LocalAgreement,
    "align_att": lambda: AlignAtt(threshold_ms=400.0),
    "sure_or_agreed": SureOrAgreed,
}
"""By the name that the setting has. Each makes the policy of one utterance."""
DEFAULT_POLICY = "sure_or_agreed"


@dataclass(slots=True)
class Commits:
    """``committed``: every word so far, also of windows that were trimmed away since."""

    policy: CommitPolicy
    committed: list[str] = field(default_factory=list)
    _trimmed: int = 0
    _tail: list[str] = field(default_factory=list)

    @property
    def committed_text(self) -> str:
        return join_words(self.committed)

    @property
    def partial_text(self) -> str:
        """What the last hypothesis says beyond the committed words: shown, not promised."""
        return join_words(self._tail)

    @property
    def trimmed(self) -> list[str]:
        """The committed words that lie before the window."""
        return self.committed[: self._trimmed]

    @property
    def in_window(self) -> int:
        """How many of the committed words lie in the window that is being recognised."""
        return len(self.committed) - self._trimmed

    def push(self, hypothesis: Sequence[Said], heard_ms: float) -> range:
        """A new hypothesis for the whole window. Returns which of its words it committed; ``stop`` is also the
        place behind the last word that is committed at all."""
        words = [word.text for word in hypothesis]
        begins = self._continues_at(words)
        settled = self.policy.settled(hypothesis[begins:], heard_ms)
        if settled and begins:
            self._take_mark(words[begins - 1])
        self.committed += settled
        self._tail = words[begins + len(settled) :]
        return range(begins, begins + len(settled))

    def trim(self) -> None:
        """The window now begins after the last committed word."""
        self._trimmed = len(self.committed)

    def _take_mark(self, again: str) -> None:
        """``again``: how the newest hypothesis writes the last committed word, now that the next one is settled."""
        if self.in_window and again.startswith(self.committed[-1]) and bare(again) == self.committed[-1]:
            self.committed[-1] = again

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
