"""What outside raters said about an interview, append-only: the rows are never changed, only added to."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import opinions


async def stored(connection: AsyncConnection, interview_id: str) -> list[bytes]:
    """Oldest first."""
    query = select(opinions.c.body).where(opinions.c.interview_id == interview_id).order_by(opinions.c.id)
    return [bytes(row.body) for row in await connection.execute(query)]


async def append(connection: AsyncConnection, interview_id: str, bodies: Sequence[bytes]) -> None:
    if bodies:
        await connection.execute(insert(opinions), [{"interview_id": interview_id, "body": body} for body in bodies])
