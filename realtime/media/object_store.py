"""Where recordings lie: appended to while they grow, closed in one step, read in ranges."""

import asyncio
import contextlib
import errno
import fcntl
import os
import re
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import IO, Protocol, TypeVar

from realtime.media.errors import MediaError
from realtime.protocol.text import Fault

CHUNK_BYTES = 256 * 1024
MAX_PENDING_BYTES = 8 * 1024 * 1024
"""A disk that is behind by more than this loses what comes next; the writer counts it."""

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,7}")
_PART = ".part"
T = TypeVar("T")


class ObjectWriter(Protocol):
    """One object on its way. Nobody but its writer knows of it until ``close``."""

    @property
    def lost_bytes(self) -> int: ...

    def append(self, chunk: bytes) -> bool:
        """Never waits. False: the store is too far behind, and the chunk is lost."""

    async def close(self, head: bytes = b"") -> None:
        """Everything is durable when this returns. ``head`` replaces the first bytes."""

    async def abandon(self) -> None: ...


class ObjectStore(Protocol):
    """Errors are ``MediaError`` recording_unknown, object_key_invalid, store_unavailable (retry)."""

    def create(self, key: str) -> ObjectWriter: ...

    async def size(self, key: str) -> int: ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes ``start`` up to, not including, ``end``."""

    async def delete(self, key: str) -> None:
        """Of one object, or of everything below ``key/``. What is not there is deleted already."""

    async def recover(self) -> list[str]:
        """After a crash: what a dead process was writing becomes an object as far as it came."""


def check_key(key: str) -> str:
    if not _KEY.fullmatch(key) or key.endswith(_PART):
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


async def _in_thread(work: Awaitable[T]) -> T:
    try:
        return await work
    except FileNotFoundError:
        raise MediaError("recording_unknown", "there is no such object") from None
    except OSError as error:
        raise MediaError("store_unavailable", error.strerror or "", retry=True, fault=Fault.SERVER) from None


class LocalObjectStore:
    """A folder, which processes of one machine may share. An object that is being written has a name that ends in
    .part and is locked; closing renames it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, key: str) -> "LocalObjectWriter":
        """An object of that key that is there already is replaced when the new one closes."""
        return LocalObjectWriter(self._path(key))

    async def size(self, key: str) -> int:
        path = self._path(key)
        return await _in_thread(asyncio.to_thread(lambda: path.stat().st_size))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        path, at = self._path(key), start
        while end is None or at < end:
            length = CHUNK_BYTES if end is None else min(CHUNK_BYTES, end - at)
            chunk = await _in_thread(asyncio.to_thread(_read, path, at, length))
            if not chunk:
                return
            at += len(chunk)
            yield chunk

    async def delete(self, key: str) -> None:
        await _in_thread(asyncio.to_thread(_delete, self._path(key)))

    async def recover(self) -> list[str]:
        return await _in_thread(asyncio.to_thread(self._recover))

    def _path(self, key: str) -> Path:
        return self._folder / check_key(key)

    def _recover(self) -> list[str]:
        keys = []
        for part in sorted(self._folder.rglob("*" + _PART)):
            with part.open("rb") as file:
                if not _lock(file) or not part.stat().st_size:
                    continue  # being written at this moment, by a process that shares the folder; or just begun
                whole = part.with_name(part.name.removesuffix(_PART))
                part.replace(whole)
                keys.append(whole.relative_to(self._folder).as_posix())
        return keys


def _lock(file: IO[bytes]) -> bool:
    """The kernel lets go of it when the process ends, however it ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path, at: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at)
        return file.read(length)


def _delete(path: Path) -> None:
    if path.is_dir():
        for child in sorted(path.rglob("*"), reverse=True):
            child.rmdir() if child.is_dir() else child.unlink(missing_ok=True)
        path.rmdir()
    path.unlink(missing_ok=True)
    path.with_name(path.name + _PART).unlink(missing_ok=True)


class LocalObjectWriter:
    """Writes in a thread, one write at a time, so that a slow disk stops nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + _PART)
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._failed: OSError | None = None
        self._file: IO[bytes] | None = None
        self.lost_bytes = 0

    def append(self, chunk: bytes) -> bool:
        if self._pending_bytes + len(chunk) > MAX_PENDING_BYTES or self._failed is not None:
            self.lost_bytes += len(chunk)
            return False
        self._pending.append(chunk)
        self._pending_bytes += len(chunk)
        if self._task is None:
            self._task = asyncio.create_task(self._drain(), name="recording-writer")
        return True

    async def close(self, head: bytes = b"") -> None:
        if self._task is not None:
            await self._task
        if self._failed is not None:
            if self._file is not None:
                with contextlib.suppress(OSError):  # what came before stays, for ``recover``
                    self._file.close()
            raise MediaError("store_unavailable", self._failed.strerror or "", retry=True, fault=Fault.SERVER)
        await _in_thread(asyncio.to_thread(self._finish, head))

    async def abandon(self) -> None:
        self._pending.clear()
        if self._task is not None:
            await self._task
        await asyncio.to_thread(self._discard)

    async def _drain(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []
            try:
                await asyncio.to_thread(self._write, b"".join(batch))
            except OSError as error:
                self._failed = error
                self.lost_bytes += sum(map(len, batch)) + sum(map(len, self._pending))
                self._pending.clear()
            self._pending_bytes = sum(map(len, self._pending))
        self._task = None

    def _write(self, data: bytes) -> None:
        if self._file is None:
            self._file = self._open()
        self._file.write(data)
        self._file.flush()  # to the system, which outlives this process

    def _open(self) -> IO[bytes]:
        self._part.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(self._part, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        if not _lock(file):
            file.close()
            raise OSError(errno.EBUSY, "somebody else is writing this object")
        file.truncate()
        return file

    def _finish(self, head: bytes) -> None:
        file = self._file = self._file or self._open()
        with file:
            file.seek(0)
            file.write(head)
            file.flush()
            os.fsync(file.fileno())
            self._part.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name is durable too
        finally:
            os.close(folder)

    def _discard(self) -> None:
        if self._file is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)
