"""The interview clock: milliseconds since the candidate first joined, on any process.

It starts from the stored wall time of the first join and then follows the monotonic clock, so that an adjusted
system clock can neither shorten nor lengthen anybody's answer.
"""

import time
from collections.abc import Callable


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class InterviewClock:
    def __init__(self, already_ms: int = 0, monotonic_ms: Callable[[], int] = _monotonic_ms) -> None:
        self._monotonic_ms = monotonic_ms
        self._zero_ms = monotonic_ms() - already_ms

    def now_ms(self) -> int:
        return self._monotonic_ms() - self._zero_ms

    def seconds_until(self, at_ms: int) -> float:
        return max(0, at_ms - self.now_ms()) / 1000
