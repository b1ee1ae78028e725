"""A thousand candidates, cheaply: WebSocket frames are made once and masked once, and written at their moments."""

import asyncio
import base64
import json
import os
import random
import struct
import time
from collections import deque
from dataclasses import dataclass, field

from realtime.protocol.frames import FrameKind, MediaFrame, encode_frame

LATE_S = 0.02
"""A client that writes later than this is no measure of the server any more."""


@dataclass(frozen=True)
class Load:
    """``packet_ms``: of one Opus packet, one message each. ``stills_per_s``: of ``still_bytes``."""

    connections: int
    packet_ms: int
    packet_bytes: int
    stills_per_s: float
    still_bytes: int

    @property
    def messages_per_s(self) -> float:
        return self.connections * (1000 / self.packet_ms + self.stills_per_s)


@dataclass
class Heard:
    """``on_way_ms``: server's clock to here. ``saved_ms``: sent to told that it is durable."""

    on_way_ms: list[float] = field(default_factory=list)
    saved_ms: list[float] = field(default_factory=list)
    late: int = 0
    sent: int = 0
    refused: int = 0
    lost: int = 0
    measuring: bool = False


def opus_of(packet_ms: int, size: int) -> bytes:
    """A packet whose table of contents says so many ms (RFC 6716, 3.1): SILK wideband frames of 20 ms, as many as it
    takes. What is inside is never decoded here."""
    frames = packet_ms // 20
    head = bytes([9 << 3 | 0]) if frames == 1 else bytes([9 << 3 | 3, frames])
    return head + random.Random(packet_ms).randbytes(size - len(head))


class Candidate(asyncio.Protocol):
    def __init__(self, number: int, load: Load, heard: Heard) -> None:
        self._number = number
        self._load = load
        self._heard = heard
        self._buffer = bytearray()
        self._open = False
        self._n = self._picture = 0
        self._waiting: deque[tuple[int, float]] = deque()
        self._packet = opus_of(load.packet_ms, load.packet_bytes)
        self._still = b"\xff\xd8" + random.Random(number).randbytes(load.still_bytes - 2)
        self.upgraded = asyncio.get_running_loop().create_future()

    # ------------------------------------------------------------------ the connection
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET /media/{self._number} HTTP/1.1", "Host: viva", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
        self.transport.write("\r\n".join(lines).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        if self._heard.measuring:
            self._heard.lost += 1
        if not self.upgraded.done():
            self.upgraded.set_exception(ConnectionError("refused"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not end:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._open, self._buffer = True, bytearray(rest)
            self.transport.write(_masked(1, b'{"token":"t"}'))
            self.upgraded.set_result(None)
        self._messages()

    def _messages(self) -> None:
        while len(self._buffer) >= 2:
            size, at = self._buffer[1] & 0x7F, 2
            if size == 126:
                if len(self._buffer) < 4:
                    return
                (size,), at = struct.unpack_from("!H", self._buffer, 2), 4
            if len(self._buffer) < at + size:
                return
            opcode, payload = self._buffer[0] & 0x0F, bytes(self._buffer[at : at + size])
            del self._buffer[: at + size]
            if opcode == 1:
                self._told(payload)

    def _told(self, text: bytes) -> None:
        now = time.monotonic()
        message = json.loads(text)
        if message["type"] == "beat":
            if self._heard.measuring:
                self._heard.on_way_ms.append((now - message["at"]) * 1000)
        elif message["type"] == "take_saved":
            while self._waiting and self._waiting[0][0] <= message["through"]:
                _, at = self._waiting.popleft()
                if self._heard.measuring:
                    self._heard.saved_ms.append((now - at) * 1000)
        elif message["type"] == "refused":
            self._heard.refused += 1

    # ------------------------------------------------------------------ what is sent
    async def speak(self, seconds: float) -> None:
        """Every packet at its own moment; a still now and then."""
        loop = asyncio.get_running_loop()
        step_s = self._load.packet_ms / 1000
        began = loop.time() + random.Random(self._number).random() * step_s
        still_every = round(1 / self._load.stills_per_s / step_s) if self._load.stills_per_s else 0
        while self._n * step_s < seconds and not self.transport.is_closing():
            due = began + self._n * step_s
            if (ahead := due - loop.time()) > 0:
                await asyncio.sleep(ahead)
            elif -ahead > LATE_S:
                self._heard.late += 1
            self._sound()
            if still_every and self._n % still_every == self._number % still_every:
                self._send_still()

    def _sound(self) -> None:
        frame = MediaFrame(
            FrameKind.OPUS,
            self._n,
            self._n * self._load.packet_ms,
            self._packet,
            duration_ms=self._load.packet_ms,
            level=30,
            live=True,
            take=1,
        )
        self._waiting.append((self._n, time.monotonic()))
        self._n += 1
        self._heard.sent += 1
        self.transport.write(_masked(2, encode_frame(frame)))

    def _send_still(self) -> None:
        at_ms = self._n * self._load.packet_ms
        frame = MediaFrame(FrameKind.JPEG, self._picture, at_ms, self._still, live=True)
        self._picture += 1
        self._heard.sent += 1
        self.transport.write(_masked(2, encode_frame(frame)))


def _masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame (RFC 6455, 5.3). A mask of zeros is a mask, and leaves the payload as it is."""
    size = len(payload)
    head = bytes([0x80 | opcode, 0x80 | size]) if size < 126 else bytes([0x80 | opcode, 0xFE]) + struct.pack("!H", size)
    return head + bytes(4) + payload
