"""What one second of one live audio session costs the server: our receive path against aiortc's own.

    python -m bench.media [--quick] [--json FILE]

The server runs in a process of its own and is measured by its CPU time. The client sends the same Opus packets,
encoded beforehand, to every server over real ICE and DTLS-SRTP on loopback. Runs of the variants are interleaved,
so that a busy machine is busy for all of them; the figures are the median and the range.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aioice.ice
import numpy as np
import uvloop
from aiortc import RTCPeerConnection, RTCSessionDescription

from realtime.media.ingest import AudioChunk, EncodedFrame, VideoPicture
from realtime.media.opus import OpusEncoder
from realtime.media.settings import MediaSettings
from realtime.media.webrtc import WebRtcDoor
from realtime.protocol.messages import Transport

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Variant:
    """``server``: stock is aiortc's peer connection with its jitter buffer, decoder thread and track."""

    server: str
    decode: bool
    packet_ms: int

    @property
    def name(self) -> str:
        if self.server == "stock":
            return f"aiortc, decoded, {self.packet_ms} ms"
        return f"viva, {'decoded' if self.decode else 'not decoded'}, {self.packet_ms} ms"


VARIANTS = [
    Variant(server, decode, packet_ms)
    for packet_ms in (20, 60)
    for server, decode in (("stock", True), ("viva", True), ("viva", False))
]
RATIO_LIMIT = 0.5
"""The point of a receive path of our own: at most half of stock's CPU for the same decoded audio."""


# ------------------------------------------------------------------------------------------------ the server
class _Counting:
    """A sink that does nothing, which is what is being measured."""

    def __init__(self) -> None:
        self.packets = 0
        self.samples = 0

    def media_changed(self, transport: Transport, connected: bool) -> None: ...

    def follow(self, take: int, zero_ms: float, from_ms: float) -> None: ...

    def audio(self, chunk: AudioChunk) -> None:
        self.samples += len(chunk.pcm)

    def audio_gap(self, start_ms: float, end_ms: float, cause: str) -> None: ...

    def encoded(self, frame: EncodedFrame) -> None:
        self.packets += 1

    def picture(self, picture: VideoPicture) -> None: ...


class _Viva:
    def __init__(self, decode: bool) -> None:
        self._door = WebRtcDoor(MediaSettings(addresses=(LOOPBACK,)))
        self._decode = decode
        self._sink = _Counting()

    async def offer(self, number: int, sdp: str) -> str:
        publication = await self._door.offer(str(number), sdp, self._sink)
        publication.control.decode_audio(self._decode)
        return publication.answer_sdp

    @property
    def packets(self) -> int:
        return self._sink.packets

    async def close(self) -> None:
        await self._door.close_all()


class _Stock:
    def __init__(self) -> None:
        self._peers: list[RTCPeerConnection] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.packets = 0

    async def offer(self, number: int, sdp: str) -> str:
        peer = RTCPeerConnection()
        self._peers.append(peer)
        peer.on("track", lambda track: self._tasks.append(asyncio.create_task(self._consume(track))))
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return str(peer.localDescription.sdp)

    async def _consume(self, track: Any) -> None:
        while True:
            await track.recv()
            self.packets += 1

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(peer.close() for peer in self._peers))


def _serve(pipe: Connection, variant: Variant) -> None:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [LOOPBACK]
    uvloop.run(_answer(pipe, variant))


async def _answer(pipe: Connection, variant: Variant) -> None:
    server: _Viva | _Stock = _Stock() if variant.server == "stock" else _Viva(variant.decode)
    loop, offers = asyncio.get_running_loop(), 0
    while True:
        order, value = await loop.run_in_executor(None, pipe.recv)
        if order == "offer":
            offers += 1
            pipe.send(await server.offer(offers, value))
        elif order == "measure":
            cpu_s, packets = time.process_time(), server.packets
            await asyncio.sleep(value)
            pipe.send((time.process_time() - cpu_s, server.packets - packets))
        else:
            await server.close()
            pipe.send(None)
            return


# ------------------------------------------------------------------------------------------------ the client
def _speech(packet_ms: int) -> list[bytes]:
    """Ten seconds: a wandering tone under syllables, so that the packets weigh what speech weighs."""
    rng = np.random.default_rng(1)
    t = np.arange(160_000) / 16_000
    pitch = np.interp(t, np.arange(0, 11, 0.25), 120 + 60 * rng.random(44))
    voice = sum(np.sin(k * 2 * np.pi * np.cumsum(pitch) / 16_000) / k for k in range(1, 12))
    pcm = (0.2 * voice * np.interp(t, np.arange(0, 11, 0.12), rng.random(92))).astype(np.float32)
    encoder, size = OpusEncoder(), packet_ms * 16
    return [encoder.encode(pcm[i : i + size]) for i in range(0, len(pcm) - size + 1, size)]


async def _connect(ask: Callable[..., Awaitable[Any]]) -> RTCPeerConnection:
    peer = RTCPeerConnection()
    peer.addTransceiver("audio", direction="sendonly")
    await peer.setLocalDescription(await peer.createOffer())
    await peer.setRemoteDescription(RTCSessionDescription(await ask("offer", peer.localDescription.sdp), "answer"))
    async with asyncio.timeout(30):
        while peer.connectionState != "connected":  # noqa: ASYNC110  an event of a third party's emitter
            await asyncio.sleep(0.01)
    return peer


async def _send(peers: list[RTCPeerConnection], packets: list[bytes], packet_ms: int) -> None:
    """Every peer at its own phase, as people are."""
    loop, senders = asyncio.get_running_loop(), [peer.getSenders()[0] for peer in peers]
    started_s, count = loop.time(), 0
    while True:
        payload = packets[count % len(packets)]
        for index, sender in enumerate(senders):
            due_s = started_s + (count + index / len(senders)) * packet_ms / 1000
            if (wait_s := due_s - loop.time()) > 0.001:
                await asyncio.sleep(wait_s)
            header = struct.pack("!BBHLL", 0x80, 96, count & 0xFFFF, count * packet_ms * 48 & 0xFFFFFFFF, sender._ssrc)
            await sender.transport._send_rtp(header + payload)
        count += 1


async def _once(variant: Variant, sessions: int, seconds: float) -> tuple[float, float]:
    """CPU milliseconds a session-second, and the share of packets that came through."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, variant))
    process.start()
    loop = asyncio.get_running_loop()

    async def ask(order: str, value: Any = None) -> Any:
        ours.send((order, value))
        return await loop.run_in_executor(None, ours.recv)

    peers = [await _connect(ask) for _ in range(sessions)]
    sending = asyncio.create_task(_send(peers, _speech(variant.packet_ms), variant.packet_ms))
    await asyncio.sleep(1)
    cpu_s, packets = await ask("measure", seconds)
    sending.cancel()
    await asyncio.wait([sending])
    await ask("stop")
    await asyncio.gather(*(peer.close() for peer in peers))
    process.join()
    expected = sessions * seconds * 1000 / variant.packet_ms
    return 1000 * cpu_s / (sessions * seconds), packets / expected


def run(quick: bool) -> dict[str, Any]:
    """Prints a table; the result is what ``--json`` writes."""
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [LOOPBACK]
    sessions, seconds, runs = (5, 2.0, 1) if quick else (20, 5.0, 3)
    cost: dict[str, list[float]] = {variant.name: [] for variant in VARIANTS}
    through: dict[str, list[float]] = {variant.name: [] for variant in VARIANTS}
    for _ in range(runs):
        for variant in VARIANTS:
            milliseconds, share = uvloop.run(_once(variant, sessions, seconds))
            cost[variant.name].append(milliseconds)
            through[variant.name].append(share)
    rows: dict[str, dict[str, Any]] = {
        name: {
            "cpu_ms_per_session_second": round(statistics.median(values), 2),
            "range": [round(min(values), 2), round(max(values), 2)],
            "sessions_a_core": round(1000 / statistics.median(values)),
            "packets_through": round(min(through[name]), 3),
        }
        for name, values in cost.items()
    }
    print(f"{sessions} sessions, {seconds:g} s, {runs} runs; CPU ms a session-second, server process only")
    for name, row in rows.items():
        low, high = row["range"]
        print(
            f"  {name:30} {row['cpu_ms_per_session_second']:6.2f}  ({low:.2f}..{high:.2f})"
            f"  {row['sessions_a_core']:5d} a core  {row['packets_through']:.1%} of packets"
        )
    return {
        "bench": "media",
        "quick": quick,
        "sessions": sessions,
        "seconds": seconds,
        "rows": rows,
        "targets": [_target(rows, packet_ms) for packet_ms in (20, 60)],
    }


def _target(rows: dict[str, dict[str, Any]], packet_ms: int) -> dict[str, Any]:
    viva, stock = (rows[Variant(s, True, packet_ms).name]["cpu_ms_per_session_second"] for s in ("viva", "stock"))
    ratio = round(viva / stock, 3)
    return {
        "name": f"cpu_viva_to_aiortc_{packet_ms}_ms",
        "value": ratio,
        "target": RATIO_LIMIT,
        "met": ratio <= RATIO_LIMIT,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="5 sessions, 2 s, one run")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    figures = run(options.quick)
    for target in figures["targets"]:
        print(
            f"  {target['name']}: {target['value']} (at most {target['target']}) {'met' if target['met'] else 'MISSED'}"
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
