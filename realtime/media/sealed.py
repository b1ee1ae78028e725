"""An object as it lies in the store: encrypted in chunks, so that any range can be read alone. Pure.

    object = header chunk*
    header = "VIVASEAL" suite salt[32] size[8] tag[16]      ``size``: of what is inside, big-endian
    chunk  = 64 KiB of what is inside, the last one less, and a tag of 16

The key follows from the interview's data key, the salt and the object's name; the nonce is the chunk's index. So a
chunk is accepted at its own place in its own object only, and the size that the header vouches for says how many there
must be: chunks cannot be swapped, copied between objects, or cut off unnoticed. An object is written once; another
object of the same name has another salt.
"""

from collections.abc import Iterable, Iterator

from realtime.media.cipher import AES_256_GCM, SALT_BYTES, SUITES, TAG_BYTES, Damaged, FileCipher

CHUNK_BYTES = 64 * 1024
MAGIC = b"VIVASEAL"
_OPENING_BYTES = len(MAGIC) + 1 + SALT_BYTES + 8
HEADER_BYTES = _OPENING_BYTES + TAG_BYTES

_PURPOSE = b"object"
_STORED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
_FIRST_CHUNK = 1
"""The nonce 0 is the header's."""


def sealed_size(size: int) -> int:
    return HEADER_BYTES + size + -(-size // CHUNK_BYTES) * TAG_BYTES


def seal(pieces: Iterable[bytes], size: int, data_key: bytes, salt: bytes, name: str) -> Iterator[bytes]:
    """The stored bytes of an object of ``size`` bytes. Raises ``ValueError`` when the pieces are more or less than
    that."""
    cipher = FileCipher(data_key, salt, _PURPOSE, name)
    opening = MAGIC + bytes([AES_256_GCM.number]) + salt + size.to_bytes(8, "big")
    yield opening + cipher.encrypt(0, b"", opening)
    done = 0
    for index, chunk in enumerate(_chunks(pieces), _FIRST_CHUNK):
        done += len(chunk)
        yield cipher.encrypt(index, chunk)
    if done != size:
        raise ValueError(f"{done} bytes came, {size} were announced")


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= CHUNK_BYTES:
            yield bytes(held[:CHUNK_BYTES])
            del held[:CHUNK_BYTES]
    if held:
        yield bytes(held)


class SealedReader:
    """Reads ranges of one object. ``size``: of what is inside, in bytes."""

    def __init__(self, header: bytes, data_key: bytes, name: str) -> None:
        """``header``: its first ``HEADER_BYTES``. Raises ``Damaged``."""
        opening, tag = header[:_OPENING_BYTES], header[_OPENING_BYTES:]
        if not is_sealed(header) or len(tag) != TAG_BYTES or header[len(MAGIC)] not in SUITES:
            raise Damaged
        salt = opening[len(MAGIC) + 1 : -8]
        self._cipher = FileCipher(data_key, salt, _PURPOSE, name, SUITES[header[len(MAGIC)]])
        self._cipher.decrypt(0, tag, opening)
        self.size = int.from_bytes(opening[-8:], "big")

    def stored_span(self, start: int, end: int) -> tuple[int, int]:
        """Which stored bytes hold ``start`` up to ``end`` (0 <= start < end <= size): whole chunks."""
        first, last = start // CHUNK_BYTES, (end - 1) // CHUNK_BYTES
        at = HEADER_BYTES + first * _STORED_CHUNK_BYTES
        return at, min(HEADER_BYTES + (last + 1) * _STORED_CHUNK_BYTES, sealed_size(self.size))

    def opener(self, start: int, end: int) -> "RangeOpener":
        return RangeOpener(self._cipher, self.size, start, end)


class RangeOpener:
    """Takes the stored bytes of ``stored_span`` in pieces of any size, gives what is inside."""

    def __init__(self, cipher: FileCipher, size: int, start: int, end: int) -> None:
        self._cipher = cipher
        self._size = size
        self._start = start
        self._end = end
        self._index = start // CHUNK_BYTES
        self._held = bytearray()

    def feed(self, stored: bytes) -> bytes:
        """Raises ``Damaged``."""
        self._held += stored
        opened = []
        while (want := self._stored_bytes()) and len(self._held) >= want:
            opened.append(self._open(bytes(self._held[:want])))
            del self._held[:want]
        return b"".join(opened)

    def finish(self) -> None:
        """Raises ``Damaged`` when stored bytes were missing."""
        if self._stored_bytes():
            raise Damaged

    def _stored_bytes(self) -> int:
        """Of the next chunk; 0 behind the range."""
        at = self._index * CHUNK_BYTES
        return min(CHUNK_BYTES, self._size - at) + TAG_BYTES if at < self._end else 0

    def _open(self, chunk: bytes) -> bytes:
        at = self._index * CHUNK_BYTES
        data = self._cipher.decrypt(_FIRST_CHUNK + self._index, chunk)
        self._index += 1
        return data[max(0, self._start - at) : self._end - at]


def is_sealed(first_bytes: bytes) -> bool:
    return first_bytes.startswith(MAGIC)
