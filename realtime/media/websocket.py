"""Media frames from a WebSocket, for networks where WebRTC cannot pass. Sans-io: the server owns the socket.

What the client says about itself is checked against the arrival clock; what cannot be true is dropped and told as a
``ProtocolError``.
"""

from collections.abc import Callable

from realtime.media.cadence import Cadence
from realtime.media.errors import MediaError
from realtime.media.ingest import EncodedFrame, MediaSink, MediaStatistics, VideoPicture
from realtime.media.pictures import PictureTap
from realtime.media.stills import decode_jpeg, encode_jpeg
from realtime.media.vp8 import Vp8Frame, is_key_frame
from realtime.media.websocket_sound import MAX_AHEAD_MS, LiveSound, refused
from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import SOUND, FrameKind, MediaFrame, decode_frame

BYTES_PER_S, BURST_BYTES = 1024 * 1024, 4 * 1024 * 1024
"""Ten times what voice and stills need; the burst is what a client kept during a short cut."""


class FrameIngest:
    """One connection's media; the WebSocket's ``MediaControl``.

    ``keep`` takes in what belongs to a take; it raises ``ProtocolError`` for what cannot be kept, and such a frame is
    not heard either. ``on_live`` is called once, with the first frame that is to be heard or seen now: a connection
    that only brings what was missing never becomes the live one. ``on_close`` is called once by ``close``: the server's
    way to end the socket.
    """

    def __init__(
        self,
        sink: MediaSink,
        keep: Callable[[MediaFrame], None],
        *,
        on_live: Callable[[], None] = lambda: None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self._sink = sink
        self._keep = keep
        self._on_live = on_live
        self._on_close = on_close
        self._zero_ms: float | None = None
        self._budget = float(BURST_BYTES)
        self._budget_at_ms: float | None = None
        self._sound = LiveSound(sink)
        self._stills = _StillTap()
        self._tap = PictureTap()
        self._key_frame_wanted = False
        self._closed = False
        self._frames = self._dropped = self._bytes = 0

    def feed(self, data: bytes, now_ms: float) -> None:
        """One binary message. Raises ``ProtocolError``: those of ``decode_frame`` and of ``keep``, frame_time,
        frame_rate, frame_audio_invalid, frame_picture_invalid. The frame is then dropped; the connection may go on."""
        if self._closed:
            return
        frame = decode_frame(data)
        self._spend(len(data), now_ms)
        self._bytes += len(data)
        try:
            if frame.take:
                self._keep(frame)
            if frame.live or frame.kind not in SOUND:
                self._live(frame, now_ms)
        except ProtocolError:
            self._dropped += 1
            raise

    def _live(self, frame: MediaFrame, now_ms: float) -> None:
        if self._zero_ms is None:
            self._zero_ms = now_ms
            self._on_live()
            self._sink.media_changed("websocket", True)
        arrival_ms = now_ms - self._zero_ms
        if frame.kind in SOUND:
            self._sound.push(frame, arrival_ms)
        else:
            self._video(frame, arrival_ms)

    def take_key_frame_request(self) -> bool:
        """To ask for, at most once a second, of a client that sends VP8."""
        wanted, self._key_frame_wanted = self._key_frame_wanted, False
        return wanted

    def decode_audio(self, wanted: bool) -> None:
        """PCM is also encoded for the recording only while wanted."""
        self._sound.decode(wanted)

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
            audio_packets=self._sound.packets,
            audio_lost=self._sound.skipped,
            audio_late=self._sound.late,
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
        self._on_close()

    def _spend(self, size: int, now_ms: float) -> None:
        since_ms = 0.0 if self._budget_at_ms is None else now_ms - self._budget_at_ms
        self._budget = min(BURST_BYTES, self._budget + since_ms * BYTES_PER_S / 1000)
        self._budget_at_ms = now_ms
        if size > self._budget:
            self._dropped += 1
            raise refused("frame_rate", "more than a megabyte a second", "每秒超过 1 MB")
        self._budget -= size

    def _video(self, frame: MediaFrame, arrival_ms: float) -> None:
        start_ms = float(frame.start_ms)
        if start_ms > arrival_ms + MAX_AHEAD_MS:
            raise refused("frame_time", "captured in the future", "采集时间在未来")
        if frame.kind is FrameKind.JPEG:
            if frame.payload[:2] != b"\xff\xd8":
                raise refused("frame_picture_invalid", "not a JPEG", "不是 JPEG 图片")
            self._frames += 1
            self._sink.encoded(EncodedFrame("jpeg", start_ms, frame.payload))
            try:
                picture = self._stills.push(start_ms, frame.payload)
            except MediaError as error:
                raise refused("frame_picture_invalid", error.detail, "图片无法解码") from None
        else:
            key = is_key_frame(frame.payload)
            if key != frame.key:
                raise refused("frame_picture_invalid", "the key flag is wrong", "关键帧标志错误")
            self._frames += 1
            self._sink.encoded(EncodedFrame("vp8", start_ms, frame.payload, key))
            picture = self._tap.push(Vp8Frame(start_ms, frame.payload, key, False))
        if picture is not None:
            self._sink.picture(picture)


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
