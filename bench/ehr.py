"""How long a report takes from its commit to the EHR's acknowledgement, and how fast a backlog drains.

    python -m bench.ehr [--quick] [--json FILE] [--url postgresql+asyncpg://…]

Real database, real durable workflows, the embedded EHR. Without ``--url`` it uses SQLite files in a temporary
folder, opened as the server opens them (WAL, every commit synced).
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.canonical import ApplicantFacts, result_message
from ehr_bridge.delivery import Delivery
from ehr_bridge.durable import Durable, DurableSettings, system_database_url
from ehr_bridge.outbox import Message, enqueue
from ehr_bridge.relay import Relay
from ehr_bridge.store import delivery, metadata, outbox

REPORT_BYTES = 40_000
"""About what a report of four answers with its quotes weighs."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--url", default="", help="an empty database; default: SQLite in a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viva-bench-") as folder:
        url = options.url or f"sqlite+aiosqlite:///{folder}/viva.db"
        figures = asyncio.run(measure(url, 10 if options.quick else 100))
    figures = {"bench": "ehr", "quick": options.quick, **figures}
    _show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def _show(figures: dict[str, Any]) -> None:
    reports, times = figures["reports"], figures["one_at_a_time_ms"]
    print(
        f"{figures['database']}, reports of {REPORT_BYTES // 1000} kB: {reports} one by one, then {5 * reports} at once"
    )
    print("  commit to acknowledgement, ms " + "".join(f"  {name} {times[name]:.1f}" for name in times))
    print(f"  backlog in one lane             {figures['backlog_one_lane_per_s']:.1f} reports a second")
    print(f"  backlog, a lane a person        {figures['backlog_lane_per_person_per_s']:.1f} reports a second")


async def measure(url: str, count: int) -> dict[str, Any]:
    engine = _open(url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    durable = Durable(DurableSettings(system_database_url(url), executor_id="bench"))
    bridge = Delivery(durable, engine, [EmbeddedEhr(engine, _now_ms)], now_ms=_now_ms, random=random.random)
    relay = Relay(engine, bridge)
    await durable.launch()
    task = asyncio.create_task(relay.run(), name="relay")
    figures: dict[str, Any] = {"database": engine.dialect.name, "reports": count}
    figures["one_at_a_time_ms"] = await _one_at_a_time(engine, relay, count)
    figures["backlog_one_lane_per_s"] = await _backlog(engine, relay, count * 5, "one", lanes=False)
    figures["backlog_lane_per_person_per_s"] = await _backlog(engine, relay, count * 5, "many", lanes=True)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await durable.close()
    await engine.dispose()
    return figures


async def _one_at_a_time(engine: AsyncEngine, relay: Relay, count: int) -> dict[str, float]:
    for number in range(count):
        await _promise(engine, [_message(f"single-{number}", "")])
        relay.nudge()
        await _until_settled(engine)
    taken = select(delivery.c.acknowledged_at_ms - outbox.c.created_at_ms).join(
        outbox, outbox.c.sequence == delivery.c.outbox_sequence
    )
    async with engine.connect() as connection:
        times = sorted(float(value) for value in (await connection.execute(taken)).scalars())
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}


async def _backlog(engine: AsyncEngine, relay: Relay, count: int, name: str, *, lanes: bool) -> float:
    messages = [_message(f"{name}-{number}", f"{name}-{number}" if lanes else "") for number in range(count)]
    await _promise(engine, messages)
    started = time.perf_counter()
    relay.nudge()
    await _until_settled(engine)
    return round(count / (time.perf_counter() - started), 1)


async def _promise(engine: AsyncEngine, messages: list[Message]) -> None:
    async with engine.begin() as connection:
        for message in messages:
            await enqueue(connection, message, ["embedded"])


async def _until_settled(engine: AsyncEngine) -> None:
    open_ones = select(delivery.c.id).where(delivery.c.settled.is_(False)).limit(1)
    while True:
        async with engine.connect() as connection:
            if (await connection.execute(open_ones)).first() is None:
                return
        await asyncio.sleep(0.02)


def _message(name: str, ordering_key: str) -> Message:
    report = {
        "digest": name,
        "interview": {"interview_id": name},
        "total": {"value": 80.0},
        "views": [],
        "competencies": [],
        "answers": "x" * REPORT_BYTES,
    }
    facts = ApplicantFacts(name, name, "client-manager", datetime(2026, 1, 1, tzinfo=UTC), name, f"{name}@example.com")
    message = result_message(json.dumps(report).encode(), facts, "bench", _now_ms())
    return Message(**{**{field: getattr(message, field) for field in Message.__slots__}, "ordering_key": ordering_key})


def _open(url: str) -> AsyncEngine:
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def _pragmas(connection: Any, _record: Any) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
                connection.execute(f"PRAGMA {pragma}")

    return engine


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    main()
