"""VP8 frames to pictures, as few as asked for.

Every VP8 frame is predicted from one before, so "one in N" cannot be had by skipping. Two ways are left:

* below ``CHAIN_FROM`` pictures a second: key frames alone. Each costs the sender bits but us one decode;
  the caller asks for them (``wants_key_frame``).
* from there on: decode the chain, of the temporal layers only those that are needed (``layers``), and convert
  only what is due. A frame marked as droppable is not decoded unless it is due.
"""

from collections.abc import Iterator

import av
import numpy as np

from realtime.media.cadence import Cadence
from realtime.media.ingest import VideoPicture
from realtime.media.layers import LayerChoice
from realtime.media.stills import MAX_PIXELS, MAX_SIDE, Picture, encode_jpeg
from realtime.media.vp8 import Vp8Frame, dimensions

CHAIN_FROM_PER_SECOND = 1.0
EARLY = 0.25
"""Of the interval between two pictures: where layers are left out, a base frame this early is the one that is due, for
the next one may be an interval away."""


class PictureTap:
    """One stream's pictures. ``latest_still`` works while nothing is decoded: a key frame stands by itself."""

    def __init__(self) -> None:
        self._cadence = Cadence()
        self._layers = LayerChoice(0.0)
        self._codec: av.VideoCodecContext | None = None
        self._key: Vp8Frame | None = None
        self._picture: VideoPicture | None = None
        self._still: tuple[float, bytes] | None = None
        self.decoded = 0
        self.refused = 0

    def decode(self, per_second: float) -> None:
        if per_second == self._cadence.per_second:
            return
        self._cadence = Cadence(per_second)
        self._layers.per_second = per_second
        if not self._chain:
            self._codec = None

    @property
    def _chain(self) -> bool:
        return self._cadence.per_second >= CHAIN_FROM_PER_SECOND

    def wants_key_frame(self, now_ms: float) -> bool:
        """The chain has no beginning yet, or a picture is due that only a key frame can give."""
        if self._chain:
            return self._codec is None
        return self._cadence.due(now_ms)

    def push(self, frame: Vp8Frame) -> VideoPicture | None:
        if frame.key:
            width, height = dimensions(frame.data)
            if not 0 < width * height <= MAX_PIXELS:
                self.refused += 1
                self._codec = None
                return None
            self._key = frame
        if not self._cadence.per_second:
            return None
        picture = self._link(frame) if self._chain else self._alone(frame)
        if picture is not None:
            self._cadence.took(frame.start_ms)
        return picture

    def _alone(self, frame: Vp8Frame) -> VideoPicture | None:
        if not frame.key or not self._cadence.due(frame.start_ms):
            return None
        return self._convert(frame, _decode(_codec(), frame))

    def _link(self, frame: Vp8Frame) -> VideoPicture | None:
        """The next link of the chain."""
        if self._codec is None:
            if not frame.key:
                return None
            self._codec = _codec()
        if not self._layers.takes(frame):
            return None
        early_ms = EARLY * 1000 / self._cadence.per_second if self._layers.spacing else 0.0
        due = self._cadence.due(frame.start_ms + early_ms)
        if frame.droppable and not due:
            return None
        decoded = _decode(self._codec, frame)
        if decoded is None:
            self._codec = None  # wait for the next key frame
        else:
            self.decoded += 1
        return self._convert(frame, decoded) if due else None

    def latest_still(self) -> bytes | None:
        """JPEG of the newest picture there is, decoded or not yet."""
        if self._key is not None and (self._picture is None or self._key.start_ms > self._picture.start_ms):
            self._convert(self._key, _decode(_codec(), self._key))
            self._key = None
        if self._picture is None:
            return None
        if self._still is None or self._still[0] != self._picture.start_ms:
            self._still = (self._picture.start_ms, encode_jpeg(self._picture.rgb))
        return self._still[1]

    def _convert(self, frame: Vp8Frame, decoded: "av.VideoFrame | None") -> VideoPicture | None:
        if decoded is None:
            self.refused += 1
            return None
        scale = min(1.0, MAX_SIDE / max(decoded.width, decoded.height))
        width, height = max(2, round(decoded.width * scale)), max(2, round(decoded.height * scale))
        rgb: Picture = np.ascontiguousarray(decoded.to_ndarray(format="rgb24", width=width, height=height))
        self._picture = VideoPicture(frame.start_ms, rgb)
        return self._picture


def _codec() -> "av.VideoCodecContext":
    codec = av.CodecContext.create("vp8", "r")
    codec.thread_count = 1  # more would delay every picture by a frame, and cost threads a session
    return codec


def _decode(codec: "av.VideoCodecContext", frame: Vp8Frame) -> "av.VideoFrame | None":
    try:
        return next(_frames(codec, frame), None)
    except av.FFmpegError:
        return None


def _frames(codec: "av.VideoCodecContext", frame: Vp8Frame) -> "Iterator[av.VideoFrame]":
    yield from codec.decode(av.Packet(frame.data))
