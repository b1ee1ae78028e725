"""RTP (RFC 3550, section 5.1) and its header extensions (RFC 8285), read by hand."""

import struct

import msgspec

HEADER = struct.Struct("!BBHLL")
HEADER_BYTES = HEADER.size


class RtpPacket(msgspec.Struct, frozen=True, gc=False):
    """``extensions`` is empty when there are none; ``one_byte`` tells their form."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    extensions: bytes = b""
    one_byte: bool = True


def parse(data: bytes) -> RtpPacket | None:
    """None for anything that is not one well-formed RTP packet."""
    size = len(data)
    if size < HEADER_BYTES:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first >> 6 != 2:
        return None
    start, end = HEADER_BYTES + 4 * (first & 0x0F), size
    extensions, one_byte = b"", True
    if first & 0x10:
        if size < start + 4:
            return None
        profile, words = struct.unpack_from("!HH", data, start)
        start += 4
        extensions = data[start : start + 4 * words]
        start += 4 * words
        one_byte = profile == 0xBEDE
    if first & 0x20:
        if size <= start:
            return None
        padding = data[-1]
        if not padding or padding > end - start:
            return None
        end -= padding
    if start > end:
        return None
    return RtpPacket(second & 0x7F, second > 0x7F, sequence, timestamp, ssrc, data[start:end], extensions, one_byte)


def audio_level(packet: RtpPacket, extension_id: int | None) -> int | None:
    """The RFC 6464 level, 0..127 meaning 0..-127 dBov; None where the packet carries none."""
    data = packet.extensions
    if extension_id is None or not data or not packet.one_byte:
        return None
    position, end = 0, len(data)
    while position < end:
        octet = data[position]
        if octet == 0:  # padding
            position += 1
            continue
        number, size = octet >> 4, (octet & 0x0F) + 1
        if number == 15:  # RFC 8285, section 4.2: stop here
            return None
        if number == extension_id:
            return data[position + 1] & 0x7F if position + 1 < end else None
        position += 1 + size
    return None


def pack(payload_type: int, marker: bool, sequence: int, timestamp: int, ssrc: int, payload: bytes) -> bytes:
    second = payload_type | (0x80 if marker else 0)
    return HEADER.pack(0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


class Unwrapped:
    """A counter of 16 or 32 bits as an integer that never wraps: the nearest one to the last."""

    __slots__ = ("_half", "_last", "_modulus")

    def __init__(self, bits: int) -> None:
        self._modulus = 1 << bits
        self._half = self._modulus >> 1
        self._last: int | None = None

    def __call__(self, value: int) -> int:
        if self._last is None:
            self._last = value
            return value
        step = (value - self._last) % self._modulus
        self._last += step - self._modulus if step >= self._half else step
        return self._last
