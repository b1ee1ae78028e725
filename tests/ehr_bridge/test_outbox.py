import dataclasses

import pytest

from ehr_bridge.ledger import Failed, begin_attempt, note_outcome
from ehr_bridge.outbox import MessageConflict, enqueue, pending


@pytest.fixture
def message(message):
    """All in one lane, unless a test says otherwise."""
    return lambda number: dataclasses.replace(message(number), ordering_key="")


async def test_the_promise_shares_the_fate_of_its_transaction(engine, message) -> None:
    async with engine.connect() as connection:
        await enqueue(connection, message(1), ["embedded"])
        await connection.rollback()
    async with engine.connect() as connection:
        assert await pending(connection, 10) == []


async def test_a_message_is_promised_once(engine, message) -> None:
    async with engine.begin() as connection:
        assert await enqueue(connection, message(1), ["embedded"])
        assert not await enqueue(connection, message(1), ["embedded"])
        assert len(await pending(connection, 10)) == 1


async def test_the_same_id_for_another_content_is_an_error(engine, message) -> None:
    other = dataclasses.replace(message(1), payload=b"{}")
    async with engine.begin() as connection:
        await enqueue(connection, message(1), ["embedded"])
        with pytest.raises(MessageConflict):
            await enqueue(connection, other, ["embedded"])


async def test_only_the_head_of_a_lane_may_start(engine, message) -> None:
    """Two destinations are two lanes; a message with an ordering key has a lane of its own at each."""
    async with engine.begin() as connection:
        await enqueue(connection, message(1), ["embedded", "odoo"])
        await enqueue(connection, message(2), ["embedded", "odoo"])
        await enqueue(connection, dataclasses.replace(message(3), ordering_key="person-3"), ["embedded"])
        heads = await pending(connection, 10)
    assert [head.workflow_id for head in heads] == [
        f"deliver:viva:{message(1).id}:embedded",
        f"deliver:viva:{message(1).id}:odoo",
        f"deliver:viva:{message(3).id}:embedded",
    ]


async def test_the_next_becomes_head_when_the_first_is_settled(engine, message, clock) -> None:
    async with engine.begin() as connection:
        await enqueue(connection, message(1), ["embedded"])
        await enqueue(connection, message(2), ["embedded"])
        (first,) = await pending(connection, 10)
        await begin_attempt(connection, first.delivery_id, 0, clock.now_ms())
        await note_outcome(connection, first.delivery_id, 0, Failed("http_500", "", 5.0), clock.now_ms())
        assert [head.delivery_id for head in await pending(connection, 10)] == [first.delivery_id]
        await note_outcome(connection, first.delivery_id, 0, Failed("refused", "", None), clock.now_ms())
        (second,) = await pending(connection, 10)
    assert second.workflow_id == f"deliver:viva:{message(2).id}:embedded"


async def test_one_under_way_is_not_overtaken_by_an_older_one_that_committed_late(engine, message, clock) -> None:
    async with engine.begin() as connection:
        await enqueue(connection, message(1), ["embedded"])
        await enqueue(connection, message(2), ["embedded"])
        (first,) = await pending(connection, 10)
        await begin_attempt(connection, first.delivery_id + 1, 0, clock.now_ms())
        (head,) = await pending(connection, 10)
    assert (head.delivery_id, head.state) == (first.delivery_id + 1, "delivering")
