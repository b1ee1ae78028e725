"""The live caption of one utterance while it is spoken: what to recognise next, and what is settled. Pure.

The window of a partial begins where the utterance begins, until it has grown long; then it begins behind the last
committed word. So a partial costs about the same however long somebody speaks, and the words that are settled are
given to the engine as text instead of as sound.
"""

from dataclasses import dataclass, field, replace

from realtime.inference.engine import RecognisedWord, SpeechResult
from realtime.inference.words import join_words
from realtime.perception.commit import CommitPolicy, Commits, LocalAgreement, Said

TRIM_FROM_MS = 9_000
"""Windows up to here cost the same; engines align the words of windows about this long, so that their times can
be relied on for trimming."""


@dataclass(slots=True)
class LiveCaption:
    """``window_ms``: media time at which the next window begins. ``words``: the committed ones, in media time."""

    window_ms: float
    language: str = ""
    words: list[RecognisedWord] = field(default_factory=list)
    policy: CommitPolicy = field(default_factory=LocalAgreement)
    _commits: Commits = field(init=False)
    _settled_until_ms: float = 0.0

    def __post_init__(self) -> None:
        self._commits = Commits(self.policy)

    @property
    def committed(self) -> str:
        return self._commits.committed_text

    @property
    def partial(self) -> str:
        return self._commits.partial_text

    @property
    def trimmed_text(self) -> str:
        """What was said before the window begins."""
        return join_words(self._commits.trimmed)

    def trim(self, until_ms: float, from_ms: float = TRIM_FROM_MS) -> None:
        """Before a window up to ``until_ms`` is cut out: let it begin behind what is settled, if it is longer than
        ``from_ms``."""
        if until_ms - self.window_ms > from_ms and self._settled_until_ms > self.window_ms:
            self.window_ms = self._settled_until_ms
            self._commits.trim()

    def update(self, result: SpeechResult, window_ms: float, heard_ms: float) -> bool:
        """A result for the window from ``window_ms`` to ``heard_ms``. Returns whether anything shown has changed."""
        before = (self.committed, self.partial)
        timed = [in_media_time(word, window_ms) for word in result.words]
        settled = self._commits.push([Said(word.text, word.end_ms, word.probability) for word in timed], heard_ms)
        self.words += [timed[at] for at in settled]
        self.words = [
            word if word.text == text else replace(word, text=text)
            for word, text in zip(self.words, self._commits.committed, strict=True)
        ]
        if settled.stop:
            self._settled_until_ms = timed[settled.stop - 1].end_ms
        self.language = result.language
        return (self.committed, self.partial) != before


def in_media_time(word: RecognisedWord, window_ms: float) -> RecognisedWord:
    """From the start of a request's audio to the start of the answer."""
    return replace(word, start_ms=round(window_ms + word.start_ms), end_ms=round(window_ms + word.end_ms))
