"""Our own door, with a sink that counts."""

from typing import Literal

from bench.media.delivered import Delivered
from realtime.media.ingest import AudioChunk, EncodedFrame, VideoPicture
from realtime.media.settings import MediaSettings
from realtime.media.webrtc import WebRtcDoor
from realtime.protocol.messages import Transport

PICTURES_PER_SECOND = 2.0


class _Sink:
    def __init__(self, number: int, delivered: Delivered) -> None:
        self._number = number
        self._delivered = delivered

    def media_changed(self, transport: Transport, connected: bool) -> None: ...

    def follow(self, take: int, zero_ms: float, from_ms: float) -> None: ...

    def audio(self, chunk: AudioChunk) -> None:
        self._delivered.audio(self._number, chunk.start_ms, chunk.pcm)

    def audio_gap(self, start_ms: float, end_ms: float, cause: Literal["loss", "disconnected", "overload"]) -> None: ...

    def encoded(self, frame: EncodedFrame) -> None:
        self._delivered.frames += frame.codec == "vp8"

    def picture(self, picture: VideoPicture) -> None:
        self._delivered.pictures += 1


class Viva:
    """Decodes audio to 16 kHz; pictures where ``video`` is decoded."""

    def __init__(self, video: str, delivered: Delivered) -> None:
        self._door = WebRtcDoor(MediaSettings(addresses=("127.0.0.1",), max_connections=10_000))
        self._pictures_per_second = PICTURES_PER_SECOND if video == "decoded" else 0.0
        self._delivered = delivered

    async def offer(self, number: int, sdp: str) -> str:
        publication = await self._door.offer(str(number), sdp, _Sink(number, self._delivered))
        publication.control.decode_audio(True)
        publication.control.decode_pictures(self._pictures_per_second)
        return publication.answer_sdp

    async def watch(self, number: int, sdp: str) -> str:
        return (await self._door.watch(str(number), sdp)).answer_sdp

    async def close(self) -> None:
        await self._door.close_all()


make = Viva
