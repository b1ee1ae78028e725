"""Reports as they were written, never changed: a new scoring is a new row."""

from dataclasses import dataclass

from sqlalchemy import insert, select, update
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
    if (await connection.execute(select(reports.c.id).where(reports.c.id == report.id))).first() is None:
        values = {name: getattr(report, name) for name in ReportRow.__slots__}
        await connection.execute(insert(reports).values(**values))
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


async def list_reports(
    connection: AsyncConnection, *, position_id: str | None, before: str | None, limit: int
) -> list[ReportRow]:
    """Only the current report of each interview, newest first."""
    query = (
        select(reports)
        .join(interviews, interviews.c.report_id == reports.c.id)
        .order_by(reports.c.id.desc())
        .limit(limit)
    )
    if position_id is not None:
        query = query.where(reports.c.position_id == position_id)
    if before is not None:
        query = query.where(reports.c.id < before)
    return [ReportRow(*row) for row in await connection.execute(query)]


async def unreported(connection: AsyncConnection) -> list[str]:
    """Interviews that asked for a report and have none yet: what a killed process may have left. One that ended
    with nothing to score never asked."""
    query = select(interviews.c.id).where(interviews.c.report_state == "processing")
    return [row.id for row in await connection.execute(query)]
