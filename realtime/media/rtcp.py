"""The RTCP (RFC 3550, section 6; feedback RFC 4585) that a receiver and a forwarder need."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SENDER_REPORT, RECEIVER_REPORT, SDES, BYE, TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 200, 201, 202, 203, 205, 206
NACK, PLI, FIR = 1, 1, 4


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PictureLost:
    """PLI (RFC 4585, 6.3.1) or FIR (RFC 5104, 4.3.1): the viewer cannot go on without a key frame."""

    media_ssrc: int


@dataclass(frozen=True, slots=True)
class PacketsMissing:
    media_ssrc: int
    sequences: tuple[int, ...]


Report = SenderReport | Goodbye | PictureLost | PacketsMissing


def parse(data: bytes) -> Iterator[Report]:
    """The reports of a compound packet that mean something here. Garbage ends the walk, silently."""
    position = 0
    while position + 4 <= len(data):
        first, kind, words = struct.unpack_from("!BBH", data, position)
        end = position + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            return
        if report := _parse_one(kind, first & 0x1F, data[position + 4 : end]):
            yield report
        position = end


def _parse_one(kind: int, count: int, body: bytes) -> Report | None:
    if kind == SENDER_REPORT and len(body) >= 24:
        return SenderReport(*struct.unpack_from("!LQLLL", body))
    if kind == BYE and count and len(body) >= 4 * count:
        return Goodbye(struct.unpack_from(f"!{count}L", body))
    if len(body) < 8 or kind not in (TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK):
        return None
    media = struct.unpack_from("!L", body, 4)[0]
    if kind == PAYLOAD_FEEDBACK and count == PLI:
        return PictureLost(media)
    if kind == PAYLOAD_FEEDBACK and count == FIR and len(body) >= 12:
        return PictureLost(struct.unpack_from("!L", body, 8)[0])
    if kind == TRANSPORT_FEEDBACK and count == NACK:
        pairs = (struct.unpack_from("!HH", body, at) for at in range(8, len(body) - 3, 4))
        return PacketsMissing(media, tuple(s for pair in pairs for s in _named(*pair)))
    return None


def _named(first: int, following: int) -> Iterator[int]:
    yield first
    for bit in range(16):
        if following >> bit & 1:
            yield (first + bit + 1) & 0xFFFF


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


@dataclass(frozen=True, slots=True)
class ReceptionBlock:
    """RFC 3550, 6.4.1. ``fraction_lost`` in 1/256; ``delay`` since the last sender report in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest_sequence: int
    jitter: int
    last_report: int
    delay: int

    def pack(self) -> bytes:
        lost = max(-(1 << 23), min(self.lost, (1 << 23) - 1)) & 0xFFFFFF
        return struct.pack(
            "!LLLLLL",
            self.ssrc,
            self.fraction_lost << 24 | lost,
            self.highest_sequence & 0xFFFFFFFF,
            self.jitter & 0xFFFFFFFF,
            self.last_report,
            self.delay & 0xFFFFFFFF,
        )


def receiver_report(own_ssrc: int, blocks: Iterable[ReceptionBlock]) -> bytes:
    packed = [block.pack() for block in blocks]
    return _packet(RECEIVER_REPORT, len(packed), struct.pack("!L", own_ssrc) + b"".join(packed))


def sender_report(report: SenderReport) -> bytes:
    body = struct.pack(
        "!LQLLL",
        report.ssrc,
        report.ntp,
        report.timestamp & 0xFFFFFFFF,
        report.packets & 0xFFFFFFFF,
        report.octets & 0xFFFFFFFF,
    )
    return _packet(SENDER_REPORT, 0, body)


def picture_loss(own_ssrc: int, media_ssrc: int) -> bytes:
    return _packet(PAYLOAD_FEEDBACK, PLI, struct.pack("!LL", own_ssrc, media_ssrc))


def packets_missing(own_ssrc: int, media_ssrc: int, sequences: Iterable[int]) -> bytes:
    """Generic NACK (RFC 4585, 6.2.1): a number, and a mask of the sixteen after it."""
    left = sorted(set(sequences))
    body = struct.pack("!LL", own_ssrc, media_ssrc)
    while left:
        first = left[0]
        mask = sum(1 << (s - first - 1) for s in left[1:] if s - first <= 16)
        left = [s for s in left[1:] if s - first > 16]
        body += struct.pack("!HH", first & 0xFFFF, mask)
    return _packet(TRANSPORT_FEEDBACK, NACK, body)
