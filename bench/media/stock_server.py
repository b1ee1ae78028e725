"""aiortc as its examples use it: one peer connection a session, its tracks read in tasks, PyAV's resampler."""

import asyncio
from typing import Any

import av
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from bench.media.delivered import SAMPLE_RATE, Delivered

PICTURE_EVERY_S = 0.5


class Stock:
    def __init__(self, video: str, delivered: Delivered) -> None:
        self._decoded = video == "decoded"
        self._delivered = delivered
        self._peers: list[RTCPeerConnection] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def offer(self, number: int, sdp: str) -> str:
        peer = RTCPeerConnection()
        self._peers.append(peer)
        peer.on("track", lambda track: self._tasks.append(asyncio.create_task(self._consume(number, track))))
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return str(peer.localDescription.sdp)

    async def watch(self, number: int, sdp: str) -> str:
        raise NotImplementedError("stock re-encodes for a watcher: not compared")

    async def _consume(self, number: int, track: Any) -> None:
        try:
            await (self._hear(number, track) if track.kind == "audio" else self._see(track))
        except MediaStreamError:
            return

    async def _hear(self, number: int, track: Any) -> None:
        resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
        while True:
            frame = await track.recv()
            media_ms = 1000 * float(frame.pts * frame.time_base)
            for made in resampler.resample(frame):
                self._delivered.audio(number, media_ms, made.to_ndarray()[0])

    async def _see(self, track: Any) -> None:
        due_s: float | None = None
        while True:
            frame = await track.recv()  # always decoded: there is no other way to have a frame
            self._delivered.frames += 1
            if due_s is None:
                due_s = frame.time
            if self._decoded and frame.time >= due_s:
                due_s += PICTURE_EVERY_S
                frame.to_ndarray(format="rgb24")
                self._delivered.pictures += 1

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(peer.close() for peer in self._peers))


make = Stock
