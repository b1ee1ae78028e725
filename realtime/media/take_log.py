"""The records of a take's log. Pure: bytes in, bytes out.

    packets  = 1 (codec[1] n[4] start_ms[4] size[2] payload[size])*
    ended    = 2 packets[4]
    absent   = 3 first[4] until[4]         until 0xffffffff: to the end
    live     = 4 codec[1] key[1] at_ms[4] payload

``live`` stands in the log of what was heard and seen live: the answer's video, and its sound as it came.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from realtime.media.ingest import EncodedFrame
from realtime.media.opus import SAMPLES_PER_MS, packet_ms
from realtime.media.take import Packet

_PACKETS, _ENDED, _ABSENT, _LIVE = 1, 2, 3, 4
_PACKET = struct.Struct("!BIIH")
_TO_THE_END = 0xFFFFFFFF
_CODECS: tuple[Literal["opus", "pcm"], ...] = ("opus", "pcm")
_LIVE_CODECS: tuple[Literal["opus", "vp8", "jpeg"], ...] = ("opus", "vp8", "jpeg")


@dataclass(frozen=True, slots=True)
class Ended:
    packets: int


@dataclass(frozen=True, slots=True)
class Absent:
    first: int
    until: int | None


def packet_record(packets: Iterable[Packet]) -> bytes:
    parts = [bytes([_PACKETS])]
    for packet in packets:
        head = _PACKET.pack(_CODECS.index(packet.codec), packet.n, packet.start_ms, len(packet.payload))
        parts += [head, packet.payload]
    return b"".join(parts)


def note_record(note: Ended | Absent) -> bytes:
    if isinstance(note, Ended):
        return struct.pack("!BI", _ENDED, note.packets)
    return struct.pack("!BII", _ABSENT, note.first, _TO_THE_END if note.until is None else note.until)


def live_record(frame: EncodedFrame, at_ms: int) -> bytes:
    return struct.pack("!BBBI", _LIVE, _LIVE_CODECS.index(frame.codec), frame.key, at_ms) + frame.data


def read_record(record: bytes) -> Iterator[Packet | Ended | Absent | EncodedFrame]:
    """What we wrote ourselves, authenticated by the log: anything else is a mistake of ours and raises."""
    kind = record[0]
    if kind == _PACKETS:
        yield from _packets(record)
    elif kind == _ENDED:
        yield Ended(*struct.unpack_from("!I", record, 1))
    elif kind == _ABSENT:
        first, until = struct.unpack_from("!II", record, 1)
        yield Absent(first, None if until == _TO_THE_END else until)
    elif kind == _LIVE:
        codec, key, at_ms = struct.unpack_from("!BBI", record, 1)
        yield EncodedFrame(_LIVE_CODECS[codec], at_ms, record[7:], bool(key))
    else:
        raise ValueError(f"a record of kind {kind}")


def _packets(record: bytes) -> Iterator[Packet]:
    at = 1
    while at < len(record):
        codec, n, start_ms, size = _PACKET.unpack_from(record, at)
        at += _PACKET.size
        payload = record[at : at + size]
        at += size
        yield Packet(n, start_ms, sound_ms(_CODECS[codec], payload), _CODECS[codec], payload)


def sound_ms(codec: Literal["opus", "pcm"], payload: bytes) -> float:
    """0 for what cannot be a packet."""
    if codec == "opus":
        return packet_ms(payload)
    return 0.0 if len(payload) % 2 else len(payload) / 2 / SAMPLES_PER_MS
