"""A window that puts packets back into order and gives lost ones up, in bounded time and space. Pure."""

from typing import Generic, TypeVar

T = TypeVar("T")

MAX_MISORDER, MAX_DROPOUT = 100, 3000
"""RFC 3550, appendix A.1: beyond these a jump is a restarted sender, believed at its second packet."""


class ReorderWindow(Generic[T]):
    """At most ``depth`` packets wait, at most ``hold_ms``, for one that is missing; then it is lost, and if it comes
    after all it is late and dropped. In order and without loss, nothing ever waits."""

    def __init__(self, depth: int, hold_ms: float) -> None:
        self._depth = depth
        self._hold_ms = hold_ms
        self._next: int | None = None
        self._held: dict[int, tuple[T, float]] = {}
        self._restart_at: int | None = None
        self.lost = 0
        self.late = 0
        self.restarts = 0

    def straight(self, sequence: int) -> int | None:
        """The usual case, at the least cost: nothing waits and this is the next one. Its number; None: ``push`` it."""
        number = self._next
        if number is None or number & 0xFFFF != sequence or self._held or self._restart_at is not None:
            return None
        self._next = number + 1
        return number

    def push(self, sequence: int, item: T, now_ms: float) -> list[tuple[int, T]]:
        """``sequence``: 16 bits. Returns what is ready, in order, with numbers that never wrap; a jump in the
        numbers is a loss."""
        if self._next is None:
            self._next = sequence
        step = ((sequence - self._next + 0x8000) & 0xFFFF) - 0x8000
        if not -MAX_MISORDER <= step <= MAX_DROPOUT:
            return self._restart(sequence, item, now_ms)
        self._restart_at = None
        number = self._next + step
        if step < 0 or number in self._held:
            self.late += 1
            return []
        self._held[number] = (item, now_ms)
        return self.release(now_ms)

    def release(self, now_ms: float) -> list[tuple[int, T]]:
        """What is ready at ``now_ms``; call it also from a timer, for the loss after which nothing comes."""
        ready: list[tuple[int, T]] = []
        while self._held:
            assert self._next is not None
            if (held := self._held.pop(self._next, None)) is not None:
                ready.append((self._next, held[0]))
                self._next += 1
            elif len(self._held) > self._depth or self._waited_ms(now_ms) >= self._hold_ms:
                first = min(self._held)
                self.lost += first - self._next
                self._next = first
            else:
                break
        return ready

    def missing(self) -> list[int]:
        """The numbers that the held packets wait for."""
        if not self._held or self._next is None:
            return []
        return [n for n in range(self._next, max(self._held)) if n not in self._held]

    def _waited_ms(self, now_ms: float) -> float:
        return now_ms - min(arrived for _, arrived in self._held.values())

    def _restart(self, sequence: int, item: T, now_ms: float) -> list[tuple[int, T]]:
        if sequence != self._restart_at:
            self._restart_at = (sequence + 1) & 0xFFFF
            self.late += 1
            return []
        assert self._next is not None
        left = self.release(float("inf"))
        # Numbers go on growing, so that whoever counts jumps sees one lost packet and not a step back.
        self._next = (self._next | 0xFFFF) + 1 + sequence
        self._restart_at = None
        self.restarts += 1
        return left + self.push(sequence, item, now_ms)
