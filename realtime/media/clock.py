"""Media time: a stream's own clock laid onto the connection's."""

from realtime.media.rtp import Unwrapped

MAX_DISAGREEMENT_MS = 10_000
"""A sender whose clock leaves the arrival clock by more than this was suspended, restarted, or lies."""


class StreamClock:
    """RTP timestamps (32 bits, wrapping) to milliseconds since the connection's first packet.

    The first packet is placed where it arrived; from then on only the timestamp counts, so jitter, loss and
    silence suppression cannot move anything. Audio and video are each anchored by arrival, which leaves them
    within the network's jitter of each other.
    """

    def __init__(self, ticks_per_ms: float) -> None:
        self._ticks_per_ms = ticks_per_ms
        self._unwrap = Unwrapped(32)
        self._anchor: tuple[int, float] | None = None
        self.jumps = 0

    def place(self, timestamp: int, arrival_ms: float) -> float:
        ticks = self._unwrap(timestamp)
        if self._anchor is None:
            self._anchor = (ticks, arrival_ms)
            return arrival_ms
        media_ms = self._anchor[1] + (ticks - self._anchor[0]) / self._ticks_per_ms
        if abs(media_ms - arrival_ms) > MAX_DISAGREEMENT_MS:
            self._anchor = (ticks, arrival_ms)
            self.jumps += 1
            return arrival_ms
        return media_ms
