"""Minutes in which the system was up, 60 of them in one integer.

A minute counts as up when at any moment in it at least one process was ready to take an interview. What nobody wrote
down was down: a machine that is off writes nothing, so the figure cannot be better than the truth.
"""

from collections.abc import Iterable

import msgspec

MINUTE_MS = 60_000
MINUTES = 60


class Outage(msgspec.Struct, frozen=True):
    """``minutes`` in a row from ``start`` on; both in minutes since 1970 UTC."""

    start: int
    minutes: int


class Uptime(msgspec.Struct, frozen=True):
    """``up`` of ``of`` minutes; ``outages``: the longest first."""

    up: int
    of: int
    outages: tuple[Outage, ...]


def bit_of(at_ms: int) -> tuple[int, int]:
    """The hour since 1970 UTC, and the mask with this minute's bit."""
    hour, minute = divmod(at_ms // MINUTE_MS, MINUTES)
    return hour, 1 << minute


def uptime(hours: Iterable[tuple[int, int]], since_ms: int, until_ms: int, longest: int = 5) -> Uptime:
    """Of the whole minutes that begin at or after ``since_ms`` and have ended by ``until_ms``.

    ``hours``: (hour, mask) as written; missing hours were down throughout.
    """
    masks = dict(hours)
    first, end = -(-since_ms // MINUTE_MS), until_ms // MINUTE_MS
    up, outages, began = 0, [], None
    for minute in range(first, end):
        if masks.get(minute // MINUTES, 0) >> minute % MINUTES & 1:
            up += 1
            if began is not None:
                outages.append(Outage(began, minute - began))
                began = None
        elif began is None:
            began = minute
    if began is not None:
        outages.append(Outage(began, end - began))
    outages.sort(key=lambda outage: (-outage.minutes, outage.start))
    return Uptime(up, max(0, end - first), tuple(outages[:longest]))
