"""The process that is measured: ``python -m bench.media.server viva|stock|pipecat [--video …]``.

Orders come as JSON lines on standard input, each with an ``id`` that its reply carries. Pipecat's runs in an
environment of its own, so nothing here may need more than the standard library, numpy, uvloop and aiortc.
"""

import argparse
import asyncio
import importlib
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import aioice.ice
import uvloop

from bench.media.delivered import Delivered

LOOPBACK = "127.0.0.1"
LAG_PROBE_S = 0.01


class MediaServer(Protocol):
    """``video``: none, assembled, or decoded twice a second."""

    async def offer(self, number: int, sdp: str) -> str:
        """The answer."""

    async def watch(self, number: int, sdp: str) -> str:
        """The answer to one who wants to see what ``number`` publishes."""

    async def close(self) -> None: ...


async def measure(delivered: Delivered, seconds: float, lag: bool) -> dict[str, Any]:
    """``lag``: also how late the loop is; the probe itself costs CPU."""
    before = (delivered.samples, delivered.frames, delivered.pictures)
    cpu_s, began_s, waited_s = time.process_time(), time.monotonic(), waited()
    late_s = [0.0]
    while lag and time.monotonic() - began_s < seconds:
        due_s = time.monotonic() + LAG_PROBE_S
        await asyncio.sleep(LAG_PROBE_S)
        late_s.append(time.monotonic() - due_s)
    await asyncio.sleep(max(0.0, began_s + seconds - time.monotonic()))
    cpu_s, took_s = time.process_time() - cpu_s, time.monotonic() - began_s
    samples, frames, pictures = (
        after - start
        for after, start in zip((delivered.samples, delivered.frames, delivered.pictures), before, strict=True)
    )
    return {
        "cpu_s": cpu_s,
        "took_s": took_s,
        "samples": samples,
        "frames": frames,
        "pictures": pictures,
        "waited_s": waited() - waited_s,
        "lag_p99_ms": 1000 * statistics.quantiles(late_s, n=100)[98] if lag else None,
        **size(),
    }


def waited() -> float:
    """Seconds the loop's thread has stood in the scheduler's queue: what other programs took from it (schedstat)."""
    return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9


def size() -> dict[str, Any]:
    """Resident memory and threads of this process (proc(5))."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {"rss_bytes": pages * os.sysconf("SC_PAGESIZE"), "threads": len(os.listdir("/proc/self/task"))}


async def obey(server: MediaServer, delivered: Delivered, order: dict[str, Any]) -> dict[str, Any]:
    match order["do"]:
        case "offer":
            return {"sdp": await server.offer(order["number"], order["sdp"])}
        case "watch":
            return {"sdp": await server.watch(order["number"], order["sdp"])}
        case "measure":
            return await measure(delivered, order["seconds"], order["lag"])
        case "size":
            return {**size(), "cpu_s": time.process_time()}
        case "heard":
            return {"first_s": {str(number): at_s for number, at_s in delivered.first_s.items()}}
        case "write":
            delivered.write(Path(order["folder"]))
            return {}
        case unknown:
            raise ValueError(unknown)


async def serve(name: str, video: str, keep: bool) -> None:
    delivered = Delivered(keep)
    server: MediaServer = importlib.import_module(f"bench.media.{name}_server").make(video, delivered)
    orders = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    tasks = set[asyncio.Task[None]]()

    async def answer(order: dict[str, Any]) -> None:
        try:
            reply = await obey(server, delivered, order)
        except Exception as error:  # the boundary of one order: the client hears of it
            reply = {"error": repr(error)}
        print(json.dumps({"id": order["id"], **reply}), flush=True)

    while line := await orders.readline():
        task = asyncio.create_task(answer(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", choices=("viva", "stock", "pipecat"))
    parser.add_argument("--video", choices=("none", "assembled", "decoded"), default="none")
    parser.add_argument("--keep", action="store_true", help="keep the audio, for an order to write it")
    parser.add_argument("--cpu", type=int, help="run on this processor alone")
    options = parser.parse_args()
    if options.cpu is not None:
        os.sched_setaffinity(0, {options.cpu})
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [LOOPBACK]
    uvloop.run(serve(options.name, options.video, options.keep))


if __name__ == "__main__":
    main()
