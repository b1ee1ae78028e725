"""So many a second of something that comes when it comes. Pure."""


class Cadence:
    """``take(at_ms)`` is true at most ``per_second`` times a second of media, evenly; 0: never."""

    def __init__(self, per_second: float = 0.0) -> None:
        self.per_second = max(0.0, per_second)
        self._due_ms = 0.0

    def due(self, at_ms: float) -> bool:
        return self.per_second > 0 and at_ms >= self._due_ms

    def took(self, at_ms: float) -> None:
        interval_ms = 1000 / self.per_second
        self._due_ms += interval_ms
        if self._due_ms <= at_ms:  # a pause must not be followed by a burst
            self._due_ms = at_ms + interval_ms
