"""WeCom's limits as sliding windows (doc 90454). Time is an argument; nothing here waits.

A corporation's and an address's limits answer 45009 and block for a while. A member's limits, 30 messages a minute
and 1000 an hour from one app, answer nothing at all: the excess is dropped in silence. So those are never reached:
a message that is counted at t arrives between t and t + ``IN_FLIGHT_MS``, hence any 60 s at WeCom's end hold only
what we counted within 60 s + ``IN_FLIGHT_MS``, and that is the window we keep.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

IN_FLIGHT_MS = 30_000
"""Longer than ``ehr_bridge.egress`` lets one request take, its connection included. Each try is counted by itself."""


@dataclass(frozen=True, slots=True)
class Limit:
    most: int
    window_ms: int


MEMBER = (Limit(30, 60_000 + IN_FLIGHT_MS), Limit(1000, 3_600_000 + IN_FLIGHT_MS))
CORPORATION = (Limit(10_000, 60_000), Limit(150_000, 3_600_000))
"""For each API."""
ADDRESS = (Limit(20_000, 60_000), Limit(600_000, 3_600_000))


def wait_ms(times_ms: Sequence[int], limits: Iterable[Limit], now_ms: int) -> int:
    """How long until one more is within all limits; 0: now. ``times_ms``: of those before, ascending."""
    ends = [times_ms[-limit.most] + limit.window_ms - now_ms for limit in limits if len(times_ms) >= limit.most]
    return max([0, *ends])


class Windows:
    """Counters of one key each, forgotten when their longest window has passed."""

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        self._limits = limits
        self._keep_ms = max(limit.window_ms for limit in limits)
        self._times: dict[str, deque[int]] = {}

    def take(self, key: str, now_ms: int) -> int:
        """Counts one and returns 0, or counts nothing and returns how long to wait."""
        times = self._times.setdefault(key, deque())
        while times and times[0] <= now_ms - self._keep_ms:
            times.popleft()
        wait = wait_ms(times, self._limits, now_ms)
        if not wait:
            times.append(now_ms)
        return wait
