"""Which frames of a connection have arrived, so that the client may forget them. Pure."""

MAX_HOLES = 1000
"""Older holes are given up: a client that skips numbers cannot make the server remember for ever."""


class ReceivedSequence:
    """``contiguous``: everything up to here has arrived, or was given up."""

    def __init__(self) -> None:
        self._highest = 0
        self._holes: dict[int, None] = {}  # in order, because numbers are added growing
        self.given_up = 0

    @property
    def contiguous(self) -> int:
        return next(iter(self._holes), self._highest + 1) - 1

    def take(self, seq: int) -> tuple[bool, int]:
        """Returns (late, skipped). Late: a newer one was here before, though it may close a hole now. Skipped:
        how many numbers this one jumped over."""
        if seq <= self._highest:
            self._holes.pop(seq, None)
            return True, 0
        first, skipped = self._highest + 1, seq - self._highest - 1
        self._highest = seq
        # Only the newest holes can matter, however far a lying client jumps.
        self.given_up += max(0, skipped - MAX_HOLES)
        self._holes.update(dict.fromkeys(range(max(first, seq - MAX_HOLES), seq)))
        while len(self._holes) > MAX_HOLES:
            del self._holes[next(iter(self._holes))]
            self.given_up += 1
        return False, skipped
