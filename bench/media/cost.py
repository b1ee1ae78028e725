"""What a second of one session costs the server: CPU, memory, threads; and how many sessions a core carries."""

import asyncio
import os
import statistics
from dataclasses import dataclass
from typing import Any

from bench.media import client
from bench.media.server_process import CLIENT_CPU, ServerProcess

SETTLE_S = 1.0
KEPT_UP = 0.995
LAG_LIMIT_MS = 50.0
LADDER_FROM, LADDER_STEP, LADDER_TO = 10, 1.3, 600
LADDER_S = 4.0
DISTURBED, BUSY = 0.05, 0.7
"""A loop that stood in the scheduler's queue for this share of the time, while its process had less than that of the
core, was kept from its work by other programs."""


@dataclass(frozen=True)
class Load:
    """``packet_ms`` None: what the server's answer asks of a browser: 60 from us, nothing, so 20, from the others."""

    server: str
    video: str
    packet_ms: int | None

    @property
    def name(self) -> str:
        return f"{self.server}, {self.packet_ms} ms" if self.packet_ms else f"{self.server}, as answered"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run, all a session; ``delivered``: the share of the 16 kHz samples that came out."""

    cpu_ms_a_second: float
    memory_mb: float
    threads: float
    delivered: float
    frames_a_second: float
    pictures_a_second: float
    packet_ms: int


async def measure(load: Load, sessions: int, seconds: float) -> Cost:
    async with ServerProcess(load.server, video=load.video) as server:
        empty = await server.ask("size")
        video = load.video != "none"
        peers = await client.connect(server, range(sessions), video=video, packet_ms=load.packet_ms)
        sending = asyncio.create_task(client.send(client.schedule(peers, SETTLE_S + seconds + 1)))
        await asyncio.sleep(SETTLE_S)
        seen = await server.ask("measure", seconds=seconds, lag=False)
        await sending
        await client.close(peers)
    session_seconds = sessions * seen["took_s"]
    return Cost(
        cpu_ms_a_second=1000 * seen["cpu_s"] / session_seconds,
        memory_mb=(seen["rss_bytes"] - empty["rss_bytes"]) / sessions / 2**20,
        threads=(seen["threads"] - empty["threads"]) / sessions,
        delivered=seen["samples"] / (16_000 * session_seconds),
        frames_a_second=seen["frames"] / session_seconds,
        pictures_a_second=seen["pictures"] / session_seconds,
        packet_ms=peers[0].packet_ms,
    )


async def ceiling(load: Load, derived: float) -> dict[str, Any]:
    """Begins at a third of ``derived``, the sessions a core should carry by their cost, and adds more until less than
    ``KEPT_UP`` of the samples come out or the loop is late by ``LAG_LIMIT_MS``. The step that failed is tried once
    more, and up to three times more where other programs had the core; when the first one fails, half as many are."""
    steps, video = list[dict[str, Any]](), load.video != "none"
    async with ServerProcess(load.server, video=load.video) as server:
        peers, known = list[client.Session](), 0
        wanted, carried, failures = max(LADDER_FROM, round(derived / 3)), 0, 0
        while wanted <= LADDER_TO:
            more = range(known, known + wanted - len(peers))
            peers, known = peers + await client.connect(server, more, video=video, packet_ms=load.packet_ms), more.stop
            steps.append(await _step(server, peers))
            if steps[-1]["kept_up"]:
                carried, failures, wanted = wanted, 0, round(wanted * LADDER_STEP)
                continue
            failures += 1
            if failures < (4 if steps[-1]["disturbed"] else 2):
                continue
            if carried or wanted <= LADDER_FROM:
                break
            failures, wanted = 0, wanted // 2
            await client.close(peers[wanted:])
            peers = peers[:wanted]
        await client.close(peers)
    return {
        "sessions": carried,
        "more_were_not_tried": wanted > LADDER_TO,
        "disturbed": not steps[-1]["kept_up"] and steps[-1]["disturbed"],
        "steps": steps,
    }


async def _step(server: ServerProcess, peers: list[client.Session]) -> dict[str, Any]:
    due = client.schedule(peers, SETTLE_S + LADDER_S + 0.5)
    own_s = os.times()
    sending = asyncio.create_task(client.send(due))
    await asyncio.sleep(SETTLE_S)
    seen = await server.ask("measure", seconds=LADDER_S, lag=True)
    await sending
    own = sum(os.times()[:2]) - sum(own_s[:2])
    delivered = seen["samples"] / (16_000 * len(peers) * seen["took_s"])
    waited, core = seen["waited_s"] / seen["took_s"], seen["cpu_s"] / seen["took_s"]
    return {
        "sessions": len(peers),
        "delivered": round(delivered, 4),
        "lag_p99_ms": round(seen["lag_p99_ms"], 1),
        "waited": round(waited, 3),
        "server_core": round(core, 3),
        "disturbed": waited > DISTURBED and core < BUSY,
        "client_core": round(own / (due[-1].at_s or 1), 3),
        "kept_up": delivered >= KEPT_UP and seen["lag_p99_ms"] <= LAG_LIMIT_MS,
    }


def summary(costs: list[Cost]) -> dict[str, Any]:
    """Median and range over the runs."""
    cpu = [cost.cpu_ms_a_second for cost in costs]
    median = statistics.median(cpu)

    def middle(name: str) -> float:
        return float(statistics.median(getattr(cost, name) for cost in costs))

    return {
        "cpu_ms_per_session_second": round(median, 2),
        "range": [round(min(cpu), 2), round(max(cpu), 2)],
        "sessions_a_core": round(1000 / median),
        "memory_mb_per_session": round(middle("memory_mb"), 2),
        "threads_per_session": round(middle("threads"), 1),
        "delivered": round(min(cost.delivered for cost in costs), 4),
        "frames_a_second": round(middle("frames_a_second"), 2),
        "pictures_a_second": round(middle("pictures_a_second"), 2),
        "packet_ms": costs[0].packet_ms,
    }


def pin() -> None:
    """This process on a processor that the server is not on, where there are two."""
    os.sched_setaffinity(0, {CLIENT_CPU})
