"""A journal of what was written where, to be written there again. Pure: bytes in, bytes out.

    journal = frame*
    frame   = length[4] crc[4] path_length[2] path offset[8] data      big-endian; CRC-32 of what follows it

What is in it is ciphertext already. The first frame that is not whole ends it: what came behind was acknowledged to
nobody.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = struct.Struct(">II")
_PLACE = struct.Struct(">Q")
_LEAST = 2 + _PLACE.size


@dataclass(frozen=True, slots=True)
class Written:
    """``data`` lies at ``offset`` of the file ``path``, which is relative to the journal's folder."""

    path: str
    offset: int
    data: bytes


def encoded(written: Written) -> bytes:
    path = written.path.encode()
    body = len(path).to_bytes(2, "big") + path + _PLACE.pack(written.offset) + written.data
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def decoded(journal: bytes) -> Iterator[Written]:
    at = 0
    while at + _HEAD.size <= len(journal):
        length, crc = _HEAD.unpack_from(journal, at)
        body = journal[at + _HEAD.size : at + _HEAD.size + length]
        # Zeros, which a power cut may leave at the end, are an empty body with the right CRC.
        if length < _LEAST or len(body) != length or zlib.crc32(body) != crc:
            return
        split = 2 + int.from_bytes(body[:2], "big")
        (offset,) = _PLACE.unpack_from(body, split)
        yield Written(body[2:split].decode(), offset, body[split + _PLACE.size :])
        at += _HEAD.size + length
