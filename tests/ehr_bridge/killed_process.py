"""What runs in a process that is going to be killed: one report, from its transaction to its acknowledgement.

Forked from a server that has imported everything already, so that a kill costs a second and not five.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import dbos  # noqa: F401  imported here so that the fork server has it
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ehr_bridge.adapters.destination import Acknowledgement, ReadBack, RetryableFailure
from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.delivery import Delivery
from ehr_bridge.durable import Durable, DurableSettings, system_database_url
from ehr_bridge.ledger import deliveries
from ehr_bridge.outbox import Message, enqueue
from ehr_bridge.relay import Relay
from ehr_bridge.retry import RetryPolicy

POLL_S = 0.05
DOOMED_S = 30.0

POINTS = (
    "enqueued",
    "committed",
    "outbox_read",
    "workflow_started",
    "before_send",
    "attempt_counted",
    "ehr_person",
    "ehr_application",
    "ehr_result",
    "ehr_before_commit",
    "ehr_committed",
    "answered",
    "send_recorded",
    "noted",
    "note_recorded",
    "waited",
)
"""Every named step of the path, in its order; "waited" only on the path of a first attempt that failed."""


class FirstAttemptFails:
    """Wraps the EHR for the path that waits. Once per process: a restarted one fails its first attempt again."""

    name = EmbeddedEhr.name

    def __init__(self, inner: EmbeddedEhr) -> None:
        self._inner = inner
        self._failed = False

    async def deliver(self, message: Message) -> Acknowledgement:
        if not self._failed:
            self._failed = True
            raise RetryableFailure("http_500")
        return await self._inner.deliver(message)

    async def read_back(self, message: Message) -> ReadBack | None:
        return await self._inner.read_back(message)


def open_store(url: str) -> AsyncEngine:
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def _pragmas(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA foreign_keys=ON")

    return engine


def main(url: str, messages: list[Message], kill_point: str, executor_id: str) -> None:
    """Runs until every message is acknowledged, or until it kills itself at ``kill_point``."""

    def passed(point: str) -> None:
        if point == kill_point:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(_deliver(url, messages, passed, kill_point, executor_id))


async def _deliver(
    url: str, messages: list[Message], passed: Callable[[str], None], kill_point: str, executor_id: str
) -> None:
    engine = open_store(url)
    durable = Durable(DurableSettings(system_database_url(url), executor_id, poll_s=POLL_S))
    embedded = EmbeddedEhr(engine, _now_ms, passed)
    destination = FirstAttemptFails(embedded) if kill_point == "waited" else embedded
    delivery = Delivery(
        durable,
        engine,
        [destination],
        now_ms=_now_ms,
        random=lambda: 0.0,
        retry=RetryPolicy(first_s=0.01, factor=1.0, attempts=100),
        passed=passed,
    )
    relay = Relay(engine, delivery, poll_s=POLL_S, passed=passed)
    async with engine.begin() as connection:
        for message in messages:
            await enqueue(connection, message, ["embedded"])
        passed("enqueued")
    passed("committed")
    await durable.launch()
    task = asyncio.create_task(relay.run(), name="relay")
    await _until_acknowledged(engine)
    if kill_point:
        # The last points lie behind the acknowledgement: a process that is to be killed does not leave before.
        await asyncio.sleep(DOOMED_S)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await durable.close()
    await engine.dispose()


async def _until_acknowledged(engine: AsyncEngine) -> None:
    while True:
        async with engine.connect() as connection:
            if not await deliveries(connection, states=["queued", "delivering", "waiting", "dead"]):
                return
        await asyncio.sleep(0.01)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
