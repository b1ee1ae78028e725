"""What became of every promise: the delivery rows, from ``queued`` to ``acknowledged`` or ``dead``.

Attempts are counted *before* they are made. A message that kills the process while it is being sent so reaches
its limit like any other, instead of killing the process for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.outbox import Message
from ehr_bridge.store import delivery, outbox

DeliveryState = Literal["queued", "delivering", "waiting", "acknowledged", "dead"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, already counted."""

    message: Message
    destination: str
    number: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    ehr_id: str
    received_at_ms: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """``delay_s`` None: dead, nobody tries again before a human asks for a replay. ``field``: the one that the
    destination named."""

    code: str
    detail: str
    delay_s: float | None
    field: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One delivery as operators see it."""

    delivery_id: int
    source: str
    message_id: str
    subject: str
    destination: str
    state: DeliveryState
    attempts: int
    round: int
    error_code: str
    error: str
    refused_field: str
    kind: str
    ehr_id: str
    created_at_ms: int
    next_attempt_at_ms: int | None
    acknowledged_at_ms: int | None


@dataclass(frozen=True, slots=True)
class One:
    """Every delivery of one message."""

    source: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Range:
    """Everything enqueued from (inclusive) to (exclusive), milliseconds since 1970 UTC."""

    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class All:
    pass


Selection = One | Range | All


async def begin_attempt(
    connection: AsyncConnection, delivery_id: int, round_number: int, now_ms: int
) -> Attempt | None:
    """Counts the attempt and returns what to send; None if this round is settled, so that nothing is sent."""
    counted = (
        update(delivery)
        .where(_open_round(delivery_id, round_number))
        .values(state="delivering", attempts=delivery.c.attempts + 1, next_attempt_at_ms=None, changed_at_ms=now_ms)
        .returning(delivery.c.outbox_sequence, delivery.c.destination, delivery.c.attempts, delivery.c.lane)
    )
    head = (await connection.execute(counted)).one_or_none()
    if head is None:
        return None
    row = (await connection.execute(select(outbox).where(outbox.c.sequence == head.outbox_sequence))).one()
    ordering_key = head.lane.removeprefix(head.destination).removeprefix("/")
    message = Message(
        row.source, row.message_id, row.kind, row.subject, row.payload, row.created_at_ms, ordering_key=ordering_key
    )
    return Attempt(message, head.destination, head.attempts)


async def note_outcome(
    connection: AsyncConnection, delivery_id: int, round_number: int, outcome: Acknowledged | Failed, now_ms: int
) -> bool:
    """Writes what came of an attempt. Safe to repeat; a settled round is never changed. True: it was written."""
    values: dict[str, object] = {"changed_at_ms": now_ms}
    match outcome:
        case Acknowledged():
            values |= {
                "state": "acknowledged",
                "settled": True,
                "acknowledged_at_ms": now_ms,
                "ehr_id": outcome.ehr_id,
                "duplicate": outcome.duplicate,
                "last_error_code": "",
                "last_error": "",
                "refused_field": "",
            }
        case Failed(delay_s=None):
            values |= {"state": "dead", "settled": True, **_reason(outcome)}
        case Failed(delay_s=float(delay_s)):
            due_at_ms = now_ms + round(delay_s * 1000)
            values |= {"state": "waiting", "next_attempt_at_ms": due_at_ms, **_reason(outcome)}
    statement = update(delivery).where(_open_round(delivery_id, round_number)).values(**values)
    return bool((await connection.execute(statement)).rowcount)


def _reason(failed: Failed) -> dict[str, object]:
    return {"last_error_code": failed.code, "last_error": failed.detail, "refused_field": failed.field[:80]}


def _open_round(delivery_id: int, round_number: int) -> ColumnElement[bool]:
    """A recovered workflow of an earlier round may still wish to say "dead": the round keeps it out."""
    return and_(delivery.c.id == delivery_id, delivery.c.round == round_number, delivery.c.settled.is_(False))


async def replay(
    connection: AsyncConnection,
    selection: Selection,
    now_ms: int,
    *,
    destination: str | None = None,
    acknowledged_too: bool = False,
) -> int:
    """Queues dead deliveries again, and waiting ones at once instead of later. Returns how many.

    ``One`` also frees a delivery that claims to be under way; ``acknowledged_too`` sends again what has arrived.
    Each replay is a new round with a new workflow and its own attempts. Nothing can double: the destination knows
    the message by its (source, id). Nudge the relay after the commit.
    """
    states = ["dead", "waiting"] + ["delivering"] * isinstance(selection, One) + ["acknowledged"] * acknowledged_too
    chosen = select(outbox.c.sequence)
    match selection:
        case One(source, message_id):
            chosen = chosen.where(outbox.c.source == source, outbox.c.message_id == message_id)
        case Range(from_ms, until_ms):
            chosen = chosen.where(outbox.c.created_at_ms >= from_ms, outbox.c.created_at_ms < until_ms)
        case All():
            pass
    condition: ColumnElement[bool] = and_(delivery.c.outbox_sequence.in_(chosen), delivery.c.state.in_(states))
    if destination is not None:
        condition = and_(condition, delivery.c.destination == destination)
    again = {
        "state": "queued",
        "settled": False,
        "round": delivery.c.round + 1,
        "attempts": 0,
        "next_attempt_at_ms": None,
        "acknowledged_at_ms": None,
        "changed_at_ms": now_ms,
    }
    return int((await connection.execute(update(delivery).where(condition).values(**again))).rowcount)


async def take_over(connection: AsyncConnection, delivery_id: int, round_number: int, now_ms: int) -> bool:
    """Queues a round that nobody works on any more as a new one, its attempts still counted. True: it was us.

    Of several who try, one succeeds; should the old round's workflow wake up after all, it finds itself settled.
    """
    statement = (
        update(delivery)
        .where(_open_round(delivery_id, round_number))
        .values(state="queued", round=round_number + 1, next_attempt_at_ms=None, changed_at_ms=now_ms)
    )
    return bool((await connection.execute(statement)).rowcount)


async def deliveries(
    connection: AsyncConnection,
    *,
    message: One | None = None,
    states: Sequence[DeliveryState] = (),
    destination: str | None = None,
    after_id: int = 0,
    limit: int = 100,
) -> list[DeliveryRecord]:
    """Delivery rows in the order of their promise: the dead letters, or everything about one message."""
    statement = (
        select(delivery, outbox.c.source, outbox.c.message_id, outbox.c.subject, outbox.c.created_at_ms, outbox.c.kind)
        .join(outbox, outbox.c.sequence == delivery.c.outbox_sequence)
        .where(delivery.c.id > after_id)
        .order_by(delivery.c.id)
        .limit(limit)
    )
    if message is not None:
        statement = statement.where(outbox.c.source == message.source, outbox.c.message_id == message.message_id)
    if destination is not None:
        statement = statement.where(delivery.c.destination == destination)
    if states:
        statement = statement.where(delivery.c.state.in_(states))
    return [
        DeliveryRecord(
            delivery_id=row.id,
            source=row.source,
            message_id=row.message_id,
            subject=row.subject,
            destination=row.destination,
            state=row.state,
            attempts=row.attempts,
            round=row.round,
            error_code=row.last_error_code,
            error=row.last_error,
            refused_field=row.refused_field,
            kind=row.kind,
            ehr_id=row.ehr_id,
            created_at_ms=row.created_at_ms,
            next_attempt_at_ms=row.next_attempt_at_ms,
            acknowledged_at_ms=row.acknowledged_at_ms,
        )
        for row in (await connection.execute(statement)).all()
    ]


async def states_of(connection: AsyncConnection) -> dict[tuple[str, str], int]:
    """(destination, state) → how many deliveries there are."""
    pair = (delivery.c.destination, delivery.c.state)
    rows = await connection.execute(select(*pair, func.count()).group_by(*pair))
    return {(row[0], row[1]): int(row[2]) for row in rows}
