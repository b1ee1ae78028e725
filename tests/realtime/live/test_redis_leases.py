"""The Redis leases do what the rule book does, on a real Redis; and say so when they cannot."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from realtime.live.lease import HeldBy, LeaseRules, LeasesUnavailable, ProcessCard
from realtime.live.redis_leases import RedisLeases

RULES = LeaseRules(ttl_ms=600, renew_ms=100, margin_ms=50, silent_after_ms=250)


def card(name: str, **more: Any) -> ProcessCard:
    return ProcessCard(id=name, url=f"http://{name}", **more)


@pytest.fixture
async def leases(redis_url: str) -> AsyncIterator[RedisLeases]:
    found = RedisLeases(redis_url.removesuffix("/0") + "/5", RULES)
    await found._redis.flushdb()
    yield found
    await found.close()


async def gone(leases: RedisLeases, interview: str) -> None:
    for _ in range(250):
        if await leases.find(interview) is None:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never lapsed")


async def test_one_claims_the_other_is_told_who(leases: RedisLeases) -> None:
    assert await leases.renew(card("p"), b"[1]") is False
    assert await leases.renew(card("q", free=3), b"[2]") is False
    answers = await asyncio.gather(*(leases.claim(name, "i", 1) for name in ("p", "q")))
    assert sorted(answer is None for answer in answers) == [False, True]
    held = next(answer for answer in answers if answer is not None)
    winner = "p" if answers[0] is None else "q"
    assert held.process.id == winner
    assert 0 < held.left_ms <= RULES.ttl_ms
    assert await leases.claim(winner, "i", 2) is None  # its own, again
    await leases.release(winner, "i", 1)  # of the claim before: nothing happens
    assert isinstance(await leases.find("i"), HeldBy)
    await leases.release(winner, "i", 2)
    assert await leases.find("i") is None
    assert {found.id: found.free for found in await leases.processes()} == {"p": 0, "q": 3}
    assert await leases.rows() == {"p": b"[1]", "q": b"[2]"}


async def test_the_dead_lose_everything_and_are_buried_once(leases: RedisLeases) -> None:
    await leases.renew(card("p", executor="host-1"), b"[]")
    assert await leases.claim("p", "i", 1) is None
    assert await leases.renew(card("p", executor="host-1"), b"[]") is True
    await gone(leases, "i")
    await leases.renew(card("q"), b"[]")
    assert await leases.claim("q", "i", 1) is None
    buried = await asyncio.gather(leases.bury(), leases.bury())
    assert [found.executor for found in buried[0] + buried[1]] == ["host-1"]
    assert await leases.renew(card("p"), b"[]") is False  # a new term
    assert await leases.claim("p", "i", 2) is not None


async def test_who_leaves_needs_no_burial(leases: RedisLeases) -> None:
    await leases.renew(card("p"), b"[]")
    await leases.claim("p", "i", 1)
    await leases.leave("p")
    assert await leases.find("i") is None
    assert await leases.bury() == []
    with pytest.raises(LeasesUnavailable):
        await leases.claim("p", "i", 2)


async def test_a_redis_that_is_away_is_said(leases: RedisLeases) -> None:
    nowhere = RedisLeases("redis://127.0.0.1:1/0", RULES)
    for question in (nowhere.renew(card("p"), b""), nowhere.claim("p", "i", 1), nowhere.find("i"), nowhere.bury()):
        with pytest.raises(LeasesUnavailable):
            await question
    await nowhere.close()


async def test_a_redis_that_stands_still_is_said_too(
    redis_url: str, leases: RedisLeases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.live.redis_leases.ANSWER_WITHIN_S", 0.2)
    assert await leases.renew(card("p"), b"[]") is False
    await leases._redis.client_pause(600)
    with pytest.raises(LeasesUnavailable):
        await leases.renew(card("p"), b"[]")
    async with asyncio.timeout(5):
        while True:
            try:
                await leases.renew(card("p"), b"[]")
                break
            except LeasesUnavailable:
                continue
