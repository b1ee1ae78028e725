"""Minutes in which a process was ready, written by every process and read by a trial."""

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.acceptance.uptime import bit_of
from server.store.tables import up_hours

KEPT_HOURS = 400 * 24


async def mark(connection: AsyncConnection, at_ms: int) -> None:
    """This minute was up. Any number of processes may say so of the same one. What is older than ``KEPT_HOURS`` goes
    as a new hour begins."""
    hour, bit = bit_of(at_ms)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(up_hours).values(hour=hour, mask=bit)
    both = up_hours.c.mask.op("|")(row.excluded.mask)
    await connection.execute(row.on_conflict_do_update(index_elements=[up_hours.c.hour], set_={"mask": both}))
    await connection.execute(delete(up_hours).where(up_hours.c.hour < hour - KEPT_HOURS))


async def hours(connection: AsyncConnection, since_ms: int, until_ms: int) -> list[tuple[int, int]]:
    """(hour, mask) of every hour that touches the window."""
    first, last = bit_of(since_ms)[0], bit_of(until_ms)[0]
    query = select(up_hours.c.hour, up_hours.c.mask).where(up_hours.c.hour.between(first, last))
    return [(row.hour, row.mask) for row in await connection.execute(query)]
