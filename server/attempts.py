"""How often somebody may try a password: a sliding window, bounded in memory."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from server.problems import Problem


class Attempts:
    def __init__(
        self, *, limit: int, window_s: float, capacity: int = 10_000, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._window_s = window_s
        self._capacity = capacity
        self._monotonic_s = monotonic_s
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, key: str) -> None:
        """Counts one attempt. Raises ``Problem`` too_many_attempts with the time to wait."""
        now = self._monotonic_s()
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while len(self._times) > self._capacity:
            self._times.popitem(last=False)
        while times and now - times[0] >= self._window_s:
            times.popleft()
        if len(times) >= self._limit:
            raise Problem("too_many_attempts", retry_after_s=self._window_s - (now - times[0]))
        times.append(now)

    def forget(self, key: str) -> None:
        self._times.pop(key, None)
