"""Keeps this process's lease: renews it once a second, and says at once when it can no longer be believed."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from realtime.live.lease import RULES, HeldBy, LeaseRules, Leases, LeasesUnavailable, ProcessCard, Tenure

log = logging.getLogger("viva.keeper")

LEAVE_WITHIN_S = 1.0


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Keeper:
    """``lost`` is called when what this process held is not provably its own any more, once each time."""

    def __init__(
        self,
        leases: Leases,
        *,
        url: str = "",
        executor: str = "",
        rules: LeaseRules = RULES,
        now_ms: Callable[[], int] = _monotonic_ms,
    ) -> None:
        self.leases = leases
        self.rules = rules
        self.card = ProcessCard(id=f"p_{secrets.token_hex(8)}", url=url.rstrip("/"), executor=executor)
        self.rows: Callable[[], bytes] = lambda: b"[]"
        self.lost: Callable[[], None] = lambda: None
        self.terms_lost = 0
        self._tenure = Tenure(rules)
        self._now_ms = now_ms
        self._held_term: int | None = None
        self._news = asyncio.Event()
        self._claimed = 0
        self._numbers: dict[str, int] = {}

    @property
    def holds(self) -> bool:
        return self._tenure.holds(self._now_ms())

    @property
    def url(self) -> str:
        """Empty: this process is the only one, and every address is relative."""
        return self.card.url

    def tell(self, *, free: int, draining: bool) -> None:
        """What the others should know; goes out with the next renewal, which is soon if it matters."""
        if draining != self.card.draining:
            self._news.set()
        self.card = msgspec.structs.replace(self.card, free=free, draining=draining)

    def nudge(self) -> None:
        """HR's rows have changed."""
        self._news.set()

    @property
    def term(self) -> int:
        """What was claimed in an earlier term is void."""
        return self._tenure.term

    async def claim(self, interview_id: str) -> HeldBy | None:
        """None: ours. Raises ``LeasesUnavailable``."""
        if not self.holds:
            await self.renew()
        self._claimed += 1
        number = self._claimed
        holder = await self.leases.claim(self.card.id, interview_id, number)
        if holder is None:
            self._numbers[interview_id] = number
        return holder

    async def find(self, interview_id: str) -> HeldBy | None:
        """Who *else* holds it. Raises ``LeasesUnavailable``."""
        holder = await self.leases.find(interview_id)
        return holder if holder is not None and holder.process.id != self.card.id else None

    def release(self, interview_id: str) -> Coroutine[Any, Any, None]:
        """Gives back the claim that stands now, whatever is claimed until this is awaited. Where nobody can be told,
        it ends with the card."""
        return self._release(interview_id, self._numbers.pop(interview_id, None))

    async def _release(self, interview_id: str, number: int | None) -> None:
        if number is None:
            return
        try:
            await self.leases.release(self.card.id, interview_id, number)
        except LeasesUnavailable as error:
            log.warning("a lease could not be given back: %s", error)

    async def renew(self) -> None:
        """Raises ``LeasesUnavailable``."""
        asked_at_ms = self._now_ms()
        continuous = await self.leases.renew(self.card, self.rows())
        before = self._tenure.term
        self._tenure.renewed(asked_at_ms, continuous=continuous)
        if self._held_term is not None and before != self._tenure.term:
            self._lose("it lapsed before it was renewed")
        self._held_term = self._tenure.term

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            renewing = asyncio.create_task(self.renew(), name="renewal")
            await self._watched(renewing)
            await self._pause(began + self.rules.renew_ms / 1000 - loop.time())

    async def _watched(self, renewing: "asyncio.Task[None]") -> None:
        """A renewal may take longer than the lease lasts; the end of the lease does not wait for it."""
        try:
            while not renewing.done():
                left_s = self._tenure.left_ms(self._now_ms()) / 1000
                await asyncio.wait({renewing}, timeout=left_s if self._held_term is not None else None)
                if not renewing.done():
                    self._expire()
            renewing.result()
        except LeasesUnavailable as error:
            log.warning("the lease was not renewed (%s): %.1f s are left", error, self._left_s())
        finally:
            renewing.cancel()
        self._expire()

    async def _pause(self, seconds: float) -> None:
        """Until the next renewal, news, or the end of the lease; at most twice a second."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        await asyncio.sleep(max(0.0, min(seconds, self.rules.renew_ms / 2000)))
        while loop.time() < until and not self._news.is_set():
            waits = [until - loop.time()] + ([self._left_s()] if self._held_term is not None else [])
            try:
                async with asyncio.timeout(max(0.001, min(waits))):
                    await self._news.wait()
            except TimeoutError:
                self._expire()
        self._news.clear()

    def _left_s(self) -> float:
        return self._tenure.left_ms(self._now_ms()) / 1000

    def _expire(self) -> None:
        if self._held_term is not None and not self.holds:
            self._tenure.end()
            self._lose("it could not be renewed")

    def _lose(self, why: str) -> None:
        self._held_term = None
        self.terms_lost += 1
        log.error("the lease of this process is over: %s; its interviews pause", why)
        self.lost()

    async def leave(self) -> None:
        """Everything this process held is free at once."""
        try:
            async with asyncio.timeout(LEAVE_WITHIN_S):
                await self.leases.leave(self.card.id)
        except (LeasesUnavailable, TimeoutError):
            log.warning("the others could not be told: they find out within %.1f s", self.rules.ttl_ms / 1000)
        await self.leases.close()
