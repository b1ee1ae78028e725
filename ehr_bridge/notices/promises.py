"""HR's promises as rows: one for each notice that made one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.notices import promise as timer
from ehr_bridge.notices.promise import OPEN, Alarm, Promise
from ehr_bridge.notices.tables import promise


@dataclass(frozen=True, slots=True)
class Made:
    notice_id: str
    applicant_id: str
    interview_id: str
    promise: Promise
    kept_by: str = ""


async def make(
    store: AsyncConnection, notice_id: str, applicant_id: str, interview_id: str, hours: float, now_ms: int
) -> None:
    made = timer.promise(hours, now_ms)
    await store.execute(
        insert(promise).values(
            notice_id=notice_id,
            applicant_id=applicant_id,
            interview_id=interview_id,
            kept_by="",
            **_columns(made),
        )
    )


def _columns(made: Promise) -> dict[str, object]:
    body = msgspec.json.encode(made)
    return {"body": body, "state": made.state, "due_at_ms": made.due_at_ms, "wake_at_ms": made.wake_at_ms}


async def of_applicant(store: AsyncConnection, applicant_id: str) -> list[Made]:
    rows = await store.execute(
        select(promise).where(promise.c.applicant_id == applicant_id).order_by(promise.c.due_at_ms)
    )
    return [_made(row) for row in rows]


async def open_ones(store: AsyncConnection) -> list[Made]:
    """The most urgent first."""
    rows = await store.execute(select(promise).where(promise.c.state.in_(OPEN)).order_by(promise.c.due_at_ms))
    return [_made(row) for row in rows]


def _made(row: Row[Any]) -> Made:
    body = msgspec.json.decode(row.body, type=Promise)
    return Made(row.notice_id, row.applicant_id, row.interview_id, body, row.kept_by)


async def wake(store: AsyncConnection, now_ms: int) -> list[tuple[Made, Alarm]]:
    """Moves every promise whose time has come; the alarms are the caller's to post in this transaction."""
    rows = await store.execute(select(promise).where(promise.c.wake_at_ms <= now_ms))
    alarms: list[tuple[Made, Alarm]] = []
    for made in [_made(row) for row in rows]:
        after, alarm = timer.woke(made.promise, now_ms)
        # One of several processes gets to sound it: a daily alarm leaves the state as it was, but not the next one.
        mine = (promise.c.notice_id == made.notice_id, promise.c.wake_at_ms == made.promise.wake_at_ms)
        moved = await store.execute(update(promise).where(*mine).values(**_columns(after)))
        if alarm is not None and moved.rowcount == 1:
            alarms.append((made, alarm))
    return alarms


async def keep(store: AsyncConnection, applicant_id: str, by: str, now_ms: int) -> Sequence[Made]:
    """Somebody spoke with the person: every open promise to them is kept. Those that were, before."""
    found = [made for made in await of_applicant(store, applicant_id) if made.promise.state in OPEN]
    for made in found:
        values = {**_columns(timer.kept(made.promise, now_ms)), "kept_by": by}
        await store.execute(update(promise).where(promise.c.notice_id == made.notice_id).values(**values))
    return found
