"""Scorecards and overrides as they were given: a submitted card and an override are never changed, only followed."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.overrides import Override
from scoring.panel import Scorecard, Submitted
from server.clock import rfc3339, wall_ms
from server.store.tables import audit, overrides, panel_members, reports, scorecards

_card = msgspec.json.Decoder(Scorecard)


@dataclass(frozen=True, slots=True)
class Draft:
    version: int
    card: Scorecard


async def assign(connection: AsyncConnection, interview_id: str, raters: list[str], by: str) -> None:
    """The panel from now on. Whoever has submitted stays: what was given is not taken away by an assignment."""
    given = await raters_of(connection, interview_id)
    gone = delete(panel_members).where(panel_members.c.interview_id == interview_id)
    await connection.execute(gone.where(panel_members.c.rater.not_in([*raters, *given])))
    there = set(await members(connection, interview_id))
    new = [rater for rater in raters if rater not in there]
    if new:
        rows = [{"interview_id": interview_id, "rater": r, "assigned_by": by, "assigned_at": wall_ms()} for r in new]
        await connection.execute(insert(panel_members), rows)


async def members(connection: AsyncConnection, interview_id: str) -> list[str]:
    query = select(panel_members.c.rater).where(panel_members.c.interview_id == interview_id)
    return list((await connection.execute(query.order_by(panel_members.c.rater))).scalars())


async def raters_of(connection: AsyncConnection, interview_id: str) -> list[str]:
    """Those who have handed in a card."""
    query = select(scorecards.c.rater).where(
        scorecards.c.interview_id == interview_id, scorecards.c.submitted_at.is_not(None)
    )
    return sorted(set((await connection.execute(query)).scalars()))


async def must_stay_blind(connection: AsyncConnection, interview_id: str, rater: str) -> bool:
    """A member of the panel who has not handed in a card."""
    return rater in await members(connection, interview_id) and rater not in await raters_of(connection, interview_id)


async def blind_interviews(connection: AsyncConnection, rater: str) -> set[str]:
    """All of whose reports this person must not see yet."""
    member = select(panel_members.c.interview_id).where(panel_members.c.rater == rater)
    given = select(scorecards.c.interview_id).where(scorecards.c.rater == rater, scorecards.c.submitted_at.is_not(None))
    return set((await connection.execute(member)).scalars()) - set((await connection.execute(given)).scalars())


async def has_seen(connection: AsyncConnection, interview_id: str, rater: str) -> bool:
    """Whether the audit log knows that this person has opened the report or the panel."""
    own = select(reports.c.id).where(reports.c.interview_id == interview_id)
    query = select(func.count()).where(
        audit.c.actor == rater,
        ((audit.c.action == "read_report") & audit.c.subject.in_(own))
        | ((audit.c.action == "read_panel") & (audit.c.subject == interview_id)),
    )
    return bool((await connection.execute(query)).scalar_one())


async def draft_of(connection: AsyncConnection, interview_id: str, rater: str) -> Draft | None:
    row = (await connection.execute(_own(interview_id, rater).where(scorecards.c.submitted_at.is_(None)))).first()
    return Draft(row.version, _card.decode(row.body)) if row else None


async def save_draft(connection: AsyncConnection, interview_id: str, rater: str, card: Scorecard) -> int:
    """The version that the draft is. The first one follows what was handed in before."""
    body, now = msgspec.json.encode(card), wall_ms()
    draft = await draft_of(connection, interview_id, rater)
    if draft is not None:
        where = _key(interview_id, rater, draft.version)
        await connection.execute(update(scorecards).where(where).values(body=body, saved_at=now))
        return draft.version
    newest = select(func.max(scorecards.c.version)).where(
        scorecards.c.interview_id == interview_id, scorecards.c.rater == rater
    )
    version = ((await connection.execute(newest)).scalar_one() or 0) + 1
    row = {"interview_id": interview_id, "rater": rater, "version": version, "saved_at": now, "blind": True}
    await connection.execute(insert(scorecards).values(**row, submitted_at=None, body=body))
    return version


async def submit(connection: AsyncConnection, interview_id: str, rater: str, version: int, *, blind: bool) -> None:
    where = _key(interview_id, rater, version) & scorecards.c.submitted_at.is_(None)
    await connection.execute(update(scorecards).where(where).values(submitted_at=wall_ms(), blind=blind))


async def submitted(connection: AsyncConnection, interview_id: str) -> list[Submitted]:
    query = select(scorecards).where(scorecards.c.interview_id == interview_id, scorecards.c.submitted_at.is_not(None))
    rows = await connection.execute(query.order_by(scorecards.c.rater, scorecards.c.version))
    return [Submitted(r.rater, r.version, r.blind, rfc3339(r.submitted_at), _card.decode(r.body)) for r in rows]


def _own(interview_id: str, rater: str) -> Select[Any]:
    return select(scorecards).where(scorecards.c.interview_id == interview_id, scorecards.c.rater == rater)


def _key(interview_id: str, rater: str, version: int) -> ColumnElement[bool]:
    own = (scorecards.c.interview_id == interview_id) & (scorecards.c.rater == rater)
    return own & (scorecards.c.version == version)


async def add_override(
    connection: AsyncConnection, report_id: str, competency_id: str | None, value: float | None, reason: str, by: str
) -> Override:
    """Raises ``IntegrityError`` when somebody else was first with the same version."""
    newest = select(func.max(overrides.c.version)).where(overrides.c.report_id == report_id)
    version, now = ((await connection.execute(newest)).scalar_one() or 0) + 1, wall_ms()
    row = {"competency_id": competency_id, "value": value, "reason": reason, "by": by, "at": now}
    await connection.execute(insert(overrides).values(report_id=report_id, version=version, **row))
    return Override(version, competency_id, value, reason, by, rfc3339(now))


async def overrides_of(connection: AsyncConnection, report_id: str) -> list[Override]:
    query = select(overrides).where(overrides.c.report_id == report_id).order_by(overrides.c.version)
    return [_override(row) for row in await connection.execute(query)]


def _override(row: Row[Any]) -> Override:
    return Override(row.version, row.competency_id, row.value, row.reason, row.by, rfc3339(row.at))
