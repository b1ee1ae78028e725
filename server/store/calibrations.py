"""Calibrations that somebody approved. One is in force for a position at most: the newest that was not withdrawn.
Reports name theirs by version and digest, so none is ever deleted."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.calibration import Calibration
from scoring.validity import sealed
from server.clock import wall_ms
from server.store.tables import calibrations


async def in_force(connection: AsyncConnection, position_id: str) -> Calibration | None:
    query = (
        select(calibrations)
        .where(calibrations.c.position_id == position_id, calibrations.c.withdrawn_at.is_(None))
        .order_by(calibrations.c.approved_at.desc(), calibrations.c.version.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return sealed.from_json(bytes(row.body), Calibration, f"{position_id} {row.version}") if row else None


async def versions(connection: AsyncConnection, position_id: str) -> set[str]:
    rows = await connection.execute(select(calibrations.c.version).where(calibrations.c.position_id == position_id))
    return {row.version for row in rows}


async def approve(connection: AsyncConnection, calibration: Calibration, by: str) -> None:
    """In force from now on, for reports that are made from now on."""
    await connection.execute(
        insert(calibrations).values(
            position_id=calibration.position_id,
            version=calibration.version,
            body=sealed.to_json(calibration),
            approved_by=by,
            approved_at=wall_ms(),
        )
    )


async def withdraw(connection: AsyncConnection, position_id: str) -> int:
    """Takes all of a position's out of force: scores are uncalibrated again. How many there were."""
    query = update(calibrations).where(calibrations.c.position_id == position_id, calibrations.c.withdrawn_at.is_(None))
    return (await connection.execute(query.values(withdrawn_at=wall_ms()))).rowcount
