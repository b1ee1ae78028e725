"""Minutes written by any number of processes."""

from typing import Any

from scoring.acceptance.uptime import MINUTE_MS, uptime
from server.store.uptime import KEPT_HOURS, hours, mark

HOUR_MS = 60 * MINUTE_MS


async def test_a_minute_is_written_once_by_however_many(store: Any) -> None:
    async with store.begin() as connection:
        for minute in (0, 1, 1, 3, 59, 60, 60):
            await mark(connection, minute * MINUTE_MS + 5)
        found = await hours(connection, 0, 2 * HOUR_MS)
    assert sorted(found) == [(0, 0b1011 | 1 << 59), (1, 1)]
    assert uptime(found, 0, 61 * MINUTE_MS).up == 5


async def test_what_is_older_than_a_trial_can_be_goes(store: Any) -> None:
    async with store.begin() as connection:
        await mark(connection, 0)
        await mark(connection, KEPT_HOURS * HOUR_MS)
        assert len(await hours(connection, 0, 0)) == 1
        await mark(connection, (KEPT_HOURS + 1) * HOUR_MS)
        assert await hours(connection, 0, 0) == []
