"""Where media are kept, from the settings: a bucket that works, and one that is told before anything is opened."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from server.media_room import check_media, open_media
from server.settings import SettingInvalid, Settings
from server.store.database import migrate, open_database

KEY = "interviews/iv_1/q1/1.webm"


@pytest.fixture
def settings(bucket: Any, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=str(tmp_path),
        media_store=f"s3://{bucket.name}/room",
        media_durable="store",
        s3_endpoint=bucket.endpoint,
        s3_key_id=bucket.key_id,
        s3_secret=bucket.secret,
    )


@pytest.fixture
async def engine(settings: Settings) -> Any:
    await migrate(settings.database)
    engine: AsyncEngine = open_database(settings.database)
    yield engine
    await engine.dispose()


async def test_recordings_and_takes_lie_in_the_bucket(settings: Settings, engine: AsyncEngine) -> None:
    async with open_media(settings, engine) as room:
        await room.recordings.write(KEY, b"what she said")
        log = await room.take_logs.open("interviews/iv_1/q1/take-1")
        log.append(b"a packet")
        await log.flush()
    for path in settings.spool.rglob("*"):
        if path.is_file() and path.suffix == ".log":
            path.unlink()  # this machine's disk is lost
    async with open_media(settings, engine) as room:
        assert b"".join([piece async for piece in room.recordings.read(KEY, 5, 8)]) == b"she"
        assert (await room.take_logs.open("interviews/iv_1/q1/take-1")).durable == 1
        assert await room.recordings.seal_plain() == 0
        await room.recordings.delete("interviews/iv_1")
        await room.take_logs.delete("interviews/iv_1")
    assert not settings.recordings.exists()


async def test_a_bucket_that_cannot_be_used_is_told_at_the_start(
    settings: Settings, engine: AsyncEngine, bucket: Any
) -> None:
    for wrong, says in (
        (replace(settings, media_store="s3://nobodys-bucket"), "there is no bucket nobodys-bucket"),
        (replace(settings, s3_secret="wrong"), "refuses these credentials"),
    ):
        with pytest.raises(SettingInvalid, match=says) as told:
            async with open_media(wrong, engine):
                await asyncio.sleep(0)
        assert told.value.name == "VIVA_MEDIA_STORE"
        with pytest.raises(SettingInvalid, match=says):
            await check_media(wrong)
        assert bucket.secret not in str(told.value)
