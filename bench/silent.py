"""What ten thousand connections that never speak cost those who do.

    python -m bench.silent [--quick] [--json FILE]

A real server in a process of its own; one well-meaning client asks ``/healthz`` fifty times a second, first alone, then
beside a crowd of TCP connections of which half say nothing and half begin a request and stop. Loopback only.
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bench import machine
from loadtest.screen import Screen
from loadtest.server_process import ServerProcess

ASKS_PER_S = 50
HALF_A_HEAD = b"GET /healthz HTTP/1.1\r\nHost: viva\r\n"
PATIENCE_S = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="1,000 connections instead of 10,000")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # for this client; the server inherits it
    figures = asyncio.run(measure(1_000 if options.quick else 10_000))
    figures = {
        "bench": "silent",
        "machine": machine.describe(),
        "quick": options.quick,
        "descriptors": soft,
        **figures,
        "targets": _targets(figures),
    }
    _show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def _targets(figures: dict[str, Any]) -> list[dict[str, Any]]:
    def at_most(name: str, value: float, target: float) -> dict[str, Any]:
        return {"name": name, "value": value, "target": target, "met": value <= target}

    return [
        at_most("answers that did not come", figures["beside"]["failed"], 0),
        at_most("p99 beside the crowd, ms", figures["beside"]["p99_ms"], 50),
        at_most("connections left after their patience", figures["left"], 0),
        at_most("memory a silent connection, KiB", figures["kib_per_connection"], 40),
    ]


def _show(figures: dict[str, Any]) -> None:
    print(f"{figures['connections']} connections that never speak, opened in {figures['opened_in_s']:.1f} s")
    for name in ("alone", "beside"):
        asked = figures[name]
        print(
            f"  /healthz {name:7} p50 {asked['p50_ms']:.1f} ms, p99 {asked['p99_ms']:.1f} ms, failed {asked['failed']}"
        )
    print(f"  memory a connection {figures['kib_per_connection']:.1f} KiB")
    print(f"  all let go after {figures['gone_after_s']:.1f} s")
    for target in figures["targets"]:
        verdict = "met   " if target["met"] else "MISSED"
        print(f"  {verdict}  {target['name']}: {target['value']:.1f} (at most {target['target']})")


async def measure(connections: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="viva-bench-") as folder:
        os.environ.update({"VIVA_SPEECH_MODEL": "none", "VIVA_FACE_MODEL": "none"})
        server = ServerProcess(Path(folder), 0)
        await server.start(Screen())
        try:
            return await _crowd(server, connections)
        finally:
            await server.stop()


async def _crowd(server: ServerProcess, connections: int) -> dict[str, Any]:
    port = int(server.url.rsplit(":", 1)[1])
    alone = await _ask(server.url, 3.0)
    before_kib = _resident_kib(server.pid)
    began = time.monotonic()
    crowd: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    for number in range(connections):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HALF_A_HEAD if number % 2 else b"")
        crowd.append((reader, writer))
    opened_in_s = time.monotonic() - began
    kib = (_resident_kib(server.pid) - before_kib) / connections
    beside = await _ask(server.url, 3.0)
    left = await _until_closed([reader for reader, _ in crowd])
    gone_after_s = time.monotonic() - began
    for _, writer in crowd:
        writer.close()
    return {
        "connections": connections,
        "opened_in_s": opened_in_s,
        "alone": alone,
        "beside": beside,
        "kib_per_connection": kib,
        "left": left,
        "gone_after_s": gone_after_s,
    }


async def _until_closed(readers: list[asyncio.StreamReader]) -> int:
    """How many the server has not closed when patience is over."""

    async def closed(reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()

    waiting = [asyncio.create_task(closed(reader)) for reader in readers]
    _, left = await asyncio.wait(waiting, timeout=PATIENCE_S)
    for task in left:
        task.cancel()
    return len(left)


async def _ask(url: str, seconds: float) -> dict[str, float]:
    """Open arrivals: an answer that is late does not delay the next question."""
    took_ms: list[float] = []
    failed = 0

    async def once(client: httpx.AsyncClient) -> None:
        nonlocal failed
        began = time.monotonic()
        try:
            (await client.get("/healthz")).raise_for_status()
        except httpx.HTTPError:
            failed += 1
        took_ms.append((time.monotonic() - began) * 1000)

    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        await once(client)
        took_ms.clear()
        asked = []
        for _ in range(int(seconds * ASKS_PER_S)):
            asked.append(asyncio.create_task(once(client)))
            await asyncio.sleep(1 / ASKS_PER_S)
        await asyncio.wait(asked)
    cuts = statistics.quantiles(took_ms, n=100)
    return {"p50_ms": cuts[49], "p99_ms": cuts[98], "failed": failed}


def _resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


if __name__ == "__main__":
    main()
