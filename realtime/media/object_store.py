"""Where recordings lie: appended to while they grow, closed in one step, read in ranges.

Two layers. An ``ObjectStore`` is what the rooms use: objects that grow (``sealed_store``). Below it an ``Objects``
keeps whole ones, in a folder or in a bucket (``folder_objects``, ``s3_objects``), and knows nothing of what is in them.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Protocol

from realtime.media.errors import MediaError
from realtime.protocol.text import Fault

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,7}")
PART = ".part"
"""Ends the name of a file that is not an object yet."""


class ObjectWriter(Protocol):
    """One object on its way. Nobody but its writer knows of it until ``close``."""

    @property
    def lost_bytes(self) -> int: ...

    def append(self, chunk: bytes) -> bool:
        """Never waits. False: the store is too far behind, and the chunk is lost."""

    async def close(self, head: bytes = b"") -> None:
        """Everything is durable when this returns. ``head`` replaces the first bytes. Raises ``MediaError``
        store_unavailable: what could be kept is found by ``recover``."""

    async def abandon(self) -> None: ...


class ObjectStore(Protocol):
    """Errors are ``MediaError`` recording_unknown, object_key_invalid, object_damaged, media_shredded,
    store_unavailable (retry)."""

    def create(self, key: str) -> ObjectWriter: ...

    async def size(self, key: str) -> int: ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes ``start`` up to, not including, ``end``."""

    async def delete(self, key: str) -> None:
        """Of one object, or of everything below ``key/``. What is not there is deleted already."""

    async def recover(self) -> list[str]:
        """After a crash: what a dead process was writing becomes an object as far as it came."""


class Objects(Protocol):
    """Whole objects. Errors are ``MediaError`` recording_unknown, object_key_invalid, store_unavailable (retry)."""

    async def check(self) -> None:
        """Whether anything could be kept here at all. Raises ``MediaError`` store_unavailable, which says what is
        wrong."""

    async def put(self, key: str, pieces: Callable[[], Iterator[bytes]]) -> None:
        """Durable when it returns, and until then nobody sees it; in the place of one that was there. ``pieces`` is
        called once for every try, and read in a thread."""

    async def write(self, key: str, data: bytes) -> None:
        """The same for what is small."""

    async def size(self, key: str) -> int: ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]: ...

    async def keys(self, below: str = "") -> list[str]:
        """Of all objects, or of those below ``below/``."""

    async def delete(self, key: str) -> None: ...


def check_key(key: str) -> str:
    if not _KEY.fullmatch(key) or key.endswith(PART):
        raise MediaError("object_key_invalid", "a key is made of names and slashes", fault=Fault.SERVER)
    return key


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """One range of an HTTP ``Range`` header (RFC 9110, 14.1.2) as (start, end), end not included. The whole object
    for what is absent or not understood, as the RFC asks; None when it cannot be satisfied (416)."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip()) if header else None
    if match is None or not (match[1] or match[2]):
        return 0, size
    if not match[1]:
        length = min(int(match[2]), size)
        return (size - length, size) if length else None
    start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    return (start, end) if start < end else None
