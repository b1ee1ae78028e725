"""Pre-encoded media as aiortc tracks: a virtual candidate encodes nothing, so that a generator carries many.

aiortc packetises an ``av.Packet`` as it is, without an encoder. Both tracks pace themselves on the loop's clock
and never drift: a packet is due at its position in the stream, not a packet after the last one.
"""

import asyncio
import fractions
from collections import deque
from collections.abc import Sequence
from itertools import cycle
from typing import Any

from aiortc import MediaStreamTrack
from av.packet import Packet

from loadtest.media import FACE_FPS, OpusPacket, Vp8Frame

OPUS_CLOCK = 48_000
VIDEO_CLOCK = 90_000


class _Paced(MediaStreamTrack):
    """Waits until a position in the stream is due."""

    def __init__(self) -> None:
        super().__init__()
        self._zero_s: float | None = None

    async def _until(self, position_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._zero_s is None:
            self._zero_s = loop.time()
        await asyncio.sleep(max(0.0, self._zero_s + position_s - loop.time()))


class VoiceTrack(_Paced):
    """Speaks what it is given, and is silent in between, as a microphone is."""

    kind = "audio"

    def __init__(self, silence: OpusPacket) -> None:
        super().__init__()
        self._silence = silence
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

    async def recv(self) -> "Packet[Any]":
        await self._until(self._at_samples / OPUS_CLOCK)
        if self._to_say:
            packet = self._to_say.popleft()
            if not self._to_say:
                self._said.set()
        else:
            packet = self._silence
        return self._wrapped(packet)

    def _wrapped(self, packet: OpusPacket) -> "Packet[Any]":
        wrapped = Packet(packet.data)
        wrapped.pts = self._at_samples
        wrapped.time_base = fractions.Fraction(1, OPUS_CLOCK)
        self._at_samples += packet.duration_samples
        return wrapped


class FaceTrack(_Paced):
    """A moving face, over and over; it begins with a key frame each time round."""

    kind = "video"

    def __init__(self, frames: Sequence[Vp8Frame]) -> None:
        super().__init__()
        self._frames = cycle(frames)
        self._count = 0

    async def recv(self) -> "Packet[Any]":
        await self._until(self._count / FACE_FPS)
        packet = Packet(next(self._frames).data)
        packet.pts = round(self._count * VIDEO_CLOCK / FACE_FPS)
        packet.time_base = fractions.Fraction(1, VIDEO_CLOCK)
        self._count += 1
        return packet
