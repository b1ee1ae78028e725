"""Objects in a folder, which processes of one machine may share."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

from realtime.media.errors import MediaError
from realtime.media.object_store import PART, check_key
from realtime.protocol.text import Fault

READ_BYTES = 256 * 1024
T = TypeVar("T")


class FolderObjects:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def check(self) -> None:
        await _in_thread(lambda: _probe(self._folder))

    async def put(self, key: str, pieces: Callable[[], Iterator[bytes]]) -> None:
        path = self._path(key)
        await _in_thread(lambda: _put(path, pieces))

    async def write(self, key: str, data: bytes) -> None:
        await self.put(key, lambda: iter([data]))

    async def size(self, key: str) -> int:
        path = self._path(key)
        return await _in_thread(lambda: path.stat().st_size)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        path, at = self._path(key), start
        while end is None or at < end:
            length = READ_BYTES if end is None else min(READ_BYTES, end - at)
            chunk = await _in_thread(lambda at=at, length=length: _read(path, at, length))  # type: ignore[misc]
            if not chunk:
                return
            at += len(chunk)
            yield chunk

    async def keys(self, below: str = "") -> list[str]:
        top = self._path(below) if below else self._folder
        return await _in_thread(lambda: sorted(_keys(top, self._folder)))

    async def delete(self, key: str) -> None:
        path = self._path(key)
        await _in_thread(lambda: _delete(path))

    def _path(self, key: str) -> Path:
        return self._folder / check_key(key)


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError:
        raise MediaError("recording_unknown", "there is no such object") from None
    except OSError as error:
        raise MediaError("store_unavailable", error.strerror or "", retry=True, fault=Fault.SERVER) from None


def _probe(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = folder / f".probe-{secrets.token_hex(4)}"
    probe.touch()
    probe.unlink()


def _put(path: Path, pieces: Callable[[], Iterator[bytes]]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{PART}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces():
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Its names are durable too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path, at: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at)
        return file.read(length)


def _keys(top: Path, folder: Path) -> Iterator[str]:
    for path in top.rglob("*"):
        if path.is_file() and not path.name.endswith(PART):
            yield path.relative_to(folder).as_posix()


def _delete(path: Path) -> None:
    """One object, or everything below. What is not there is deleted already."""
    if path.is_dir():
        for child in sorted(path.rglob("*"), reverse=True):
            child.rmdir() if child.is_dir() else child.unlink(missing_ok=True)
        path.rmdir()
    path.unlink(missing_ok=True)
