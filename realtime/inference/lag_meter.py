"""How late the engines have been lately: what waits now, and what the last few seconds' batches had waited. Pure."""

from collections import deque
from dataclasses import dataclass, field

from realtime.inference.scheduler import Kind, Lag

SPAN_S = 2.0
"""Short, or the lag of a moment ago would go on giving things up."""


@dataclass(slots=True)
class LagMeter:
    _waits: deque[tuple[float, Kind, float]] = field(default_factory=deque)

    def taken(self, kind: Kind, waited_s: float, now: float) -> None:
        self._waits.append((now, kind, waited_s))
        self._forget(now)

    def lag(self, waiting: Lag, now: float) -> Lag:
        self._forget(now)
        return Lag(
            partial_s=max(waiting.partial_s, self._worst("partial")),
            final_s=max(waiting.final_s, self._worst("final")),
        )

    def _worst(self, kind: Kind) -> float:
        """The 95th percentile; of fewer than twenty, the longest."""
        waits = sorted(waited for _, found, waited in self._waits if found == kind)
        return waits[min(len(waits) - 1, int(0.95 * len(waits)))] if waits else 0.0

    def _forget(self, now: float) -> None:
        while self._waits and self._waits[0][0] < now - SPAN_S:
            self._waits.popleft()
