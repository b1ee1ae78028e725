"""Kill -9 at random moments over the whole path, to the EHR inside and to another system that misbehaves: is anything
lost, is anything there twice?

Each store gets a few reports. Processes that deliver them are killed one after the other at random moments; a last one
is left alone. A process that had ended before its moment is no kill: another takes its place.
"""

import asyncio
import multiprocessing
import random
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import wait
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy
from sqlalchemy.engine import make_url

from bench.ehr.draining import delivering, message, now_ms
from bench.ehr.other_system import IMPATIENT, LOOPBACK, NAME, OtherSystem, OverHttp, listening
from bench.ehr.stores import opened
from ehr_bridge.adapters.destination import Destination
from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.egress import Egress
from ehr_bridge.ledger import deliveries
from ehr_bridge.outbox import Message, enqueue
from ehr_bridge.retry import RetryPolicy
from ehr_bridge.store import ehr_interview_result, ehr_receipt

REPORTS = 6
KILLS_A_STORE = 5
AT_ONCE = 3
BAD_SHARE = 0.4
PATIENCE_S = 120.0
SOON = RetryPolicy(first_s=0.05, factor=1.5, limit_s=0.5, attempts=10_000)
DESTINATIONS = [EmbeddedEhr.name, NAME]


def child(url: str, address: str, messages: list[Message]) -> None:
    """Promises everything (again) and delivers until all is acknowledged."""
    asyncio.run(_deliver(url, address, messages))


async def _deliver(url: str, address: str, messages: list[Message]) -> None:
    engine = await opened(url)
    async with Egress(LOOPBACK, IMPATIENT) as egress:
        there: list[Destination] = [EmbeddedEhr(engine, now_ms), OverHttp(egress, address)]
        for each in messages:
            async with engine.begin() as connection:
                await enqueue(connection, each, DESTINATIONS)
        async with delivering(engine, url, there, SOON) as relay:
            relay.nudge()
            while True:
                async with engine.connect() as connection:
                    if not await deliveries(connection, states=["queued", "delivering", "waiting", "dead"]):
                        break
                await asyncio.sleep(0.02)
    await engine.dispose()


class _Spawner:
    """Processes forked from a server that has imported everything; one thread at a time asks how a child ended."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["bench.ehr.killing"])
        self._asking = Lock()

    def run(self, url: str, address: str, messages: list[Message], kill_after_s: float | None) -> int:
        process = self._context.Process(target=child, args=(url, address, messages))
        with self._asking:
            process.start()
        wait([process.sentinel], PATIENCE_S if kill_after_s is None else kill_after_s)
        with self._asking:
            process.kill()
        wait([process.sentinel], PATIENCE_S)
        with self._asking:
            process.join()
            code = process.exitcode
            process.close()
        assert code is not None
        return code


def matrix(kills: int) -> dict[str, Any]:
    """At least ``kills`` kills that hit a running process."""
    stores = max(1, kills // KILLS_A_STORE)
    system, spawner = OtherSystem(BAD_SHARE), _Spawner()
    with listening(system) as address, tempfile.TemporaryDirectory(prefix="viva-kills-") as folder:

        def harassed(number: int) -> dict[str, int]:
            moments = random.Random(number)
            home = Path(folder) / str(number)
            home.mkdir()
            url = f"sqlite+aiosqlite:///{home / 'viva.db'}"
            # Promised with the reports' own ids: a process that starts again promises the same.
            messages = [message(f"s{number}-{n}", f"s{number}-p{n % 3}") for n in range(REPORTS)]
            killed = started = 0
            while killed < KILLS_A_STORE and started < 4 * KILLS_A_STORE:
                started += 1
                killed += spawner.run(url, address, messages, moments.uniform(0.02, 1.2)) == -signal.SIGKILL
            ended = spawner.run(url, address, messages, None)
            return {"killed": killed, "failed": int(ended != 0), **_found(url, [each.subject for each in messages])}

        with ThreadPoolExecutor(AT_ONCE) as pool:
            rows = list(pool.map(harassed, range(stores)))
    totals = {name: sum(row[name] for row in rows) for name in rows[0]}
    expected = [f"s{number}-{n}" for number in range(stores) for n in range(REPORTS)]
    return {
        "kills": totals["killed"],
        "stores": stores,
        "reports": len(expected),
        "moods_of_the_other_system": dict(system.moods),
        "not_finished": totals["failed"],
        "lost": totals["lost"] + sum(system.subjects[subject] == 0 for subject in expected),
        "doubled": totals["doubled"] + sum(times > 1 for times in system.subjects.values()),
    }


def _found(url: str, subjects: list[str]) -> dict[str, int]:
    """In the EHR inside: each interview's result once, and a receipt for each."""
    engine = sqlalchemy.create_engine(make_url(url).set(drivername="sqlite"))
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.select(ehr_interview_result.c.interview_id)).scalars().all()
        receipts = len(connection.execute(sqlalchemy.select(ehr_receipt)).all())
    engine.dispose()
    lost = sum(rows.count(subject) == 0 for subject in subjects)
    doubled = sum(rows.count(subject) > 1 for subject in subjects) + max(0, receipts - len(subjects))
    return {"lost": lost, "doubled": doubled}
