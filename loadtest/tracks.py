"""Pre-encoded media as aiortc tracks: a virtual candidate encodes nothing, so that a generator carries many.

aiortc packetises an ``av.Packet`` as it is, without an encoder. Both tracks pace themselves on the loop's clock
and never drift: a packet is due at its position in the stream, not a packet after the last one.
"""

import asyncio
import fractions
from collections import deque
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any

from aiortc import MediaStreamTrack
from av.packet import Packet

from loadtest.media import FACE_FPS, OpusPacket, Vp8Frame

OPUS_CLOCK = 48_000
VIDEO_CLOCK = 90_000


class Microphone:
    """Speaks what it is given, and is silent in between, whether or not anybody takes its sound away. ``heard`` are
    told every packet, and where it begins: samples at 48 kHz since the first one."""

    def __init__(self, silence: OpusPacket) -> None:
        self.heard: list[Callable[[OpusPacket, int], None]] = []
        self._silence = silence
        self._zero_s: float | None = None
        self._to_say: deque[OpusPacket] = deque()
        self._said: asyncio.Event = asyncio.Event()
        self._at_samples = 0

    def speak(self, packets: Sequence[OpusPacket]) -> asyncio.Event:
        """Starts now, after what is being said already; the event is set when the last packet has gone out."""
        self._said = asyncio.Event()
        self._to_say.extend(packets)
        if not self._to_say:
            self._said.set()
        return self._said

    @property
    def left(self) -> int:
        """Packets that have not gone out yet."""
        return len(self._to_say)

    def hush(self) -> None:
        """What has not been said yet never will be."""
        self._to_say.clear()

    async def run(self) -> None:
        """Goes on until it is cancelled. What is late is made good at once: a packet is due at its place."""
        while True:
            packet, at_samples = await self.next()
            for listener in self.heard:
                listener(packet, at_samples)

    async def next(self) -> tuple[OpusPacket, int]:
        loop = asyncio.get_running_loop()
        at_samples = self._at_samples
        if self._zero_s is None:
            self._zero_s = loop.time()
        await asyncio.sleep(max(0.0, self._zero_s + at_samples / OPUS_CLOCK - loop.time()))
        packet = self._to_say.popleft() if self._to_say else self._silence
        if not self._to_say:
            self._said.set()
        self._at_samples += packet.duration_samples
        return packet, at_samples


class VoiceTrack(MediaStreamTrack):
    """Carries what a microphone hears. Nobody waits for it: what the connection does not take in time is lost, the
    oldest first, as a browser does it."""

    kind = "audio"

    def __init__(self, waiting: int = 16) -> None:
        super().__init__()
        self._to_send: deque[tuple[OpusPacket, int]] = deque(maxlen=waiting)
        self._more = asyncio.Event()
        self._first_samples: int | None = None

    def feed(self, packet: OpusPacket, at_samples: int) -> None:
        self._to_send.append((packet, at_samples))
        self._more.set()

    async def recv(self) -> "Packet[Any]":
        while not self._to_send:
            self._more.clear()
            await self._more.wait()
        packet, at_samples = self._to_send.popleft()
        if self._first_samples is None:
            self._first_samples = at_samples
        wrapped = Packet(packet.data)
        wrapped.pts = at_samples - self._first_samples
        wrapped.time_base = fractions.Fraction(1, OPUS_CLOCK)
        return wrapped


class FaceTrack(MediaStreamTrack):
    """A moving face, over and over; it begins with a key frame each time round."""

    kind = "video"

    def __init__(self, frames: Sequence[Vp8Frame]) -> None:
        super().__init__()
        self._frames = cycle(frames)
        self._count = 0
        self._zero_s: float | None = None

    async def recv(self) -> "Packet[Any]":
        loop = asyncio.get_running_loop()
        if self._zero_s is None:
            self._zero_s = loop.time()
        await asyncio.sleep(max(0.0, self._zero_s + self._count / FACE_FPS - loop.time()))
        packet = Packet(next(self._frames).data)
        packet.pts = round(self._count * VIDEO_CLOCK / FACE_FPS)
        packet.time_base = fractions.Fraction(1, VIDEO_CLOCK)
        self._count += 1
        return packet
