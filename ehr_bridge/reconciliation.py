"""Is what we sent what they hold? Every acknowledged message is read back and compared, field by field.

| difference | means |
|---|---|
| ``missing_there`` | we sent it and they do not have it: a whole record (field "") or one field |
| ``different_there`` | they have another value |
| ``unknown_here`` | they say they have it from us, and we know of no such message |
| ``unreadable`` | they could not be asked about this record; the reason is in ``detail``, and it is no conflict |

Of several messages about one thing only the last is compared: the former ones are history. Names of fields are kept,
their values are not: whoever may see them looks at the two systems.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.adapters.destination import DeliveryFailed, Destination, Listing, ReadBack, Value
from ehr_bridge.fields import equal, fields_of
from ehr_bridge.outbox import Message
from ehr_bridge.store import delivery, difference, outbox, reconciliation

logger = logging.getLogger(__name__)

What = Literal["missing_there", "different_there", "unknown_here", "unreadable"]
PAGE = 100
MOST_KEPT = 10_000
"""Differences of one comparison; whoever has more has one fault and not ten thousand."""


@dataclass(frozen=True, slots=True)
class Difference:
    source: str
    message_id: str
    subject: str
    ehr_id: str
    field: str
    what: What
    detail: str = ""


@dataclass(slots=True)
class Found:
    """What a comparison has found so far. ``fields``: those that were sent and that the destination gives back."""

    records: int = 0
    in_conflict: int = 0
    unreadable: int = 0
    fields: int = 0
    fields_equal: int = 0
    listed: bool = False
    differences: list[Difference] = field(default_factory=list)

    def add(self, found: Sequence[Difference]) -> None:
        self.differences += found[: max(0, MOST_KEPT - len(self.differences))]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One finished comparison as it is stored."""

    id: int
    destination: str
    asked_by: str
    since_ms: int
    started_at_ms: int
    ended_at_ms: int
    records: int
    in_conflict: int
    unreadable: int
    fields: int
    fields_equal: int
    listed: bool


def compare(message: Message, sent: dict[str, Value], held: ReadBack | None) -> list[Difference]:
    """The differences of one record. A field that the destination does not speak of is not compared."""

    def found(name: str, what: What) -> Difference:
        return Difference(message.source, message.id, message.subject, held.ehr_id if held else "", name, what)

    if held is None:
        return [found("", "missing_there")]
    differences = []
    for name, ours in sent.items():
        if name not in held.fields or equal(ours, theirs := held.fields[name]):
            continue
        differences.append(found(name, "missing_there" if theirs in (None, "") else "different_there"))
    return differences


async def reconcile(
    engine: AsyncEngine, destination: Destination, *, since_ms: int, asked_by: str, now_ms: Callable[[], int]
) -> Comparison:
    """Reads back everything that ``destination`` acknowledged since ``since_ms``, and stores what was found.

    One failed read is noted at its record and the rest goes on.
    """
    started_at_ms, found, after = now_ms(), Found(), 0
    while True:
        async with engine.connect() as connection:
            page = await _acknowledged(connection, destination.name, since_ms, after)
        for _, message in page:
            await _read_back(destination, message, found)
        if len(page) < PAGE:
            break
        after = page[-1][0]
    if isinstance(destination, Listing):
        await _unknown_here(engine, destination, destination.name, found)
    row = {
        "destination": destination.name,
        "asked_by": asked_by,
        "since_ms": since_ms,
        "started_at_ms": started_at_ms,
        "ended_at_ms": now_ms(),
        **{name: getattr(found, name) for name in Found.__slots__ if name != "differences"},
    }
    async with engine.begin() as connection:
        statement = reconciliation.insert().values(**row).returning(reconciliation.c.id)
        number = int((await connection.execute(statement)).scalar_one())
        rows = [{"reconciliation_id": number, **_columns(each)} for each in found.differences]
        if rows:
            await connection.execute(difference.insert(), rows)
    return Comparison(id=number, **row)


async def _read_back(destination: Destination, message: Message, found: Found) -> None:
    try:
        sent = fields_of(message)
        held = await destination.read_back(message)
    except DeliveryFailed as failure:
        found.unreadable += 1
        found.add([_unreadable(message, failure.code)])
        return
    except msgspec.MsgspecError:
        found.unreadable += 1
        found.add([_unreadable(message, "payload_invalid")])
        return
    except Exception as error:  # the boundary to code of other systems, as in delivery: the rest goes on
        logger.warning("%s could not be read back: %s", destination.name, type(error).__name__)
        found.unreadable += 1
        found.add([_unreadable(message, "destination_broken")])
        return
    differences = compare(message, sent, held)
    found.records += 1
    found.in_conflict += bool(differences)
    told = len(sent.keys() & held.fields.keys()) if held else len(sent)
    found.fields += told
    found.fields_equal += told - len(differences) if held else 0
    found.add(differences)


def _unreadable(message: Message, code: str) -> Difference:
    return Difference(message.source, message.id, message.subject, "", "", "unreadable", code)


async def _unknown_here(engine: AsyncEngine, listing: Listing, name: str, found: Found) -> None:
    after = ""
    while True:
        try:
            page, after = await listing.holdings(after, PAGE)
        except DeliveryFailed:
            return
        if not page:
            break
        async with engine.connect() as connection:
            ids = [each.message_id for each in page]
            statement = (
                select(outbox.c.source, outbox.c.message_id)
                .join(delivery, delivery.c.outbox_sequence == outbox.c.sequence)
                .where(delivery.c.destination == name, outbox.c.message_id.in_(ids))
            )
            known = {(row.source, row.message_id) for row in await connection.execute(statement)}
        strangers = [each for each in page if (each.source, each.message_id) not in known]
        found.records += len(strangers)
        found.in_conflict += len(strangers)
        found.add([Difference(x.source, x.message_id, "", x.ehr_id, "", "unknown_here") for x in strangers])
    found.listed = True


async def _acknowledged(connection: AsyncConnection, name: str, since_ms: int, after: int) -> list[tuple[int, Message]]:
    """A page of the last acknowledged message of each thing, by sequence."""
    taken = and_(delivery.c.destination == name, delivery.c.state == "acknowledged")
    last = (
        select(func.max(outbox.c.sequence))
        .join(delivery, delivery.c.outbox_sequence == outbox.c.sequence)
        .where(taken, delivery.c.acknowledged_at_ms >= since_ms)
        .group_by(outbox.c.source, outbox.c.kind, outbox.c.subject)
    )
    statement = select(outbox).where(outbox.c.sequence.in_(last), outbox.c.sequence > after)
    rows = await connection.execute(statement.order_by(outbox.c.sequence).limit(PAGE))
    return [
        (row.sequence, Message(row.source, row.message_id, row.kind, row.subject, row.payload, row.created_at_ms))
        for row in rows
    ]


async def latest(connection: AsyncConnection) -> list[Comparison]:
    """The newest comparison of each destination."""
    newest = select(func.max(reconciliation.c.id)).group_by(reconciliation.c.destination)
    rows = await connection.execute(
        select(reconciliation).where(reconciliation.c.id.in_(newest)).order_by(reconciliation.c.destination)
    )
    return [Comparison(**row._mapping) for row in rows]


async def differences_of(
    connection: AsyncConnection, reconciliation_id: int, after: int = 0, limit: int = 200
) -> list[tuple[int, Difference]]:
    table = difference.c
    statement = select(difference).where(table.reconciliation_id == reconciliation_id, table.id > after)
    rows = await connection.execute(statement.order_by(table.id).limit(limit))
    return [
        (row.id, Difference(row.source, row.message_id, row.subject, row.ehr_id, row.field, row.what, row.detail))
        for row in rows
    ]


def _columns(each: Difference) -> dict[str, str]:
    return {name: getattr(each, name)[:160] for name in Difference.__slots__}
