"""Wrapped keys in both kinds of database; what follows from them is ``tests/server/test_media_keys.py``."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from realtime.media.errors import MediaError
from server.master_keys import MasterKeyFile
from server.media_keys import DatabaseKeys, rewrap_all
from server.store import media_keys
from server.store.database import open_database


async def test_a_key_is_made_once_wrapped_anew_and_destroyed(
    store: AsyncEngine, store_url: str, tmp_path: Path
) -> None:
    masters = MasterKeyFile(tmp_path / "media-keys")
    neighbour = open_database(store_url)
    both = [DatabaseKeys(store, masters), DatabaseKeys(neighbour, masters)]
    found = await asyncio.gather(*(keys.obtain("iv_race") for keys in both * 3))
    assert len(set(found)) == 1
    masters.add()
    assert await rewrap_all(store, masters) == 1
    async with store.connect() as connection:
        assert await media_keys.masters_in_use(connection) == {masters.current().newest.id: 1}
    assert await both[1].find("iv_race") == found[0]
    async with store.begin() as connection:
        assert await media_keys.destroy_key(connection, "iv_race")
    async with store.connect() as connection:
        await media_keys.wipe_the_journal(connection)
        assert await media_keys.masters_in_use(connection) == {}
    for keys in both:
        with pytest.raises(MediaError, match="media_shredded"):
            await keys.obtain("iv_race")
    await neighbour.dispose()
