"""What the embedded EHR answers to its readers: persons, timelines, results and reports, page by page.

A cursor is opaque and stable: it names the last row of a page by its position, and positions appear in the order
of commits (``store.next_position``). A reader who asks again with the last cursor so gets everything that came
since, nothing twice and nothing missed, however long the pause.
"""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical import (
    Application,
    Internal,
    InternalText,
    InterviewResult,
    Label,
    Person,
    moment,
)
from ehr_bridge.canonical.records import TITLES
from ehr_bridge.merging import normal_name
from ehr_bridge.records import records_of
from ehr_bridge.store import ehr_application, ehr_interview_result, ehr_person, ehr_possible_duplicate, ehr_record
from ehr_bridge.timeline import TimelineEntry, entry, in_order, titled

MAX_PAGE = 200

T = TypeVar("T")


class CursorInvalid(Exception):
    """The cursor was not given out by this list."""

    code = "cursor_invalid"
    retry = False
    fault = "client"


class Page(msgspec.Struct, Generic[T], frozen=True):
    """``next_cursor`` is where to go on: kept even on the last page, so that a reader can come back for what is
    new. ``more``: the next page is not empty already now."""

    items: list[T]
    next_cursor: str | None
    more: bool


class PossibleDuplicate(msgspec.Struct, frozen=True):
    """Two persons that may be one; a human decides (``ehr_bridge.joining``)."""

    person_id: InternalText
    other_id: InternalText
    reason: InternalText
    found_at: Annotated[datetime, Internal]


async def persons(
    connection: AsyncConnection, cursor: str | None = None, limit: int = 50, *, called: str = ""
) -> Page[Person]:
    """Everyone once, in the order in which they became known; ``called``: only those whose name has this in it, or
    whose external id it is. Raises ``CursorInvalid``."""
    statement = select(ehr_person).where(ehr_person.c.position > _position("p", cursor))
    statement = statement.where(ehr_person.c.joined_to.is_(None))
    if called.strip():
        named = ehr_person.c.name_key.contains(normal_name(called), autoescape=True)
        statement = statement.where(or_(named, ehr_person.c.external_id == called.strip()))
    statement = statement.order_by(ehr_person.c.position)
    return await _page(connection, statement, "p", cursor, limit, _person)


async def person(connection: AsyncConnection, person_id: str) -> Person | None:
    row = (await connection.execute(select(ehr_person).where(ehr_person.c.id == person_id))).one_or_none()
    return None if row is None else _person(row)


async def applications(connection: AsyncConnection, person_id: str) -> list[Application]:
    """A person's applications, oldest first: the history of attempts."""
    statement = select(ehr_application).where(ehr_application.c.person_id == person_id)
    rows = (await connection.execute(statement.order_by(ehr_application.c.applied_at_ms, ehr_application.c.id))).all()
    return [_application(row) for row in rows]


async def possible_duplicates(connection: AsyncConnection, person_id: str) -> list[PossibleDuplicate]:
    table = ehr_possible_duplicate
    mine = or_(table.c.person_id == person_id, table.c.other_id == person_id)
    statement = select(table).where(mine, table.c.decided == "")
    rows = (await connection.execute(statement.order_by(table.c.found_at_ms, table.c.other_id))).all()
    return [PossibleDuplicate(row.person_id, row.other_id, row.reason, moment(row.found_at_ms)) for row in rows]


async def timeline(connection: AsyncConnection, person_id: str) -> list[TimelineEntry]:
    """Everything known about a person, oldest first; every version of a result is an entry of its own, of any other
    record the latest is."""
    entries = [
        TimelineEntry(each.applied_at, "applied", each.id, each.position_id, title=titled("applied", each.position))
        for each in await applications(connection, person_id)
    ]
    table = ehr_interview_result
    statement = (
        select(table.c.id, table.c.version, table.c.body, table.c.received_at_ms, ehr_application.c.position_id)
        .join(ehr_application, ehr_application.c.id == table.c.application_id)
        .where(table.c.person_id == person_id)
        .order_by(table.c.position)
    )
    entries += [_result_entry(row) for row in (await connection.execute(statement)).all()]
    entries += [entry(each) for each in await records_of(connection, person_id)]
    return in_order(entries)


def _result_entry(row: Any) -> TimelineEntry:
    result = msgspec.json.decode(row.body, type=InterviewResult)
    return TimelineEntry(
        at=result.completed_at or moment(row.received_at_ms),
        kind="interview_result",
        ref=row.id,
        position_id=row.position_id,
        version=row.version,
        score=result.score,
        max_score=result.max_score,
        state=result.status,
        title=TITLES["interview_result"],
        interview_id=result.interview_id,
    )


async def interview_results(
    connection: AsyncConnection, after: str | None = None, limit: int = 50
) -> Page[InterviewResult]:
    """Results in the order of their arrival, each version once. Raises ``CursorInvalid``."""
    statement = select(ehr_interview_result).where(ehr_interview_result.c.position > _position("r", after))
    statement = statement.order_by(ehr_interview_result.c.position)
    return await _page(connection, statement, "r", after, limit, _result)


async def interview_result(
    connection: AsyncConnection, result_id: str, version: int | None = None
) -> InterviewResult | None:
    """One result; the latest version unless another is asked for."""
    row = await _result_row(connection, result_id, version)
    return None if row is None else _result(row)


async def report_json(connection: AsyncConnection, result_id: str, version: int | None = None) -> bytes | None:
    """The report as it was published, byte for byte."""
    row = await _result_row(connection, result_id, version)
    return None if row is None else bytes(row.report)


async def counts(connection: AsyncConnection) -> dict[str, int]:
    """How many persons, applications, results and versions there are."""
    table = ehr_interview_result
    wanted = {
        "persons": select(func.count()).select_from(ehr_person),
        "applications": select(func.count()).select_from(ehr_application),
        "results": select(func.count(func.distinct(table.c.id))),
        "result_versions": select(func.count()).select_from(table),
    }
    return {name: int((await connection.execute(query)).scalar_one()) for name, query in wanted.items()}


async def record_counts(connection: AsyncConnection) -> dict[str, int]:
    """Kind of record → how many there are, in their latest version."""
    kind = ehr_record.c.kind
    rows = await connection.execute(select(kind, func.count()).where(ehr_record.c.latest).group_by(kind))
    return {row[0]: int(row[1]) for row in rows}


async def _result_row(connection: AsyncConnection, result_id: str, version: int | None) -> Any:
    table = ehr_interview_result
    statement = select(table).where(table.c.id == result_id).order_by(table.c.version.desc()).limit(1)
    if version is not None:
        statement = statement.where(table.c.version == version)
    return (await connection.execute(statement)).one_or_none()


async def _page(
    connection: AsyncConnection,
    statement: Select[Any],
    kind: str,
    cursor: str | None,
    limit: int,
    read: Callable[[Any], T],
) -> Page[T]:
    size = max(1, min(limit, MAX_PAGE))
    rows: Sequence[Any] = (await connection.execute(statement.limit(size + 1))).all()
    shown = rows[:size]
    next_cursor = _cursor(kind, shown[-1].position) if shown else cursor
    return Page([read(row) for row in shown], next_cursor, more=len(rows) > size)


def _cursor(kind: str, position: int) -> str:
    return base64.urlsafe_b64encode(f"{kind}{position}".encode()).decode().rstrip("=")


def _position(kind: str, cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except ValueError:  # not ASCII, not base64, not text
        raise CursorInvalid("this cursor is not one of ours") from None
    # 18 digits are more than any list has rows and less than a 64-bit column can compare with.
    if not (text.startswith(kind) and text[1:].isdigit() and len(text) <= 19):
        raise CursorInvalid("this cursor belongs to another list")
    return int(text[1:])


def _person(row: Any) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        external_id=row.external_id,
        created_at=moment(row.created_at_ms),
        updated_at=moment(row.updated_at_ms),
        joined_to=row.joined_to,
    )


def _application(row: Any) -> Application:
    return Application(
        id=row.id,
        person_id=row.person_id,
        source_id=row.source_id,
        position_id=row.position_id,
        applied_at=moment(row.applied_at_ms),
        position=msgspec.json.decode(row.body, type=Label),
    )


def _result(row: Any) -> InterviewResult:
    return msgspec.structs.replace(
        msgspec.json.decode(row.body, type=InterviewResult),
        id=row.id,
        version=row.version,
        person_id=row.person_id,
        application_id=row.application_id,
        received_at=moment(row.received_at_ms),
    )
