"""What the engines' work looks like from outside: histograms that can be added up, sent on the bus and shown.

Every place that answers requests has a ``Measures``: an engine thread (with batches and stages) and a server whose
engines are elsewhere (with what its sessions waited). Bounded: a fixed set of names, fixed bounds.
"""

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
"""With a bound at each of the targets: a partial within 2 s, a final within 1 s and, over a worker's death, 3 s."""
SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Histogram(msgspec.Struct):
    """``counts[i]``: values up to ``bounds[i]`` and above the bound before; the last count is of all above."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: float = 0.0

    @classmethod
    def of(cls, bounds: tuple[float, ...]) -> "Histogram":
        return cls(bounds, [0] * (len(bounds) + 1))

    @property
    def count(self) -> int:
        return sum(self.counts)

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """(bound, values up to it), the last bound infinite: as Prometheus wants them."""
        so_far = 0
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            so_far += count
            yield bound, so_far

    def quantile(self, share: float) -> float:
        """Within its bucket by proportion; above the last bound, that bound. 0 of nothing."""
        wanted, so_far, below = share * self.count, 0, 0.0
        for bound, count in zip(self.bounds, self.counts, strict=False):
            if count and so_far + count >= wanted:
                return below + (bound - below) * (wanted - so_far) / count
            so_far, below = so_far + count, bound
        return below if self.count else 0.0


class Measures(msgspec.Struct):
    """``queue_wait``, ``batch``, ``step`` and ``answer`` by kind (partial, final, face); ``stage`` by the engine's
    name of it. ``answer``: from being asked to having the answer, which is the lag of captions and of last words."""

    queue_wait: dict[str, Histogram] = {}
    batch: dict[str, Histogram] = {}
    step: dict[str, Histogram] = {}
    stage: dict[str, Histogram] = {}
    answer: dict[str, Histogram] = {}

    def observe(self, measure: str, name: str, value: float) -> None:
        """Raises ``AttributeError`` for a measure that is not one of ours."""
        histograms: dict[str, Histogram] = getattr(self, measure)
        if name not in histograms:
            histograms[name] = Histogram.of(SIZES if measure == "batch" else SECONDS)
        histograms[name].observe(value)
