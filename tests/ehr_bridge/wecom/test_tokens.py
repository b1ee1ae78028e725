import asyncio

import pytest

from ehr_bridge.wecom.errors import WeComError
from ehr_bridge.wecom.tokens import EARLY_MS, PAUSE_MS, Granted, TokenCache


class Source:
    def __init__(self) -> None:
        self.now = 0
        self.asked = 0
        self.error: WeComError | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.cache = TokenCache(self.fetch, lambda: self.now)

    async def fetch(self) -> Granted:
        self.asked += 1
        number = self.asked
        await self.open.wait()
        if self.error:
            raise self.error
        return Granted(f"token{number}", self.now + 7_200_000)


async def test_a_hundred_callers_fetch_one_token() -> None:
    source = Source()
    source.open.clear()
    waiting = [asyncio.create_task(source.cache.get()) for _ in range(100)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # who asked first and gives up does not spoil it for the others
    await asyncio.sleep(0)
    source.open.set()
    assert set(await asyncio.gather(*waiting[1:])) == {"token1"}
    assert source.asked == 1


async def test_it_is_renewed_ten_minutes_before_its_end() -> None:
    source = Source()
    await source.cache.get()
    source.now = 7_200_000 - EARLY_MS - 1
    assert await source.cache.get() == "token1"
    source.now += 1
    assert await source.cache.get() == "token2"


async def test_a_failed_renewal_leaves_the_old_one_until_it_ends() -> None:
    source = Source()
    await source.cache.get()
    source.error = WeComError("gettoken", -1)
    source.now = 7_200_000 - 1
    assert await source.cache.get() == "token1"
    source.now += 1
    with pytest.raises(WeComError):
        await source.cache.get()


async def test_after_a_failure_nobody_asks_for_a_while() -> None:
    source = Source()
    source.error = WeComError("gettoken", 40001)
    for _ in range(50):
        with pytest.raises(WeComError):
            await source.cache.get()
    assert source.asked == 1
    source.error, source.now = None, PAUSE_MS
    assert await source.cache.get() == "token2"


async def test_a_late_refusal_of_an_older_token_changes_nothing() -> None:
    source = Source()
    old = await source.cache.get()
    source.cache.discard(old)
    assert await source.cache.get() == "token2"
    source.cache.discard(old)
    assert await source.cache.get() == "token2"
    assert source.asked == 2


def test_a_token_is_not_shown() -> None:
    assert "hidden" not in repr(Granted("hidden", 0))
