"""Delivery through the real durable engine, on SQLite and PostgreSQL, to destinations that misbehave on command."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import sqlalchemy
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure, ReadBack, RetryableFailure
from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.delivery import Delivery
from ehr_bridge.durable import Durable, DurableSettings, system_database_url
from ehr_bridge.ledger import All, DeliveryRecord, One, deliveries, replay
from ehr_bridge.outbox import Message, enqueue
from ehr_bridge.reading import counts
from ehr_bridge.relay import Relay
from ehr_bridge.retry import RetryPolicy

PATIENCE_S = 30.0
SOON = RetryPolicy(first_s=0.01, factor=1.0, attempts=3, jitter=0.0)


class Moody:
    """A destination that does what its script says, then takes everything. Script entries are one per attempt."""

    def __init__(self, inner: EmbeddedEhr, *script: str) -> None:
        self.name = inner.name
        self._inner = inner
        self._script = list(script)
        self.seen: list[str] = []

    async def deliver(self, message: Message) -> Acknowledgement:
        self.seen.append(message.id)
        mood = self._script.pop(0) if self._script else "take"
        if mood == "error":
            raise RetryableFailure("http_500")
        if mood == "refuse":
            raise PermanentFailure("field_refused")
        if mood == "defect":
            raise KeyError("surprise")
        if mood == "hang":
            await asyncio.sleep(3600)
        answer = await self._inner.deliver(message)
        if mood == "answer_lost":
            raise RetryableFailure("connection_lost")
        return answer

    async def read_back(self, message: Message) -> ReadBack | None:
        return await self._inner.read_back(message)


on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what happens above the database: one is enough."""

Running = Callable[..., AbstractAsyncContextManager[Relay]]


@pytest.fixture
def engine(engine: AsyncEngine) -> AsyncEngine:
    """The engine whose database also keeps the workflows' books; on PostgreSQL they are emptied first."""
    if engine.dialect.name == "postgresql":
        books = sqlalchemy.create_engine(engine.url.set(drivername="postgresql+psycopg"))
        with books.begin() as connection:
            connection.execute(sqlalchemy.text("DROP SCHEMA IF EXISTS dbos CASCADE"))
        books.dispose()
    return engine


@pytest.fixture
def running(engine: AsyncEngine, clock) -> Running:
    """``async with running(destination, …) as relay``: one process' worth of delivery, closed at the end."""

    store_url = engine.url.render_as_string(hide_password=False)

    @asynccontextmanager
    async def start(
        destination: Moody | EmbeddedEhr,
        retry: RetryPolicy = SOON,
        timeout_s: float = 5.0,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        executor_id: str = "test",
        takeover_s: float = 300.0,
    ) -> AsyncIterator[Relay]:
        durable = Durable(DurableSettings(system_database_url(store_url), executor_id, poll_s=0.05))
        delivery = Delivery(
            durable,
            engine,
            [destination],
            now_ms=clock.now_ms,
            random=lambda: 0.5,
            retry=retry,
            timeout_s=timeout_s,
            sleep=sleep,
        )
        relay = Relay(engine, delivery, poll_s=0.2, takeover_s=takeover_s)
        await durable.launch()
        task = asyncio.create_task(relay.run(), name="relay")
        try:
            yield relay
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await durable.close()

    return start


async def promise(engine: AsyncEngine, *messages: Message) -> None:
    for message in messages:
        async with engine.begin() as connection:
            await enqueue(connection, message, ["embedded"])


async def all_settled(engine: AsyncEngine) -> list[DeliveryRecord]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with engine.connect() as connection:
                rows = await deliveries(connection, limit=1000)
            if rows and all(row.state in ("acknowledged", "dead") for row in rows):
                return rows
            await asyncio.sleep(0.01)


async def settled_or_not(engine: AsyncEngine) -> list[DeliveryRecord]:
    async with engine.connect() as connection:
        return await deliveries(connection, limit=1000)


async def until(engine: AsyncEngine, there: Callable[[list[DeliveryRecord]], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if there(await settled_or_not(engine)):
                return
            await asyncio.sleep(0.01)


async def until_waiting(engine: AsyncEngine) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with engine.connect() as connection:
                if await deliveries(connection, states=["waiting"]):
                    return
            await asyncio.sleep(0.01)


async def test_a_promise_arrives(engine, running, message, clock) -> None:
    async with running(EmbeddedEhr(engine, clock.now_ms)) as relay:
        await promise(engine, message(1))
        relay.nudge()
        (row,) = await all_settled(engine)
    assert (row.state, row.attempts, row.ehr_id) == ("acknowledged", 1, "R1")


@on_sqlite
async def test_what_was_promised_while_nobody_ran_arrives_without_a_nudge(engine, running, message, clock) -> None:
    await promise(engine, message(1), message(2))
    async with running(EmbeddedEhr(engine, clock.now_ms)):
        rows = await all_settled(engine)
    assert [row.state for row in rows] == ["acknowledged"] * 2


@pytest.mark.parametrize(
    ("mood", "code"), [("error", "http_500"), ("defect", "destination_broken"), ("answer_lost", "connection_lost")]
)
@on_sqlite
async def test_a_failure_is_tried_again_and_nothing_doubles(engine, running, message, clock, mood, code) -> None:
    destination = Moody(EmbeddedEhr(engine, clock.now_ms), mood)
    await promise(engine, message(1))
    async with running(destination):
        (row,) = await all_settled(engine)
    assert (row.state, row.attempts) == ("acknowledged", 2)
    async with engine.connect() as connection:
        assert await counts(connection) == {"persons": 1, "applications": 1, "results": 1, "result_versions": 1}


@on_sqlite
async def test_a_destination_that_hangs_is_given_up_after_its_time(engine, running, message, clock) -> None:
    destination = Moody(EmbeddedEhr(engine, clock.now_ms), "hang")
    await promise(engine, message(1))
    patient = RetryPolicy(first_s=0.01, factor=1.0, attempts=100)
    async with running(destination, retry=patient, timeout_s=0.3):
        (row,) = await all_settled(engine)
    assert row.state == "acknowledged"
    assert row.attempts >= 2  # on a slow machine an honest attempt may take too long as well


async def test_dead_after_the_last_attempt_and_alive_again_by_replay(engine, running, message, clock) -> None:
    destination = Moody(EmbeddedEhr(engine, clock.now_ms), "error", "error", "error")
    await promise(engine, message(1))
    async with running(destination) as relay:
        (row,) = await all_settled(engine)
        assert (row.state, row.attempts, row.error_code) == ("dead", 3, "http_500")
        async with engine.begin() as connection:
            assert await replay(connection, All(), clock.now_ms()) == 1
        relay.nudge()
        (row,) = await all_settled(engine)
    assert (row.state, row.attempts, row.round) == ("acknowledged", 1, 1)


@on_sqlite
async def test_the_default_patience_in_virtual_time(engine, running, message, clock) -> None:
    """Twelve attempts, each wait with its jitter, in no time at all."""
    policy, waits = RetryPolicy(attempts=12), []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.at_ms += round(seconds * 1000)

    await promise(engine, message(1))
    async with running(Moody(EmbeddedEhr(engine, clock.now_ms), *["error"] * 12), retry=policy, sleep=sleep):
        (row,) = await all_settled(engine)
    assert (row.state, row.attempts) == ("dead", 12)
    assert waits == [policy.delay_s(attempt, 0.5) for attempt in range(1, 12)]


@on_sqlite
async def test_order_is_kept_through_an_outage(engine, running, message, clock) -> None:
    destination = Moody(EmbeddedEhr(engine, clock.now_ms), "error", "error")
    messages = [dataclasses.replace(message(number), ordering_key="one person") for number in range(1, 6)]
    await promise(engine, *messages)
    async with running(destination):
        await all_settled(engine)
    assert destination.seen == [messages[0].id] * 2 + [each.id for each in messages]


@on_sqlite
async def test_a_stuck_message_holds_its_own_person_alone(engine, running, message, clock) -> None:
    stuck, behind = message(1), dataclasses.replace(message(2), ordering_key=message(1).ordering_key)
    others = [message(number) for number in range(3, 8)]

    class Stuck(Moody):
        async def deliver(self, sent: Message) -> Acknowledgement:
            if sent.id == stuck.id:
                raise RetryableFailure("http_500")
            return await super().deliver(sent)

    await promise(engine, stuck, behind, *others)
    async with running(Stuck(EmbeddedEhr(engine, clock.now_ms)), retry=RetryPolicy(first_s=3600.0)):
        resting = ["acknowledged"] * len(others) + ["queued", "waiting"]
        await until(engine, lambda rows: sorted(row.state for row in rows) == resting)
        rows = await settled_or_not(engine)
    assert {row.message_id: row.state for row in rows if row.state != "acknowledged"} == {
        stuck.id: "waiting",
        behind.id: "queued",
    }


@on_sqlite
async def test_one_that_was_given_up_does_not_make_an_ill_destination_well(engine, running, message, clock) -> None:
    """Two attempts each for ten people, and a destination that is down: all are dead, and it stays ill."""
    destination = Moody(EmbeddedEhr(engine, clock.now_ms), *["error"] * 100)
    await promise(engine, *(message(number) for number in range(1, 11)))
    retry = RetryPolicy(first_s=0.01, factor=1.0, attempts=2)
    async with running(destination, retry=retry) as relay:
        await until(engine, lambda rows: [row.state for row in rows].count("dead") >= 8)
        assert relay.health.ill("embedded")


@on_sqlite
async def test_a_destination_that_says_when_is_not_asked_earlier(engine, running, message, clock) -> None:
    waits = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    class Busy(Moody):
        async def deliver(self, sent: Message) -> Acknowledgement:
            if not self.seen:
                self.seen.append(sent.id)
                raise RetryableFailure("destination_busy", retry_after_s=77.0)
            return await super().deliver(sent)

    await promise(engine, message(1))
    async with running(Busy(EmbeddedEhr(engine, clock.now_ms)), sleep=sleep):
        await all_settled(engine)
    assert waits == [77.0]


@on_sqlite
async def test_a_refused_message_does_not_hold_the_others(engine, running, message, clock) -> None:
    destination = Moody(EmbeddedEhr(engine, clock.now_ms), "refuse")
    await promise(engine, message(1), dataclasses.replace(message(2), ordering_key=message(1).ordering_key))
    async with running(destination):
        rows = await all_settled(engine)
    assert [(row.state, row.error_code) for row in rows] == [("dead", "field_refused"), ("acknowledged", "")]


async def test_a_closed_process_leaves_its_wait_to_the_next(engine, running, message, clock) -> None:
    """Close while a delivery waits to be tried again: it is not failed, and the next launch goes on with it."""
    destination = Moody(EmbeddedEhr(engine, clock.now_ms), "error")
    await promise(engine, message(1))
    async with running(destination, retry=RetryPolicy(first_s=1.0, jitter=0.0)):
        await until_waiting(engine)
    async with running(destination):
        (row,) = await all_settled(engine)
    assert (row.state, row.attempts) == ("acknowledged", 2)


@on_sqlite
async def test_a_waiting_delivery_can_be_sent_at_once(engine, running, message, clock) -> None:
    destination = Moody(EmbeddedEhr(engine, clock.now_ms), "error")
    sent = message(1)
    await promise(engine, sent)
    async with running(destination, retry=RetryPolicy(first_s=3600.0, jitter=0.0)) as relay:
        await until_waiting(engine)
        async with engine.begin() as connection:
            assert await replay(connection, One(sent.source, sent.id), clock.now_ms()) == 1
        relay.nudge()
        (row,) = await all_settled(engine)
    assert (row.state, row.round) == ("acknowledged", 1)


async def test_what_a_vanished_process_left_goes_on_elsewhere(engine, running, message, clock) -> None:
    """Its executor id never comes back, so nobody recovers its workflow: the relay takes the delivery over."""
    destination = Moody(EmbeddedEhr(engine, clock.now_ms), "error")
    await promise(engine, message(1))
    async with running(destination, retry=RetryPolicy(first_s=60.0, jitter=0.0), executor_id="vanished"):
        await until_waiting(engine)
    async with running(destination, executor_id="survivor", takeover_s=300.0) as relay:
        await relay.look()
        clock.at_ms += 361_000
        (row,) = await all_settled(engine)
    assert (row.state, row.round, row.attempts) == ("acknowledged", 1, 2)
