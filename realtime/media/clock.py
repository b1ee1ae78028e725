"""Media time: a stream's own clock laid onto the connection's."""

MAX_DISAGREEMENT_MS = 10_000
"""A sender whose clock leaves the arrival clock by more than this was suspended, restarted, or lies."""
_HALF, _MASK = 1 << 31, (1 << 32) - 1


class StreamClock:
    """RTP timestamps (32 bits, wrapping) to milliseconds since the connection's first packet.

    The first packet is placed where it arrived; from then on only the timestamp counts, so jitter, loss and
    silence suppression cannot move anything. Audio and video are each anchored by arrival, which leaves them
    within the network's jitter of each other.
    """

    __slots__ = ("_anchor_ms", "_anchor_ticks", "_ticks", "_ticks_per_ms", "jumps")

    def __init__(self, ticks_per_ms: float) -> None:
        self._ticks_per_ms = ticks_per_ms
        self._ticks: int | None = None
        self._anchor_ticks = 0
        self._anchor_ms = 0.0
        self.jumps = 0

    def place(self, timestamp: int, arrival_ms: float) -> float:
        if self._ticks is None:
            self._ticks = timestamp
            return self._lay(arrival_ms)
        self._ticks += ((timestamp - self._ticks + _HALF) & _MASK) - _HALF  # the nearest one: it never wraps
        media_ms = self._anchor_ms + (self._ticks - self._anchor_ticks) / self._ticks_per_ms
        if -MAX_DISAGREEMENT_MS <= media_ms - arrival_ms <= MAX_DISAGREEMENT_MS:
            return media_ms
        self.jumps += 1
        return self._lay(arrival_ms)

    def _lay(self, arrival_ms: float) -> float:
        assert self._ticks is not None
        self._anchor_ticks, self._anchor_ms = self._ticks, arrival_ms
        return arrival_ms
