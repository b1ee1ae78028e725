"""VP8 over RTP (RFC 7741): payload descriptors to whole frames. Pure."""

from typing import NamedTuple

MAX_FRAME_BYTES = 512 * 1024


class Fragment(NamedTuple):
    """``first``: begins a frame. ``droppable``: no other frame is predicted from it (the N bit). ``layer``: temporal
    id, None where there are no layers; ``synchronised``: predicted from the base layer alone (the Y bit)."""

    first: bool
    droppable: bool
    data: bytes
    layer: int | None = None
    synchronised: bool = False


class Vp8Frame(NamedTuple):
    start_ms: float
    data: bytes
    key: bool
    droppable: bool
    layer: int | None = None
    synchronised: bool = False


def parse_payload(payload: bytes) -> Fragment | None:
    """RFC 7741, section 4.2; None when truncated."""
    size = len(payload)
    if size < 2:
        return None
    first, position, layer, synchronised = payload[0], 1, None, False
    if first & 0x80:  # X: extension octet
        extension, position = payload[1], 2
        if extension & 0x80:  # I: picture id, one or two octets
            if position >= size:
                return None
            position += 2 if payload[position] & 0x80 else 1
        if extension & 0x40:  # L: TL0PICIDX
            position += 1
        if extension & 0x30:  # T or K
            if extension & 0x20 and position < size:
                layer, synchronised = payload[position] >> 6, bool(payload[position] & 0x20)
            position += 1
    if position >= size:
        return None
    return Fragment(first & 0x1F == 0x10, bool(first & 0x20), payload[position:], layer, synchronised)


def is_key_frame(data: bytes) -> bool:
    """RFC 6386, section 9.1: the lowest bit of the frame tag is 0."""
    return len(data) >= 10 and not data[0] & 1 and data[3:6] == b"\x9d\x01\x2a"


def begins_key_frame(payload: bytes) -> bool:
    """An RTP payload, the first of a key frame."""
    fragment = parse_payload(payload)
    return fragment is not None and fragment.first and is_key_frame(fragment.data)


def dimensions(key_frame: bytes) -> tuple[int, int]:
    """Width and height in pixels; the caller has checked ``is_key_frame``."""
    width = (key_frame[6] | key_frame[7] << 8) & 0x3FFF
    height = (key_frame[8] | key_frame[9] << 8) & 0x3FFF
    return width, height


class FrameAssembler:
    """Packets in order in, whole frames out. After a loss nothing is let through until the next key frame,
    because every frame is predicted from the one before."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._timestamp: int | None = None
        self._start_ms = 0.0
        self._head = Fragment(True, False, b"")
        self._last_number: int | None = None
        self.needs_key = True
        self.dropped = 0

    def push(self, number: int, timestamp: int, start_ms: float, marker: bool, payload: bytes) -> Vp8Frame | None:
        gap = self._last_number is not None and number != self._last_number + 1
        self._last_number = number
        if gap:
            self.needs_key = True
            self._discard()
        fragment = parse_payload(payload)
        if fragment is None:
            self._broken()
            return None
        if fragment.first and (timestamp != self._timestamp or not self._parts):
            if self._parts:  # the frame before never got its marker
                self._broken()
            self._timestamp, self._start_ms, self._head = timestamp, start_ms, fragment
        elif timestamp != self._timestamp or not self._parts:
            self._broken()  # the middle of a frame whose beginning is not here
            return None
        self._parts.append(fragment.data)
        self._size += len(fragment.data)
        if self._size > MAX_FRAME_BYTES:
            self._broken()
            return None
        return self._finish() if marker else None

    def _finish(self) -> Vp8Frame | None:
        data, head = b"".join(self._parts), self._head
        self._parts, self._size, self._timestamp = [], 0, None
        key = is_key_frame(data)
        if self.needs_key and not key:
            self.dropped += 1
            return None
        self.needs_key = False
        return Vp8Frame(self._start_ms, data, key, head.droppable, head.layer, head.synchronised)

    def _broken(self) -> None:
        self.needs_key = True
        self._discard()

    def _discard(self) -> None:
        if self._parts:
            self.dropped += 1
        self._parts, self._size, self._timestamp = [], 0, None
