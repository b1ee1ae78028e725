"""The one binary frame of media over WebSocket: a header of sixteen bytes, big-endian, then the payload.

    u8 version = 1 | u8 kind | u16 flags | u32 seq | u32 start_ms | u16 duration_ms | u8 level | u8 reserved = 0

See docs/reference/media-frames.md.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from realtime.protocol.codec import ProtocolError
from realtime.protocol.text import Bilingual

VERSION = 1
HEADER = struct.Struct("!BBHIIHBB")
MAX_PAYLOAD_BYTES = 256 * 1024
MAX_FRAME_BYTES = HEADER.size + MAX_PAYLOAD_BYTES
FLAG_KEY = 1
LEVEL_UNKNOWN = 255


class FrameKind(IntEnum):
    """``PCM``: s16le, 16 kHz mono. ``JPEG``: a still. ``VP8``: one whole frame."""

    OPUS = 1
    PCM = 2
    JPEG = 3
    VP8 = 4


@dataclass(frozen=True, slots=True)
class MediaFrame:
    """``seq`` counts from 1 on each connection, over all kinds. ``start_ms``: capture time since the connection's
    media began. ``level``: 0..127 meaning 0..-127 dBov, None unknown. Times and level are the client's word."""

    kind: FrameKind
    seq: int
    start_ms: int
    payload: bytes
    duration_ms: int = 0
    level: int | None = None
    key: bool = False


def encode_frame(frame: MediaFrame) -> bytes:
    """Raises ``ProtocolError`` frame_too_large, frame_invalid (a number that does not fit)."""
    if len(frame.payload) > MAX_PAYLOAD_BYTES:
        raise _too_large(len(frame.payload))
    level = LEVEL_UNKNOWN if frame.level is None else frame.level
    if not (0 <= level <= 127 or level == LEVEL_UNKNOWN) or frame.seq < 1:
        raise _invalid("level or seq", "level 或 seq")
    flags = FLAG_KEY if frame.key else 0
    try:
        header = HEADER.pack(VERSION, frame.kind, flags, frame.seq, frame.start_ms, frame.duration_ms, level, 0)
    except struct.error:
        raise _invalid("a number that does not fit", "数值超出范围") from None
    return header + frame.payload


def decode_frame(data: bytes) -> MediaFrame:
    """Unknown flags and the reserved byte are ignored, so that both may get a meaning.

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
    version, kind, flags, seq, start_ms, duration_ms, level, _ = HEADER.unpack_from(data)
    if version != VERSION:
        raise ProtocolError(
            "frame_version_unknown",
            Bilingual(zh=f"未知的媒体帧版本 {version}。", en=f"Media frames of version {version} are unknown here."),
        )
    if kind not in _KINDS:
        raise ProtocolError(
            "frame_kind_unknown", Bilingual(zh=f"未知的媒体帧类型 {kind}。", en=f"Media frame kind {kind} is unknown.")
        )
    if seq == 0:
        raise _invalid("seq 0", "seq 为 0")
    if level > 127 and level != LEVEL_UNKNOWN:
        raise _invalid(f"level {level}", f"level 为 {level}")
    payload = bytes(data[HEADER.size :])
    known_level = None if level == LEVEL_UNKNOWN else level
    return MediaFrame(FrameKind(kind), seq, start_ms, payload, duration_ms, known_level, bool(flags & FLAG_KEY))


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
