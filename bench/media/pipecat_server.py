"""Pipecat's SmallWebRTC transport at the head of a pipeline that counts. Runs in an environment of its own."""

import asyncio
import math
from typing import Any

import numpy as np
from pipecat.frames.frames import InputAudioRawFrame, UserImageRawFrame  # type: ignore[import-not-found]
from pipecat.pipeline.pipeline import Pipeline  # type: ignore[import-not-found]
from pipecat.pipeline.task import PipelineParams, PipelineTask  # type: ignore[import-not-found]
from pipecat.processors.frame_processor import FrameProcessor  # type: ignore[import-not-found]
from pipecat.transports.base_transport import TransportParams, VideoInSourceParams  # type: ignore[import-not-found]
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection  # type: ignore[import-not-found]
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport  # type: ignore[import-not-found]
from pipecat.workers.runner import WorkerRunner  # type: ignore[import-not-found]

from bench.media.delivered import SAMPLE_RATE, Delivered


class _Counting(FrameProcessor):  # type: ignore[misc]
    def __init__(self, number: int, delivered: Delivered) -> None:
        super().__init__()
        self._number = number
        self._delivered = delivered

    async def process_frame(self, frame: Any, direction: Any) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            pcm = np.frombuffer(frame.audio, np.int16).astype(np.float32) / 32768
            self._delivered.audio(self._number, math.nan, pcm)
        elif isinstance(frame, UserImageRawFrame):
            self._delivered.frames += 1
            self._delivered.pictures += 1
        await self.push_frame(frame, direction)


class PipecatServer:
    """``assembled``: as many as come, because a frame that is not passed on is decoded all the same."""

    def __init__(self, video: str, delivered: Delivered) -> None:
        self._delivered = delivered
        self._connections: list[Any] = []
        self._tasks: list[Any] = []
        self._running: list[asyncio.Task[None]] = []
        self._video: dict[str, Any] = {}
        if video != "none":
            source = VideoInSourceParams(framerate=2) if video == "decoded" else VideoInSourceParams(framerate=30)
            self._video = {"video_in_enabled": True, "video_in_sources": {"camera": source}}

    async def offer(self, number: int, sdp: str) -> str:
        connection = SmallWebRTCConnection()
        await connection.initialize(sdp=sdp, type="offer")
        params = TransportParams(audio_in_enabled=True, audio_in_sample_rate=SAMPLE_RATE, **self._video)
        transport = SmallWebRTCTransport(connection, params)
        pipeline = Pipeline([transport.input(), _Counting(number, self._delivered)])
        rate = PipelineParams(audio_in_sample_rate=SAMPLE_RATE)
        task = PipelineTask(pipeline, params=rate, cancel_on_idle_timeout=False)
        self._connections.append(connection)
        self._tasks.append(task)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(task)
        self._running.append(asyncio.create_task(runner.run()))
        return str(connection.get_answer()["sdp"])

    async def watch(self, number: int, sdp: str) -> str:
        raise NotImplementedError("not compared")

    async def close(self) -> None:
        await asyncio.gather(*(task.cancel() for task in self._tasks), return_exceptions=True)
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(*(connection.disconnect() for connection in self._connections), return_exceptions=True)


make = PipecatServer
