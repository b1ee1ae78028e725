"""WebM, the part of it that a live recording needs (RFC 9559; EBML is RFC 8794). Pure: bytes out.

The file is a head of fixed size, then clusters of about a second, each complete in itself, then the cues. A file
that was cut off anywhere plays up to its last whole cluster. When the recording ends, the head is written anew
with what only the end knows: duration, size of the picture, where the cues are.
"""

import struct
from dataclasses import dataclass

HEAD_BYTES = 512
AUDIO_TRACK, VIDEO_TRACK = 1, 2
_UNKNOWN_SIZE = b"\x01\xff\xff\xff\xff\xff\xff\xff"

# RFC 7845, 5.1: version 1, mono, 312 samples of pre-skip (the encoder's look-ahead), 48 kHz, no gain, family 0.
_OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)


def _size(length: int) -> bytes:
    """A variable-size integer; the all-ones pattern of each width is reserved."""
    for width in range(1, 9):
        if length < (1 << 7 * width) - 1:
            return (length | 1 << 7 * width).to_bytes(width, "big")
    raise ValueError(length)


def element(identifier: int, content: bytes) -> bytes:
    return identifier.to_bytes((identifier.bit_length() + 7) // 8, "big") + _size(len(content)) + content


def _unsigned(identifier: int, value: int) -> bytes:
    return element(identifier, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _real(identifier: int, value: float) -> bytes:
    return element(identifier, struct.pack(">d", value))


@dataclass(frozen=True, slots=True)
class Ending:
    """What the head says once the recording is closed. ``cues_at``: offset in the file."""

    duration_ms: float
    cues_at: int
    file_bytes: int


def _document() -> bytes:
    return element(
        0x1A45DFA3,
        _unsigned(0x4286, 1)
        + _unsigned(0x42F7, 1)
        + _unsigned(0x42F2, 4)
        + _unsigned(0x42F3, 8)
        + element(0x4282, b"webm")
        + _unsigned(0x4287, 4)
        + _unsigned(0x4285, 2),
    )


_SEGMENT = (0x18538067).to_bytes(4, "big")
SEGMENT_AT = len(_document()) + len(_SEGMENT) + 8
"""Positions inside the segment count from here."""


def head(picture: tuple[int, int] | None, ending: Ending | None = None) -> bytes:
    """``HEAD_BYTES`` long. ``picture``: width and height, None: no video track."""
    audio = (
        _unsigned(0xD7, AUDIO_TRACK)
        + _unsigned(0x73C5, AUDIO_TRACK)
        + _unsigned(0x83, 2)
        + _unsigned(0x9C, 0)
        + element(0x86, b"A_OPUS")
        + element(0x63A2, _OPUS_HEAD)
        + _unsigned(0x56AA, 6_500_000)
        + _unsigned(0x56BB, 80_000_000)
        + element(0xE1, _real(0xB5, 48_000.0) + _unsigned(0x9F, 1))
    )
    tracks = element(0xAE, audio)
    if picture is not None:
        video = (
            _unsigned(0xD7, VIDEO_TRACK)
            + _unsigned(0x73C5, VIDEO_TRACK)
            + _unsigned(0x83, 1)
            + _unsigned(0x9C, 0)
            + element(0x86, b"V_VP8")
            + element(0xE0, _unsigned(0xB0, picture[0]) + _unsigned(0xBA, picture[1]))
        )
        tracks += element(0xAE, video)
    info = _unsigned(0x2AD7B1, 1_000_000) + element(0x4D80, b"viva") + element(0x5741, b"viva")
    body = b""
    size = _UNKNOWN_SIZE
    if ending is not None:
        info += _real(0x4489, ending.duration_ms)
        seek = element(0x53AB, (0x1C53BB6B).to_bytes(4, "big")) + _unsigned(0x53AC, ending.cues_at - SEGMENT_AT)
        body = element(0x114D9B74, element(0x4DBB, seek))
        size = (ending.file_bytes - SEGMENT_AT | 1 << 56).to_bytes(8, "big")
    body += element(0x1549A966, info) + element(0x1654AE6B, tracks)
    written = _document() + _SEGMENT + size + body
    padding = HEAD_BYTES - len(written) - 3
    return written + b"\xec" + (padding | 1 << 14).to_bytes(2, "big") + bytes(padding)


@dataclass(frozen=True, slots=True)
class Block:
    track: int
    at_ms: int
    key: bool
    data: bytes


def cluster(blocks: list[Block]) -> bytes:
    """Blocks within 32 s of the earliest (their times are 16 bits)."""
    start_ms = min(block.at_ms for block in blocks)
    content = _unsigned(0xE7, start_ms)
    for block in blocks:
        prefix = struct.pack(">BhB", 0x80 | block.track, block.at_ms - start_ms, 0x80 if block.key else 0)
        content += element(0xA3, prefix + block.data)
    return element(0x1F43B675, content)


def cues(points: list[tuple[int, int]], track: int) -> bytes:
    """``points``: (ms, offset of the cluster in the file)."""
    content = b""
    for at_ms, offset in points:
        position = _unsigned(0xF7, track) + _unsigned(0xF1, offset - SEGMENT_AT)
        content += element(0xBB, _unsigned(0xB3, at_ms) + element(0xB7, position))
    return element(0x1C53BB6B, content)
