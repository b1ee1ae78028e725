"""The book of minutes: one line a minute, none while the process is not ready or the store is away."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from scoring.acceptance.uptime import MINUTE_MS
from server.store.tables import metadata
from server.store.uptime import hours
from server.uptime import UptimeBook


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncEngine:
    made = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'viva.db'}")
    async with made.begin() as store:
        await store.run_sync(metadata.create_all)
    return made


class Clock:
    now_ms = 0
    ready = True
    asked = 0

    async def is_ready(self) -> bool:
        self.asked += 1
        return self.ready


async def _written(engine: AsyncEngine) -> list[tuple[int, int]]:
    async with engine.connect() as store:
        return await hours(store, 0, 60 * MINUTE_MS)


async def test_a_minute_is_asked_about_until_it_is_written(engine: AsyncEngine) -> None:
    clock = Clock()
    book = UptimeBook(engine, clock.is_ready, lambda: clock.now_ms)
    clock.ready = False
    assert not await book.look()
    clock.ready, clock.now_ms = True, MINUTE_MS - 1
    assert await book.look()
    assert await book.look()
    assert clock.asked == 2
    clock.now_ms = 2 * MINUTE_MS
    assert await book.look()
    assert await _written(engine) == [(0, 0b101)]
    await engine.dispose()


async def test_a_store_that_is_away_costs_the_minute_and_nothing_else(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    book = UptimeBook(engine, clock.is_ready, lambda: clock.now_ms)
    async with engine.begin() as store:
        await store.run_sync(metadata.drop_all)
    assert not await book.look()
    assert "not written down" in caplog.text
    async with engine.begin() as store:
        await store.run_sync(metadata.create_all)
    assert await book.look()
    await engine.dispose()
