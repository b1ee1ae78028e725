"""Data keys in the database: one an interview whoever asks first, wrapped, rotated, and destroyed for good."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from realtime.media.errors import MediaError
from server.master_keys import MasterKeyFile, MasterKeyMissing
from server.media_keys import DatabaseKeys, rewrap_all
from server.store import media_keys
from server.store.database import migrate, open_database


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'viva.db'}"
    await migrate(url)
    engine = open_database(url)
    yield engine
    await engine.dispose()


@pytest.fixture
def masters(tmp_path: Path) -> MasterKeyFile:
    return MasterKeyFile(tmp_path / "media-keys")


@pytest.fixture
def keys(engine: AsyncEngine, masters: MasterKeyFile) -> DatabaseKeys:
    return DatabaseKeys(engine, masters)


async def test_one_key_an_interview_whoever_asks(
    keys: DatabaseKeys, engine: AsyncEngine, masters: MasterKeyFile
) -> None:
    assert await keys.find("iv_1") is None
    other = DatabaseKeys(engine, MasterKeyFile(masters.path))
    found = await asyncio.gather(*(each.obtain("iv_1") for each in (keys, other, keys, other)))
    assert len(set(found)) == 1
    assert await keys.find("iv_1") == found[0]
    assert await keys.obtain("iv_2") != found[0]


async def test_the_database_alone_opens_nothing(keys: DatabaseKeys, tmp_path: Path) -> None:
    key = await keys.obtain("iv_1")
    for path in tmp_path.glob("viva.db*"):
        assert key not in path.read_bytes()


async def test_rotating_wraps_every_key_anew(keys: DatabaseKeys, engine: AsyncEngine, masters: MasterKeyFile) -> None:
    before = {name: await keys.obtain(name) for name in ("iv_1", "iv_2", "iv_3")}
    async with engine.begin() as store:
        await media_keys.destroy_key(store, "iv_3")
    masters.add()
    assert await rewrap_all(engine, masters) == 2
    assert await rewrap_all(engine, masters) == 0
    masters.keep([], masters.current())
    assert {name: await keys.find(name) for name in ("iv_1", "iv_2")} == {
        name: before[name] for name in ("iv_1", "iv_2")
    }
    async with engine.connect() as store:
        assert await media_keys.masters_in_use(store) == {masters.current().newest.id: 2}


async def test_with_a_master_key_missing_nothing_is_rotated(
    keys: DatabaseKeys, engine: AsyncEngine, masters: MasterKeyFile, tmp_path: Path
) -> None:
    await keys.obtain("iv_1")
    stranger = MasterKeyFile(tmp_path / "others-keys")
    with pytest.raises(MasterKeyMissing):
        await rewrap_all(engine, stranger)
    with pytest.raises(MediaError, match="master key") as told:
        await DatabaseKeys(engine, stranger).find("iv_1")
    assert (told.value.code, told.value.fault) == ("store_unavailable", "server")
    assert await keys.find("iv_1") is not None


async def test_a_destroyed_key_is_gone_from_the_files_and_never_made_again(
    keys: DatabaseKeys, engine: AsyncEngine, tmp_path: Path
) -> None:
    await keys.obtain("iv_1")
    async with engine.connect() as store:
        row = await media_keys.find_key(store, "iv_1")
    assert row is not None
    assert row.wrapped is not None
    async with engine.begin() as store:
        assert await media_keys.destroy_key(store, "iv_1")
    async with engine.connect() as store:
        await media_keys.wipe_the_journal(store)
    assert not any(row.wrapped in path.read_bytes() for path in tmp_path.glob("viva.db*"))
    for work in (keys.find("iv_1"), keys.obtain("iv_1")):
        with pytest.raises(MediaError, match="media_shredded"):
            await work


async def test_an_interview_without_a_key_gets_none_after_shredding(keys: DatabaseKeys, engine: AsyncEngine) -> None:
    for _ in range(2):
        async with engine.begin() as store:
            assert not await media_keys.destroy_key(store, "iv_never")
    with pytest.raises(MediaError, match="media_shredded"):
        await keys.obtain("iv_never")


async def test_a_database_that_is_away_is_a_typed_error(masters: MasterKeyFile, tmp_path: Path) -> None:
    engine = open_database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")  # without its tables
    try:
        with pytest.raises(MediaError, match="store_unavailable"):
            await DatabaseKeys(engine, masters).obtain("iv_1")
    finally:
        await engine.dispose()
