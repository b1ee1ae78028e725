"""The data keys of interviews: kept wrapped in the database, unwrapped only in memory, never cached: a key that was
destroyed is gone for every process at once."""

import asyncio

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from realtime.media.data_keys import shredded
from realtime.media.errors import MediaError
from realtime.protocol.text import Fault
from server.master_keys import MasterKeyMissing, MasterKeySource, new_data_key
from server.store import media_keys
from server.store.media_keys import WrappedKey


class DatabaseKeys:
    """``DataKeys`` of the database."""

    def __init__(self, engine: AsyncEngine, masters: MasterKeySource) -> None:
        self._engine = engine
        self._masters = masters

    async def obtain(self, interview_id: str) -> bytes:
        found = await self.find(interview_id)
        return found if found is not None else await self._make(interview_id)

    async def find(self, interview_id: str) -> bytes | None:
        try:
            async with self._engine.connect() as store:
                row = await media_keys.find_key(store, interview_id)
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(type(error).__name__) from None
        return await self._unwrapped(row) if row is not None else None

    async def _make(self, interview_id: str) -> bytes:
        data_key = new_data_key()
        masters = await asyncio.to_thread(self._masters.current)
        row = WrappedKey(interview_id, *masters.wrap(data_key, interview_id))
        try:
            async with self._engine.begin() as store:
                await media_keys.put_key(store, row)
        except IntegrityError:  # another process was first
            return await self.obtain(interview_id)
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(type(error).__name__) from None
        return data_key

    async def _unwrapped(self, row: WrappedKey) -> bytes:
        if row.wrapped is None:
            raise shredded()
        masters = await asyncio.to_thread(self._masters.current)
        try:
            return masters.unwrap(row.master_id, row.wrapped, row.interview_id)
        except MasterKeyMissing as error:
            raise _unavailable(str(error)) from None


def _unavailable(detail: str) -> MediaError:
    return MediaError("store_unavailable", detail, retry=True, fault=Fault.SERVER)


async def rewrap_all(engine: AsyncEngine, masters: MasterKeySource) -> int:
    """Wraps every living data key under the newest master key; how many were not. Raises ``MasterKeyMissing``: then
    nothing was changed."""
    keys = masters.current()
    async with engine.begin() as store:
        rows = await media_keys.wrapped_otherwise(store, keys.newest.id)
        for row in rows:
            assert row.wrapped is not None
            data_key = keys.unwrap(row.master_id, row.wrapped, row.interview_id)
            await media_keys.rewrap(store, row, *keys.wrap(data_key, row.interview_id))
    return len(rows)
