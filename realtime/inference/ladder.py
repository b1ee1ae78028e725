"""What is given up first when the engines are late: a table, and who stands where in it. Pure; time in seconds.

A rung is left downwards when its lag lasts, upwards when all has been quiet for a while. The lag that sends one down
is at least twice the lag that lets one up again, and whoever fell soon after rising waits twice as long before rising
again: captions that come and go every few seconds would be worse than none.

    full ──► slower ──► smaller ──► no partials ──► finals only ──► closed
         ◄──        ◄──         ◄──             ◄──             ◄──

Never given up at any rung: the sound, which is recorded before it is heard, and finals, which only wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from realtime.inference.scheduler import Lag


class Rung(IntEnum):
    """In the order in which things are given up."""

    FULL = 0
    SLOWER = 1
    SMALLER = 2
    NO_PARTIALS = 3
    FINALS_ONLY = 4
    CLOSED = 5


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a session may ask of the engines. ``cadence_ms``: new sound between two partials. ``window_s``: the longest
    window of a partial. ``newcomers``: interviews that have not begun may begin."""

    cadence_ms: int = 800
    window_s: int = 30
    partials: bool = True
    faces: bool = True
    newcomers: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of the table. ``down_partial_s``, ``down_final_s``: the lag (either) that leads one further down when it
    has lasted ``down_after_s``, which is longer than one late batch is remembered (``lag_meter.SPAN_S``). Partials
    that nobody asks for have no lag, so the lower rungs go by finals alone."""

    allowance: Allowance
    down_partial_s: float
    down_final_s: float
    down_after_s: float


NEVER = float("inf")
LADDER: Mapping[Rung, Step] = {
    Rung.FULL: Step(Allowance(), 1.0, 0.8, 2.5),
    Rung.SLOWER: Step(Allowance(cadence_ms=2000), 1.4, 1.0, 2.5),
    Rung.SMALLER: Step(Allowance(cadence_ms=2000, window_s=8), 1.4, 1.0, 2.5),
    Rung.NO_PARTIALS: Step(Allowance(partials=False), NEVER, 1.5, 2.5),
    Rung.FINALS_ONLY: Step(Allowance(partials=False, faces=False), NEVER, 3.0, 3.0),
    Rung.CLOSED: Step(Allowance(partials=False, faces=False, newcomers=False), NEVER, NEVER, NEVER),
}
"""Partials older than 2 s are given up unread (``Policy.stale_after_s``), so their lag never shows more than that."""

CALM_SHARE = 0.5
"""Of the lag that led down from the rung above: what counts as quiet."""
CALM_S, MOST_CALM_S = 10.0, 160.0
"""How long it must be quiet before one rises; the second after falling again and again."""
RELAPSE_S = 30.0
"""Whoever falls so soon after rising rose too early."""
AWAY_S = 2.0
"""Engines that do not answer for so long are away; a moment without them is what a worker's change costs."""


@dataclass(slots=True)
class Ladder:
    """Where we stand. Feed it the lag often (twice a second) and in order."""

    rung: Rung = Rung.FULL
    changes: int = 0
    calm_s: float = CALM_S
    _late_since: float | None = None
    _quiet_since: float | None = None
    _rose_at: float | None = None
    _away_since: float | None = None
    _stood_on: Rung | None = None
    """Where we were when the engines went away: lag had nothing to do with it, so it does not lead back either."""

    @property
    def allowance(self) -> Allowance:
        return LADDER[self.rung].allowance

    def heard(self, lag: Lag, now: float, *, engines: bool = True) -> Rung:
        """``engines`` False: nobody computes anything just now; when that lasts, everything but finals is in vain."""
        if not engines:
            self._without_engines(now)
        elif self._stood_on is not None:
            self._stand(self._stood_on)
        elif self._is_late(lag, now):
            self._move(Rung(self.rung + 1), now)
        elif self._is_quiet(lag, now):
            self._move(Rung(self.rung - 1), now)
        if engines:
            self._away_since = self._stood_on = None
        return self.rung

    def _without_engines(self, now: float) -> None:
        if self._away_since is None:
            self._away_since = now
        if now - self._away_since >= AWAY_S and self.rung < Rung.FINALS_ONLY:
            self._stood_on = self.rung
            self._stand(Rung.FINALS_ONLY)

    def _is_late(self, lag: Lag, now: float) -> bool:
        step = LADDER[self.rung]
        if lag.partial_s < step.down_partial_s and lag.final_s < step.down_final_s:
            self._late_since = None
            return False
        if self._late_since is None:
            self._late_since = now
        return now - self._late_since >= step.down_after_s

    def _is_quiet(self, lag: Lag, now: float) -> bool:
        if self.rung is Rung.FULL:
            return False
        above = LADDER[Rung(self.rung - 1)]
        if lag.partial_s > CALM_SHARE * above.down_partial_s or lag.final_s > CALM_SHARE * above.down_final_s:
            self._quiet_since = None
            return False
        if self._quiet_since is None:
            self._quiet_since = now
        return now - self._quiet_since >= self.calm_s

    def _move(self, rung: Rung, now: float) -> None:
        if rung < self.rung:
            self._rose_at = now
        else:
            relapsed = self._rose_at is not None and now - self._rose_at < RELAPSE_S
            if relapsed:
                self.calm_s = min(2 * self.calm_s, MOST_CALM_S)
            elif self.rung is Rung.FULL:
                self.calm_s = CALM_S
            self._rose_at = None
        self._stand(rung)

    def _stand(self, rung: Rung) -> None:
        self.rung = rung
        self.changes += 1
        self._late_since = self._quiet_since = None
