"""How fast a backlog drains, and how an outage of the other system ends. Real database, workflows, HTTP."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.ehr.other_system import LOOPBACK, NAME, OtherSystem, OverHttp, listening
from bench.ehr.stores import jitter, opened
from ehr_bridge.adapters.destination import Destination
from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.canonical import ApplicantFacts, result_message
from ehr_bridge.delivery import Delivery
from ehr_bridge.durable import Durable, DurableSettings, system_database_url
from ehr_bridge.egress import Egress
from ehr_bridge.outbox import Message, enqueue
from ehr_bridge.relay import Relay
from ehr_bridge.retry import RetryPolicy
from ehr_bridge.store import delivery

REPORT_BYTES = 40_000
"""About what a report of four answers with its quotes weighs."""


async def backlog(url: str, count: int) -> dict[str, Any]:
    """Deliveries a second to the embedded EHR: in one lane (strict order), and in a lane for each person."""
    engine = await opened(url)
    async with delivering(engine, url, [EmbeddedEhr(engine, now_ms)]) as relay:
        one = await _drained(engine, relay, [message(f"one-{n}", "everybody") for n in range(count)])
        many = await _drained(engine, relay, [message(f"many-{n}", f"person-{n}") for n in range(count)])
    await engine.dispose()
    return {"reports": count, "one_lane_per_s": round(count / one, 1), "lane_a_person_per_s": round(count / many, 1)}


async def outage(url: str, count: int, persons: int, outage_s: float) -> dict[str, Any]:
    """``count`` reports of ``persons`` people are promised while the other system answers 503; it comes back after
    ``outage_s``. With the default patience. Order is looked at where it is promised: within each person."""
    engine, system = await opened(url), OtherSystem()
    messages = [message(f"p{n % persons}.{n // persons:04}", f"p{n % persons}") for n in range(count)]
    system.down = True
    with listening(system) as address:
        async with Egress(LOOPBACK) as egress, delivering(engine, url, [OverHttp(egress, address)]) as relay:
            await _promise(engine, messages, NAME)
            relay.nudge()
            await asyncio.sleep(outage_s)
            attempts = system.refused
            system.down, back = False, time.perf_counter()
            await _first_taken(system)
            noticed_s = time.perf_counter() - back
            await _until_settled(engine)
            drained_s = time.perf_counter() - back
    async with engine.connect() as connection:
        dead = (await connection.execute(select(func.count()).where(delivery.c.state == "dead"))).scalar_one()
    await engine.dispose()
    return {
        "reports": count,
        "persons": persons,
        "outage_s": outage_s,
        "attempts_while_down": attempts,
        "noticed_after_s": round(noticed_s, 1),
        "drained_after_s": round(drained_s, 1),
        "lost": count - len(system.subjects),
        "doubled": sum(times > 1 for times in system.subjects.values()),
        "dead": int(dead),
        "out_of_order": _out_of_order(system.order),
    }


def _out_of_order(taken: list[str]) -> int:
    """How many were taken before an earlier one of the same person."""
    newest: dict[str, str] = {}
    wrong = 0
    for subject in taken:
        person, _, number = subject.partition(".")
        wrong += number < newest.get(person, "")
        newest[person] = max(number, newest.get(person, ""))
    return wrong


@asynccontextmanager
async def delivering(
    engine: AsyncEngine, url: str, destinations: list[Destination], retry: RetryPolicy | None = None
) -> AsyncIterator[Relay]:
    durable = Durable(DurableSettings(system_database_url(url), executor_id="bench", alone=True))
    bridge = Delivery(durable, engine, destinations, now_ms=now_ms, random=jitter, retry=retry)
    relay = Relay(engine, bridge)
    await durable.launch()
    task = asyncio.create_task(relay.run(), name="relay")
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await durable.close()


async def _drained(engine: AsyncEngine, relay: Relay, messages: list[Message]) -> float:
    await _promise(engine, messages, EmbeddedEhr.name)
    started = time.perf_counter()
    relay.nudge()
    await _until_settled(engine)
    return time.perf_counter() - started


async def _promise(engine: AsyncEngine, messages: list[Message], destination: str) -> None:
    async with engine.begin() as connection:
        for each in messages:
            await enqueue(connection, each, [destination])


async def _first_taken(system: OtherSystem) -> None:
    while True:
        if system.order:
            return
        await asyncio.sleep(0.05)


async def _until_settled(engine: AsyncEngine) -> None:
    open_ones = select(delivery.c.id).where(delivery.c.settled.is_(False)).limit(1)
    while True:
        async with engine.connect() as connection:
            if (await connection.execute(open_ones)).first() is None:
                return
        await asyncio.sleep(0.05)


def message(name: str, person: str) -> Message:
    report = {
        "digest": name,
        "interview": {"interview_id": name},
        "total": {"value": 80.0},
        "views": [],
        "competencies": [],
        "answers": "x" * REPORT_BYTES,
    }
    applied_at = datetime(2026, 1, 1, tzinfo=UTC)
    facts = ApplicantFacts(person, name, "client-manager", applied_at, person, f"{person}@example.com")
    return result_message(json.dumps(report).encode(), facts, "bench", now_ms())


def now_ms() -> int:
    return time.time_ns() // 1_000_000
