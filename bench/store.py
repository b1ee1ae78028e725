"""What it costs to make the sound of many interviews durable, and how long it takes to say so.

    python -m bench.store [--quick] [--json FILE] [--folder DIR]

A thousand logs with one record a second each, as takes write them (Opus of a second is some 4 kB at 32 kbit/s, less
with pauses; records are 250 to 4000 bytes). Ours: encrypted, one commit for all. The peer: the same bytes, not
encrypted, each appended to its file and synced at once by a pool of 16 threads, the obvious way to keep the same
promise. Real disk, below ``--folder``; runs of both are interleaved. CPU is the whole process's, the clients' timers
included.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import machine
from realtime.media.data_keys import KeysInMemory
from realtime.media.durable_log import DurableLog, DurableLogs
from realtime.media.group_commit import GroupCommit
from realtime.media.redo_journal import CHECKPOINT_S, RedoJournal
from realtime.media.sealed import HEADER_BYTES, SealedReader, seal

RUNS = 3
CPU_TARGET = 0.15
"""Of one core, for a thousand."""
P99_TARGET_MS = 250.0
SYNCS_TARGET = 0.05
"""Of the peer's."""
CRYPTO_TARGET = 200.0
"""MB/s, sealing and opening: far beyond what players and recordings ask for."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="200 logs, 3 s, one run")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--folder", type=Path, help="on the disk that is to be measured; default: the system's temporary folder"
    )
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    logs, seconds, runs = (200, 3.0, 1) if options.quick else (1000, 10.0, RUNS)
    figures: dict[str, Any] = {
        "bench": "store",
        "machine": machine.describe(),
        "quick": options.quick,
        "logs": logs,
        "seconds": seconds,
        "runs": runs,
    }
    found: dict[str, list[Figures]] = {"ours": [], "peer": []}
    for _ in range(runs):
        for name, measure in (("ours", ours), ("peer", peer)):
            with tempfile.TemporaryDirectory(prefix="viva-bench-", dir=options.folder) as folder:
                found[name].append(asyncio.run(measure(Path(folder), logs, seconds)))
    for name, results in found.items():
        figures[name] = {key: statistics.median(getattr(each, key) for each in results) for key in Figures.KEYS}
    figures["sealing"] = sealing(16 if options.quick else 64)
    figures["targets"] = _targets(figures)
    _show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


@dataclass(slots=True)
class Figures:
    """Of one run. ``cpu``: of one core; ``late``: the share of records that were not durable when it ended."""

    KEYS = ("cpu", "syncs_per_s", "p50_ms", "p99_ms", "late")

    cpu: float = 0.0
    syncs_per_s: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    late: float = 0.0


@dataclass(slots=True)
class Load:
    """Every log at its own moment of the second, as interviews are."""

    logs: int
    seconds: float
    waits_ms: list[float] = field(default_factory=list)
    appended: int = 0

    async def run(self, append: Callable[[int, bytes, float], None]) -> float:
        """Seconds that it took."""
        rng = random.Random(1)
        moments = sorted(
            (second + rng.random(), log) for second in range(round(self.seconds)) for log in range(self.logs)
        )
        records = [rng.randbytes(rng.randrange(250, 4000)) for _ in range(64)]
        started = time.perf_counter()
        for moment, log in moments:
            behind = started + moment - time.perf_counter()
            if behind > 0.001:
                await asyncio.sleep(behind)
            append(log, records[log % 64], time.perf_counter())
            self.appended += 1
        return time.perf_counter() - started

    def figures(self, took_s: float, cpu_s: float, syncs: int) -> Figures:
        cuts = statistics.quantiles(self.waits_ms, n=100, method="inclusive")
        late = 1 - len(self.waits_ms) / self.appended
        return Figures(cpu_s / took_s, syncs / took_s, cuts[49], cuts[98], late)


async def ours(folder: Path, logs: int, seconds: float) -> Figures:
    redo = RedoJournal(folder)
    commit = GroupCommit(redo)
    store = DurableLogs(folder / "takes", KeysInMemory(), commit)
    opened = [await store.open(f"interviews/iv{n}/q1/take-1") for n in range(logs)]
    load = Load(logs, seconds)
    waiting: list[list[float]] = [[] for _ in opened]

    def told(number: int, log: DurableLog) -> Callable[[int], None]:
        def durable(position: int) -> None:
            now, still = time.perf_counter(), log.appended - position
            done = waiting[number][: len(waiting[number]) - still]
            waiting[number] = waiting[number][len(done) :]
            load.waits_ms += [(now - at) * 1000 for at in done]

        return durable

    for number, log in enumerate(opened):
        log.on_durable = told(number, log)

    def append(number: int, record: bytes, now: float) -> None:
        waiting[number].append(now)
        opened[number].append(record)

    cpu = time.process_time()
    took_s = await load.run(append)
    await asyncio.sleep(0.2)
    figures = load.figures(took_s, time.process_time() - cpu, commit.counts.syncs)
    cpu = time.process_time()
    await asyncio.to_thread(commit.close)  # a checkpoint, of which there is one a minute
    figures.cpu += (time.process_time() - cpu) / CHECKPOINT_S
    figures.syncs_per_s += redo.checkpoint_syncs / CHECKPOINT_S
    for log in opened:
        await log.abandon()
    return figures


async def peer(folder: Path, logs: int, seconds: float) -> Figures:
    files = [os.open(folder / str(n), os.O_WRONLY | os.O_CREAT | os.O_APPEND) for n in range(logs)]
    load = Load(logs, seconds)

    def write(number: int, record: bytes, at: float) -> None:
        os.write(files[number], record)
        os.fsync(files[number])
        load.waits_ms.append((time.perf_counter() - at) * 1000)

    with ThreadPoolExecutor(16) as pool:
        cpu = time.process_time()
        took_s = await load.run(lambda number, record, at: (pool.submit(write, number, record, at), None)[1])
        await asyncio.sleep(0.2)
        figures = load.figures(took_s, time.process_time() - cpu, len(load.waits_ms))
        pool.shutdown(cancel_futures=True)
    for file in files:
        os.close(file)
    return figures


def sealing(megabytes: int) -> dict[str, float]:
    """MB/s of a recording: sealed whole, opened whole, one core."""
    inside = random.Random(2).randbytes(megabytes << 20)
    pieces = [inside[i : i + 40_000] for i in range(0, len(inside), 40_000)]
    started = time.perf_counter()
    stored = b"".join(seal(pieces, len(inside), bytes(32), bytes(32), "a"))
    sealed_s = time.perf_counter() - started
    started = time.perf_counter()
    opener = SealedReader(stored[:HEADER_BYTES], bytes(32), "a").opener(0, len(inside))
    opened = sum(len(opener.feed(stored[i : i + 262_144])) for i in range(HEADER_BYTES, len(stored), 262_144))
    opened_s = time.perf_counter() - started
    assert opened == len(inside)
    return {"seal_mb_per_s": megabytes / sealed_s, "open_mb_per_s": megabytes / opened_s}


def _targets(figures: dict[str, Any]) -> list[dict[str, Any]]:
    found, scale = figures["ours"], figures["logs"] / 1000
    slower = min(figures["sealing"].values())
    rows = [
        (
            "CPU of one core, for a thousand logs",
            found["cpu"] / scale,
            f"<= {CPU_TARGET}",
            found["cpu"] / scale <= CPU_TARGET,
        ),
        ("append to durable, p99 ms", found["p99_ms"], f"<= {P99_TARGET_MS:g}", found["p99_ms"] <= P99_TARGET_MS),
        (
            "syncs, ours / peer",
            _ratio(figures, "syncs_per_s"),
            f"<= {SYNCS_TARGET}",
            _ratio(figures, "syncs_per_s") <= SYNCS_TARGET,
        ),
        ("sealing and opening, MB/s", slower, f">= {CRYPTO_TARGET:g}", slower >= CRYPTO_TARGET),
    ]
    return [{"name": name, "value": round(value, 4), "target": target, "met": met} for name, value, target, met in rows]


def _ratio(figures: dict[str, Any], key: str) -> float:
    return float(figures["ours"][key] / figures["peer"][key]) if figures["peer"][key] else float("nan")


def _show(figures: dict[str, Any]) -> None:
    logs, seconds, runs, sealing = (figures[key] for key in ("logs", "seconds", "runs", "sealing"))
    print(f"{logs} logs, a record of 250 to 4000 bytes a second each, {seconds:g} s, {runs} runs")
    print(f"  {'':28}{'ours':>10}{'peer':>10}{'ratio':>8}")
    names = {
        "cpu": "CPU, of one core",
        "syncs_per_s": "syncs a second",
        "p50_ms": "append to durable p50, ms",
        "p99_ms": "append to durable p99, ms",
        "late": "not durable at the end",
    }
    for key, name in names.items():
        print(f"  {name:28}{figures['ours'][key]:10.3f}{figures['peer'][key]:10.3f}{_ratio(figures, key):8.2f}")
    print(f"  sealing {sealing['seal_mb_per_s']:.0f} MB/s, opening {sealing['open_mb_per_s']:.0f} MB/s")
    for target in figures["targets"]:
        print(f"  {'met' if target['met'] else 'MISSED':7}{target['name']}: {target['value']} ({target['target']})")


if __name__ == "__main__":
    main()
