"""Who is let in, and when: a slot is taken before anybody is promised one, and whoever was inside goes first.

    newcomer ──► slot free, and nobody ahead in the line? ──yes──► granted, in ``wait_ms``
                          │ no                                      (paced: a handshake costs 8-22 ms of a core)
                          ▼
                 refused: ``server_full``, ``server_busy`` or ``engines_busy``, with a place in the line and a time

* The line is first come, first served. A place is kept for whoever comes back in time, and nobody passes it; who does
  not come back gives it up.
* A *returning* candidate, whose interview has begun, has a line of their own before everybody else's, and
  ``reserve`` slots that no newcomer gets: when another process dies, its candidates come all at once.
* A slot that is held is never taken away for somebody else.

Time is an argument.
"""

from dataclasses import dataclass, field
from typing import Literal

COME_BACK_GRACE_MS = 10_000
"""A place in the line is kept for this much longer than its owner was asked to wait."""
LINE_LIMIT = 2_000
"""Whoever comes after them is refused without a place."""
SOONEST_MS, LATEST_MS = 2_000, 30_000
PER_PLACE_MS = 1_000
"""How much later the next in line is asked to come: a thousand who wait ask thirty times a second in all."""


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """``setups_per_s``: one core was measured to set up 45 to 130 media connections a second with nothing else to do
    (bench/media); a third of the lower figure leaves the core to those who are inside. ``longest_wait_ms``: a grant
    may be that far off; beyond it the answer is "busy"."""

    capacity: int
    setups_per_s: float = 20.0
    burst: int = 10
    longest_wait_ms: int = 2_000

    @property
    def reserve(self) -> int:
        """Slots that only the returning get."""
        return self.capacity // 10


@dataclass(frozen=True, slots=True)
class Granted:
    """The slot is taken. Begin in ``wait_ms``."""

    wait_ms: int = 0


Refused = Literal["server_full", "server_busy", "engines_busy"]


@dataclass(frozen=True, slots=True)
class NotNow:
    """``place``: 1 is next; None: not even the line has room."""

    code: Refused
    retry_after_ms: int
    place: int | None


class Pace:
    """Set-ups per second with a burst: the generic cell rate algorithm (ATM Forum TM 4.0, 4.4.2), in two lanes.

    The returning wait for each other only, newcomers wait for both.
    """

    def __init__(self, per_s: float, burst: int) -> None:
        self._interval_ms = 1000.0 / per_s
        self._tolerance_ms = self._interval_ms * (burst - 1)
        self._next_ms = {True: 0.0, False: 0.0}

    def wait_ms(self, now_ms: int, *, returning: bool, ahead: int = 0) -> int:
        """How long the next one would wait; ``ahead``: others who will come before it."""
        due_ms = self._next_ms[True] if returning else max(self._next_ms.values())
        return max(0, round(due_ms + ahead * self._interval_ms - self._tolerance_ms - now_ms))

    def take(self, now_ms: int, *, returning: bool) -> None:
        due_ms = self._next_ms[True] if returning else max(self._next_ms.values())
        self._next_ms[returning] = max(due_ms, float(now_ms)) + self._interval_ms


@dataclass(slots=True)
class AdmissionCounters:
    """Totals since the start."""

    granted: int = 0
    granted_returning: int = 0
    refused_full: int = 0
    refused_busy: int = 0
    refused_engines: int = 0
    gave_up: int = 0


class Line:
    """Who waits, in order of coming. A place that nobody comes back for is given up."""

    def __init__(self) -> None:
        self._until_ms: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._until_ms)

    def ahead_of(self, interview_id: str) -> int:
        """How many stand before it; all of them, when it does not stand in the line."""
        for place, waiting in enumerate(self._until_ms):
            if waiting == interview_id:
                return place
        return len(self._until_ms)

    def keep(self, interview_id: str, until_ms: int) -> bool:
        """False: the line is full."""
        if interview_id not in self._until_ms and len(self._until_ms) >= LINE_LIMIT:
            return False
        self._until_ms[interview_id] = until_ms
        return True

    def leave(self, interview_id: str) -> None:
        self._until_ms.pop(interview_id, None)

    def forget(self, now_ms: int) -> int:
        """How many gave up."""
        gone = [waiting for waiting, until_ms in self._until_ms.items() if until_ms < now_ms]
        for waiting in gone:
            del self._until_ms[waiting]
        return len(gone)


@dataclass(slots=True)
class Admission:
    """The slots of one process. ``closed``: the engines cannot take another voice, so nobody begins; whoever has begun
    goes on."""

    rules: AdmissionRules
    counters: AdmissionCounters = field(default_factory=AdmissionCounters)
    closed: bool = False
    _taken: set[str] = field(default_factory=set)
    _pace: Pace = field(init=False)
    _lines: dict[bool, Line] = field(default_factory=lambda: {True: Line(), False: Line()})

    def __post_init__(self) -> None:
        self._pace = Pace(self.rules.setups_per_s, self.rules.burst)

    @property
    def taken(self) -> int:
        return len(self._taken)

    @property
    def waiting(self) -> int:
        return sum(map(len, self._lines.values()))

    @property
    def free(self) -> int:
        """Places that a newcomer who comes now could have."""
        return 0 if self.closed else max(0, self._free(returning=False) - self.waiting)

    def _free(self, *, returning: bool) -> int:
        return self.rules.capacity - len(self._taken) - (0 if returning else self.rules.reserve)

    def ask(self, interview_id: str, now_ms: int, *, returning: bool) -> Granted | NotNow:
        """Takes a slot, or says why not and when to ask again. Who has a slot already keeps it."""
        if interview_id in self._taken:
            return Granted()
        for line in self._lines.values():
            self.counters.gave_up += line.forget(now_ms)
        ahead = self._lines[returning].ahead_of(interview_id) + (0 if returning else len(self._lines[True]))
        if self._free(returning=returning) <= ahead:
            self.counters.refused_full += 1
            return self._not_now("server_full", interview_id, now_ms, ahead, returning)
        if self.closed and not returning:
            self.counters.refused_engines += 1
            return self._not_now("engines_busy", interview_id, now_ms, ahead, returning)
        wait_ms = self._pace.wait_ms(now_ms, returning=returning, ahead=ahead)
        if wait_ms > self.rules.longest_wait_ms:
            self.counters.refused_busy += 1
            return self._not_now("server_busy", interview_id, now_ms, ahead, returning)
        self._pace.take(now_ms, returning=returning)
        self._taken.add(interview_id)
        for line in self._lines.values():
            line.leave(interview_id)
        self.counters.granted += 1
        self.counters.granted_returning += returning
        return Granted(wait_ms)

    def _not_now(self, code: Refused, interview_id: str, now_ms: int, ahead: int, returning: bool) -> NotNow:
        if code == "engines_busy":
            retry_after_ms = LATEST_MS  # they have been late for ten seconds and more
        elif code == "server_full":
            retry_after_ms = min(LATEST_MS, SOONEST_MS + ahead * PER_PLACE_MS)
        else:  # the line moves at a known speed
            wait_ms = self._pace.wait_ms(now_ms, returning=returning, ahead=ahead)
            retry_after_ms = min(LATEST_MS, max(500, wait_ms - self.rules.longest_wait_ms // 2))
        kept = self._lines[returning].keep(interview_id, now_ms + retry_after_ms + COME_BACK_GRACE_MS)
        return NotNow(code, retry_after_ms if kept else LATEST_MS, ahead + 1 if kept else None)

    def release(self, interview_id: str) -> None:
        """The slot is free again; without one nothing happens."""
        self._taken.discard(interview_id)
