import dataclasses

import pytest

from ehr_bridge.ledger import (
    Acknowledged,
    All,
    Failed,
    One,
    Range,
    begin_attempt,
    deliveries,
    note_outcome,
    replay,
    take_over,
)
from ehr_bridge.outbox import enqueue, pending

TAKEN = Acknowledged("R1", 1, duplicate=False)


async def promised(connection, *messages) -> list[int]:
    for message in messages:
        await enqueue(connection, message, ["embedded"])
    return [row.delivery_id for row in await deliveries(connection)]


async def test_an_attempt_is_counted_and_carries_the_message(engine, message, clock) -> None:
    keyed = dataclasses.replace(message(1), ordering_key="person-1")
    async with engine.begin() as connection:
        (delivery_id,) = await promised(connection, keyed)
        numbers = []
        for _ in range(2):
            attempt = await begin_attempt(connection, delivery_id, 0, clock.now_ms())
            assert attempt is not None
            assert (attempt.message, attempt.destination) == (keyed, "embedded")
            numbers.append(attempt.number)
    assert numbers == [1, 2]


async def test_a_settled_delivery_never_changes(engine, message, clock) -> None:
    async with engine.begin() as connection:
        (delivery_id,) = await promised(connection, message(1))
        assert await note_outcome(connection, delivery_id, 0, TAKEN, clock.now_ms())
        assert not await note_outcome(connection, delivery_id, 0, Failed("late", "", None), clock.now_ms())
        assert await begin_attempt(connection, delivery_id, 0, clock.now_ms()) is None
        (row,) = await deliveries(connection)
    assert (row.state, row.ehr_id, row.acknowledged_at_ms) == ("acknowledged", "R1", clock.now_ms())


async def test_a_waiting_delivery_says_why_and_until_when(engine, message, clock) -> None:
    async with engine.begin() as connection:
        (delivery_id,) = await promised(connection, message(1))
        await note_outcome(connection, delivery_id, 0, Failed("http_500", "upstream", 1.5), clock.now_ms())
        (row,) = await deliveries(connection, states=["waiting"])
    assert (row.error_code, row.error, row.next_attempt_at_ms) == ("http_500", "upstream", clock.now_ms() + 1500)


async def test_an_old_round_cannot_settle_a_new_one(engine, message, clock) -> None:
    """A workflow that died between its note and its end runs again after a human's replay: it must not matter."""
    async with engine.begin() as connection:
        (delivery_id,) = await promised(connection, message(1))
        dead = Failed("http_500", "", None)
        await note_outcome(connection, delivery_id, 0, dead, clock.now_ms())
        await replay(connection, All(), clock.now_ms())
        assert not await note_outcome(connection, delivery_id, 0, dead, clock.now_ms())
        assert await begin_attempt(connection, delivery_id, 0, clock.now_ms()) is None
        (head,) = await pending(connection, 10)
    assert (head.round, head.state) == (1, "queued")


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (One("viva", "second"), ["second"]),
        (Range(1_000, 2_001), ["first", "second"]),
        (Range(1_001, 3_000), ["second"]),
        (All(), ["first", "second", "third"]),
    ],
)
async def test_replay_takes_what_was_asked_for(engine, message, clock, selection, expected) -> None:
    names = {"first": 1_000, "second": 2_000, "third": 3_000, "arrived": 1_500}
    messages = [dataclasses.replace(message(1), id=name, created_at_ms=at_ms) for name, at_ms in names.items()]
    async with engine.begin() as connection:
        *unlucky, arrived = await promised(connection, *messages)
        for delivery_id in unlucky:
            await note_outcome(connection, delivery_id, 0, Failed("refused", "", None), clock.now_ms())
        await note_outcome(connection, arrived, 0, TAKEN, clock.now_ms())
        assert await replay(connection, selection, clock.now_ms(), destination="odoo") == 0
        assert await replay(connection, selection, clock.now_ms()) == len(expected)
        rows = await deliveries(connection, states=["queued"])
    assert [row.message_id for row in rows] == expected


async def test_what_arrived_is_sent_again_only_when_asked(engine, message, clock) -> None:
    async with engine.begin() as connection:
        (delivery_id,) = await promised(connection, message(1))
        await note_outcome(connection, delivery_id, 0, TAKEN, clock.now_ms())
        assert await replay(connection, All(), clock.now_ms()) == 0
        assert await replay(connection, All(), clock.now_ms(), acknowledged_too=True) == 1


async def test_a_takeover_happens_once_and_only_to_the_open_round(engine, message, clock) -> None:
    async with engine.begin() as connection:
        (delivery_id,) = await promised(connection, message(1))
        await begin_attempt(connection, delivery_id, 0, clock.now_ms())
        assert await take_over(connection, delivery_id, 0, clock.now_ms())
        assert not await take_over(connection, delivery_id, 0, clock.now_ms())
        assert await begin_attempt(connection, delivery_id, 0, clock.now_ms()) is None
        attempt = await begin_attempt(connection, delivery_id, 1, clock.now_ms())
        await note_outcome(connection, delivery_id, 1, TAKEN, clock.now_ms())
        assert not await take_over(connection, delivery_id, 1, clock.now_ms())
    assert attempt is not None
    assert attempt.number == 2
