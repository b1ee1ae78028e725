"""How well the bridge does its work: three shares, each with its definition and its uncertainty.

- **Sync success rate**: of the deliveries that were promised in the window and are due, those that are acknowledged.
  Due is what is settled, and what is unsettled for longer than ``DUE_MS``: ten minutes, in which a report is to arrive.
  So one that waits counts as a failure from then until it arrives, and one that was refused for good until a replay.
- **Conflict rate**: of the records that were read back (and those unknown here), those with at least one difference,
  by the newest comparison of each destination.
- **Integration degree**: of the fields that were sent and that the destination gives back, those that are equal there,
  by the same comparison.

The interval is Wilson's (1927) for a share, 95 %: it stays within 0 and 1 and is of use for 99 of 100 as for 3 of 3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.reconciliation import Comparison, latest
from ehr_bridge.store import delivery, outbox

DUE_MS = 10 * 60_000
Z_95 = 1.959963984540054
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Share:
    """``value`` None: of nothing. ``low`` and ``high``: Wilson, 95 %."""

    part: int
    of: int
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one destination, or of all (``destination`` "total"). ``late``: acknowledged, but after it was due."""

    destination: str
    sync_success: Share
    conflict: Share
    integration: Share
    promised: int
    dead: int
    open: int
    late: int
    compared_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the deliveries of one destination that were promised in the window."""

    destination: str
    promised: int
    acknowledged: int
    dead: int
    overdue: int
    late: int


def wilson(part: int, of: int, z: float = Z_95) -> Share:
    """The score interval of E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212."""
    if not of:
        return Share(part, of, None, 0.0, 1.0)
    p, z2 = part / of, z * z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = z / (1 + z2 / of) * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    # At the ends the formula is exact, its floating point is not.
    return Share(part, of, p, 0.0 if part == 0 else middle - half, 1.0 if part == of else middle + half)


async def rates(connection: AsyncConnection, from_ms: int, until_ms: int, now_ms: int) -> list[Rates]:
    """Each destination that had something promised or compared, then the total."""
    return combined(await tallies(connection, from_ms, until_ms, now_ms), await latest(connection))


async def tallies(connection: AsyncConnection, from_ms: int, until_ms: int, now_ms: int) -> list[Tally]:
    acknowledged, dead = delivery.c.state == "acknowledged", delivery.c.state == "dead"
    overdue = and_(delivery.c.settled.is_(False), outbox.c.created_at_ms < now_ms - DUE_MS)
    late = and_(acknowledged, delivery.c.acknowledged_at_ms - outbox.c.created_at_ms > DUE_MS)
    statement = (
        select(
            delivery.c.destination,
            func.count(),
            *(func.count().filter(which) for which in (acknowledged, dead, overdue, late)),
        )
        .join(outbox, outbox.c.sequence == delivery.c.outbox_sequence)
        .where(outbox.c.created_at_ms >= from_ms, outbox.c.created_at_ms < until_ms)
        .group_by(delivery.c.destination)
        .order_by(delivery.c.destination)
    )
    return [Tally(*row) for row in await connection.execute(statement)]


def combined(counted: Sequence[Tally], compared: Sequence[Comparison]) -> list[Rates]:
    """Pure: the shares of each destination and of all together."""
    by_name = {each.destination: each for each in counted}
    last = {each.destination: each for each in compared}
    names = sorted(by_name.keys() | last.keys())
    return [_rates(name, [by_name[name]] if name in by_name else [], [last[name]] if name in last else [])
            for name in names] + [_rates(TOTAL, counted, compared)]  # fmt: skip


def _rates(name: str, counted: Sequence[Tally], compared: Sequence[Comparison]) -> Rates:
    promised = sum(each.promised for each in counted)
    acknowledged, dead = sum(each.acknowledged for each in counted), sum(each.dead for each in counted)
    return Rates(
        destination=name,
        sync_success=wilson(acknowledged, acknowledged + dead + sum(each.overdue for each in counted)),
        conflict=wilson(sum(each.in_conflict for each in compared), sum(each.records for each in compared)),
        integration=wilson(sum(each.fields_equal for each in compared), sum(each.fields for each in compared)),
        promised=promised,
        dead=dead,
        open=promised - acknowledged - dead,
        late=sum(each.late for each in counted),
        compared_at_ms=min((each.ended_at_ms for each in compared), default=None),
    )
