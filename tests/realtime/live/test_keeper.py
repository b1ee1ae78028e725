"""The keeper in virtual time: it renews, it lives through a Redis that stands still, and stops when it must."""

import asyncio
from typing import Any

import pytest

from realtime.live.keeper import Keeper
from realtime.live.lease import RULES, HeldBy, LeaseBook, LeasesUnavailable, ProcessCard


def now_ms() -> int:
    return round(asyncio.get_running_loop().time() * 1000)


class Book:
    """A lease book that can stand still (``away``: questions wait) or be out of reach (``broken``)."""

    def __init__(self) -> None:
        self.book = LeaseBook()
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False
        self.renewals = 0

    async def _reach(self) -> None:
        if self.broken:
            raise LeasesUnavailable("broken")
        try:
            async with asyncio.timeout(2.0):
                await self.open.wait()
        except TimeoutError:
            raise LeasesUnavailable("no answer") from None

    async def renew(self, card: ProcessCard, rows: bytes) -> bool:
        await self._reach()
        self.renewals += 1
        return self.book.renew(card, now_ms())

    async def claim(self, process_id: str, interview_id: str, number: int) -> HeldBy | None:
        await self._reach()
        return self.book.claim(process_id, interview_id, number, now_ms())

    async def find(self, interview_id: str) -> HeldBy | None:
        await self._reach()
        return self.book.find(interview_id, now_ms())

    async def release(self, process_id: str, interview_id: str, number: int) -> None:
        await self._reach()
        self.book.release(process_id, interview_id, number)

    async def leave(self, process_id: str) -> None:
        await self._reach()
        self.book.leave(process_id)

    async def close(self) -> None: ...


class Two:
    """A keeper and somebody else who would like to have what it holds."""

    def __init__(self) -> None:
        self.book = Book()
        self.losses: list[float] = []
        self.keeper = Keeper(self.book, url="http://p/", now_ms=now_ms)  # type: ignore[arg-type]
        self.keeper.lost = lambda: self.losses.append(asyncio.get_running_loop().time())
        self.running = asyncio.create_task(self.keeper.run())

    async def other_could_have(self, interview_id: str) -> bool:
        self.book.book.renew(ProcessCard("q", "http://q"), now_ms())
        return self.book.book.find(interview_id, now_ms()) is None

    async def close(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


def test_it_renews_once_a_second_and_holds(virtually: Any) -> None:
    async def scene() -> None:
        two = Two()
        await asyncio.sleep(0.01)
        assert await two.keeper.claim("i") is None
        await asyncio.sleep(100)
        assert 95 <= two.book.renewals <= 102
        assert two.keeper.holds
        assert not two.losses
        assert not await two.other_could_have("i")
        assert two.keeper.url == "http://p"
        await two.keeper.release("i")
        assert await two.other_could_have("i")
        await two.close()

    virtually(scene())


def test_a_redis_that_stands_still_for_five_seconds_kills_nothing(virtually: Any) -> None:
    async def scene() -> None:
        for begins_s in (10.0, 10.5, 10.99, 11.01):
            two = Two()
            await asyncio.sleep(0.01)
            await two.keeper.claim("i")
            await asyncio.sleep(begins_s)
            two.book.open.clear()
            await asyncio.sleep(5.0)
            two.book.open.set()
            await asyncio.sleep(20)
            assert not two.losses
            assert not await two.other_could_have("i")
            await two.close()

    virtually(scene())


def test_a_redis_that_stays_away_ends_the_lease_before_anybody_else_may_begin(virtually: Any) -> None:
    async def scene() -> None:
        two = Two()
        await asyncio.sleep(0.01)
        await two.keeper.claim("i")
        await asyncio.sleep(10)
        two.book.broken = True
        began = asyncio.get_running_loop().time()
        while not two.losses:
            assert not await two.other_could_have("i")
            await asyncio.sleep(0.05)
        assert RULES.ttl_ms / 1000 - 2 <= two.losses[0] - began <= RULES.ttl_ms / 1000
        assert not two.keeper.holds
        with pytest.raises(LeasesUnavailable):
            await two.keeper.claim("j")
        term = two.keeper.term
        await asyncio.sleep(30)
        two.book.broken = False
        await asyncio.sleep(2)
        assert two.keeper.holds
        assert two.keeper.term != term
        assert len(two.losses) == 1
        assert await two.keeper.claim("i") is None
        await two.close()

    virtually(scene())


def test_a_redis_that_forgot_everything_begins_a_new_term(virtually: Any) -> None:
    async def scene() -> None:
        two = Two()
        await asyncio.sleep(0.01)
        await two.keeper.claim("i")
        two.book.book = LeaseBook()  # restarted without its data
        await asyncio.sleep(2)
        assert len(two.losses) == 1
        assert two.keeper.holds
        await two.close()

    virtually(scene())


def test_who_leaves_sets_everything_free(virtually: Any) -> None:
    async def scene() -> None:
        two = Two()
        await asyncio.sleep(0.01)
        await two.keeper.claim("i")
        await two.close()
        await two.keeper.leave()
        assert await two.other_could_have("i")

    virtually(scene())


def test_leaving_without_redis_takes_no_longer_than_a_second(virtually: Any, caplog: Any) -> None:
    async def scene() -> None:
        two = Two()
        await asyncio.sleep(0.01)
        await two.close()
        two.book.open.clear()
        began = asyncio.get_running_loop().time()
        await two.keeper.leave()
        assert asyncio.get_running_loop().time() - began <= 1.01

    virtually(scene())
    assert "they find out within 7.5 s" in caplog.text


def test_draining_is_told_at_once(virtually: Any) -> None:
    async def scene() -> None:
        two = Two()
        await asyncio.sleep(0.01)
        two.keeper.tell(free=4, draining=False)
        await asyncio.sleep(5.01)
        before = two.book.renewals
        two.keeper.tell(free=0, draining=True)
        await asyncio.sleep(0.6)
        assert two.book.renewals == before + 1
        card, _ = two.book.book._cards[two.keeper.card.id]
        assert card.draining
        await two.close()

    virtually(scene())
