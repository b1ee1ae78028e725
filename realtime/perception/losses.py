"""How much of the sound came: the share that was lost or guessed at, once a second of answer time.

What a decoder made up for a lost packet counts as lost: a recogniser hears it as a smear. Time is the media's own,
so a second with nothing but holes is a second like any other.
"""

from dataclasses import dataclass

SECOND_MS = 1000


@dataclass(frozen=True, slots=True)
class LossReading:
    """The second that ends at ``media_ms``. ``lost_share``: 0..1 of its time."""

    media_ms: int
    lost_share: float


class LossMeter:
    def __init__(self) -> None:
        self._end_ms: float | None = None
        self._came_ms = 0.0
        self._lost_ms = 0.0

    def push(self, start_ms: float, end_ms: float, lost: bool) -> list[LossReading]:
        """One stretch of sound, or of none. What was told already is left out; a hole that nobody told is not counted,
        for nobody knows whether there was anything to lose."""
        if self._end_ms is not None:
            start_ms = max(start_ms, self._end_ms)
        readings = []
        while start_ms < end_ms:
            part_ms = min(end_ms - start_ms, SECOND_MS - self._came_ms - self._lost_ms)
            start_ms += part_ms
            if lost:
                self._lost_ms += part_ms
            else:
                self._came_ms += part_ms
            if self._came_ms + self._lost_ms >= SECOND_MS - 1e-6:
                readings.append(LossReading(round(start_ms), self._lost_ms / SECOND_MS))
                self._came_ms = self._lost_ms = 0.0
        self._end_ms = max(start_ms, self._end_ms or 0.0)
        return readings
