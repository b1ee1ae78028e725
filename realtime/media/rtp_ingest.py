"""One publisher's RTP: routed, measured, handed to its audio and video path. Pure: time is an argument."""

import secrets
from collections.abc import Callable

from realtime.media import rtcp, rtp
from realtime.media.audio_path import AudioPath
from realtime.media.ingest import MediaSink, MediaStatistics
from realtime.media.reception import Reception
from realtime.media.rtp import RtpPacket
from realtime.media.sdp import Kind, Offer
from realtime.media.video_path import VideoPath

KEY_FRAME_EVERY_S = 1.0
"""Key frames are asked for at most this often, whoever wants them: each is ten times a normal frame."""
TAKE_OVER_AFTER_S = 1.0
"""A new SSRC is believed once the old one has been silent for this long; before, it is a stray."""


class _Stream:
    def __init__(self, kind: Kind, ssrc: int, clock_rate: int, now_s: float) -> None:
        self.kind = kind
        self.reception = Reception(ssrc, clock_rate)
        self.heard_at_s = now_s


class RtpIngest:
    """``send_rtcp``: plain RTCP to the publisher. ``forward``: every accepted packet as it arrives, for watchers;
    ``report``: every sender report, likewise."""

    def __init__(self, offer: Offer, sink: MediaSink, send_rtcp: Callable[[bytes], None], now_s: float) -> None:
        self._send_rtcp = send_rtcp
        self._kinds: dict[int, Kind] = {}
        self._streams: dict[Kind, _Stream] = {}
        self._level_id: int | None = None
        self._own_ssrc = secrets.randbits(32)
        self._zero_s: float | None = None
        self._now_s = now_s
        self._key_asked_s = float("-inf")
        self._key_wanted = False
        self.forward: Callable[[Kind, RtpPacket], None] | None = None
        self.report: Callable[[Kind, rtcp.SenderReport], None] | None = None
        self.strays = 0
        self.bytes = 0
        self.audio = AudioPath(sink)
        self._nack_audio = nack = False
        if (section := offer.first("audio")) and section.codec:
            self._kinds[section.codec.payload_type] = "audio"
            self._level_id = section.audio_level_id
            self._nack_audio = "nack" in section.codec.feedback
        if (section := offer.first("video")) and section.codec:
            self._kinds[section.codec.payload_type] = "video"
            nack = "nack" in section.codec.feedback
        self.video = VideoPath(sink, self.request_key_frame, self._ask_video_again if nack else None)

    def receive(self, data: bytes, now_s: float) -> None:
        packet = rtp.parse(data)
        kind = self._kinds.get(packet.payload_type) if packet is not None else None
        if packet is None or kind is None:
            self.strays += 1
            return
        self._now_s = now_s
        if self._zero_s is None:
            self._zero_s = now_s
        stream = self._streams.get(kind)
        if stream is None or stream.reception.ssrc != packet.ssrc:
            if stream is not None and now_s - stream.heard_at_s < TAKE_OVER_AFTER_S:
                self.strays += 1
                return
            stream = self._start(kind, packet.ssrc, now_s)
        stream.heard_at_s = now_s
        stream.reception.received(packet.sequence, packet.timestamp, now_s)
        self.bytes += len(data)
        if self.forward is not None:
            self.forward(kind, packet)
        arrival_ms = (now_s - self._zero_s) * 1000
        if kind == "audio":
            level = rtp.audio_level(packet, self._level_id)
            self.audio.receive(packet.sequence, packet.timestamp, packet.payload, level, arrival_ms)
            if self._nack_audio and (missing := self.audio.missing()):
                self._ask_again("audio", missing)
        else:
            if self._key_wanted:
                self.request_key_frame()
            self.video.receive(packet.sequence, packet.timestamp, packet.marker, packet.payload, arrival_ms)

    def receive_rtcp(self, data: bytes, now_s: float) -> None:
        for report in rtcp.parse(data):
            if isinstance(report, rtcp.SenderReport):
                for stream in self._streams.values():
                    if stream.reception.ssrc == report.ssrc:
                        stream.reception.reported(report, now_s)
                        if self.report is not None:
                            self.report(stream.kind, report)

    def tick(self, now_s: float) -> None:
        """About once a second: receiver reports, what waits for packets that will not come, key frames owed."""
        self._now_s = now_s
        blocks = [b for s in self._streams.values() if (b := s.reception.block(now_s))]
        if blocks:
            self._send_rtcp(rtcp.receiver_report(self._own_ssrc, blocks))
        if self._zero_s is not None:
            arrival_ms = (now_s - self._zero_s) * 1000
            self.audio.flush(arrival_ms)
            self.video.flush(arrival_ms)
        if self._key_wanted:
            self.request_key_frame()

    def request_key_frame(self) -> None:
        stream = self._streams.get("video")
        if stream is None or self._now_s - self._key_asked_s < KEY_FRAME_EVERY_S:
            self._key_wanted = True
            return
        self._key_wanted = False
        self._key_asked_s = self._now_s
        self._send_rtcp(rtcp.picture_loss(self._own_ssrc, stream.reception.ssrc))

    def statistics(self) -> MediaStatistics:
        return MediaStatistics(
            audio_packets=self.audio.packets,
            audio_lost=self.audio.lost,
            audio_late=self.audio.late,
            video_frames=self.video.frames,
            video_dropped=self.video.dropped + self.video.tap.refused,
            bytes=self.bytes,
        )

    def _start(self, kind: Kind, ssrc: int, now_s: float) -> _Stream:
        if kind in self._streams:
            (self.audio if kind == "audio" else self.video).restart()
        stream = self._streams[kind] = _Stream(kind, ssrc, 48_000 if kind == "audio" else 90_000, now_s)
        return stream

    def _ask_video_again(self, sequences: list[int]) -> None:
        self._ask_again("video", sequences)

    def _ask_again(self, kind: Kind, sequences: list[int]) -> None:
        if (stream := self._streams.get(kind)) is not None:
            self._send_rtcp(rtcp.packets_missing(self._own_ssrc, stream.reception.ssrc, sequences))
