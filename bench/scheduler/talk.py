"""Candidates who speak half of the time: when a partial is due, how long its window is, when an utterance ends.

The rules are those of ``realtime.perception.speech`` and ``captions``: a first partial early, then one for so much new
sound, one in flight; a window that grew long begins anew behind the settled words.
"""

import random
from dataclasses import dataclass, field

from realtime.inference.features import TAIL_S, window_s
from realtime.inference.ladder import Allowance

FIRST_PARTIAL_S = 0.55
UTTERANCE_S = (3.0, 13.0)
"""Uniform; the pauses are as long, so half of all candidates speak at any time."""
UNSETTLED_S = 2.5
"""What a trimmed window still holds."""
TRIM_FROM_S = 9.0
TOKENS_PER_S = 4.0
"""Mandarin at an easy pace, one token a character and a little more."""
FINAL_WINDOW_S = 15


@dataclass(slots=True)
class Asked:
    """A request. ``at``: when the newest of its sound was spoken."""

    number: int
    session: "Candidate"
    kind: str
    at: float
    window_s: int
    prompt: int
    tokens: int
    utterance: int


@dataclass(slots=True)
class Candidate:
    """``said_s``: speech so far. ``asked``: the partial that is under way."""

    id: int
    rng: random.Random
    began: float = 0.0
    ends: float = 0.0
    utterance: int = 0
    said_s: float = 0.0
    asked: int | None = None
    asked_until: float | None = None
    window_began: float = 0.0
    shown: list[float] = field(default_factory=list)

    def begin(self, now: float) -> None:
        self.began = self.window_began = now
        self.ends = now + self.rng.uniform(*UTTERANCE_S)
        self.utterance += 1
        self.asked = self.asked_until = None
        self.shown.clear()

    def due_at(self, allowance: Allowance) -> float | None:
        """When the next partial is due by sound; None: not in this utterance."""
        if not allowance.partials or self.asked is not None:
            return None
        if self.asked_until is None:
            due = self.began + FIRST_PARTIAL_S
        else:
            due = self.asked_until + allowance.cadence_ms / 1000
        return due if due < self.ends else None

    def partial(self, number: int, now: float, allowance: Allowance) -> Asked:
        limit_s = min(TRIM_FROM_S, allowance.window_s - TAIL_S)
        if now - self.window_began > limit_s:
            self.window_began = now - UNSETTLED_S
        length_s = now - self.window_began
        window = window_s(int(length_s * 16_000)) or 30
        self.asked, self.asked_until = number, now
        return Asked(number, self, "partial", now, window, self._prompt(), int(3 + TOKENS_PER_S * length_s), 0)

    def final(self, number: int, now: float) -> Asked:
        length_s = self.ends - self.began
        window = max(FINAL_WINDOW_S, window_s(int(length_s * 16_000)) or 30)
        prompt = self._prompt()
        self.said_s += length_s
        self.asked = None
        tokens = int(3 + TOKENS_PER_S * length_s)
        return Asked(number, self, "final", now, window, prompt, tokens, self.utterance)

    def _prompt(self) -> int:
        tokens = self.said_s * TOKENS_PER_S
        return 64 if tokens >= 64 else 32 if tokens >= 32 else 0
