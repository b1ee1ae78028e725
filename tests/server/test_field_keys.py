"""Sealed fields: a key for each person, wrapped like those of recordings, and gone when it is destroyed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.field_keys import FieldKeysUnavailable
from server.field_keys import PersonKeys
from server.master_keys import MasterKeyFile
from server.media_keys import rewrap_all
from server.store import media_keys, tables
from server.store.database import open_database

SALARY = b'{"salary": 1250000}'


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'viva.db'}"
    engine = open_database(url)
    async with engine.begin() as store:
        await store.run_sync(tables.media_keys.create)
    yield engine
    await engine.dispose()


@pytest.fixture
def masters(tmp_path: Path) -> MasterKeyFile:
    return MasterKeyFile(tmp_path / "media-keys")


async def test_what_was_sealed_opens_for_this_person_and_this_record_alone(
    engine: AsyncEngine, masters: MasterKeyFile
) -> None:
    keys = PersonKeys(masters)
    async with engine.begin() as store:
        sealed = await keys.seal(store, "P1", "E1.1", SALARY)
        again = await keys.seal(store, "P1", "E1.2", SALARY)
        await keys.seal(store, "P2", "E2.1", SALARY)
        assert await keys.open(store, "P1", "E1.1", sealed) == SALARY
        assert await PersonKeys(MasterKeyFile(masters.path)).open(store, "P1", "E1.1", sealed) == SALARY
        for person, context, text in [("P1", "E1.2", sealed), ("P2", "E1.1", sealed), ("P1", "E1.1", sealed[:-1])]:
            with pytest.raises(FieldKeysUnavailable):
                await keys.open(store, person, context, text)
    assert SALARY not in sealed
    assert sealed[-20:] != again[-20:]


async def test_a_new_master_key_wraps_them_too(engine: AsyncEngine, masters: MasterKeyFile) -> None:
    keys = PersonKeys(masters)
    async with engine.begin() as store:
        sealed = await keys.seal(store, "P1", "E1.1", SALARY)
    masters.add()
    assert await rewrap_all(engine, masters) == 1
    async with engine.connect() as store:
        masters.keep(await media_keys.masters_in_use(store), masters.current())
        assert await keys.open(store, "P1", "E1.1", sealed) == SALARY


async def test_a_destroyed_key_opens_nothing_and_seals_nothing(engine: AsyncEngine, masters: MasterKeyFile) -> None:
    keys = PersonKeys(masters)
    async with engine.begin() as store:
        sealed = await keys.seal(store, "P1", "E1.1", SALARY)
        assert await media_keys.destroy_key(store, "person-P1")
        assert await keys.open(store, "P1", "E1.1", sealed) is None
        with pytest.raises(FieldKeysUnavailable, match="destroyed"):
            await keys.seal(store, "P1", "E1.2", SALARY)


async def test_without_its_master_key_nothing_is_shown(
    engine: AsyncEngine, masters: MasterKeyFile, tmp_path: Path
) -> None:
    async with engine.begin() as store:
        sealed = await PersonKeys(masters).seal(store, "P1", "E1.1", SALARY)
        with pytest.raises(FieldKeysUnavailable):
            await PersonKeys(MasterKeyFile(tmp_path / "others")).open(store, "P1", "E1.1", sealed)
