"""Opinions are only ever added, and come back in the order in which they were."""

from sqlalchemy.ext.asyncio import AsyncEngine

from server.store import opinions
from server.store.interviews import InvitationRow


async def test_append_only_and_in_order(store: AsyncEngine, invited: InvitationRow) -> None:
    async with store.begin() as connection:
        assert await opinions.stored(connection, invited.interview_id) == []
        await opinions.append(connection, invited.interview_id, [])
        await opinions.append(connection, invited.interview_id, [b"one", b"two"])
    async with store.begin() as connection:
        await opinions.append(connection, invited.interview_id, [b"three"])
        assert await opinions.stored(connection, invited.interview_id) == [b"one", b"two", b"three"]
        assert await opinions.stored(connection, "iv_other") == []
