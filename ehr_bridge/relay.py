"""The relay: turns committed promises into running workflows, and never forgets one.

It looks when it is nudged (after a commit that enqueued, after a delivery that settled) and anyway once every
``poll_s``; so a nudge may get lost with its process, a promise may not. Starting twice is harmless, therefore it
keeps no state that could be wrong: the head of every lane is started each time it is seen for the first time by
this process, whatever an earlier process did or did not start.

One thing a start cannot heal: the workflow exists, and belongs to a process that will never come back under its
executor id (a container with a new name). Its lane would stand still. So a head that has not moved for
``takeover_s`` is queued as a new round; the destination's memory makes even a mistaken takeover harmless.

At most ``at_once`` deliveries to one destination are under way; those that wait for their next attempt do not count.
While the destination is ill (``ehr_bridge.health``) they do: it is asked by a few, and once in ``probe_s`` by one more,
in case it is those few that are the trouble. Destinations never wait for each other.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.health import Health
from ehr_bridge.ledger import take_over
from ehr_bridge.outbox import PendingDelivery, pending

logger = logging.getLogger(__name__)


class Starter(Protocol):
    """What the relay needs of ``ehr_bridge.delivery.Delivery``."""

    health: Health
    settled: Callable[[], None]
    now_ms: Callable[[], int]

    async def start(self, head: PendingDelivery) -> None: ...


class Relay:
    """One per process that delivers; several processes may run one each on the same database.

    ``takeover_s`` must exceed the longest time an attempt may take (``Delivery.timeout_s``), with room to spare.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        delivery: Starter,
        *,
        poll_s: float = 1.0,
        takeover_s: float = 300.0,
        at_once: int = 8,
        probe_s: float = 60.0,
        lanes: int = 200,
        passed: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._engine = engine
        self._delivery = delivery
        self._poll_s = poll_s
        self._takeover_ms = round(takeover_s * 1000)
        self._at_once = at_once
        self._probe_ms = round(probe_s * 1000)
        self._lanes = lanes
        self._passed = passed
        self._nudged = asyncio.Event()
        self._first_seen_ms: dict[str, int] = {}
        self._probed_ms: dict[str, int] = {}
        delivery.settled = self.nudge

    @property
    def health(self) -> Health:
        return self._delivery.health

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
        """Starts the heads that may start and that this process has not started yet. Returns how many."""
        async with self._engine.connect() as connection:
            heads = await pending(connection, self._lanes)
        self._passed("outbox_read")
        now_ms = self._delivery.now_ms()
        fresh = self._startable(heads, now_ms)
        for head in fresh:
            await self._delivery.start(head)
            self._first_seen_ms[head.workflow_id] = now_ms
            self._passed("workflow_started")
        # Only what was started and is a head now is remembered: the memory stays as small as the number of lanes.
        seen = self._first_seen_ms
        self._first_seen_ms = {each.workflow_id: seen[each.workflow_id] for each in heads if each.workflow_id in seen}
        for head in heads:
            moved_ms = max(head.due_at_ms, self._first_seen_ms.get(head.workflow_id, now_ms))
            if now_ms - moved_ms > self._takeover_ms:
                await self._take_over(head, now_ms)
        return len(fresh)

    def _startable(self, heads: Sequence[PendingDelivery], now_ms: int) -> list[PendingDelivery]:
        """Queued ones as far as their destination has room. Those that are under way are started by their first
        sight: an echo where the workflow exists, the cure where its books were lost."""
        busy = Counter(head.destination for head in heads if self._counts(head))
        chosen = []
        for head in heads:
            if head.workflow_id in self._first_seen_ms:
                continue
            if head.state == "queued":
                if busy[head.destination] >= self._at_once and not self._probes(head.destination, now_ms):
                    continue
                busy[head.destination] += 1
            chosen.append(head)
        return chosen

    def _counts(self, head: PendingDelivery) -> bool:
        if head.state == "waiting":
            return self._delivery.health.ill(head.destination)
        return head.state == "delivering" or head.workflow_id in self._first_seen_ms

    def _probes(self, destination: str, now_ms: int) -> bool:
        if not self._delivery.health.ill(destination):
            self._probed_ms.pop(destination, None)
            return False
        if now_ms - self._probed_ms.setdefault(destination, now_ms) < self._probe_ms:
            return False
        self._probed_ms[destination] = now_ms
        return True

    async def _take_over(self, head: PendingDelivery, now_ms: int) -> None:
        async with self._engine.begin() as connection:
            taken = await take_over(connection, head.delivery_id, head.round, now_ms)
        if taken:
            logger.warning("nobody worked on %s: taken over", head.workflow_id)
            self.nudge()
