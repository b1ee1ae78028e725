"""Live sound from a WebSocket: numbered packets with their capture times become one stream without a leap.

TCP loses nothing and keeps the order, so a hole in the numbers means that the client had to drop frames (cause
"overload"), and a hole in time without one that it was silent or stopped.

Sound in a take counts its time from the beginning of the take, other sound from the beginning of the connection. The
microphone does not stop between the two, so where the take changes the stream goes on where it ended.
"""

import numpy as np

from realtime.media.ingest import AudioChunk, EncodedFrame, MediaSink
from realtime.media.opus import SAMPLES_PER_MS, OpusDecoder, OpusEncoder, OpusError, Pcm, level_dbfs, packet_ms
from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import FrameKind, MediaFrame
from realtime.protocol.text import Bilingual

MAX_AHEAD_MS = 10_000
"""Nothing can be captured in the future. The slack is for a first frame that was long on its way."""
MAX_OVERLAP_MS = 200
JITTER_MS = 20
"""Capture times shake; within this, audio goes on where it ended."""
SILENCE_MS = 1000
ENCODE_SAMPLES = 20 * SAMPLES_PER_MS


def refused(code: str, en: str, zh: str) -> ProtocolError:
    return ProtocolError(code, Bilingual(zh=f"媒体帧被拒绝：{zh}。", en=f"The media frame was refused: {en}."))


def sound_ms(frame: MediaFrame) -> float:
    """How long a packet sounds: the payload knows, the header only claims. Raises ``ProtocolError``
    frame_audio_invalid."""
    opus = frame.kind is FrameKind.OPUS
    duration_ms = packet_ms(frame.payload) if opus else len(frame.payload) / 2 / SAMPLES_PER_MS
    if not duration_ms or (not opus and len(frame.payload) % 2):
        raise refused("frame_audio_invalid", "neither an Opus packet nor s16le", "不是 Opus 或 s16le 音频")
    return duration_ms


class LiveSound:
    """One connection's."""

    def __init__(self, sink: MediaSink) -> None:
        self._sink = sink
        self._take: int | None = None
        self._take_zero_ms = 0.0
        self._next_n = 0
        self._end_ms: float | None = None
        self._skipping = False
        self._decoder: OpusDecoder | None = None
        self._encoding: _PcmEncoding | None = None
        self._wanted = False
        self.packets = self.skipped = self.late = 0

    def decode(self, wanted: bool) -> None:
        if wanted != self._wanted:
            self._decoder, self._encoding = None, None
        self._wanted = wanted

    def push(self, frame: MediaFrame, arrival_ms: float) -> None:
        """Raises ``ProtocolError`` frame_time, frame_audio_invalid. What came before already is dropped."""
        duration_ms = sound_ms(frame)
        if frame.take != self._take:
            self._follow(frame, arrival_ms)
        elif frame.n < self._next_n:
            self.late += 1
            return
        elif frame.n > self._next_n:
            self.skipped += frame.n - self._next_n
            self._skipping = True
        self._next_n = frame.n + 1
        start_ms = self._place(frame.start_ms + self._take_zero_ms, duration_ms, arrival_ms)
        self.packets += 1
        if frame.kind is FrameKind.OPUS:
            self._sink.encoded(EncodedFrame("opus", start_ms, frame.payload))
        if self._wanted:
            self._decode(frame, start_ms, duration_ms)

    def _follow(self, frame: MediaFrame, arrival_ms: float) -> None:
        """Lays the beginning of another take onto the stream."""
        ends_ms = self._end_ms
        if not frame.take:
            zero_ms = 0.0 if ends_ms is None else max(0.0, ends_ms - frame.start_ms)
        elif ends_ms is None or arrival_ms - ends_ms > SILENCE_MS:
            zero_ms = arrival_ms - frame.start_ms
        else:
            zero_ms = ends_ms - frame.start_ms
        self._take, self._take_zero_ms = frame.take, zero_ms
        self._sink.follow(frame.take, zero_ms, zero_ms + frame.start_ms)

    def _decode(self, frame: MediaFrame, start_ms: float, duration_ms: float) -> None:
        if frame.kind is FrameKind.OPUS:
            self._decoder = self._decoder or OpusDecoder()
            try:
                pcm = self._decoder.decode(frame.payload)
            except OpusError:
                self._sink.audio_gap(start_ms, start_ms + duration_ms, "loss")
                raise refused("frame_audio_invalid", "not an Opus packet", "不是 Opus 音频包") from None
        else:
            pcm = np.frombuffer(frame.payload, "<i2").astype(np.float32) / 32768
            self._encoding = self._encoding or _PcmEncoding(self._sink)
            self._encoding.push(start_ms, pcm)
        level = level_dbfs(pcm) if frame.level is None else -float(frame.level)
        self._sink.audio(AudioChunk(start_ms, pcm, level))

    def _place(self, start_ms: float, duration_ms: float, arrival_ms: float) -> float:
        """Where on the media clock this audio goes; tells the hole before it."""
        skipping, self._skipping = self._skipping, False
        if start_ms + duration_ms > arrival_ms + MAX_AHEAD_MS:
            raise refused("frame_time", "captured in the future", "采集时间在未来")
        if self._end_ms is None:
            self._end_ms = start_ms + duration_ms
            return start_ms
        hole_ms = start_ms - self._end_ms
        late = -hole_ms > MAX_OVERLAP_MS
        if late or self._end_ms + duration_ms > arrival_ms + MAX_AHEAD_MS:
            raise refused("frame_time", "audio that overlaps what was sent before", "音频时间与之前的重叠")
        if hole_ms <= JITTER_MS and not (skipping and hole_ms > 0):
            start_ms = self._end_ms
        elif skipping:
            self._sink.audio_gap(self._end_ms, start_ms, "overload")
        elif hole_ms > SILENCE_MS:
            self._sink.audio_gap(self._end_ms, start_ms, "disconnected")
        elif self._wanted:
            zeros: Pcm = np.zeros(round(hole_ms * SAMPLES_PER_MS), np.float32)
            self._sink.audio(AudioChunk(self._end_ms, zeros, -127.0))
        self._end_ms = start_ms + duration_ms
        return start_ms


class _PcmEncoding:
    """PCM to Opus frames of 20 ms, for the recording; a hole starts a new frame."""

    def __init__(self, sink: MediaSink) -> None:
        self._sink = sink
        self._encoder = OpusEncoder()
        self._pending: Pcm = np.zeros(0, np.float32)
        self._start_ms = 0.0

    def push(self, start_ms: float, pcm: Pcm) -> None:
        expected_ms = self._start_ms + len(self._pending) / SAMPLES_PER_MS
        if not len(self._pending) or abs(start_ms - expected_ms) > 1:
            self._pending, self._start_ms = np.zeros(0, np.float32), start_ms
        self._pending = np.concatenate([self._pending, pcm])
        while len(self._pending) >= ENCODE_SAMPLES:
            data = self._encoder.encode(self._pending[:ENCODE_SAMPLES])
            self._sink.encoded(EncodedFrame("opus", self._start_ms, data))
            self._pending = self._pending[ENCODE_SAMPLES:]
            self._start_ms += ENCODE_SAMPLES / SAMPLES_PER_MS
