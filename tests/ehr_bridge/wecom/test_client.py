"""Against the fake on a real socket: tokens, branches, limits."""

import asyncio
import logging
from typing import Any

import pytest

from ehr_bridge.wecom.errors import WeComError, WeComUnreachable
from ehr_bridge.wecom.messages import Text


async def test_one_token_serves_many_calls(world: Any) -> None:
    caller = world.caller()
    await asyncio.gather(*(caller.call("get_jsapi_ticket") for _ in range(20)))
    assert world.books.calls.count("gettoken") == 1


@pytest.mark.parametrize("code", [40014, 42001])
async def test_a_token_that_ends_early_is_renewed_and_the_call_made_again(world: Any, code: int) -> None:
    caller = world.caller()
    await caller.call("get_jsapi_ticket")
    world.books.next_errors = [code]
    assert (await caller.call("get_jsapi_ticket"))["errcode"] == 0
    assert world.books.calls.count("gettoken") == 2


async def test_it_is_made_again_once_only(world: Any) -> None:
    caller = world.caller()
    world.books.next_errors = [42001, 42001]
    with pytest.raises(WeComError) as refused:
        await caller.call("get_jsapi_ticket")
    assert (refused.value.code, refused.value.retry) == (42001, True)
    assert world.books.calls.count("get_jsapi_ticket") == 2


async def test_who_is_busy_is_asked_three_times(world: Any) -> None:
    world.books.next_errors = [-1, -1]
    assert (await world.caller().call("get_jsapi_ticket"))["errcode"] == 0
    assert world.slept == [0.5, 1.0]
    world.books.next_errors = [-1] * 3
    with pytest.raises(WeComError) as refused:
        await world.caller().call("get_jsapi_ticket")
    assert (refused.value.code, refused.value.retry) == (-1, True)


async def test_after_45009_nothing_is_called_for_a_minute(world: Any) -> None:
    caller = world.caller()
    world.books.next_errors = [45009]
    for _ in range(5):
        with pytest.raises(WeComError) as refused:
            await caller.call("get_jsapi_ticket")
        assert refused.value.retry_after_s is not None
    assert world.books.calls.count("get_jsapi_ticket") == 1
    world.clock.ms += 60_001
    assert (await caller.call("get_jsapi_ticket"))["errcode"] == 0


async def test_a_wrong_secret_is_told_and_not_tried_again(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    caller = world.caller("wrong")
    with caplog.at_level(logging.WARNING, "viva.wecom"):
        for _ in range(5):
            with pytest.raises(WeComError) as refused:
                await caller.call("get_jsapi_ticket")
    assert (refused.value.code, refused.value.fault, refused.value.retry) == (40001, "configuration", False)
    assert world.books.calls == ["gettoken"]
    assert "hint: [" in caplog.text
    assert "wrong," not in caplog.text


async def test_an_answer_that_is_not_wecoms_is_told_apart(world: Any) -> None:
    caller = world.caller(base_url=f"{world.url}/nowhere")
    with pytest.raises(WeComUnreachable) as lost:
        await caller.call("get_jsapi_ticket")
    assert (lost.value.sent, lost.value.retry) == (True, True)


async def test_nobody_listening_means_nothing_was_sent(world: Any) -> None:
    with pytest.raises(WeComUnreachable) as lost:
        await world.caller(base_url="http://127.0.0.1:9").call("get_jsapi_ticket")
    assert not lost.value.sent
    assert "secret" not in str(lost.value)


async def test_a_members_limit_stops_before_the_call(world: Any) -> None:
    world.ledger.wait_ms = 12_000
    with pytest.raises(WeComError) as refused:
        await world.office().send(["Zhang"], Text("hello"))
    assert refused.value.retry_after_s == 12
    assert "message/send" not in world.books.calls
