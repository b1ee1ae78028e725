"""``python -m bench.websocket [--quick] [--json FILE] [--folder DIR]``

Interleaved, three times: the 100 ms packets that this load is usually stated with, and the 60 ms that our page
sends. The server has one core to itself where the machine has two, the client the other. CPU is the server
process's, its commit thread included.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import statistics
import tempfile
from pathlib import Path
from typing import Any

import uvloop

from bench import machine
from bench.websocket.client import Candidate, Heard, Load
from bench.websocket.server import serve

LOADS = {"100 ms packets, 1 still a second": (100, 400, 1.0), "60 ms packets, 2 stills a second": (60, 240, 2.0)}
STILL_BYTES = 10_000
LATENCY_MS, OFFERED = 25.0, 0.99
"""The server is held to one core, so that is no target: what counts is that it keeps up on it."""


def main() -> None:
    parser = argparse.ArgumentParser(description="What WebSocket media of many candidates cost one core.")
    parser.add_argument("--quick", action="store_true", help="100 connections, 4 s, one run")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--folder", type=Path, help="on the disk that is to be measured")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    connections, seconds, runs = (100, 4.0, 1) if options.quick else (1000, 15.0, 3)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in LOADS}
    for _ in range(runs):
        for name, (packet_ms, packet_bytes, stills) in LOADS.items():
            load = Load(connections, packet_ms, packet_bytes, stills, STILL_BYTES)
            found[name].append(_run(load, seconds, options.folder))
    figures: dict[str, Any] = {
        "bench": "websocket",
        "machine": machine.describe(),
        "quick": options.quick,
        "connections": connections,
    }
    figures["loads"] = {
        name: {key: _spread([run[key] for run in each]) for key in each[0]} for name, each in found.items()
    }
    figures["targets"] = [target for name in LOADS for target in _targets(name, figures["loads"][name])]
    _show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def _targets(name: str, row: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    def at_most(what: str, key: str, target: float) -> dict[str, Any]:
        value = round(row[key]["median"], 3)
        return {"name": f"{name}: {what}", "value": value, "target": target, "met": value <= target}

    return [
        {
            "name": f"{name}: share of the offered messages that was sent",
            "value": round(row["share_of_offered"]["median"], 4),
            "target": OFFERED,
            "met": row["share_of_offered"]["median"] >= OFFERED,
        },
        at_most("server to client, p99 ms", "on_way_p99_ms", LATENCY_MS),
        at_most("packets never told as durable", "unsaved", 0.0),
        at_most("connections lost or frames refused", "failed", 0.0),
    ]


def _show(figures: dict[str, Any]) -> None:
    print(f"{figures['connections']} connections; median (low to high)")
    for name, row in figures["loads"].items():
        print(f"\n{name}")
        for key, spread in row.items():
            print(f"  {key:18} {spread['median']:10.2f}  ({spread['low']:.2f} to {spread['high']:.2f})")
    print()
    for target in figures["targets"]:
        verdict = "met   " if target["met"] else "MISSED"
        print(f"  {verdict}  {target['name']}: {target['value']} (target {target['target']})")


def _run(load: Load, seconds: float, folder: Path | None) -> dict[str, float]:
    cores = sorted(os.sched_getaffinity(0))
    pinned = cores[:2] if len(cores) > 1 else [None, None]
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory(prefix="viva-bench-", dir=folder) as place:
        process = context.Process(target=serve, args=(place, pinned[0], theirs), name="websocket server")
        process.start()
        try:
            if pinned[1] is not None:
                os.sched_setaffinity(0, {pinned[1]})
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(_measure(load, seconds, ours, ours.recv()))
        finally:
            os.sched_setaffinity(0, cores)
            ours.send(None)
            process.join(20)
            process.kill()


async def _measure(load: Load, seconds: float, pipe: Any, port: int) -> dict[str, float]:
    def asked() -> dict[str, float]:
        pipe.send("figures")
        figures: dict[str, float] = pipe.recv()
        return figures

    loop, heard = asyncio.get_running_loop(), Heard()
    empty = await asyncio.to_thread(asked)
    candidates = []
    for number in range(load.connections):

        def make(number: int = number) -> Candidate:
            return Candidate(number, load, heard)

        _, candidate = await loop.create_connection(make, "127.0.0.1", port)
        await candidate.upgraded
        candidates.append(candidate)
    speaking = [asyncio.create_task(candidate.speak(seconds + 3)) for candidate in candidates]
    await asyncio.sleep(2)  # to settle
    before, began = await asyncio.to_thread(asked), loop.time()
    heard.measuring, heard.sent, heard.late = True, 0, 0
    await asyncio.sleep(seconds)
    after, took_s = await asyncio.to_thread(asked), loop.time() - began
    sent, late = heard.sent, heard.late
    await asyncio.gather(*speaking)
    await asyncio.sleep(1.5)
    heard.measuring = False
    unsaved = sum(len(candidate._waiting) for candidate in candidates)
    for candidate in candidates:
        candidate.transport.close()
    on_way, saved = (statistics.quantiles(values, n=100) for values in (heard.on_way_ms, heard.saved_ms))
    return {
        "messages_per_s": sent / took_s,
        "share_of_offered": sent / took_s / load.messages_per_s,
        "cores": (after["cpu_s"] - before["cpu_s"]) / took_s,
        "us_per_message": (after["cpu_s"] - before["cpu_s"]) / sent * 1e6,
        "on_way_p50_ms": on_way[49],
        "on_way_p99_ms": on_way[98],
        "saved_p50_ms": saved[49],
        "saved_p99_ms": saved[98],
        "syncs_per_s": (after["syncs"] - before["syncs"]) / took_s,
        "kib_per_connection": (after["rss_kib"] - empty["rss_kib"]) / load.connections,
        "unsaved": float(unsaved),
        "failed": float(heard.lost + heard.refused),
        "client_late_share": late / max(1, sent),
    }


if __name__ == "__main__":
    main()
