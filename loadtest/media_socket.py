"""A virtual candidate's media WebSocket: live sound and stills where there is no WebRTC, and in every mode the takes.

It comes back as long as it is patient, and sends whatever the server has not got, oldest first, a run at a time.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from loadtest.kept_takes import KeptPacket, KeptTake, KeptTakes
from loadtest.media import FACE_FPS, OPUS_CLOCK, OpusPacket, face_stills
from realtime.protocol.frames import FrameKind, MediaFrame, encode_frame, pack_run
from realtime.protocol.media_messages import (
    MediaPing,
    TakeAbsent,
    TakeClosed,
    TakeEnded,
    Takes,
    TakeSaved,
    TakeState,
    decode_told,
    encode_media,
)
from realtime.protocol.messages import Refused

STILLS_PER_SECOND = 2.0
RUN_PACKETS = 16
RUN_EVERY_S = 0.05
"""Twenty seconds of what is missing in a second: what is live does not wait for it."""
HOLD_BACK_PACKETS = 8
"""What is sent in runs waits for half a second of company."""
STALLED_S = 5.0
PING_EVERY_S = 3.0
COME_BACK_S = 0.3


class MediaSocket:
    """``live``: sound and stills go this way too. ``patience_s``: how long it tries to come back."""

    def __init__(self, url: str, token: str, kept: KeptTakes, *, live: bool, patience_s: float = 0.0) -> None:
        self.kept = kept
        self.states: dict[int, TakeState] = {}
        self.told: Callable[[], None] = lambda: None
        """Called when the server has said what it has."""
        self.up = asyncio.Event()
        self._url = url
        self._token = token
        self._live = live
        self._patience_s = patience_s
        self._socket: ClientConnection | None = None
        self._outside = self._stills = 0
        self._ended_said: set[int] = set()
        self._progress_s = 0.0
        self._out: asyncio.Queue[bytes] = asyncio.Queue(maxsize=256)
        self._first_samples: int | None = None

    def move(self, url: str) -> None:
        """The interview goes on elsewhere."""
        self._url = url

    async def run(self) -> None:
        """Until it is cancelled. Raises what ended the connection, when patience is over."""
        loop = asyncio.get_running_loop()
        lost_s = loop.time()
        while True:
            try:
                async with connect(self._url, compression=None, proxy=None) as socket:
                    await self._converse(socket)
            except (OSError, TimeoutError, WebSocketException):
                self.up.clear()
                if self._socket is not None:
                    lost_s = loop.time()
                self._socket = None
                if loop.time() - lost_s >= self._patience_s:
                    raise
                await asyncio.sleep(COME_BACK_S)

    async def _converse(self, socket: ClientConnection) -> None:
        await socket.send(msgspec.json.encode({"token": self._token}).decode())
        self._first_samples, self._outside, self._stills = None, 0, 0
        self._out = asyncio.Queue(maxsize=256)
        self._ended_said.clear()
        for take in self.kept.takes.values():
            take.sent.clear()
        self._socket = socket
        works = [self._read(socket), self._send_missing(socket), self._send_live(socket), self._ping(socket)]
        if self._live:
            works.append(self._send_stills(socket))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._until_closed(work)) for work in works]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        raise ConnectionClosed(None, None) if socket.close_code is None else socket.protocol.close_exc

    async def _until_closed(self, work: Coroutine[Any, Any, None]) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):
            await work

    # ------------------------------------------------------------------ out
    def hear(self, packet: OpusPacket, at_samples: int, kept: KeptPacket | None, take: KeptTake | None) -> None:
        """A packet of the microphone's; ``kept`` if it belongs to a take. Sound for nobody to hear is not sent."""
        if not self._live or self._socket is None or not self.up.is_set():
            return
        if kept is not None and take is not None:
            frame = _frame(take.number, kept, live=True)
            sent = self._put(encode_frame(frame))
            if sent:
                take.sent.add(kept.n)
            return
        if self._first_samples is None:
            self._first_samples = at_samples
        start_ms = (at_samples - self._first_samples) * 1000 // OPUS_CLOCK
        duration_ms = packet.duration_samples * 1000 // OPUS_CLOCK
        level = min(127, packet.level_dbov)
        frame = MediaFrame(FrameKind.OPUS, self._outside, start_ms, packet.data, duration_ms, level, live=True)
        self._outside += self._put(encode_frame(frame))

    def _put(self, data: bytes) -> bool:
        """False: the connection is too slow, and the packet waits with those that are sent later."""
        with contextlib.suppress(asyncio.QueueFull):
            self._out.put_nowait(data)
            return True
        return False

    async def _send_live(self, socket: ClientConnection) -> None:
        while True:
            await socket.send(await self._out.get())

    async def _send_stills(self, socket: ClientConnection) -> None:
        stills = face_stills()[:: round(FACE_FPS / STILLS_PER_SECOND)]
        loop = asyncio.get_running_loop()
        zero_s = loop.time()
        while True:
            await asyncio.sleep(max(0.0, zero_s + self._stills / STILLS_PER_SECOND - loop.time()))
            at_ms = round(self._stills * 1000 / STILLS_PER_SECOND)
            frame = MediaFrame(FrameKind.JPEG, self._stills, at_ms, stills[self._stills % len(stills)], live=True)
            self._stills += 1
            await socket.send(encode_frame(frame))

    async def _send_missing(self, socket: ClientConnection) -> None:
        await self.up.wait()
        loop = asyncio.get_running_loop()
        self._progress_s = loop.time()
        while True:
            await asyncio.sleep(RUN_EVERY_S)
            for take in list(self.kept.open_takes()):
                if await self._send_run(socket, take):
                    break
            if any(take.sent for take in self.kept.open_takes()) and loop.time() - self._progress_s > STALLED_S:
                self._send_again()

    async def _send_run(self, socket: ClientConnection, take: KeptTake) -> bool:
        if take.absent is not None and take.number not in self._ended_said:
            first, until = take.absent
            await socket.send(encode_media(TakeAbsent(take.number, first, until)).decode())
            self._ended_said.add(take.number)
        run = take.to_send(RUN_PACKETS)
        if run and (take.ended or self._live or len(run) >= HOLD_BACK_PACKETS):
            take.sent.update(packet.n for packet in run)
            await socket.send(encode_frame(_run(take.number, run)))
            return True
        if take.ended and -take.number not in self._ended_said:
            self._ended_said.add(-take.number)
            await socket.send(encode_media(TakeEnded(take.number, take.next_n)).decode())
        return False

    def _send_again(self) -> None:
        """Whatever is not acknowledged counts as lost."""
        self._progress_s = asyncio.get_running_loop().time()
        self._ended_said.clear()
        for take in self.kept.open_takes():
            take.sent.clear()

    async def _ping(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            await socket.send(encode_media(MediaPing()).decode())

    # ------------------------------------------------------------------ in
    async def _read(self, socket: ClientConnection) -> None:
        async for text in socket:
            match decode_told(text):
                case Takes(takes=states):
                    self._know(states)
                case TakeSaved(take=number, through=through):
                    self.kept.saved(number, through)
                    self._progress_s = asyncio.get_running_loop().time()
                case TakeClosed(take=number, complete=complete):
                    self.kept.closed(number, complete=complete)
                case Refused(retry=True, retry_after_s=after_s):
                    asyncio.get_running_loop().call_later(after_s or 1.0, self._send_again)
                case _:
                    pass

    def _know(self, states: list[TakeState]) -> None:
        for state in states:
            self.states[state.take] = state
            self.kept.saved(state.take, state.through)
            take = self.kept.takes.get(state.take)
            if take is not None:
                take.also_saved = [(first, last) for first, last in state.ranges]
                if state.closed:
                    self.kept.closed(state.take, complete=take.complete)
        self.up.set()
        self.told()


def _frame(take: int, packet: KeptPacket, *, live: bool) -> MediaFrame:
    return MediaFrame(
        FrameKind.OPUS,
        packet.n,
        packet.start_ms,
        packet.payload,
        packet.duration_ms,
        packet.level,
        key=True,
        live=live,
        take=take,
    )


def _run(take: int, packets: list[KeptPacket]) -> MediaFrame:
    if len(packets) == 1:
        return _frame(take, packets[0], live=False)
    payload = pack_run([packet.payload for packet in packets])
    first = packets[0]
    return MediaFrame(FrameKind.RUN, first.n, first.start_ms, payload, first.duration_ms, take=take)
