"""The server of the measurement: uvicorn as ``viva serve`` runs it, the real door, real takes on a real disk.

What is left out is what comes after the door: no ear, no engines. The one addition is a beat: once a second every
connection is told the server's clock, so that the client can say how long a message is on its way.
"""

import asyncio
import os
import resource
import socket
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.live.archive import Archive, TakeKey
from realtime.media.data_keys import KeysInMemory
from realtime.media.durable_log import DurableLogs
from realtime.media.group_commit import GroupCommit
from realtime.media.ingest import AudioChunk, EncodedFrame, VideoPicture
from realtime.media.redo_journal import RedoJournal
from server.doors.media_socket import _take_frames
from server.sockets import receive

BEAT_S = 1.0


class Sink:
    """Where the ear would be: pictures go where a live answer's go."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def use(self, control: object) -> None: ...

    def disconnect(self) -> None: ...

    def media_changed(self, transport: str, connected: bool) -> None: ...

    def audio(self, chunk: AudioChunk) -> None: ...

    def audio_gap(self, start_ms: float, end_ms: float, cause: str) -> None: ...

    def follow(self, take: int, zero_ms: float, start_ms: float) -> None: ...

    def encoded(self, frame: EncodedFrame) -> None:
        if frame.codec != "opus":
            self._archive.record_live(1, frame, round(frame.start_ms))

    def picture(self, picture: VideoPicture) -> None: ...


class Listening:
    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.sink = Sink(archive)

    def prepare(self, _transport: str) -> Sink:
        return self.sink

    def adopt(self, sink: Sink) -> None: ...


@dataclass
class Interview:
    listening: Listening


@dataclass
class Place:
    logs: DurableLogs
    interviews: list[Interview] = field(default_factory=list)

    async def frames(self, connection: WebSocket) -> None:
        await connection.accept()
        await receive(connection)  # the token
        number = int(connection.path_params["id"])
        archive = Archive(f"iv{number}", self.logs)
        await archive.restore([])
        await archive.open(TakeKey(1, "q1", 1))
        beating = asyncio.create_task(_beat(connection), name="beat")
        interview: Any = Interview(Listening(archive))
        try:
            await _take_frames(connection, interview)
        finally:
            beating.cancel()
            await archive.close()


async def _beat(connection: WebSocket) -> None:
    try:
        while True:
            await asyncio.sleep(BEAT_S)
            await connection.send_text(f'{{"type":"beat","at":{time.monotonic()}}}')
    except (WebSocketDisconnect, RuntimeError):
        pass


def serve(folder: str, core: int | None, pipe: Connection) -> None:
    """A process of its own. Answers every message on the pipe with its figures; None ends it."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(folder), pipe))


async def _serve(folder: Path, pipe: Connection) -> None:
    commit = GroupCommit(RedoJournal(folder))
    place = Place(DurableLogs(folder / "takes", KeysInMemory(), commit))
    app = Starlette(routes=[WebSocketRoute("/media/{id}", place.frames)])
    config = uvicorn.Config(
        app,
        loop="none",
        ws="websockets-sansio",
        ws_max_size=512 * 1024,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(2048)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    pipe.send(listening.getsockname()[1])
    while await asyncio.to_thread(pipe.recv) is not None:
        pipe.send(
            {
                "cpu_s": time.process_time(),
                "rss_kib": _resident_kib(),
                "syncs": commit.counts.syncs,
                "threads": threading.active_count(),
            }
        )
    server.should_exit = True
    await serving
    await asyncio.to_thread(commit.close)


def _resident_kib() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
