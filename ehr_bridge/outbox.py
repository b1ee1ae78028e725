"""The outbox: what must be delivered is written in the transaction that made it true.

A report and its outbox row commit together or not at all. From then on the row is the promise: ``pending`` finds
it after any crash, and ``ehr_bridge.relay`` starts its delivery.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, false, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.store import delivery, insert_if_absent, outbox


@dataclass(frozen=True, slots=True)
class Message:
    """``(source, id)`` names it for ever (the CloudEvents rule) and is the idempotency key everywhere.

    ``ordering_key``: messages with the same key reach a destination in the order of their enqueueing; empty, the
    default, orders all messages of a destination. ``subject`` is whom or what it is about, for people who search.
    """

    source: str
    id: str
    kind: str
    subject: str
    payload: bytes
    created_at_ms: int
    ordering_key: str = ""


class MessageConflict(Exception):
    """The id is taken by a message with another content: the caller's ids are not unique."""

    code = "outbox_message_conflict"
    retry = False
    fault = "server"


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    """The head of a lane. ``workflow_id`` is the same for everyone who starts it, so it starts once.

    ``due_at_ms``: when it last changed, or when its wait ends; the relay reads from it that nobody is at work.
    """

    delivery_id: int
    round: int
    workflow_id: str
    state: str
    due_at_ms: int


async def enqueue(connection: AsyncConnection, message: Message, destinations: Sequence[str]) -> bool:
    """Promises ``message`` to ``destinations``, in the caller's transaction. False: it was promised before.

    A destination that is new for a known message is added. Raises ``MessageConflict``.
    """
    row = {
        "source": message.source,
        "message_id": message.id,
        "kind": message.kind,
        "subject": message.subject,
        "payload": message.payload,
        "created_at_ms": message.created_at_ms,
    }
    fresh = await insert_if_absent(connection, outbox, row)
    key = and_(outbox.c.source == message.source, outbox.c.message_id == message.id)
    stored = (await connection.execute(select(outbox.c.sequence, outbox.c.payload).where(key))).one()
    if stored.payload != message.payload:
        raise MessageConflict(f"{message.source} {message.id}")
    for name in destinations:
        queued = {
            "outbox_sequence": stored.sequence,
            "destination": name,
            "lane": f"{name}/{message.ordering_key}" if message.ordering_key else name,
            "state": "queued",
            "settled": False,
            "round": 0,
            "attempts": 0,
            "changed_at_ms": message.created_at_ms,
        }
        await insert_if_absent(connection, delivery, queued)
    return fresh


async def pending(connection: AsyncConnection, limit: int) -> list[PendingDelivery]:
    """The first unsettled delivery of every lane, oldest first: what may be under way now.

    Those behind it wait until it is acknowledged or dead, which is what keeps a lane in order. One that is already
    under way is the head even when a transaction with an older sequence committed after it.
    """
    under_way = func.min(delivery.c.id).filter(delivery.c.state != "queued")
    heads = (
        select(func.coalesce(under_way, func.min(delivery.c.id)))
        .where(delivery.c.settled == false())
        .group_by(delivery.c.lane)
    )
    statement = (
        select(delivery, outbox.c.source, outbox.c.message_id)
        .join(outbox, outbox.c.sequence == delivery.c.outbox_sequence)
        .where(delivery.c.id.in_(heads))
        .order_by(delivery.c.id)
        .limit(limit)
    )
    rows = (await connection.execute(statement)).all()
    return [
        PendingDelivery(
            delivery_id=row.id,
            round=row.round,
            workflow_id=workflow_id(row.source, row.message_id, row.destination, row.round),
            state=row.state,
            due_at_ms=row.next_attempt_at_ms or row.changed_at_ms,
        )
        for row in rows
    ]


def workflow_id(source: str, message_id: str, destination: str, round_number: int) -> str:
    """Stable name of one delivery's workflow; a replay is a new round and so a new workflow."""
    first = f"deliver:{source}:{message_id}:{destination}"
    return first if round_number == 0 else f"{first}:{round_number}"
