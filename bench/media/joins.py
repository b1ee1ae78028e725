"""From the offer to the first audio the server accepts, when many come at once; and to HR's first picture."""

import asyncio
import fractions
import random
import time
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from bench.media import client, timing
from bench.media.server_process import ServerProcess

HEARD_WITHIN_S = 30
SENDS_S = 0.5
FRAMES_PER_SECOND = 10


async def measure(name: str, joining: int) -> dict[str, Any]:
    """``joining`` offers in the same moment. What the client's own part cost is told: it is one process, too."""
    async with ServerProcess(name) as server:
        peers = [client.Session(number, video=False) for number in range(joining)]
        offers = [await peer.offer() for peer in peers]
        server_s, own_s = (await server.ask("size"))["cpu_s"], time.process_time()
        began_s = time.monotonic()
        await asyncio.gather(*(_join(server, peer, offer) for peer, offer in zip(peers, offers, strict=True)))
        heard: dict[str, float] = (await server.ask("heard"))["first_s"]
        server_s, own_s = (await server.ask("size"))["cpu_s"] - server_s, time.process_time() - own_s
        await client.close(peers)
    took_ms = [1000 * (at_s - began_s) for at_s in heard.values()]
    return {
        "at_once": joining,
        "heard": len(took_ms),
        "p50_ms": round(timing.percentile(took_ms, 50)),
        "p95_ms": round(timing.percentile(took_ms, 95)),
        "max_ms": round(max(took_ms)),
        "server_cpu_ms_per_join": round(1000 * server_s / joining, 1),
        "client_cpu_ms_per_join": round(1000 * own_s / joining, 1),
    }


async def _join(server: ServerProcess, peer: client.Session, offer: str) -> None:
    answer = await server.ask("offer", number=peer.number, sdp=offer)
    await peer.accept(answer["sdp"], None)
    await client.send(peer.due(SENDS_S, 0.0))


class _Camera(MediaStreamTrack):
    """Encoded here, so that a key frame comes when one is asked for."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._index = 0
        self._began_s = time.monotonic()

    async def recv(self) -> av.VideoFrame:
        self._index += 1
        await asyncio.sleep(max(0.0, self._began_s + self._index / FRAMES_PER_SECOND - time.monotonic()))
        picture = np.full((240, 320, 3), 90, np.uint8)
        picture[100:140, 8 * self._index % 280 :][:, :32] = (240, 40, 40)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = self._index * 90_000 // FRAMES_PER_SECOND, fractions.Fraction(1, 90_000)
        return frame


async def first_pictures(watchers: int) -> dict[str, Any]:
    """One candidate, watched over WHEP by one after another, at any moment: from the offer to the first decoded
    picture."""
    apart = random.Random(1)
    took_ms = list[float]()
    async with ServerProcess("viva") as server:
        publisher = RTCPeerConnection()
        publisher.addTransceiver("audio", direction="sendonly")
        publisher.addTransceiver(_Camera(), direction="sendonly")
        await _negotiate(publisher, server, "offer")
        await asyncio.sleep(1)
        for _ in range(watchers):
            await asyncio.sleep(apart.uniform(0, 2))
            took_ms.append(await _watch(server))
        await publisher.close()
    return {
        "watchers": watchers,
        "p50_ms": round(timing.percentile(took_ms, 50)),
        "p95_ms": round(timing.percentile(took_ms, 95)),
        "max_ms": round(max(took_ms)),
    }


async def _watch(server: ServerProcess) -> float:
    peer, tracks = RTCPeerConnection(), asyncio.Queue[MediaStreamTrack]()
    peer.addTransceiver("video", direction="recvonly")
    peer.on("track", tracks.put_nowait)
    began_s = time.monotonic()
    await _negotiate(peer, server, "watch")
    async with asyncio.timeout(HEARD_WITHIN_S):
        await (await tracks.get()).recv()
    took_ms = 1000 * (time.monotonic() - began_s)
    await peer.close()
    return took_ms


async def _negotiate(peer: RTCPeerConnection, server: ServerProcess, do: str) -> None:
    await peer.setLocalDescription(await peer.createOffer())
    answer = await server.ask(do, number=0, sdp=peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))


def open_files(most: int) -> None:
    """A peer has a socket: 200 of them need more files than some shells allow."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, most), hard), hard))
