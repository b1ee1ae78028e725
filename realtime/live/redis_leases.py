"""Leases in Redis.

    viva:process:<id>      a process's card; ends by itself ``ttl_ms`` after the last renewal
    viva:rows:<id>         what HR's list needs of its interviews: numbers and states, no names; ends with the card
    viva:held:<interview>  <id>#<number> of the process and its claim; worth what that process's card is worth
    viva:processes         id -> card of every process that did not say goodbye, for whoever buries the dead

A claim is one script, so that of two who come together one is first. Everything may be lost with Redis: the cards are
written again within a second, each as a new term, and the fence in the store decides about what was under way.
"""

import asyncio
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.live.lease import RULES, HeldBy, LeaseRules, LeasesUnavailable, ProcessCard

PROCESS, ROWS, HELD, PROCESSES = "viva:process:", "viva:rows:", "viva:held:", "viva:processes"
ANSWER_WITHIN_S = 2.0
"""A question is asked anew after this long, on a new connection: several times within one lease."""
CLAIM_KEPT_S = 14 * 24 * 3600
"""What a dead process left is forgotten after this long; no interview is live for as long."""

_CLAIM = """
local claim = redis.call('GET', KEYS[1])
local holder = claim and string.match(claim, '^[^#]*')
if holder and holder ~= ARGV[1] then
  local card = redis.call('GET', ARGV[2] .. holder)
  if card then return {card, redis.call('PTTL', ARGV[2] .. holder)} end
end
if redis.call('EXISTS', ARGV[2] .. ARGV[1]) == 0 then return {'', 0} end
redis.call('SET', KEYS[1], ARGV[1] .. '#' .. ARGV[4], 'EX', ARGV[3])
return {}
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class RedisLeases:
    """``Leases`` for any number of processes that reach the same Redis."""

    def __init__(self, redis_url: str, rules: LeaseRules = RULES) -> None:
        # redis-py's own annotations describe both of its clients at once; Any keeps the noise out.
        self._redis: Any = Redis.from_url(redis_url)
        self._rules = rules

    async def _ask(self, question: Any) -> Any:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await question
        except (RedisError, TimeoutError, OSError) as error:
            raise LeasesUnavailable(type(error).__name__) from error

    async def renew(self, card: ProcessCard, rows: bytes) -> bool:
        encoded, ttl_ms = msgspec.json.encode(card), self._rules.ttl_ms
        pipe = self._redis.pipeline(transaction=True)
        pipe.exists(PROCESS + card.id)
        pipe.set(PROCESS + card.id, encoded, px=ttl_ms)
        pipe.set(ROWS + card.id, rows, px=ttl_ms)
        pipe.hset(PROCESSES, card.id, encoded)
        return bool((await self._ask(pipe.execute()))[0])

    async def claim(self, process_id: str, interview_id: str, number: int) -> HeldBy | None:
        arguments = (HELD + interview_id, process_id, PROCESS, CLAIM_KEPT_S, number)
        answer = await self._ask(self._redis.eval(_CLAIM, 1, *arguments))
        if not answer:
            return None
        if not answer[0]:
            raise LeasesUnavailable("the card of this process has lapsed")
        return _held(answer[0], answer[1])

    async def find(self, interview_id: str) -> HeldBy | None:
        claim = await self._ask(self._redis.get(HELD + interview_id))
        if claim is None:
            return None
        key = PROCESS + claim.decode().partition("#")[0]
        pipe = self._redis.pipeline(transaction=True)
        pipe.get(key)
        pipe.pttl(key)
        card, left_ms = await self._ask(pipe.execute())
        return _held(card, left_ms) if card else None

    async def release(self, process_id: str, interview_id: str, number: int) -> None:
        await self._ask(self._redis.eval(_RELEASE, 1, HELD + interview_id, f"{process_id}#{number}"))

    async def processes(self) -> list[ProcessCard]:
        known = [name.decode() for name in await self._ask(self._redis.hkeys(PROCESSES))]
        cards = await self._ask(self._redis.mget([PROCESS + name for name in known])) if known else []
        return [msgspec.json.decode(card, type=ProcessCard) for card in cards if card]

    async def rows(self) -> dict[str, bytes]:
        known = [name.decode() for name in await self._ask(self._redis.hkeys(PROCESSES))]
        rows = await self._ask(self._redis.mget([ROWS + name for name in known])) if known else []
        return {name: row for name, row in zip(known, rows, strict=True) if row}

    async def bury(self) -> list[ProcessCard]:
        cards = await self._ask(self._redis.hgetall(PROCESSES))
        dead = []
        for name, card in cards.items():
            if await self._ask(self._redis.exists(PROCESS + name.decode())):
                continue
            if await self._ask(self._redis.hdel(PROCESSES, name)):  # whoever deletes it has to see to it
                dead.append(msgspec.json.decode(card, type=ProcessCard))
        return dead

    async def leave(self, process_id: str) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.delete(PROCESS + process_id, ROWS + process_id)
        pipe.hdel(PROCESSES, process_id)
        await self._ask(pipe.execute())

    async def close(self) -> None:
        await self._redis.aclose()


def _held(card: bytes, left_ms: int) -> HeldBy:
    return HeldBy(msgspec.json.decode(card, type=ProcessCard), max(0, left_ms))
