"""One interview's live media to those who watch: forwarded packet by packet, never decoded. Pure.

A watcher sees one unbroken stream, whoever publishes: payload type and SSRC are the watcher's own, sequence
numbers and timestamps go on when the publisher reconnects with new ones.
"""

from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from realtime.media import rtcp, rtp
from realtime.media.rtp import RtpPacket
from realtime.media.sdp import Kind
from realtime.media.vp8 import begins_key_frame

HISTORY_PACKETS = 256
"""Video packets kept for a watcher that asks again: about three seconds."""
FRESH_S = 1.0
"""Older than this, what is kept is not what the candidate does."""
CATCH_UP_TICKS = 90
"""Between the frames a new watcher is given at once: a millisecond, so that its player has shown them in no time."""
MAX_REFUSED_SENDS = 100
"""In a row: the watcher's road takes nothing any more."""
CLOCK_RATE: dict[Kind, int] = {"audio": 48_000, "video": 90_000}


class Rewriting:
    """One kind of media on its way to one watcher."""

    def __init__(self, kind: Kind, payload_type: int, ssrc: int) -> None:
        self._rate = CLOCK_RATE[kind]
        self._payload_type = payload_type
        self.ssrc = ssrc
        self._source: int | None = None
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._last: tuple[int, int, float] | None = None
        self._packets = 0
        self._octets = 0

    def packet(self, packet: RtpPacket, now_s: float) -> bytes:
        if packet.ssrc != self._source:
            self._adopt(packet, now_s)
        sequence = (packet.sequence + self._sequence_offset) & 0xFFFF
        timestamp = (packet.timestamp + self._timestamp_offset) & 0xFFFFFFFF
        self._last = (sequence, timestamp, now_s)
        self._packets += 1
        self._octets += len(packet.payload)
        return rtp.pack(self._payload_type, packet.marker, sequence, timestamp, self.ssrc, packet.payload)

    def again(self, packet: RtpPacket) -> bytes | None:
        """The same bytes as before; None when the packet is of a publisher that is gone."""
        if packet.ssrc != self._source:
            return None
        sequence, timestamp = packet.sequence + self._sequence_offset, packet.timestamp + self._timestamp_offset
        return rtp.pack(self._payload_type, packet.marker, sequence, timestamp, self.ssrc, packet.payload)

    def report(self, report: rtcp.SenderReport) -> bytes | None:
        """The publisher's sender report, on the watcher's clock: keeps picture and voice together."""
        if report.ssrc != self._source:
            return None
        timestamp = report.timestamp + self._timestamp_offset
        return rtcp.sender_report(rtcp.SenderReport(self.ssrc, report.ntp, timestamp, self._packets, self._octets))

    def original(self, sequence: int) -> int:
        return (sequence - self._sequence_offset) & 0xFFFF

    def _adopt(self, packet: RtpPacket, now_s: float) -> None:
        self._source = packet.ssrc
        if self._last is None:
            return
        sequence, timestamp, at_s = self._last
        self._sequence_offset = sequence + 1 - packet.sequence
        self._timestamp_offset = timestamp + max(1, int((now_s - at_s) * self._rate)) - packet.timestamp


class Watcher:
    """``send_rtp`` tells whether the packet was taken; it must not wait."""

    def __init__(
        self,
        streams: dict[Kind, Rewriting],
        send_rtp: Callable[[bytes], bool],
        send_rtcp: Callable[[bytes], None],
    ) -> None:
        self.streams = streams
        self._send_rtp = send_rtp
        self._send_rtcp = send_rtcp
        self._refused_in_a_row = 0
        self.caught_up: frozenset[tuple[int, int]] = frozenset()
        """Sequence and timestamp of what it was given at once, its timestamps moved: not to be sent again as it was."""
        self.sent = 0
        self.dropped = 0

    @property
    def stalled(self) -> bool:
        return self._refused_in_a_row >= MAX_REFUSED_SENDS

    def take(self, kind: Kind, packet: RtpPacket, now_s: float) -> None:
        stream = self.streams.get(kind)
        if stream is None:
            return
        if self._send_rtp(stream.packet(packet, now_s)):
            self.sent += 1
            self._refused_in_a_row = 0
        else:
            self.dropped += 1
            self._refused_in_a_row += 1

    def repeat(self, packet: RtpPacket) -> None:
        if (data := self.streams["video"].again(packet)) is not None:
            self._send_rtp(data)

    def report(self, kind: Kind, report: rtcp.SenderReport) -> None:
        stream = self.streams.get(kind)
        if stream is not None and (packet := stream.report(report)) is not None:
            self._send_rtcp(packet)


class Room:
    """The watchers of one interview, whether somebody publishes yet or not."""

    def __init__(self) -> None:
        self.watchers: set[Watcher] = set()
        self._history: deque[RtpPacket] = deque(maxlen=HISTORY_PACKETS)
        self._heard_at_s = float("-inf")
        self._key: tuple[int, int] | None = None

    def join(self, watcher: Watcher, now_s: float) -> bool:
        """It gets at once what there is since the last key frame. False: there is none to begin with, ask for one."""
        self.watchers.add(watcher)
        kept = self._since_key() if now_s - self._heard_at_s < FRESH_S else []
        watcher.caught_up = frozenset((packet.sequence, packet.timestamp) for packet in kept)
        moments = sorted({packet.timestamp for packet in kept}, key=lambda t: (t - kept[0].timestamp) & 0xFFFFFFFF)
        for packet in kept:
            behind = len(moments) - 1 - moments.index(packet.timestamp)
            timestamp = (moments[-1] - behind * CATCH_UP_TICKS) & 0xFFFFFFFF
            watcher.take("video", msgspec.structs.replace(packet, timestamp=timestamp), now_s)
        return bool(kept)

    def forward(self, kind: Kind, packet: RtpPacket, now_s: float) -> None:
        if kind == "video":
            self._history.append(packet)
            self._heard_at_s = now_s
            if begins_key_frame(packet.payload):
                self._key = (packet.ssrc, packet.timestamp)
        for watcher in self.watchers:
            watcher.take(kind, packet, now_s)

    def report(self, kind: Kind, report: rtcp.SenderReport) -> None:
        for watcher in self.watchers:
            watcher.report(kind, report)

    def receive_rtcp(self, watcher: Watcher, data: bytes) -> bool:
        """True: the watcher needs a key frame."""
        key_frame = False
        for report in rtcp.parse(data):
            if isinstance(report, rtcp.PictureLost):
                key_frame = True
            elif isinstance(report, rtcp.PacketsMissing):
                self._again(watcher, report.sequences)
        return key_frame

    def _again(self, watcher: Watcher, sequences: Iterable[int]) -> None:
        stream = watcher.streams.get("video")
        if stream is None:
            return
        wanted = {stream.original(sequence) for sequence in sequences}
        for packet in self._history:
            if packet.sequence in wanted and (packet.sequence, packet.timestamp) not in watcher.caught_up:
                watcher.repeat(packet)

    def _since_key(self) -> list[RtpPacket]:
        """From the first packet of the last key frame on; empty when that is not kept any more."""
        kept = list(self._history)
        for at, packet in enumerate(kept):
            if (packet.ssrc, packet.timestamp) == self._key and begins_key_frame(packet.payload):
                return [later for later in kept[at:] if later.ssrc == packet.ssrc]
        return []
