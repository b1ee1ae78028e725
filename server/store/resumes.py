"""Résumés: their files' records, what was read, and what people put right."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.resume.corrections import Correction, corrected
from ehr_bridge.resume.document import Document
from ehr_bridge.resume.facts import ResumeFacts
from server.clock import wall_ms
from server.ids import new_id
from server.store.tables import applicants, resume_corrections, resumes

WAITING = ("queued", "reading")
_LISTED = [column for column in resumes.c if column.name not in ("document", "facts")]


@dataclass(frozen=True, slots=True)
class ResumeRow:
    """Times in milliseconds since 1970. ``reason``: why it is unread, a code of ``ehr_bridge.resume.reasons``;
    ``notes``: more codes, parted by spaces. ``pictures``: of how many pages there is one."""

    id: str
    applicant_id: str
    position_id: str
    fills_applicant: bool
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    state: str
    reason: str
    notes: str
    attempts: int
    claimed_at: int | None
    uploaded_by: str
    uploaded_at: int
    read_at: int | None
    delete_after: int
    pictures: int


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    version: int
    correction: Correction
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class ReadResume:
    """``found``: by the machine; ``facts``: what holds after ``corrections``."""

    row: ResumeRow
    document: Document | None
    found: ResumeFacts
    facts: ResumeFacts
    corrections: tuple[CorrectionRow, ...]


def resume_row(
    *, applicant_id: str, position_id: str, fills_applicant: bool, filename: str, media_type: str,
    size_bytes: int, sha256: str, uploaded_by: str, keep_ms: int, notes: str = "",
) -> ResumeRow:  # fmt: skip
    now = wall_ms()
    return ResumeRow(
        new_id("rs", now), applicant_id, position_id, fills_applicant, filename, media_type, size_bytes, sha256,
        "queued", "", notes, 0, None, uploaded_by, now, None, now + keep_ms, 0,
    )  # fmt: skip


async def add(store: AsyncConnection, row: ResumeRow) -> None:
    await store.execute(insert(resumes).values(**{name: getattr(row, name) for name in ResumeRow.__slots__}))


async def find(store: AsyncConnection, resume_id: str) -> ResumeRow | None:
    """None also for a deleted one."""
    query = select(*_LISTED).where(resumes.c.id == resume_id, resumes.c.state != "deleted")
    row = (await store.execute(query)).first()
    return ResumeRow(*row) if row else None


async def find_same(
    store: AsyncConnection, sha256: str, applicant_id: str | None, position_id: str
) -> ResumeRow | None:
    """The same bytes for the same position, of the applicant if one is named."""
    query = select(*_LISTED).where(
        resumes.c.sha256 == sha256, resumes.c.position_id == position_id, resumes.c.state != "deleted"
    )
    if applicant_id is not None:
        query = query.where(resumes.c.applicant_id == applicant_id)
    row = (await store.execute(query.limit(1))).first()
    return ResumeRow(*row) if row else None


async def listing(store: AsyncConnection, *, before: str | None, limit: int) -> list[tuple[ResumeRow, str]]:
    """The newest first, each with the applicant's name. ``before``: the last id of the page before."""
    query = (
        select(*_LISTED, applicants.c.name)
        .join(applicants, applicants.c.id == resumes.c.applicant_id)
        .where(resumes.c.state != "deleted")
        .order_by(resumes.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(resumes.c.id < before)
    return [(ResumeRow(*row[:-1]), row[-1]) for row in await store.execute(query)]


async def of_applicant(store: AsyncConnection, applicant_id: str) -> list[ResumeRow]:
    query = select(*_LISTED).where(resumes.c.applicant_id == applicant_id, resumes.c.state != "deleted")
    return [ResumeRow(*row) for row in await store.execute(query.order_by(resumes.c.id))]


async def waiting(store: AsyncConnection) -> int:
    query = select(func.count()).select_from(resumes).where(resumes.c.state.in_(WAITING))
    return int((await store.execute(query)).scalar_one())


async def counts(store: AsyncConnection) -> dict[str, int]:
    """State -> how many."""
    query = select(resumes.c.state, func.count().label("number")).group_by(resumes.c.state)
    return {row.state: row.number for row in await store.execute(query)}


async def claim(store: AsyncConnection, now_ms: int) -> ResumeRow | None:
    """The oldest that waits, for this caller alone."""
    query = select(*_LISTED).where(resumes.c.state == "queued").order_by(resumes.c.id).limit(1)
    row = (await store.execute(query)).first()
    if row is None:
        return None
    mine = update(resumes).where(resumes.c.id == row.id, resumes.c.state == "queued")
    taken = await store.execute(mine.values(state="reading", claimed_at=now_ms, attempts=resumes.c.attempts + 1))
    return ResumeRow(*row) if taken.rowcount else None


async def put_back(store: AsyncConnection, claimed_before_ms: int, most_attempts: int) -> int:
    """What was claimed and never settled waits again; what took its reader down ``most_attempts`` times is unread."""
    left = update(resumes).where(resumes.c.state == "reading", resumes.c.claimed_at < claimed_before_ms)
    worn = resumes.c.attempts >= most_attempts
    done = await store.execute(
        left.values(state=case((worn, "unread"), else_="queued"), reason=case((worn, "reader_crashed"), else_=""))
    )
    return done.rowcount


async def settle(
    store: AsyncConnection,
    resume_id: str,
    *,
    document: Document | None,
    facts: ResumeFacts | None,
    reason: str,
    notes: str,
    pictures: int,
) -> bool:
    """Read, or unread for a reason. False: it is not being read any more (it was deleted meanwhile)."""
    done = await store.execute(
        update(resumes)
        .where(resumes.c.id == resume_id, resumes.c.state == "reading")
        .values(
            state="unread" if reason else "read",
            reason=reason,
            notes=notes,
            pictures=pictures,
            read_at=wall_ms(),
            document=msgspec.json.encode(document) if document else None,
            facts=msgspec.json.encode(facts) if facts else None,
        )
    )
    return bool(done.rowcount)


async def queue_again(store: AsyncConnection, resume_id: str) -> bool:
    """For one that is unread. False: it is not."""
    again = update(resumes).where(resumes.c.id == resume_id, resumes.c.state == "unread")
    done = await store.execute(again.values(state="queued", reason="", attempts=0))
    return bool(done.rowcount)


async def read(store: AsyncConnection, resume_id: str) -> ReadResume | None:
    row = (await store.execute(select(resumes).where(resumes.c.id == resume_id, resumes.c.state != "deleted"))).first()
    if row is None:
        return None
    found = msgspec.json.decode(row.facts, type=ResumeFacts) if row.facts else ResumeFacts()
    made = await corrections_of(store, resume_id)
    return ReadResume(
        ResumeRow(**{name: getattr(row, name) for name in ResumeRow.__slots__}),
        msgspec.json.decode(row.document, type=Document) if row.document else None,
        found,
        corrected(found, [item.correction for item in made]),
        tuple(made),
    )


async def corrections_of(store: AsyncConnection, resume_id: str) -> list[CorrectionRow]:
    query = select(resume_corrections).where(resume_corrections.c.resume_id == resume_id)
    return [
        CorrectionRow(row.version, msgspec.json.decode(row.body, type=Correction), row.by, row.at)
        for row in await store.execute(query.order_by(resume_corrections.c.version))
    ]


async def correct(store: AsyncConnection, resume_id: str, version: int, correction: Correction, by: str) -> None:
    """Raises ``IntegrityError`` when somebody else made this version."""
    await store.execute(
        insert(resume_corrections).values(
            resume_id=resume_id, version=version, body=msgspec.json.encode(correction), by=by, at=wall_ms()
        )
    )


async def overdue(store: AsyncConnection, now_ms: int) -> list[str]:
    query = select(resumes.c.id).where(resumes.c.delete_after <= now_ms, resumes.c.state != "deleted")
    return [row.id for row in await store.execute(query)]


async def forget(store: AsyncConnection, resume_id: str) -> None:
    """That there was one stays, and when it went; nothing of what it said."""
    await store.execute(delete(resume_corrections).where(resume_corrections.c.resume_id == resume_id))
    blank = {"filename": "", "sha256": "", "document": None, "facts": None, "notes": "", "pictures": 0}
    await store.execute(update(resumes).where(resumes.c.id == resume_id).values(state="deleted", **blank))
