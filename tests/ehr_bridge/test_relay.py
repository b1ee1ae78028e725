"""The relay against a real outbox and a delivery that only writes down what it was asked to start."""

import asyncio
import dataclasses

import pytest
from sqlalchemy.exc import OperationalError

from ehr_bridge.health import Health
from ehr_bridge.ledger import Acknowledged, Failed, begin_attempt, deliveries, note_outcome
from ehr_bridge.outbox import PendingDelivery, enqueue
from ehr_bridge.relay import Relay

PATIENCE_S = 10.0
FIVE_MINUTES_MS = 300_000


class Starts:
    """Stands where ``Delivery`` stands."""

    def __init__(self, now_ms) -> None:
        self.now_ms = now_ms
        self.health = Health(limit=2)
        self.settled = lambda: None
        self.heads: list[PendingDelivery] = []
        self.started = asyncio.Event()
        self.refused = asyncio.Event()
        self.refuses = 0

    async def start(self, head: PendingDelivery) -> None:
        if self.refuses:
            self.refuses -= 1
            self.refused.set()
            raise OperationalError("", {}, Exception("the database is away"))
        self.heads.append(head)
        self.started.set()


@pytest.fixture
def starts(clock) -> Starts:
    return Starts(clock.now_ms)


@pytest.fixture
async def promised(engine, message) -> None:
    async with engine.begin() as connection:
        for number in (1, 2):
            await enqueue(connection, dataclasses.replace(message(number), ordering_key=""), ["embedded"])


async def outcome(engine, clock, head, result) -> None:
    async with engine.begin() as connection:
        await begin_attempt(connection, head.delivery_id, head.round, clock.now_ms())
        if result is not None:
            await note_outcome(connection, head.delivery_id, head.round, result, clock.now_ms())


async def test_a_head_is_started_once_and_then_the_next(engine, promised, starts, clock) -> None:
    relay = Relay(engine, starts)
    assert [await relay.look(), await relay.look()] == [1, 0]
    await outcome(engine, clock, starts.heads[0], Acknowledged("R1", 1, duplicate=False))
    assert [await relay.look(), await relay.look()] == [1, 0]
    assert len({head.workflow_id for head in starts.heads}) == 2


async def test_a_start_that_failed_is_tried_at_the_next_look(engine, promised, starts) -> None:
    starts.refuses = 1
    relay = Relay(engine, starts)
    with pytest.raises(OperationalError):
        await relay.look()
    assert await relay.look() == 1


async def test_the_task_outlives_a_store_that_is_away_and_hears_a_nudge(engine, promised, starts) -> None:
    starts.refuses = 1
    relay = Relay(engine, starts, poll_s=3600.0)
    task = asyncio.create_task(relay.run(), name="relay")
    async with asyncio.timeout(PATIENCE_S):
        await starts.refused.wait()
        starts.settled()
        await starts.started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("left", [None, Failed("http_500", "", 60.0)], ids=["delivering", "waiting"])
async def test_what_nobody_works_on_is_taken_over(engine, promised, starts, clock, left) -> None:
    """Five minutes after it should have moved, and after this process has seen it: not earlier."""
    relay = Relay(engine, starts, takeover_s=300.0)
    await relay.look()
    await outcome(engine, clock, starts.heads[0], left)
    due_ms = clock.now_ms() + (0 if left is None else 60_000)
    clock.at_ms = due_ms + FIVE_MINUTES_MS
    assert [await relay.look(), await relay.look()] == [0, 0]
    clock.at_ms += 1
    assert [await relay.look(), await relay.look()] == [0, 1]
    assert [head.round for head in starts.heads] == [0, 1]
    async with engine.connect() as connection:
        (row, _) = await deliveries(connection)
    assert (row.state, row.attempts) == ("queued", 1)


async def test_what_waited_long_behind_others_is_not_taken_over(engine, promised, starts, clock) -> None:
    relay = Relay(engine, starts, takeover_s=300.0)
    await relay.look()
    clock.at_ms += 10 * FIVE_MINUTES_MS
    await outcome(engine, clock, starts.heads[0], Acknowledged("R1", 1, duplicate=False))
    assert [await relay.look(), await relay.look()] == [1, 0]
    assert [head.round for head in starts.heads] == [0, 0]


@pytest.fixture
async def many(engine, message) -> None:
    """Ten persons' messages for an EHR, then one for another system."""
    async with engine.begin() as connection:
        for number in range(1, 11):
            await enqueue(connection, message(number), ["embedded"])
        await enqueue(connection, message(11), ["odoo"])


async def test_a_destination_is_asked_by_so_many_at_once_and_the_next_has_its_own(engine, many, starts, clock) -> None:
    relay = Relay(engine, starts, at_once=3)
    assert [await relay.look(), await relay.look()] == [4, 0]
    assert [head.destination for head in starts.heads] == ["embedded"] * 3 + ["odoo"]
    await outcome(engine, clock, starts.heads[1], Acknowledged("R1", 1, duplicate=False))
    assert await relay.look() == 1


async def test_what_waits_takes_no_place_while_the_destination_is_well(engine, many, starts, clock) -> None:
    relay = Relay(engine, starts, at_once=3)
    await relay.look()
    for head in starts.heads[:3]:
        await outcome(engine, clock, head, Failed("destination_error", "", 3600.0))
    assert await relay.look() == 3


async def test_an_ill_destination_is_asked_by_a_few_and_now_and_then_by_one_more(engine, many, starts, clock) -> None:
    relay = Relay(engine, starts, at_once=3, probe_s=60.0)
    await relay.look()
    for head in starts.heads[:3]:
        await outcome(engine, clock, head, Failed("destination_error", "", 3600.0))
        starts.health.failed("embedded")
    assert await relay.look() == 0
    clock.at_ms += 60_000
    assert [await relay.look(), await relay.look()] == [1, 0]
    clock.at_ms += 60_000
    assert [await relay.look(), await relay.look()] == [1, 0]
    starts.health.settled("embedded")
    # The two that were begun meanwhile are under way, so one place is left; those that wait need none.
    assert await relay.look() == 1


async def test_a_million_of_one_destination_hide_nothing_of_another(engine, many, starts) -> None:
    relay = Relay(engine, starts, lanes=2)
    assert await relay.look() == 3
    assert [head.destination for head in starts.heads] == ["embedded", "embedded", "odoo"]
