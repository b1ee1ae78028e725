"""Media frames from a WebSocket, for networks where WebRTC cannot pass. Sans-io: the server owns the socket.

TCP loses nothing and keeps the order, so a hole in the numbers means that the client had to drop frames
(cause "overload"), and a hole in time without one that it was silent or stopped. What the client says about
itself is checked against the arrival clock; what cannot be true is dropped and told as a ``ProtocolError``.
"""

import json
from collections.abc import Callable

import numpy as np

from realtime.media.cadence import Cadence
from realtime.media.errors import MediaError
from realtime.media.ingest import AudioChunk, EncodedFrame, MediaSink, MediaStatistics, VideoPicture
from realtime.media.opus import SAMPLES_PER_MS, OpusDecoder, OpusEncoder, OpusError, Pcm, level_dbfs, packet_ms
from realtime.media.pictures import PictureTap
from realtime.media.sequence import ReceivedSequence
from realtime.media.stills import decode_jpeg, encode_jpeg
from realtime.media.vp8 import Vp8Frame, is_key_frame
from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import FrameKind, MediaFrame, decode_frame
from realtime.protocol.text import Bilingual

MAX_AHEAD_MS = 10_000
"""Nothing can be captured in the future. The slack is for a first frame that was long on its way."""
MAX_OVERLAP_MS = 200
JITTER_MS = 20
"""Capture times shake; within this, audio goes on where it ended."""
SILENCE_MS = 1000
BYTES_PER_S, BURST_BYTES = 1024 * 1024, 4 * 1024 * 1024
"""Ten times what voice and stills need; the burst is what a client kept during a short cut."""
ENCODE_SAMPLES = 20 * SAMPLES_PER_MS


class FrameIngest:
    """One connection's media; the WebSocket's ``MediaControl``.

    ``on_close`` is called once by ``close``: the server's way to end the socket.
    """

    def __init__(self, sink: MediaSink, on_close: Callable[[], None] | None = None) -> None:
        self._sink = sink
        self._on_close = on_close
        self._sequence = ReceivedSequence()
        self._acknowledged = 0
        self._zero_ms: float | None = None
        self._budget = float(BURST_BYTES)
        self._budget_at_ms = 0.0
        self._end_ms: float | None = None
        self._skipped = self._skipped_before = 0
        self._decoder: OpusDecoder | None = None
        self._encoding: _PcmEncoding | None = None
        self._wanted = False
        self._stills = _StillTap()
        self._tap = PictureTap()
        self._key_frame_wanted = False
        self._closed = False
        self._audio_packets = self._frames = self._dropped = self._late = self._bytes = 0

    def feed(self, data: bytes, now_ms: float) -> None:
        """One binary message. Raises ``ProtocolError``: those of ``decode_frame``, frame_time, frame_rate,
        frame_audio_invalid, frame_picture_invalid. The frame is then dropped; the connection may go on."""
        if self._closed:
            return
        frame = decode_frame(data)
        if self._zero_ms is None:
            self._zero_ms = self._budget_at_ms = now_ms
            self._sink.media_changed("websocket", True)
        self._spend(len(data), now_ms)
        end_ms = frame.start_ms + (frame.duration_ms if frame.kind in (FrameKind.OPUS, FrameKind.PCM) else 0)
        if end_ms > now_ms - self._zero_ms + MAX_AHEAD_MS:
            raise self._refuse("frame_time", "captured in the future", "采集时间在未来")
        late, skipped = self._sequence.take(frame.seq)
        self._skipped += skipped
        if late:
            self._late += 1
            return
        self._bytes += len(data)
        if frame.kind is FrameKind.OPUS or frame.kind is FrameKind.PCM:
            self._audio(frame, now_ms - self._zero_ms)
        else:
            self._video(frame)

    def take_acknowledgement(self) -> bytes | None:
        """To send, at most four times a second; None when there is nothing new."""
        seq = self._sequence.contiguous
        if seq == self._acknowledged:
            return None
        self._acknowledged = seq
        return json.dumps({"type": "media_ack", "seq": seq}).encode()

    def take_key_frame_request(self) -> bytes | None:
        """To send, at most once a second, to a client that sends VP8."""
        wanted, self._key_frame_wanted = self._key_frame_wanted, False
        return b'{"type":"media_key_frame"}' if wanted else None

    def decode_audio(self, wanted: bool) -> None:
        """PCM is also encoded for the recording only while wanted."""
        if wanted != self._wanted:
            self._decoder, self._encoding = None, None
        self._wanted = wanted

    def decode_pictures(self, per_second: float) -> None:
        if per_second != self._stills.cadence.per_second:
            self._stills.cadence = Cadence(per_second)
        self._tap.decode(per_second)
        self._key_frame_wanted |= self._tap.wants_key_frame(0)

    def request_key_frame(self) -> None:
        self._key_frame_wanted = True

    def latest_still(self) -> bytes | None:
        return self._stills.latest() or self._tap.latest_still()

    def statistics(self) -> MediaStatistics:
        return MediaStatistics(
            audio_packets=self._audio_packets,
            audio_lost=self._skipped,
            audio_late=self._late,
            video_frames=self._frames,
            video_dropped=self._dropped + self._tap.refused,
            bytes=self._bytes,
        )

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._zero_ms is not None:
            self._sink.media_changed("websocket", False)
        if self._on_close is not None:
            self._on_close()

    def _spend(self, size: int, now_ms: float) -> None:
        self._budget = min(BURST_BYTES, self._budget + (now_ms - self._budget_at_ms) * BYTES_PER_S / 1000)
        self._budget_at_ms = now_ms
        if size > self._budget:
            raise self._refuse("frame_rate", "more than a megabyte a second", "每秒超过 1 MB")
        self._budget -= size

    def _refuse(self, code: str, en: str, zh: str) -> ProtocolError:
        self._dropped += 1
        return ProtocolError(code, Bilingual(zh=f"媒体帧被拒绝：{zh}。", en=f"The media frame was refused: {en}."))

    def _audio(self, frame: MediaFrame, arrival_ms: float) -> None:
        self._audio_packets += 1
        opus = frame.kind is FrameKind.OPUS
        # The payload knows its duration; the header only claims one.
        duration_ms = packet_ms(frame.payload) if opus else len(frame.payload) / 2 / SAMPLES_PER_MS
        if not duration_ms or (not opus and len(frame.payload) % 2):
            raise self._refuse("frame_audio_invalid", "neither an Opus packet nor s16le", "不是 Opus 或 s16le 音频")
        start_ms = self._place(float(frame.start_ms), duration_ms, arrival_ms)
        if opus:
            self._sink.encoded(EncodedFrame("opus", start_ms, frame.payload))
        if not self._wanted:
            return
        if opus:
            self._decoder = self._decoder or OpusDecoder()
            try:
                pcm = self._decoder.decode(frame.payload)
            except OpusError:
                raise self._refuse("frame_audio_invalid", "not an Opus packet", "不是 Opus 音频包") from None
        else:
            pcm = np.frombuffer(frame.payload, "<i2").astype(np.float32) / 32768
            self._encoding = self._encoding or _PcmEncoding(self._sink)
            self._encoding.push(start_ms, pcm)
        level = level_dbfs(pcm) if frame.level is None else -float(frame.level)
        self._sink.audio(AudioChunk(start_ms, pcm, level))

    def _place(self, start_ms: float, duration_ms: float, arrival_ms: float) -> float:
        """Where on the media clock this audio goes; tells the hole before it."""
        skipped, self._skipped_before = self._skipped != self._skipped_before, self._skipped
        if self._end_ms is None:
            self._end_ms = start_ms + duration_ms
            return start_ms
        hole_ms = start_ms - self._end_ms
        late = -hole_ms > MAX_OVERLAP_MS
        if late or self._end_ms + duration_ms > arrival_ms + MAX_AHEAD_MS:
            raise self._refuse("frame_time", "audio that overlaps what was sent before", "音频时间与之前的重叠")
        if hole_ms <= JITTER_MS and not (skipped and hole_ms > 0):
            start_ms = self._end_ms
        elif skipped:
            self._sink.audio_gap(self._end_ms, start_ms, "overload")
        elif hole_ms > SILENCE_MS:
            self._sink.audio_gap(self._end_ms, start_ms, "disconnected")
        elif self._wanted:
            zeros: Pcm = np.zeros(round(hole_ms * SAMPLES_PER_MS), np.float32)
            self._sink.audio(AudioChunk(self._end_ms, zeros, -127.0))
        self._end_ms = start_ms + duration_ms
        return start_ms

    def _video(self, frame: MediaFrame) -> None:
        start_ms = float(frame.start_ms)
        if frame.kind is FrameKind.JPEG:
            if frame.payload[:2] != b"\xff\xd8":
                raise self._refuse("frame_picture_invalid", "not a JPEG", "不是 JPEG 图片")
            self._frames += 1
            self._sink.encoded(EncodedFrame("jpeg", start_ms, frame.payload))
            try:
                picture = self._stills.push(start_ms, frame.payload)
            except MediaError as error:
                raise self._refuse("frame_picture_invalid", error.detail, "图片无法解码") from None
        else:
            key = is_key_frame(frame.payload)
            if key != frame.key:
                raise self._refuse("frame_picture_invalid", "the key flag is wrong", "关键帧标志错误")
            self._frames += 1
            self._sink.encoded(EncodedFrame("vp8", start_ms, frame.payload, key))
            picture = self._tap.push(Vp8Frame(start_ms, frame.payload, key, False))
        if picture is not None:
            self._sink.picture(picture)


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


class _StillTap:
    """JPEGs, decoded no oftener than asked; the newest is kept for HR."""

    def __init__(self) -> None:
        self.cadence = Cadence()
        self._newest: bytes | None = None
        self._clean: bytes | None = None

    def push(self, start_ms: float, data: bytes) -> VideoPicture | None:
        self._newest, self._clean = data, None
        if not self.cadence.due(start_ms):
            return None
        self.cadence.took(start_ms)
        return VideoPicture(start_ms, decode_jpeg(data))

    def latest(self) -> bytes | None:
        """Made anew: what HR's browser opens was decoded here first, and carries no metadata (no place, no device)."""
        if self._newest is not None and self._clean is None:
            try:
                self._clean = encode_jpeg(decode_jpeg(self._newest))
            except MediaError:
                self._newest = None
        return self._clean
