"""What HR promised a person, such as a call within 24 hours: reminded before, an alarm after, kept by a deed. Pure.

open ──► reminded ──► overdue ──► overdue (again each day) ──► kept | cancelled
"""

from dataclasses import dataclass
from typing import Literal

import msgspec

HOUR_MS = 3_600_000
AGAIN_MS = 24 * HOUR_MS
REMIND_AT = 0.75
"""Of the time that was promised."""

State = Literal["open", "reminded", "overdue", "kept", "cancelled"]
OPEN: frozenset[State] = frozenset({"open", "reminded", "overdue"})


class Promise(msgspec.Struct, frozen=True):
    made_at_ms: int
    due_at_ms: int
    state: State
    wake_at_ms: int | None
    kept_at_ms: int | None = None

    @property
    def late_ms(self) -> int | None:
        """How late it was kept; 0: in time; None: not kept yet."""
        return None if self.kept_at_ms is None else max(0, self.kept_at_ms - self.due_at_ms)


@dataclass(frozen=True, slots=True)
class Alarm:
    kind: Literal["promise_due", "promise_overdue"]


def promise(hours: float, now_ms: int) -> Promise:
    length = round(hours * HOUR_MS)
    return Promise(now_ms, now_ms + length, "open", now_ms + round(length * REMIND_AT))


def woke(held: Promise, now_ms: int) -> tuple[Promise, Alarm | None]:
    """Its time has come; the alarm is for HR."""
    if held.state not in OPEN:
        return msgspec.structs.replace(held, wake_at_ms=None), None
    if now_ms >= held.due_at_ms:
        return msgspec.structs.replace(held, state="overdue", wake_at_ms=now_ms + AGAIN_MS), Alarm("promise_overdue")
    return msgspec.structs.replace(held, state="reminded", wake_at_ms=held.due_at_ms), Alarm("promise_due")


def kept(held: Promise, now_ms: int) -> Promise:
    if held.state not in OPEN:
        return held
    return msgspec.structs.replace(held, state="kept", wake_at_ms=None, kept_at_ms=now_ms)


def cancelled(held: Promise) -> Promise:
    return msgspec.structs.replace(held, state="cancelled", wake_at_ms=None) if held.state in OPEN else held
