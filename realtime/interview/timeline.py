"""From a connection's stream time to the open answer's media time.

Every media connection counts its own milliseconds from its first packet; an answer counts from its opening. A
reconnect brings a new stream whose 0 lies later; between the two there is time of which nothing was received. That
time is a ``Gap``, a value: it is neither silence nor removed, so words after it keep their true distance from the
words before it. Answer time never goes back, whatever a stream says.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gap:
    """Answer time that was never received."""

    start_ms: int
    end_ms: int


class Timeline:
    """One per interview. All arguments but ``now_ms`` are stream time of the current connection, milliseconds.

    >>> line = Timeline()
    >>> line.open(stream_ms=5_000.0)
    >>> line.to_answer_ms(7_500.0)
    2500
    >>> line.lost()
    >>> line.resumed(stream_ms=0.0, away_ms=4_000)
    Gap(start_ms=2500, end_ms=6500)
    >>> line.to_answer_ms(1_000.0)
    7500
    """

    def __init__(self) -> None:
        self._offset_ms: float | None = None
        self._latest_ms = 0
        self._lost = False

    @property
    def latest_ms(self) -> int:
        """The furthest answer time that was asked for: where the answer's media have got to."""
        return self._latest_ms

    def open(self, stream_ms: float | None) -> None:
        """An answer opens at this moment of the stream. None: there is no stream yet, the answer waits for one."""
        self._offset_ms = None if stream_ms is None else -stream_ms
        self._latest_ms = 0
        self._lost = stream_ms is None

    def close(self) -> None:
        self._offset_ms, self._lost = None, False

    def align(self, zero_ms: float, from_ms: float) -> Gap | None:
        """The stream says itself where answer time 0 lies on it. Returns what is missing before ``from_ms``."""
        self._offset_ms, self._lost = -zero_ms, False
        start_ms, end_ms = self._latest_ms, round(from_ms - zero_ms)
        return Gap(start_ms, end_ms) if end_ms > start_ms else None

    def to_answer_ms(self, stream_ms: float) -> int | None:
        """None: no answer is open, or this came before it opened (media under way when the answer opened).

        Late packets of the same answer map to the latest time: an answer's clock never goes back.
        """
        if self._offset_ms is None:
            return None
        answer_ms = round(stream_ms + self._offset_ms)
        if answer_ms < 0:
            return None
        self._latest_ms = max(self._latest_ms, answer_ms)
        return self._latest_ms

    def lost(self) -> None:
        """The connection is gone. Nothing maps until ``resumed``."""
        if self._offset_ms is not None:
            self._lost, self._offset_ms = True, None

    def resumed(self, stream_ms: float, away_ms: int) -> Gap | None:
        """A new stream carries on; ``away_ms`` is how long nothing was received, on the interview clock.

        Returns the gap, or None when no answer was waiting or nothing is missing.
        """
        if not self._lost:
            return None
        self._lost = False
        start_ms = self._latest_ms
        self._latest_ms = start_ms + max(0, away_ms)
        self._offset_ms = self._latest_ms - stream_ms
        return Gap(start_ms, self._latest_ms) if self._latest_ms > start_ms else None
