"""The interview journal on the database: one transaction an event, and writing twice is writing once."""

import asyncio
import logging

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from realtime.interview import evidence as evidence_log
from realtime.live.journal import FencedOff, JournalEntry, JournalUnavailable, StoredMessage
from realtime.protocol.text import Phase
from server.clock import wall_ms
from server.store.tables import evidence, interviews, messages

log = logging.getLogger("viva.store")

_ATTEMPTS_S = (0.05, 0.2, 0.5, 1.0, 2.0)
_OVER = (Phase.SCORING, Phase.REPORTED, Phase.WITHDRAWN, Phase.EXPIRED)


class DatabaseJournal:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self, interview_id: str) -> int:
        raised = (
            update(interviews)
            .where(interviews.c.id == interview_id)
            .values(fence=interviews.c.fence + 1)
            .returning(interviews.c.fence)
        )
        async with self._engine.begin() as connection:
            fence = (await connection.execute(raised)).scalar()
        if fence is None:
            raise LookupError(interview_id)
        return int(fence)

    async def commit(self, entry: JournalEntry) -> None:
        for wait_s in (*_ATTEMPTS_S, None):
            try:
                async with self._engine.begin() as connection:
                    await _write(connection, entry)
                return
            except DBAPIError as error:
                log.warning("journal of %s: %s", entry.interview_id, type(error.orig).__name__)
                if wait_s is None:
                    raise JournalUnavailable(entry.interview_id) from error
                await asyncio.sleep(wait_s)

    async def messages(self, interview_id: str) -> list[StoredMessage]:
        query = (
            select(messages.c.seq, messages.c.at_ms, messages.c.for_candidate, messages.c.body)
            .where(messages.c.interview_id == interview_id)
            .order_by(messages.c.seq)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [StoredMessage(row.seq, row.at_ms, row.for_candidate, bytes(row.body)) for row in rows]

    async def evidence(self, interview_id: str) -> list[bytes]:
        """The evidence log, one JSON object each, oldest first."""
        query = select(evidence.c.body).where(evidence.c.interview_id == interview_id).order_by(evidence.c.seq)
        async with self._engine.connect() as connection:
            return [bytes(row.body) for row in await connection.execute(query)]


async def _write(connection: AsyncConnection, entry: JournalEntry) -> None:
    """The row goes first: it is locked by it, and says by its fence whether anything else may be written."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    now_ms = wall_ms()
    changed: dict[str, object] = {
        "saved_at": now_ms,
        "alarm_at": None if entry.alarm_in_ms is None else now_ms + entry.alarm_in_ms,
        "phase": entry.phase.value,
        "epoch": entry.epoch,
        "snapshot": entry.snapshot,
        "last_seq": entry.last_seq,
        "human_requested": entry.human_requested,
    }
    mine = update(interviews).where(interviews.c.id == entry.interview_id, interviews.c.fence == entry.fence)
    if (await connection.execute(mine.values(changed))).rowcount != 1:
        raise FencedOff(entry.interview_id)
    if entry.messages:
        rows = [
            {
                "interview_id": entry.interview_id,
                "seq": message.seq,
                "at_ms": message.at_ms,
                "for_candidate": message.for_candidate,
                "body": message.body,
            }
            for message in entry.messages
        ]
        await connection.execute(insert(messages).on_conflict_do_nothing(), rows)
    if entry.evidence:
        records = [
            {"interview_id": entry.interview_id, "seq": record.seq, "body": evidence_log.encode(record)}
            for record in entry.evidence
        ]
        await connection.execute(insert(evidence).on_conflict_do_nothing(), records)
    started = update(interviews).where(interviews.c.id == entry.interview_id, interviews.c.started_at.is_(None))
    await connection.execute(started.values(started_at=now_ms))
    if entry.phase in _OVER:
        ended = update(interviews).where(interviews.c.id == entry.interview_id, interviews.c.ended_at.is_(None))
        await connection.execute(ended.values(ended_at=now_ms))
    if entry.report_wanted:
        wanted = update(interviews).where(interviews.c.id == entry.interview_id, interviews.c.report_state == "none")
        await connection.execute(wanted.values(report_state="processing"))
