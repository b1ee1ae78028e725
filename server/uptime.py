"""Writes down, minute by minute, that this process is ready to take interviews."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from scoring.acceptance.uptime import MINUTE_MS
from server.store import uptime

log = logging.getLogger("viva.uptime")

LOOK_EVERY_S = 20.0


class UptimeBook:
    """One line a minute at most, however often it is asked. What cannot be written down counts as down, rightly: a
    server without its store takes no interview."""

    def __init__(self, engine: AsyncEngine, ready: Callable[[], Awaitable[bool]], now_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._ready = ready
        self._now_ms = now_ms
        self._written = -1

    async def look(self) -> bool:
        """Whether this minute is written down now."""
        minute = self._now_ms() // MINUTE_MS
        if minute == self._written:
            return True
        if not await self._ready():
            return False
        try:
            async with self._engine.begin() as store:
                await uptime.mark(store, minute * MINUTE_MS)
        except SQLAlchemyError as error:
            log.warning("this minute is not written down as up: %s", type(error).__name__)
            return False
        self._written = minute
        return True

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)
