"""Does a bad network move words in time? Markers at known times, through a relay that loses, delays and reorders."""

import asyncio
import math
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.media import client, material, timing
from bench.media.cost import Load
from bench.media.relay import Relay
from bench.media.server_process import ServerProcess
from bench.media.timing import Heard

DESCRIPTION = (
    "2 % of the packets lost, delays up to 50 ms, every twentieth three places late; then a good network again"
)
GOOD_BEFORE_S, GOOD_AFTER_S = 4, 5
NOT_FOUND = f"no marker is within {timing.FAR_MS / 1000:g} s of its place any more"
EDGE_S = 1.0
"""Around the bad time, in which it may still be felt and nothing is judged."""


async def measure(load: Load, sessions: int, bad_s: int) -> dict[str, Any]:
    """Every session behind a relay with its own seed."""
    seconds = GOOD_BEFORE_S + bad_s + GOOD_AFTER_S
    pcm, times_ms = material.marked(seconds)
    with tempfile.TemporaryDirectory() as folder:
        async with ServerProcess(load.server, keep=True) as server:
            relays = [Relay(seed, GOOD_BEFORE_S, GOOD_BEFORE_S + bad_s) for seed in range(sessions)]
            peers = [await _connect(server, number, relay, load) for number, relay in enumerate(relays)]
            packets = material.opus(pcm, peers[0].packet_ms)
            for peer in peers:
                peer.packets = packets
            due = client.schedule(peers, seconds)
            began_s = time.monotonic()
            await client.send(due)
            await asyncio.sleep(1)
            await server.ask("write", folder=folder)
            await client.close(peers)
            for relay in relays:
                relay.close()
        phase_ms = [peers[0].packet_ms * i / sessions for i in range(sessions)]
        kept = [np.load(Path(folder) / f"{number}.npz") for number in range(sessions)]
    counted = [_hear(file, times_ms, began_s + phase / 1000, False) for file, phase in zip(kept, phase_ms, strict=True)]
    told = [_hear(file, times_ms, began_s + phase / 1000, True) for file, phase in zip(kept, phase_ms, strict=True)]
    return {
        "packet_ms": peers[0].packet_ms,
        "packets_lost": sum(relay.lost for relay in relays),
        "by_media_time": _judge(told, times_ms, bad_s),
        "by_counting_samples": _judge(counted, times_ms, bad_s),
    }


async def _connect(server: ServerProcess, number: int, relay: Relay, load: Load) -> client.Session:
    await relay.open()
    peer = client.Session(number, video=False)
    answer = await server.ask("offer", number=number, sdp=relay.offer(await peer.offer()))
    await peer.accept(relay.answer(answer["sdp"]), load.packet_ms)
    return peer


def _hear(file: Any, times_ms: list[float], began_s: float, told: bool) -> list[Heard | None] | None:
    """Each marker; ``told``: on the timeline that the server gives, None where it gives none, else by counting."""
    pcm, starts, media_ms, at_s = (file[name] for name in ("pcm", "starts", "media_ms", "at_s"))
    if not told:
        media_ms = starts * 1000 / material.RATE
    elif math.isnan(media_ms[0]):
        return None
    laid, zero_ms = timing.timeline(pcm, starts, media_ms)
    heard: list[Heard | None] = []
    for number, true_ms in enumerate(times_ms):
        found_ms = timing.find(laid, number, true_ms)
        if found_ms is None:
            heard.append(None)
            continue
        end_ms = found_ms + material.MARKER_MS
        piece = int(np.searchsorted(media_ms - zero_ms, end_ms)) - 1
        said_s = began_s + (true_ms + material.MARKER_MS) / 1000
        heard.append(Heard(found_ms - true_ms, 1000 * (float(at_s[piece]) - said_s)))
    return heard


def _judge(sessions: list[list[Heard | None] | None], times_ms: list[float], bad_s: int) -> dict[str, Any] | None:
    """Error and delay against those of the good time before: a codec's own delay is nobody's fault."""
    if any(heard is None for heard in sessions):
        return None
    errors, delays, missing = list[float](), list[float](), 0
    for heard in sessions:
        assert heard is not None
        placed = list(zip(times_ms, heard, strict=True))
        before = [h for at, h in placed if h and at < 1000 * (GOOD_BEFORE_S - EDGE_S)]
        bad = [h for at, h in placed if GOOD_BEFORE_S <= at / 1000 < GOOD_BEFORE_S + bad_s]
        after = [h for at, h in placed if h and at / 1000 > GOOD_BEFORE_S + bad_s + EDGE_S]
        if not before or not after:
            return {"markers": len(bad), "missing": len(bad), "note": NOT_FOUND}
        usual_ms = statistics.median(h.error_ms for h in before)
        errors += [abs(h.error_ms - usual_ms) for h in (*bad, *after) if h]
        missing += sum(h is None for h in bad)
        delays.append(statistics.median(h.delay_ms for h in after) - statistics.median(h.delay_ms for h in before))
    return {
        "markers": len(errors) + missing,
        "missing": missing,
        "error_ms": {
            "p50": round(timing.percentile(errors, 50), 1),
            "p95": round(timing.percentile(errors, 95), 1),
            "max": round(max(errors), 1),
        },
        "permanent_delay_ms": {"median": round(statistics.median(delays), 1), "max": round(max(delays), 1)},
    }
