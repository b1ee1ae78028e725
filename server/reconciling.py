"""Comparing what was delivered with what is there: at its hour, once for all processes, or when somebody asks."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.durable import Durable
from ehr_bridge.reconciliation import Comparison, reconcile
from server.clock import wall_ms
from server.destinations import Destinations

log = logging.getLogger("viva.reconciling")

HOUR_MS = 3_600_000
LOOK_EVERY_S = 300.0
OVERLAP = 2
"""Of the hours between two comparisons: a record is compared twice, so that none falls between."""


class Reconciler:
    """Owns the workflow ``ehr.reconcile``: one destination a workflow, so that one that hangs holds up no other."""

    def __init__(self, engine: AsyncEngine, durable: Durable, destinations: Destinations, hours: int) -> None:
        self._engine = engine
        self._durable = durable
        self._destinations = {each.name: each for each in destinations.readable}
        self._hours = hours
        self._workflow = durable.workflow("ehr.reconcile", self._reconcile)

    @property
    def names(self) -> list[str]:
        return sorted(self._destinations)

    async def start(self, name: str, *, since_ms: int, asked_by: str, run: str) -> None:
        """The same run of the same destination again starts nothing. Raises ``KeyError``: no such destination."""
        _ = self._destinations[name]
        await self._durable.start(self._workflow, f"reconcile:{name}:{run}", name, since_ms, asked_by)

    async def now(self, name: str, *, since_ms: int, asked_by: str) -> Comparison:
        """Without a workflow, for whoever waits for it. Raises ``KeyError``."""
        destination = self._destinations[name]
        return await reconcile(self._engine, destination, since_ms=since_ms, asked_by=asked_by, now_ms=wall_ms)

    async def run(self) -> None:
        """Starts what is due until cancelled. The hour is part of a run's name: of several processes one does it."""
        while self._hours:
            length_ms = self._hours * HOUR_MS
            due = wall_ms() // length_ms
            try:
                for name in self.names:
                    await self.start(
                        name, since_ms=wall_ms() - OVERLAP * length_ms, asked_by="viva", run=f"{self._hours}h{due}"
                    )
            except SQLAlchemyError as error:
                log.warning("no comparison was started: %s", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _reconcile(self, name: str, since_ms: int, asked_by: str) -> None:
        if name not in self._destinations:
            return  # configured when this was begun, and no more
        conflicts = await self._durable.step("reconcile", self._compared, name, since_ms, asked_by)
        if conflicts:
            log.warning("%s differs from what was sent in %d records", name, conflicts)

    async def _compared(self, name: str, since_ms: int, asked_by: str) -> int:
        return (await self.now(name, since_ms=since_ms, asked_by=asked_by)).in_conflict
