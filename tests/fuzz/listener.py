"""A sink that holds the media room to its word."""

import numpy as np

from realtime.media.ingest import AudioChunk, EncodedFrame, VideoPicture

UNTOLD_MS = 1.0
"""A hole of less than this, which no real sender makes, is passed over."""


class Listener:
    """A sink that holds the room to its word: every millisecond told once, and all samples finite."""

    def __init__(self) -> None:
        self.at_ms: float | None = None

    def media_changed(self, transport: str, connected: bool) -> None: ...

    def audio(self, chunk: AudioChunk) -> None:
        assert np.isfinite(chunk.pcm).all()
        self._told(chunk.start_ms, chunk.end_ms)

    def audio_gap(self, start_ms: float, end_ms: float, cause: str) -> None:
        assert cause in ("loss", "disconnected", "overload")
        self._told(start_ms, end_ms)

    def encoded(self, frame: EncodedFrame) -> None:
        assert frame.data

    def picture(self, picture: VideoPicture) -> None:
        assert picture.rgb.ndim == 3

    def follow(self, take: int, zero_ms: float, start_ms: float) -> None: ...

    def _told(self, start_ms: float, end_ms: float) -> None:
        assert end_ms > start_ms
        assert self.at_ms is None or abs(start_ms - self.at_ms) <= UNTOLD_MS, (self.at_ms, start_ms)
        self.at_ms = end_ms
