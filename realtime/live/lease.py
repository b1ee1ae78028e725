"""Which process holds an interview, and what a process may believe about that.

A process has *one* lease: its card, which it renews once a second and which ends by itself ``ttl_ms`` after the last
renewal. Its interviews hang on the card: each names the process that claimed it, and a claim is worth what the card of
that process is worth. So a thousand interviews cost one renewal a second, and a process that is killed sets all of its
interviews free at one moment.

         first renewal              the card had lapsed when it was renewed: a new term, with no claims
    ○ ─────────────────► HELD ◄──────────────────────────────────────────────┐
                          │  ▲                                                │
                          │  └── renewed in time                              │
                          └──── ``ttl - margin`` after the last renewal ──► LOST

What the process proves to itself counts from the moment it *asked* for the renewal, on its own monotonic clock; the
card counts from the later moment at which it was written. Therefore the process stops before anybody else may begin,
``margin_ms`` before, which is what is left for clocks that do not run alike. A process that was stopped in between
cannot know that it was; for it the fence in the journal is the last word (``realtime.live.journal``).

Time is an argument. ``LeaseBook`` is the rule book itself, in memory; the Redis one must do what it does.
"""

from dataclasses import dataclass, field
from typing import Protocol

import msgspec


@dataclass(frozen=True, slots=True)
class LeaseRules:
    """``ttl_ms`` is a bargain: a killed process keeps its interviews away from everybody for that long, and Redis may
    stand still for ``ttl_ms - margin_ms - renew_ms`` (6 s) without an interview noticing."""

    ttl_ms: int = 7_500
    renew_ms: int = 1_000
    margin_ms: int = 500
    silent_after_ms: int = 2_500
    """From here on nobody is sent to a process that does not renew: it is probably gone."""


RULES = LeaseRules()


class ProcessCard(msgspec.Struct, frozen=True):
    """What the others know of a process. ``url``: how browsers reach it. ``executor``: whose unfinished workflows
    somebody has to take up when it is gone."""

    id: str
    url: str
    executor: str = ""
    free: int = 0
    """Places that a newcomer could have now."""
    draining: bool = False


@dataclass(frozen=True, slots=True)
class HeldBy:
    """``left_ms``: when the claim ends unless it is renewed."""

    process: ProcessCard
    left_ms: int

    def silent(self, rules: LeaseRules = RULES) -> bool:
        return rules.ttl_ms - self.left_ms > rules.silent_after_ms


class LeasesUnavailable(Exception):
    """Nobody can be asked who holds what. What is held goes on while that is proven; nothing new begins."""


class Leases(Protocol):
    """Where the processes of one installation agree. Every verb may raise ``LeasesUnavailable``."""

    async def renew(self, card: ProcessCard, rows: bytes) -> bool:
        """Writes the card, and beside it what HR's list needs. False: there was none, so a new term begins."""

    async def claim(self, process_id: str, interview_id: str, number: int) -> HeldBy | None:
        """None: it is this process's now. Needs a living card of its own. ``number`` tells this claim from the
        process's earlier ones, so that a release which was long under way cannot undo it."""

    async def find(self, interview_id: str) -> HeldBy | None:
        """Who holds it; None: nobody, or whoever did is gone."""

    async def release(self, process_id: str, interview_id: str, number: int) -> None:
        """Gives it back, if that claim still stands."""

    async def processes(self) -> list[ProcessCard]:
        """All that live."""

    async def rows(self) -> dict[str, bytes]:
        """What the living processes said beside their cards, by process id."""

    async def bury(self) -> list[ProcessCard]:
        """Processes that ended without a word. Each is told to exactly one who asks."""

    async def leave(self, process_id: str) -> None:
        """The card goes at once, and every claim with it."""

    async def close(self) -> None: ...


class Tenure:
    """What a process may believe about its own lease."""

    def __init__(self, rules: LeaseRules = RULES) -> None:
        self.term = 0
        self._rules = rules
        self._until_ms: int | None = None

    def renewed(self, asked_at_ms: int, *, continuous: bool) -> None:
        """``continuous``: as ``Leases.renew`` answered. If not, everything claimed before is void."""
        if not continuous:
            self.term += 1
            self._until_ms = None
        until_ms = asked_at_ms + self._rules.ttl_ms - self._rules.margin_ms
        self._until_ms = until_ms if self._until_ms is None else max(until_ms, self._until_ms)

    def holds(self, now_ms: int) -> bool:
        return self._until_ms is not None and now_ms < self._until_ms

    def left_ms(self, now_ms: int) -> int:
        return max(0, self._until_ms - now_ms) if self._until_ms is not None else 0

    def end(self) -> None:
        """Given up, or noticed to be over: the next renewal begins a new term whatever the card says."""
        self._until_ms = None
        self.term += 1


@dataclass(slots=True)
class LeaseBook:
    """The rules, in memory, for any number of processes."""

    rules: LeaseRules = RULES
    _cards: dict[str, tuple[ProcessCard, int]] = field(default_factory=dict)
    _claims: dict[str, tuple[str, int]] = field(default_factory=dict)

    def renew(self, card: ProcessCard, now_ms: int) -> bool:
        continuous = self._alive(card.id, now_ms)
        self._cards[card.id] = (card, now_ms + self.rules.ttl_ms)
        return continuous

    def claim(self, process_id: str, interview_id: str, number: int, now_ms: int) -> HeldBy | None:
        """Raises ``LeasesUnavailable`` for a process without a living card."""
        holder = self.find(interview_id, now_ms)
        if holder is not None and holder.process.id != process_id:
            return holder
        if not self._alive(process_id, now_ms):
            raise LeasesUnavailable("the card of this process has lapsed")
        self._claims[interview_id] = (process_id, number)
        return None

    def find(self, interview_id: str, now_ms: int) -> HeldBy | None:
        process_id, _ = self._claims.get(interview_id, ("", 0))
        if not self._alive(process_id, now_ms):
            return None
        card, until_ms = self._cards[process_id]
        return HeldBy(card, until_ms - now_ms)

    def release(self, process_id: str, interview_id: str, number: int) -> None:
        if self._claims.get(interview_id) == (process_id, number):
            del self._claims[interview_id]

    def leave(self, process_id: str) -> None:
        self._cards.pop(process_id, None)

    def _alive(self, process_id: str, now_ms: int) -> bool:
        return process_id in self._cards and now_ms < self._cards[process_id][1]


class LocalLeases:
    """For an installation of one process: there is nobody to agree with."""

    async def renew(self, card: ProcessCard, rows: bytes) -> bool:
        return True

    async def claim(self, process_id: str, interview_id: str, number: int) -> HeldBy | None:
        return None

    async def find(self, interview_id: str) -> HeldBy | None:
        return None

    async def release(self, process_id: str, interview_id: str, number: int) -> None: ...

    async def processes(self) -> list[ProcessCard]:
        return []

    async def rows(self) -> dict[str, bytes]:
        return {}

    async def bury(self) -> list[ProcessCard]:
        return []

    async def leave(self, process_id: str) -> None: ...

    async def close(self) -> None: ...
