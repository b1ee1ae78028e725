"""Sets of numbers that lie close together, as ranges: what has come of a take, what of it is durable. Pure."""

from bisect import bisect_right
from collections.abc import Iterator


class NumberRanges:
    """Disjoint ranges in order, both ends included. Adding costs the number of ranges, not of numbers; the number after
    all others, which is what nearly always comes, costs nothing to find."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def __contains__(self, number: int) -> bool:
        if number > self.highest:
            return False
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._lasts[at]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._firsts, self._lasts, strict=True))

    def __len__(self) -> int:
        """How many ranges, not how many numbers."""
        return len(self._firsts)

    @property
    def through(self) -> int:
        """The last number before which none is missing from 0 on; -1: 0 itself is missing."""
        return self._lasts[0] if self._firsts and self._firsts[0] == 0 else -1

    @property
    def highest(self) -> int:
        """-1: empty."""
        return self._lasts[-1] if self._lasts else -1

    def add(self, number: int) -> None:
        if self._lasts and number == self._lasts[-1] + 1:
            self._lasts[-1] = number
            return
        at = bisect_right(self._firsts, number)
        if at and number <= self._lasts[at - 1]:
            return
        follows = at > 0 and self._lasts[at - 1] == number - 1
        leads = at < len(self._firsts) and self._firsts[at] == number + 1
        if follows and leads:
            self._lasts[at - 1] = self._lasts[at]
            del self._firsts[at], self._lasts[at]
        elif follows:
            self._lasts[at - 1] = number
        elif leads:
            self._firsts[at] = number
        else:
            self._firsts.insert(at, number)
            self._lasts.insert(at, number)

    def before(self, number: int) -> int | None:
        """The nearest member below ``number``."""
        if self._lasts and number > self._lasts[-1]:
            return self._lasts[-1]
        at = bisect_right(self._firsts, number - 1) - 1
        return None if at < 0 else min(self._lasts[at], number - 1)

    def after(self, number: int) -> int | None:
        """The nearest member above ``number``."""
        if number >= self.highest:
            return None
        at = bisect_right(self._firsts, number)
        if at and number < self._lasts[at - 1]:
            return number + 1
        return self._firsts[at] if at < len(self._firsts) else None
