"""A log's copy in the object store, a second behind: what another machine goes on from when this one is lost.

    logs/<name>/<copy>/<offset>     the bytes of the log's file from that offset on, encrypted as they lie on the disk

Every opening of a log begins a copy of its own, so that two machines never write over one another. Whoever opens it
takes the copy that goes furthest.
"""

import asyncio
import secrets
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from realtime.media.errors import MediaError
from realtime.media.object_store import Objects

PART_EVERY_S = 1.0
PARTS_AT_ONCE = 64
_TOP = "logs"


class LogReplicas:
    """Of all logs of a process. Errors are ``MediaError`` store_unavailable."""

    def __init__(self, objects: Objects, *, every_s: float = PART_EVERY_S) -> None:
        self._objects = objects
        self._every_s = every_s
        self._room = asyncio.Semaphore(PARTS_AT_ONCE)

    async def copies(self, name: str) -> list[bytes]:
        """What each copy holds, as far as it has no hole."""
        keys = await self._objects.keys(f"{_TOP}/{name}")
        return [await self._joined(list(parts)) for _, parts in groupby(keys, lambda key: key.rpartition("/")[0])]

    async def _joined(self, parts: list[str]) -> bytes:
        whole = b""
        for key in sorted(parts):
            offset = int(key.rpartition("/")[2], 16)
            if offset > len(whole):
                break
            whole = whole[:offset] + b"".join([piece async for piece in self._objects.read(key)])
        return whole

    def follow(self, name: str, path: Path, told: Callable[[], None]) -> "LogReplica":
        return LogReplica(self._objects, f"{_TOP}/{name}/{secrets.token_hex(8)}", path, told, self._every_s, self._room)

    async def delete(self, name: str) -> None:
        """Of one log, or of all below."""
        await self._objects.delete(f"{_TOP}/{name}")


class LogReplica:
    """One open log's copy. ``told`` is called when ``position`` or ``problem`` has changed."""

    def __init__(
        self,
        objects: Objects,
        below: str,
        path: Path,
        told: Callable[[], None],
        every_s: float,
        room: asyncio.Semaphore,
    ) -> None:
        self.position = 0
        """Every record up to it is in the store."""
        self.problem = ""
        self._objects = objects
        self._below = below
        self._path = path
        self._told = told
        self._every_s = every_s
        self._room = room
        self._shipped = 0
        self._wanted = (0, 0)
        self._task: asyncio.Task[None] | None = None

    @property
    def behind(self) -> bool:
        return self._shipped < self._wanted[1]

    def moved(self, position: int, end: int) -> None:
        """The file holds every record up to ``position`` in its first ``end`` bytes."""
        self._wanted = position, end
        if self.behind and self._task is None:
            self._task = asyncio.create_task(self._ship(), name="ship a log's parts")
        elif not self.behind:
            self.position = position

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _ship(self) -> None:
        while self.behind:
            position, end = self._wanted
            try:
                data = await asyncio.to_thread(_bytes_of, self._path, self._shipped, end)
                async with self._room:
                    await self._objects.write(f"{self._below}/{self._shipped:016x}", data)
            except (MediaError, OSError) as error:
                self.problem = error.detail if isinstance(error, MediaError) else error.strerror or ""
            else:
                self._shipped, self.position, self.problem = end, position, ""
            self._told()
            await asyncio.sleep(self._every_s)
        self._task = None


def _bytes_of(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)
