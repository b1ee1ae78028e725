"""Notices as rows. A row is read, moved by ``ladder.handle`` and written only if nobody else has moved it meanwhile."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.notices.ladder import OPEN, Ladder, Moved, Step
from ehr_bridge.notices.tables import notice, notice_step
from ehr_bridge.notices.texts import Language
from ehr_bridge.store import insert_if_absent


@dataclass(frozen=True, slots=True)
class Notice:
    """``recipient``: "" for the applicant, else who of the staff."""

    id: str
    key: str
    kind: str
    applicant_id: str
    interview_id: str
    recipient: str
    language: Language
    slots: Mapping[str, str]
    ladder: Ladder
    version: int
    created_at_ms: int
    due_at_ms: int | None = None
    delivered_at_ms: int | None = None
    delivered_by: str = ""


def id_of(key: str) -> str:
    """Follows from the key: whoever writes the same notice again gives it the same id. It is the message's id on every
    channel too: 29 letters, digits and _, within the 32 that 客服 takes."""
    return f"nt_{hashlib.sha256(key.encode()).hexdigest()[:26]}"


async def put(store: AsyncConnection, new: Notice) -> bool:
    """False: it was there, and stays as it was."""
    return await insert_if_absent(
        store,
        notice,
        {
            "id": new.id,
            "key": new.key,
            "kind": new.kind,
            "applicant_id": new.applicant_id,
            "interview_id": new.interview_id,
            "recipient": new.recipient,
            "language": new.language,
            "slots": msgspec.json.encode(new.slots),
            "ladder": msgspec.json.encode(new.ladder),
            "state": new.ladder.state,
            "wake_at_ms": new.ladder.wake_at_ms,
            "due_at_ms": new.due_at_ms,
            "version": 0,
            "created_at_ms": new.created_at_ms,
            "delivered_by": "",
        },
    )


async def due(store: AsyncConnection, now_ms: int, limit: int) -> list[str]:
    query = select(notice.c.id).where(notice.c.wake_at_ms <= now_ms).order_by(notice.c.wake_at_ms).limit(limit)
    return [row.id for row in await store.execute(query)]


async def next_wake(store: AsyncConnection) -> int | None:
    query = select(notice.c.wake_at_ms).where(notice.c.wake_at_ms.is_not(None)).order_by(notice.c.wake_at_ms).limit(1)
    return (await store.execute(query)).scalar_one_or_none()


async def find(store: AsyncConnection, notice_id: str) -> Notice | None:
    row = (await store.execute(select(notice).where(notice.c.id == notice_id))).first()
    return _notice(row) if row else None


async def of_applicant(store: AsyncConnection, applicant_id: str) -> list[Notice]:
    """Newest first, those to the staff about the applicant included."""
    query = select(notice).where(notice.c.applicant_id == applicant_id)
    return [_notice(row) for row in await store.execute(query.order_by(notice.c.created_at_ms.desc()))]


async def steps_of(store: AsyncConnection, notice_ids: Sequence[str]) -> dict[str, list[tuple[int, Step]]]:
    query = select(notice_step).where(notice_step.c.notice_id.in_(notice_ids)).order_by(notice_step.c.id)
    found: dict[str, list[tuple[int, Step]]] = {}
    for row in await store.execute(query):
        found.setdefault(row.notice_id, []).append((row.at_ms, Step(row.channel, row.happening, row.reason)))
    return found


async def write(store: AsyncConnection, before: Notice, moved: Moved, now_ms: int) -> bool:
    """False: somebody else moved it first; nothing is written."""
    if moved.ladder == before.ladder and not moved.steps:
        return True
    values: dict[str, Any] = {
        "ladder": msgspec.json.encode(moved.ladder),
        "state": moved.ladder.state,
        "wake_at_ms": moved.ladder.wake_at_ms,
        "version": before.version + 1,
    }
    arrived = next((step for step in moved.steps if step.happening == "delivered"), None)
    if arrived is not None:
        values |= {"delivered_at_ms": now_ms, "delivered_by": arrived.channel}
    elif moved.ladder.state in OPEN or moved.ladder.state == "undeliverable":
        values |= {"delivered_at_ms": None, "delivered_by": ""}
    mine = (notice.c.id == before.id, notice.c.version == before.version)
    if (await store.execute(update(notice).where(*mine).values(**values))).rowcount != 1:
        return False
    for step in moved.steps:
        line = {"channel": step.channel, "happening": step.happening, "reason": step.reason[:120]}
        await store.execute(insert(notice_step).values(notice_id=before.id, at_ms=now_ms, **line))
    return True


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        key=row.key,
        kind=row.kind,
        applicant_id=row.applicant_id,
        interview_id=row.interview_id,
        recipient=row.recipient,
        language=row.language,
        slots=msgspec.json.decode(row.slots, type=dict[str, str]),
        ladder=msgspec.json.decode(row.ladder, type=Ladder),
        version=row.version,
        created_at_ms=row.created_at_ms,
        due_at_ms=row.due_at_ms,
        delivered_at_ms=row.delivered_at_ms,
        delivered_by=row.delivered_by,
    )
