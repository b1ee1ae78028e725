import asyncio

import pytest

from realtime.live.outbox import OPENED_ELSEWHERE, TOO_SLOW, Cut, Outbox
from realtime.protocol import codec
from realtime.protocol.messages import Envelope, Level, Pong
from realtime.protocol.refusals import refusal


async def drained(outbox: Outbox) -> tuple[list[Envelope], Cut]:
    messages: list[Envelope] = []
    while True:
        item = await outbox.take()
        if isinstance(item, Cut):
            return messages, item
        messages.append(codec.decode_envelope(item))


async def test_order_is_kept() -> None:
    outbox = Outbox()
    for number in range(5):
        outbox.put(Pong(number), seq=number + 1)
    outbox.cut(OPENED_ELSEWHERE)
    messages, cut = await drained(outbox)
    assert [envelope.seq for envelope in messages] == [1, 2, 3, 4, 5]
    assert cut == OPENED_ELSEWHERE


async def test_a_slow_reader_loses_what_passes_and_keeps_what_lasts() -> None:
    outbox = Outbox(capacity=8)
    for _ in range(20):
        outbox.put(Level(-30.0, False))
    assert outbox.dropped == 14
    outbox.put(Pong(1), seq=1)
    outbox.put(Pong(2), seq=2)
    outbox.cut(Cut(1000, "done"))
    messages, cut = await drained(outbox)
    assert [envelope.seq for envelope in messages] == [0] * 6 + [1, 2]
    assert cut.code == 1000


async def test_a_reader_too_slow_for_what_lasts_is_cut_and_can_come_back() -> None:
    outbox = Outbox(capacity=4)
    for number in range(6):
        outbox.put(Pong(number), seq=number + 1)
    messages, cut = await drained(outbox)
    assert [envelope.seq for envelope in messages] == [1, 2, 3, 4]
    assert cut == TOO_SLOW


async def test_the_last_words_of_a_refusal_still_go_out() -> None:
    outbox = Outbox()
    outbox.refuse(refusal("opened_elsewhere"), OPENED_ELSEWHERE)
    outbox.put(Pong(1), seq=9)
    messages, cut = await drained(outbox)
    assert [type(envelope.message).__name__ for envelope in messages] == ["Refused"]
    assert cut == OPENED_ELSEWHERE


async def test_a_waiting_reader_wakes() -> None:
    outbox = Outbox()
    reader = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    assert not reader.done()
    outbox.put(Pong(7))
    item = await reader
    assert isinstance(item, bytes)
    assert codec.decode_envelope(item).message == Pong(7)


@pytest.mark.parametrize("keep", [True, False])
async def test_keep_makes_a_message_without_seq_last(keep: bool) -> None:
    outbox = Outbox(capacity=4)
    for _ in range(3):
        outbox.put(Level(-30.0, False))
    outbox.put(Level(-20.0, True), keep=keep)
    assert outbox.dropped == (0 if keep else 1)
