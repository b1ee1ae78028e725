"""Each interview's data key, wrapped, and what is left when it was destroyed: that it was, and when."""

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import wall_ms
from server.store.tables import media_keys


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """``wrapped`` is None when the key was destroyed."""

    interview_id: str
    master_id: str
    wrapped: bytes | None


async def find_key(connection: AsyncConnection, interview_id: str) -> WrappedKey | None:
    query = select(media_keys.c.interview_id, media_keys.c.master_id, media_keys.c.wrapped)
    row = (await connection.execute(query.where(media_keys.c.interview_id == interview_id))).first()
    return WrappedKey(*row) if row else None


async def put_key(connection: AsyncConnection, key: WrappedKey) -> None:
    """Raises ``IntegrityError`` when the interview has one, or had one."""
    await connection.execute(
        insert(media_keys).values(
            interview_id=key.interview_id, master_id=key.master_id, wrapped=key.wrapped, created_at=wall_ms()
        )
    )


async def wrapped_otherwise(connection: AsyncConnection, master_id: str) -> list[WrappedKey]:
    """The living keys that are wrapped under another master key."""
    query = select(media_keys.c.interview_id, media_keys.c.master_id, media_keys.c.wrapped).where(
        media_keys.c.master_id != master_id, media_keys.c.wrapped.is_not(None)
    )
    return [WrappedKey(*row) for row in await connection.execute(query)]


async def rewrap(connection: AsyncConnection, before: WrappedKey, master_id: str, wrapped: bytes) -> None:
    """Unless it was destroyed meanwhile."""
    await connection.execute(
        update(media_keys)
        .where(media_keys.c.interview_id == before.interview_id, media_keys.c.wrapped.is_not(None))
        .values(master_id=master_id, wrapped=wrapped)
    )


async def masters_in_use(connection: AsyncConnection) -> dict[str, int]:
    """Master key's id -> how many living data keys are wrapped under it."""
    query = (
        select(media_keys.c.master_id, func.count().label("number"))
        .where(media_keys.c.wrapped.is_not(None))
        .group_by(media_keys.c.master_id)
    )
    return {row.master_id: row.number for row in await connection.execute(query)}


async def destroy_key(connection: AsyncConnection, interview_id: str) -> bool:
    """The row stays without its key, so that no other is made for this interview. Whether there was a key."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(
            "PRAGMA secure_delete=ON"
        )  # the bytes are overwritten, not left in a free page
    gone = {"master_id": "", "wrapped": None, "shredded_at": wall_ms()}
    there = media_keys.c.interview_id == interview_id
    done = await connection.execute(update(media_keys).where(there, media_keys.c.wrapped.is_not(None)).values(**gone))
    if done.rowcount:
        return True
    if (await connection.execute(select(media_keys.c.interview_id).where(there))).first() is None:
        await connection.execute(insert(media_keys).values(interview_id=interview_id, created_at=wall_ms(), **gone))
    return False


async def wipe_the_journal(connection: AsyncConnection) -> None:
    """SQLite's write-ahead log still holds the page as it was. Outside of a transaction."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
