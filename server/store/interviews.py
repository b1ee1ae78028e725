"""Positions, invitations and interviews as rows. What happens inside a live interview is the journal's."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from realtime.protocol.messages import ConsentItems
from realtime.protocol.text import Bilingual, Language, Phase
from server.clock import wall_ms
from server.consent import ConsentText
from server.ids import new_id
from server.store.tables import applicants, consents, interviews, invitations, positions


@dataclass(frozen=True, slots=True)
class PositionRow:
    """``digest``: of the resolved model; empty in rows from before there was one."""

    id: str
    version: str
    title: Bilingual
    source_yaml: str
    created_at: int
    digest: str = ""


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """``features``, ``questions``: names with spaces between them; None: what the position says."""

    id: str
    interview_id: str
    applicant_id: str
    position_id: str
    position_version: str
    language: Language
    profile: str
    time_factor: float | None
    created_by: str
    created_at: int
    expires_at: int
    revoked_at: int | None
    features: str | None = None
    questions: str | None = None


@dataclass(frozen=True, slots=True)
class InterviewRow:
    id: str
    applicant_id: str
    phase: Phase
    epoch: int
    created_at: int
    started_at: int | None
    ended_at: int | None
    snapshot: bytes | None
    saved_at: int | None
    last_seq: int
    human_requested: bool
    report_state: str
    report_id: str | None
    report_error: str


@dataclass(frozen=True, slots=True)
class InterviewListing:
    """One interview with what a list shows of it."""

    interview: InterviewRow
    invitation: InvitationRow
    applicant_name: str
    position: Bilingual


async def put_position(connection: AsyncConnection, position: PositionRow) -> None:
    """Keeps what is there: a version, once stored, is never changed."""
    where = (positions.c.id == position.id, positions.c.version == position.version)
    if (await connection.execute(select(positions.c.id).where(*where))).first() is None:
        await connection.execute(
            insert(positions).values(
                id=position.id,
                version=position.version,
                title_zh=position.title.zh,
                title_en=position.title.en,
                source_yaml=position.source_yaml,
                created_at=position.created_at,
                digest=position.digest,
            )
        )


async def find_position(
    connection: AsyncConnection, position_id: str, version: str | None = None
) -> PositionRow | None:
    """The named version, or the newest."""
    newest = (positions.c.created_at.desc(), positions.c.version.desc())
    query = select(positions).where(positions.c.id == position_id).order_by(*newest)
    if version is not None:
        query = query.where(positions.c.version == version)
    row = (await connection.execute(query)).first()
    return _position(row) if row else None


async def versions_of(connection: AsyncConnection, position_id: str) -> set[str]:
    rows = await connection.execute(select(positions.c.version).where(positions.c.id == position_id))
    return {row.version for row in rows}


async def list_positions(connection: AsyncConnection) -> list[PositionRow]:
    """The newest version of each."""
    newest: dict[str, PositionRow] = {}
    for row in await connection.execute(select(positions).order_by(positions.c.created_at, positions.c.version)):
        newest[row.id] = _position(row)
    return list(newest.values())


def _position(row: Row[Any]) -> PositionRow:
    title = Bilingual(row.title_zh, row.title_en)
    return PositionRow(row.id, row.version, title, row.source_yaml, row.created_at, row.digest)


async def invite(
    connection: AsyncConnection,
    *,
    applicant_id: str,
    position: PositionRow,
    language: Language,
    profile: str,
    expires_at: int,
    time_factor: float | None,
    created_by: str,
    features: str | None = None,
    questions: str | None = None,
) -> InvitationRow:
    now = wall_ms()
    invitation = InvitationRow(
        id=new_id("inv", now),
        interview_id=new_id("iv", now),
        applicant_id=applicant_id,
        position_id=position.id,
        position_version=position.version,
        language=language,
        profile=profile,
        time_factor=time_factor,
        created_by=created_by,
        created_at=now,
        expires_at=expires_at,
        revoked_at=None,
        features=features,
        questions=questions,
    )
    await connection.execute(
        insert(interviews).values(
            id=invitation.interview_id, applicant_id=applicant_id, phase=Phase.INVITED.value, created_at=now
        )
    )
    values = {name: getattr(invitation, name) for name in InvitationRow.__slots__}
    await connection.execute(insert(invitations).values(**values))
    return invitation


async def is_invited(connection: AsyncConnection, applicant_id: str, position_id: str, now_ms: int) -> bool:
    """By a link that still works."""
    query = select(invitations.c.id).where(
        invitations.c.applicant_id == applicant_id,
        invitations.c.position_id == position_id,
        invitations.c.revoked_at.is_(None),
        invitations.c.expires_at > now_ms,
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def find_invitation(connection: AsyncConnection, invitation_id: str) -> InvitationRow | None:
    return await _invitation(connection, invitations.c.id == invitation_id)


async def invitation_of(connection: AsyncConnection, interview_id: str) -> InvitationRow | None:
    return await _invitation(connection, invitations.c.interview_id == interview_id)


async def _invitation(connection: AsyncConnection, where: ColumnElement[bool]) -> InvitationRow | None:
    row = (await connection.execute(select(invitations).where(where))).first()
    return InvitationRow(*row) if row else None


async def choose_questions(connection: AsyncConnection, interview_id: str, questions: str | None) -> None:
    where = invitations.c.interview_id == interview_id
    await connection.execute(update(invitations).where(where).values(questions=questions))


async def revoke(connection: AsyncConnection, invitation_id: str) -> bool:
    query = update(invitations).where(invitations.c.id == invitation_id, invitations.c.revoked_at.is_(None))
    return (await connection.execute(query.values(revoked_at=wall_ms()))).rowcount == 1


async def find_interview(connection: AsyncConnection, interview_id: str) -> InterviewRow | None:
    row = (await connection.execute(select(interviews).where(interviews.c.id == interview_id))).first()
    return _interview(row) if row else None


async def latest_interview_of(connection: AsyncConnection, applicant_id: str) -> str | None:
    query = select(interviews.c.id).where(interviews.c.applicant_id == applicant_id).order_by(interviews.c.id.desc())
    return (await connection.execute(query.limit(1))).scalar_one_or_none()


def _interview(row: Row[Any]) -> InterviewRow:
    values = {name: getattr(row, name) for name in InterviewRow.__slots__}
    return InterviewRow(**{**values, "phase": Phase(row.phase)})


async def alarms(connection: AsyncConnection, now_ms: int, limit: int) -> list[str]:
    """Interviews that should have been looked after by now, the longest overdue first."""
    query = select(interviews.c.id).where(interviews.c.alarm_at <= now_ms).order_by(interviews.c.alarm_at)
    return [row.id for row in await connection.execute(query.limit(limit))]


async def list_interviews(
    connection: AsyncConnection,
    *,
    phase: str | None = None,
    before: str | None = None,
    limit: int = 50,
    interview_id: str | None = None,
    ids: Collection[str] | None = None,
) -> list[InterviewListing]:
    """Newest first."""
    joined = (
        select(interviews, invitations, applicants.c.name, positions.c.title_zh, positions.c.title_en)
        .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
        .join(invitations, invitations.c.interview_id == interviews.c.id)
        .join(applicants, applicants.c.id == interviews.c.applicant_id)
        .join(
            positions,
            (positions.c.id == invitations.c.position_id) & (positions.c.version == invitations.c.position_version),
        )
        .order_by(interviews.c.id.desc())
        .limit(limit)
    )
    if phase is not None:
        joined = joined.where(interviews.c.phase == phase)
    if before is not None:
        joined = joined.where(interviews.c.id < before)
    if interview_id is not None:
        joined = joined.where(interviews.c.id == interview_id)
    if ids is not None:
        joined = joined.where(interviews.c.id.in_(ids))
    listings = []
    for row in await connection.execute(joined):
        fields = row._mapping
        interview = {name: fields[interviews.c[name]] for name in InterviewRow.__slots__}
        invitation = {name: fields[invitations.c[name]] for name in InvitationRow.__slots__}
        listings.append(
            InterviewListing(
                interview=InterviewRow(**{**interview, "phase": Phase(interview["phase"])}),
                invitation=InvitationRow(**invitation),
                applicant_name=fields[applicants.c.name],
                position=Bilingual(fields[positions.c.title_zh], fields[positions.c.title_en]),
            )
        )
    return listings


async def record_consent(
    connection: AsyncConnection, interview_id: str, items: ConsentItems, text: ConsentText, language: Language
) -> None:
    """A line in the consent ledger: which words were agreed to, as a hash."""
    given = {name: getattr(items, name) for name in items.__struct_fields__}
    await connection.execute(
        insert(consents).values(
            interview_id=interview_id,
            at=wall_ms(),
            items=json.dumps(given, sort_keys=True),
            text_version=text.version,
            text_sha256=text.sha256,
            language=language,
        )
    )
