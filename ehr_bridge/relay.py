"""The relay: turns committed promises into running workflows, and never forgets one.

It looks when it is nudged (after a commit that enqueued, after a delivery that settled) and anyway once every
``poll_s``; so a nudge may get lost with its process, a promise may not. Starting twice is harmless, therefore it
keeps no state that could be wrong: the head of every lane is started each time it is seen for the first time by
this process, whatever an earlier process did or did not start.
"""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.delivery import Delivery
from ehr_bridge.outbox import pending

logger = logging.getLogger(__name__)


class Relay:
    """One per process that delivers; several processes may run one each on the same database."""

    def __init__(
        self,
        engine: AsyncEngine,
        delivery: Delivery,
        *,
        poll_s: float = 1.0,
        lanes: int = 200,
        passed: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._engine = engine
        self._delivery = delivery
        self._poll_s = poll_s
        self._lanes = lanes
        self._passed = passed
        self._nudged = asyncio.Event()
        self._started: set[str] = set()
        delivery.settled = self.nudge

    def nudge(self) -> None:
        """Something was enqueued or settled: look now."""
        self._nudged.set()

    async def run(self) -> None:
        """Runs until cancelled. The owner keeps the task."""
        while True:
            self._nudged.clear()
            try:
                await self.look()
            except SQLAlchemyError as error:
                # The database is away: what is promised stays promised, the next look finds it.
                logger.warning("outbox not readable: %s", type(error).__name__)
            try:
                async with asyncio.timeout(self._poll_s):
                    await self._nudged.wait()
            except TimeoutError:
                continue

    async def look(self) -> int:
        """Starts the head of every lane that this process has not started yet. Returns how many it started."""
        async with self._engine.connect() as connection:
            heads = await pending(connection, self._lanes)
        self._passed("outbox_read")
        fresh = [head for head in heads if head.workflow_id not in self._started]
        for head in fresh:
            await self._delivery.start(head)
            self._passed("workflow_started")
        # Only the heads of now can still need their mark: the set stays as small as the number of lanes.
        self._started = {head.workflow_id for head in heads}
        return len(fresh)
