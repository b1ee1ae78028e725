"""The outbox: what must be delivered is written in the transaction that made it true.

A report and its outbox row commit together or not at all. From then on the row is the promise: ``pending`` finds
it after any crash, and ``ehr_bridge.relay`` starts its delivery.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, false, func, select
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
    """The head of a lane of ``destination``. ``workflow_id`` is the same for everyone who starts it, so it starts once.

    ``due_at_ms``: when it last changed, or when its wait ends; the relay reads from it that nobody is at work.
    """

    delivery_id: int
    round: int
    workflow_id: str
    destination: str
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

    ``limit`` is for each destination: as many that are queued, the oldest, and as many that are under way, those that
    have not moved for longest. So a destination with a million messages hides nothing of another's.
    """
    under_way = func.min(delivery.c.id).filter(delivery.c.state != "queued")
    heads = (
        select(func.coalesce(under_way, func.min(delivery.c.id)))
        .where(delivery.c.settled == false())
        .group_by(delivery.c.lane)
    )
    queued = delivery.c.state == "queued"
    due = func.coalesce(delivery.c.next_attempt_at_ms, delivery.c.changed_at_ms)
    place = func.row_number().over(
        partition_by=(delivery.c.destination, queued),
        order_by=(case((queued, 0), else_=due), delivery.c.id),
    )
    ranked = select(delivery, due.label("due"), place.label("place")).where(delivery.c.id.in_(heads)).subquery()
    statement = (
        select(ranked, outbox.c.source, outbox.c.message_id)
        .join(outbox, outbox.c.sequence == ranked.c.outbox_sequence)
        .where(ranked.c.place <= limit)
        .order_by(ranked.c.id)
    )
    rows = (await connection.execute(statement)).all()
    return [
        PendingDelivery(
            delivery_id=row.id,
            round=row.round,
            workflow_id=workflow_id(row.source, row.message_id, row.destination, row.round),
            destination=row.destination,
            state=row.state,
            due_at_ms=row.due,
        )
        for row in rows
    ]


def workflow_id(source: str, message_id: str, destination: str, round_number: int) -> str:
    """Stable name of one delivery's workflow; a replay is a new round and so a new workflow."""
    first = f"deliver:{source}:{message_id}:{destination}"
    return first if round_number == 0 else f"{first}:{round_number}"
