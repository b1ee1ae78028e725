"""Reports as they were written, never changed: a new scoring is a new row."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Subquery, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import interviews, reports


@dataclass(frozen=True, slots=True)
class ReportRow:
    id: str
    interview_id: str
    position_id: str
    created_at: int
    total: float | None
    digest: str
    body: bytes


async def put_report(connection: AsyncConnection, report: ReportRow) -> None:
    """Stores the report and marks its interview as reported; the same id twice is once."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {name: getattr(report, name) for name in ReportRow.__slots__}
    await connection.execute(insert(reports).values(**values).on_conflict_do_nothing())
    await connection.execute(
        update(interviews)
        .where(interviews.c.id == report.interview_id)
        .values(report_state="completed", report_id=report.id, report_error="")
    )


async def set_report_state(connection: AsyncConnection, interview_id: str, state: str, error: str = "") -> None:
    await connection.execute(
        update(interviews).where(interviews.c.id == interview_id).values(report_state=state, report_error=error)
    )


async def find_report(connection: AsyncConnection, report_id: str) -> ReportRow | None:
    row = (await connection.execute(select(reports).where(reports.c.id == report_id))).first()
    return (
        ReportRow(row.id, row.interview_id, row.position_id, row.created_at, row.total, row.digest, bytes(row.body))
        if row
        else None
    )


@dataclass(frozen=True, slots=True)
class RankedReport:
    """``holds``: the total after people's overrides. ``rank`` by it among all current reports of the position; equal
    totals share one. None: not assessable. ``of``: how many have a rank."""

    report: ReportRow
    holds: float | None
    rank: int | None
    of: int


async def list_reports(
    connection: AsyncConnection, *, position_id: str | None, after: str | None, limit: int
) -> tuple[list[RankedReport], str | None]:
    """Only the current report of each interview, best total first; not assessable comes last: it is no low score, it
    is no score. ``after``: the cursor that came with the page before. Raises ``ValueError`` for any other."""
    holds = func.coalesce(reports.c.decided, reports.c.total)
    by_total = func.rank().over(partition_by=reports.c.position_id, order_by=holds.desc().nulls_last())
    assessable = func.count(holds).over(partition_by=reports.c.position_id)
    columns = [reports.c[name] for name in ReportRow.__slots__]
    every = select(*columns, holds.label("holds"), by_total.label("place"), assessable.label("of"))
    every = every.join(interviews, interviews.c.report_id == reports.c.id)
    if position_id is not None:
        every = every.where(reports.c.position_id == position_id)
    # Ranked before it is cut into pages, or every page would begin with a first.
    listing = every.subquery()
    page = select(listing).order_by(listing.c.holds.desc().nulls_last(), listing.c.interview_id.desc()).limit(limit)
    if after is not None:
        page = page.where(_behind(listing, after))
    found = [
        RankedReport(ReportRow(*row[:-3]), row.holds, row.place if row.holds is not None else None, row.of)
        for row in await connection.execute(page)
    ]
    last = found[-1] if len(found) == limit else None
    return found, _cursor(last) if last else None


def _cursor(last: RankedReport) -> str:
    total = "" if last.holds is None else repr(last.holds)
    return f"{total}:{last.report.interview_id}"


def _behind(listing: Subquery, cursor: str) -> ColumnElement[bool]:
    total, found, interview_id = cursor.partition(":")
    if not found:
        raise ValueError("not a cursor of this list")
    later = listing.c.interview_id < interview_id
    if not total:
        return and_(listing.c.holds.is_(None), later)
    value = float(total)
    return or_(listing.c.holds < value, and_(listing.c.holds == value, later), listing.c.holds.is_(None))


async def decide(connection: AsyncConnection, report_id: str, total: float | None) -> None:
    """The total that holds after all overrides; None: the report's own."""
    await connection.execute(update(reports).where(reports.c.id == report_id).values(decided=total))


async def total_that_holds(connection: AsyncConnection, report_id: str) -> float | None:
    query = select(func.coalesce(reports.c.decided, reports.c.total)).where(reports.c.id == report_id)
    found: float | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def unreported(connection: AsyncConnection) -> list[tuple[str, bool]]:
    """Interviews that asked for a report and have none yet: what a killed process may have left. One that ended
    with nothing to score never asked."""
    query = select(interviews.c.id, interviews.c.report_id).where(interviews.c.report_state == "processing")
    return [(row.id, row.report_id is not None) for row in await connection.execute(query)]
