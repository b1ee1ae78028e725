"""The one binary frame of the media WebSocket: a header of twenty bytes, big-endian, then the payload.

    u8 version = 2 | u8 kind | u16 flags | u16 take | u8 level | u8 reserved = 0
    | u32 n | u32 start_ms | u16 duration_ms | u16 reserved = 0

A *take* is the complete sound of one attempt at one answer, as the device encoded it, numbered packet by packet.
A *run* is up to a second of consecutive Opus packets of a take in one frame. See docs/reference/media-frames.md.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from realtime.protocol.codec import ProtocolError
from realtime.protocol.text import Bilingual

VERSION = 2
HEADER = struct.Struct("!BBHHBBIIHH")
MAX_PAYLOAD_BYTES = 256 * 1024
MAX_FRAME_BYTES = HEADER.size + MAX_PAYLOAD_BYTES
FLAG_KEY = 1
FLAG_LIVE = 2
LEVEL_UNKNOWN = 255
MAX_RUN_PACKETS = 50
"""A second of the shortest packets that anybody should send."""
MAX_RUN_MS = 1000

_SIZE = struct.Struct("!H")


class FrameKind(IntEnum):
    """``PCM``: s16le, 16 kHz mono. ``JPEG``: a still. ``VP8``: one whole frame. ``RUN``: consecutive Opus packets of
    one take, each with its size before it (u16)."""

    OPUS = 1
    PCM = 2
    JPEG = 3
    VP8 = 4
    RUN = 5


SOUND = frozenset({FrameKind.OPUS, FrameKind.PCM, FrameKind.RUN})


@dataclass(frozen=True, slots=True)
class MediaFrame:
    """``take`` 0: sound that belongs to no take, and pictures. ``n``: number of the (first) packet in its take; outside
    a take it counts sound, and pictures, each from 0 on every connection. ``start_ms``: since the take began, outside
    one since the connection's media began. ``duration_ms``: of a packet; in a run of each packet. ``live``: to be heard
    now; else it goes to its take only. ``level``: 0..127 meaning 0..-127 dBov, None unknown."""

    kind: FrameKind
    n: int
    start_ms: int
    payload: bytes
    duration_ms: int = 0
    level: int | None = None
    key: bool = False
    live: bool = False
    take: int = 0


def encode_frame(frame: MediaFrame) -> bytes:
    """Raises ``ProtocolError`` as ``decode_frame`` would, and frame_invalid for a number that does not fit."""
    level = LEVEL_UNKNOWN if frame.level is None else frame.level
    flags = FLAG_KEY * frame.key | FLAG_LIVE * frame.live
    try:
        header = HEADER.pack(
            VERSION, frame.kind, flags, frame.take, level, 0, frame.n, frame.start_ms, frame.duration_ms, 0
        )
    except struct.error:
        raise _invalid("a number that does not fit", "数值超出范围") from None
    data = header + frame.payload
    decode_frame(data)  # what is not decoded must not be sent either
    return data


def decode_frame(data: bytes) -> MediaFrame:
    """Unknown flags and the reserved bytes are ignored, so that they may get a meaning.

    Raises ``ProtocolError``: frame_truncated, frame_version_unknown, frame_kind_unknown, frame_too_large,
    frame_invalid.
    """
    if len(data) <= HEADER.size:
        raise ProtocolError(
            "frame_truncated",
            Bilingual(
                zh=f"媒体帧不完整：只有 {len(data)} 字节。",
                en=f"A media frame needs a payload; this has {len(data)} bytes.",
            ),
        )
    if len(data) > MAX_FRAME_BYTES:
        raise _too_large(len(data) - HEADER.size)
    version, kind, flags, take, level, _, n, start_ms, duration_ms, _ = HEADER.unpack_from(data)
    if version != VERSION:
        raise ProtocolError(
            "frame_version_unknown",
            Bilingual(zh=f"未知的媒体帧版本 {version}。", en=f"Media frames of version {version} are unknown here."),
        )
    if kind not in _KINDS:
        raise ProtocolError(
            "frame_kind_unknown", Bilingual(zh=f"未知的媒体帧类型 {kind}。", en=f"Media frame kind {kind} is unknown.")
        )
    if level > 127 and level != LEVEL_UNKNOWN:
        raise _invalid(f"level {level}", f"level 为 {level}")
    frame = MediaFrame(
        FrameKind(kind),
        n,
        start_ms,
        bytes(data[HEADER.size :]),
        duration_ms,
        None if level == LEVEL_UNKNOWN else level,
        bool(flags & FLAG_KEY),
        bool(flags & FLAG_LIVE),
        take,
    )
    _check(frame)
    return frame


def _check(frame: MediaFrame) -> None:
    """What the header says must fit together."""
    if frame.kind not in SOUND:
        if frame.take:
            raise _invalid("a picture in a take", "图片不属于录音")
        return
    if not frame.take and not frame.live:
        raise _invalid("sound for nobody: neither live nor in a take", "音频既非实时也不属于录音")
    if frame.kind is FrameKind.RUN:
        if frame.live or not frame.take:
            raise _invalid("a run that is live or in no take", "连续包必须属于录音且不是实时")
        packets = unpack_run(frame.payload)
        if not frame.duration_ms or frame.duration_ms * len(packets) > MAX_RUN_MS:
            raise _invalid("a run without durations or longer than a second", "连续包没有时长或超过一秒")


def pack_run(packets: Sequence[bytes]) -> bytes:
    """The payload of a run. Raises ``ProtocolError`` frame_invalid: no packet, too many, or one that is too long."""
    if not 0 < len(packets) <= MAX_RUN_PACKETS or not all(0 < len(packet) < 1 << 16 for packet in packets):
        raise _invalid("not a run", "不是有效的连续包")
    return b"".join(_SIZE.pack(len(packet)) + packet for packet in packets)


def unpack_run(payload: bytes) -> list[bytes]:
    """Raises ``ProtocolError`` frame_invalid."""
    packets: list[bytes] = []
    at = 0
    while at < len(payload):
        if at + _SIZE.size > len(payload):
            raise _invalid("a run that ends within a size", "连续包不完整")
        (size,) = _SIZE.unpack_from(payload, at)
        at += _SIZE.size
        if not size or at + size > len(payload) or len(packets) == MAX_RUN_PACKETS:
            raise _invalid("a run with a packet that is empty, cut off or one too many", "连续包中的包无效")
        packets.append(payload[at : at + size])
        at += size
    return packets


_KINDS = frozenset(FrameKind)


def _too_large(size: int) -> ProtocolError:
    return ProtocolError(
        "frame_too_large",
        Bilingual(
            zh=f"媒体帧过大（{size} 字节），上限为 {MAX_PAYLOAD_BYTES} 字节。",
            en=f"The payload has {size} bytes; the limit is {MAX_PAYLOAD_BYTES}.",
        ),
    )


def _invalid(what_en: str, what_zh: str) -> ProtocolError:
    return ProtocolError(
        "frame_invalid", Bilingual(zh=f"媒体帧无效：{what_zh}。", en=f"Not a valid media frame: {what_en}.")
    )
