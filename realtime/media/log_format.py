"""How a log lies in its file. Pure: bytes in, bytes out.

    file    = segment*            whoever opens it to write begins a segment, and never changes what is there
    segment = header frame*
    header  = "VIVALOG" suite salt[32] first[8] tag[16]
    frame   = length[4] ciphertext[length]   big-endian; the last 16 bytes are the tag

Each segment has its own key (``cipher``). The nonce of a record is its number in the log, with the kind of frame above
it, so a frame is accepted at its own place in its own log only. A writer that is killed can leave half a frame at the
end; the next one begins a segment behind it. Reading skips what does not authenticate and says which numbers are
missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from realtime.media.cipher import AES_256_GCM, SALT_BYTES, SUITES, TAG_BYTES, Damaged, FileCipher

MAX_RECORD_BYTES = 1 << 22
MAGIC = b"VIVALOG"
HEADER_BYTES = len(MAGIC) + 1 + SALT_BYTES + 8 + TAG_BYTES
FRAME_BYTES = 4 + TAG_BYTES
"""What a frame adds to its record."""

_PURPOSE = b"log"
_OPENING_BYTES = HEADER_BYTES - TAG_BYTES
_SEARCH_BYTES, _SEARCH_RECORDS, _SEARCH_TRIES = 1 << 16, 64, 256
"""How far behind a damaged length the next whole frame is looked for, and at how many places that look like one: in
what a disk damages there is hardly any, in what somebody made there may be one at every byte."""
_HEADER, _RECORD, _END = 0, 1, 2
_KIND_AT = 1 << 64


class SegmentWriter:
    """Frames of one segment, in order. ``first``: the number of its first record; records are counted from 1."""

    def __init__(self, data_key: bytes, salt: bytes, name: str, first: int) -> None:
        self._cipher = FileCipher(data_key, salt, _PURPOSE, name)
        self._next = first
        opening = MAGIC + bytes([AES_256_GCM.number]) + salt + first.to_bytes(8, "big")
        self.header = opening + self._cipher.encrypt(_HEADER * _KIND_AT, b"", opening)

    def record(self, data: bytes) -> bytes:
        return self._frame(_RECORD, data)

    def end(self) -> bytes:
        """The log is complete: nothing is missing behind its last record."""
        return self._frame(_END, b"")

    def _frame(self, kind: int, data: bytes) -> bytes:
        sealed = self._cipher.encrypt(kind * _KIND_AT + self._next, data)
        self._next += 1
        return len(sealed).to_bytes(4, "big") + sealed


class Contents(Protocol):
    """A file's bytes: ``bytes``, or the file itself mapped into memory."""

    def __len__(self) -> int: ...

    def __getitem__(self, span: slice, /) -> bytes: ...

    def find(self, wanted: bytes, start: int, /) -> int: ...


@dataclass(slots=True)
class Scan:
    """One reading of a file: iterate ``records`` to its end, then the rest is known."""

    last: int = 0
    """The number of the last record that is known of."""
    lost: list[tuple[int, int]] = field(default_factory=list)
    """Numbers of damaged records that have something whole behind them: first up to, not including, last."""
    complete: bool = False
    """The writer ended the log, and nothing was added since."""

    def records(self, contents: Contents, data_key: bytes, name: str) -> Iterator[tuple[int, bytes]]:
        """(number, record) of every record that is there as it was written, in order, each once."""
        at = 0
        while (segment := _next_segment(contents, at, data_key, name)) is not None:
            at, cipher, number = segment
            self.complete = False
            while (frame := _next_frame(contents, at, cipher, number)) is not None:
                kind, number, data, at = frame
                if kind == _END:
                    self._seen_up_to(number - 1)
                    self.complete = not self.lost
                elif number > self.last:  # a segment that somebody copied to a later place says nothing new
                    self._seen_up_to(number - 1)
                    self.last = number
                    yield number, data
                number += 1
        self.complete = self.complete and at == len(contents)

    def _seen_up_to(self, number: int) -> None:
        if number > self.last:
            self.lost.append((self.last + 1, number + 1))
            self.last = number


def _next_segment(contents: Contents, at: int, data_key: bytes, name: str) -> tuple[int, FileCipher, int] | None:
    """The first whole header at or behind ``at``: where its frames begin, their cipher, the first one's number."""
    while (at := contents.find(MAGIC, at)) >= 0:
        opening, tag = contents[at : at + _OPENING_BYTES], contents[at + _OPENING_BYTES : at + HEADER_BYTES]
        suite = SUITES.get(opening[len(MAGIC)]) if len(tag) == TAG_BYTES else None
        if suite is not None:
            cipher = FileCipher(data_key, opening[len(MAGIC) + 1 : -8], _PURPOSE, name, suite)
            if _opened(cipher, _HEADER, 0, tag, opening) is not None:
                return at + HEADER_BYTES, cipher, int.from_bytes(opening[-8:], "big")
        at += 1
    return None


def _next_frame(contents: Contents, at: int, cipher: FileCipher, number: int) -> tuple[int, int, bytes, int] | None:
    """Kind, number, data and end of the first whole frame at or behind ``at``; None where the segment ends, or is
    damaged so widely that it is given up."""
    length = _length_at(contents, at)
    if length and (found := _frame(contents, at, length, cipher, number)):
        return found
    after = _length_at(contents, at + 4 + length) if length else 0
    if after and (found := _frame(contents, at + 4 + length, after, cipher, number + 1)):
        return found  # one damaged record, whose length is whole
    segment = contents.find(MAGIC, at)  # behind it is another cipher
    behind = min(at + _SEARCH_BYTES, segment if segment >= 0 else len(contents))
    tries = 0
    for start in range(at + 1, min(behind, len(contents) - FRAME_BYTES + 1)):
        length = _length_at(contents, start)
        if 0 < length <= _SEARCH_BYTES and tries < _SEARCH_TRIES:
            tries += 1
            for later in range(number + 1, number + _SEARCH_RECORDS):
                if found := _frame(contents, start, length, cipher, later):
                    return found
    return None


def _length_at(contents: Contents, at: int) -> int:
    """0 where no frame can begin."""
    length = int.from_bytes(contents[at : at + 4], "big")
    return length if TAG_BYTES <= length <= MAX_RECORD_BYTES + TAG_BYTES and at + 4 + length <= len(contents) else 0


def _frame(
    contents: Contents, at: int, length: int, cipher: FileCipher, number: int
) -> tuple[int, int, bytes, int] | None:
    sealed = contents[at + 4 : at + 4 + length]
    data = _opened(cipher, _RECORD, number, sealed)
    if data is not None:
        return _RECORD, number, data, at + 4 + length
    if length == TAG_BYTES and _opened(cipher, _END, number, sealed) is not None:
        return _END, number, b"", at + 4 + length
    return None


def _opened(cipher: FileCipher, kind: int, number: int, data: bytes, about: bytes = b"") -> bytes | None:
    try:
        return cipher.decrypt(kind * _KIND_AT + number, data, about)
    except Damaged:
        return None
