"""The one interface behind which both transports disappear.

A transport turns packets into calls on a ``MediaSink``, all on the event loop, none of which may block or
raise. Every call carries media time: milliseconds on the stream's own clock (the RTP timestamp, or the frame's
capture time on a WebSocket), starting at 0 with the first packet of the connection. Loss, silence suppression
and reordering never move that clock; what never came is told by ``audio_gap``.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from realtime.protocol.messages import Transport


class AudioChunk(msgspec.Struct, frozen=True, gc=False, eq=False):
    """Decoded audio, in order. ``pcm``: float32, 16 kHz mono, -1..1. ``level_dbfs``: from the packet's header
    (RFC 6464) where it was sent, else measured. ``concealed``: made by the decoder for a lost packet."""

    start_ms: float
    pcm: npt.NDArray[np.float32]
    level_dbfs: float
    concealed: bool = False

    @property
    def end_ms(self) -> float:
        return self.start_ms + len(self.pcm) / 16.0


class EncodedFrame(msgspec.Struct, frozen=True, gc=False):
    """What goes into the recording and to watchers, never decoded: an Opus packet, a VP8 frame or a JPEG."""

    codec: Literal["opus", "vp8", "jpeg"]
    start_ms: float
    data: bytes
    key: bool = True


class VideoPicture(msgspec.Struct, frozen=True, gc=False, eq=False):
    """A decoded picture, RGB (height, width, 3), at the rate the analysis asked for."""

    start_ms: float
    rgb: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class MediaStatistics:
    """Totals since the connection started."""

    audio_packets: int = 0
    audio_lost: int = 0
    audio_late: int = 0
    video_frames: int = 0
    video_dropped: int = 0
    bytes: int = 0


class MediaSink(Protocol):
    def media_changed(self, transport: Transport, connected: bool) -> None: ...

    def follow(self, take: int, zero_ms: float, from_ms: float) -> None:
        """From ``from_ms`` on the sound belongs to this take (0: to none), whose own time began at ``zero_ms`` of the
        stream. Only a transport that knows about takes says so."""

    def audio(self, chunk: AudioChunk) -> None: ...

    def audio_gap(self, start_ms: float, end_ms: float, cause: Literal["loss", "disconnected", "overload"]) -> None: ...

    def encoded(self, frame: EncodedFrame) -> None: ...

    def picture(self, picture: VideoPicture) -> None: ...


class MediaControl(Protocol):
    """What the interview asks of a transport. Setting what is set already costs nothing."""

    def decode_audio(self, wanted: bool) -> None:
        """Decode Opus only while somebody listens (an answer or the practice is open)."""

    def decode_pictures(self, per_second: float) -> None:
        """0: decode none."""

    def request_key_frame(self) -> None: ...

    def latest_still(self) -> bytes | None:
        """The newest picture as JPEG, for HR's stills; None while there is none."""

    def statistics(self) -> MediaStatistics: ...

    async def close(self) -> None: ...
