"""Time as a value: a stopwatch, and a timer that can stand still, be lengthened and be scaled.

``now_ms`` is always the interview clock, handed in by the caller. Nothing here reads a clock.
"""

import msgspec

from realtime.protocol.messages import Timer
from realtime.protocol.text import Phase


class Stopwatch(msgspec.Struct):
    """Counts milliseconds while it runs. ``since_ms`` None: it stands still."""

    ran_ms: int = 0
    since_ms: int | None = None

    def start(self, now_ms: int) -> None:
        if self.since_ms is None:
            self.since_ms = now_ms

    def stop(self, now_ms: int) -> None:
        self.ran_ms, self.since_ms = self.read(now_ms), None

    def read(self, now_ms: int) -> int:
        return self.ran_ms if self.since_ms is None else self.ran_ms + max(0, now_ms - self.since_ms)

    def when(self, reading_ms: int) -> int | None:
        """The moment on the interview clock at which it will read ``reading_ms``; None while it stands still."""
        return None if self.since_ms is None else self.since_ms + max(0, reading_ms - self.ran_ms)


class PhaseTimer(msgspec.Struct):
    """The countdown of one phase. ``base_ms`` is its length at factor 1; ``left_ms`` what was left at ``since_ms``.

    ``total_ms`` and ``left_ms`` None: unlimited. ``since_ms`` None: it stands still.
    """

    started_ms: int
    base_ms: int
    total_ms: int | None
    left_ms: int | None
    since_ms: int | None = None

    @classmethod
    def of(cls, base_ms: int, factor: float | None, now_ms: int) -> "PhaseTimer":
        total_ms = scaled(base_ms, factor)
        return cls(started_ms=now_ms, base_ms=base_ms, total_ms=total_ms, left_ms=total_ms)

    def start(self, now_ms: int) -> None:
        if self.since_ms is None:
            self.since_ms = now_ms

    def stop(self, now_ms: int) -> None:
        self.left_ms, self.since_ms = self.left(now_ms), None

    def left(self, now_ms: int) -> int | None:
        if self.left_ms is None or self.since_ms is None:
            return self.left_ms
        return max(0, self.left_ms - max(0, now_ms - self.since_ms))

    def ends_at(self) -> int | None:
        """On the interview clock; None while it stands still or is unlimited."""
        return None if self.left_ms is None or self.since_ms is None else self.since_ms + self.left_ms

    def rescale(self, old: float | None, new: float | None, now_ms: int) -> None:
        """An accommodation changed. What is *left* is scaled by new/old, so the share that has passed stays
        what it was: somebody halfway through is still halfway through. Where a limit returns after "unlimited"
        there is no honest share, so the whole length begins anew: an accommodation never takes time away that
        the candidate was counting on.
        """
        left_ms = self.left(now_ms)
        if new is None:
            self.total_ms = self.left_ms = None
        elif old is None or left_ms is None or self.total_ms is None:
            self.total_ms = self.left_ms = scaled(self.base_ms, new)
        else:
            self.total_ms, self.left_ms = round(self.total_ms * new / old), round(left_ms * new / old)
        if self.since_ms is not None:
            self.since_ms = now_ms

    def extend(self, extra_ms: int, now_ms: int) -> None:
        left_ms = self.left(now_ms)
        if left_ms is None or self.total_ms is None:
            return
        self.total_ms, self.left_ms = self.total_ms + extra_ms, left_ms + extra_ms
        if self.since_ms is not None:
            self.since_ms = now_ms

    def message(self, phase: Phase, now_ms: int) -> Timer:
        """As the page sees it. While it stands still ``ends_at_ms`` is where it would end if it went on now."""
        left_ms = self.left(now_ms)
        ends_at_ms = None if left_ms is None else now_ms + left_ms
        paused = self.since_ms is None
        return Timer(phase=phase, started_at_ms=self.started_ms, ends_at_ms=ends_at_ms, paused=paused, left_ms=left_ms)


def scaled(length_ms: int, factor: float | None) -> int | None:
    """A length under an accommodation; None (unlimited) for factor None."""
    return None if factor is None else round(length_ms * factor)
