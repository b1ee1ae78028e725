"""An object on its way: its bytes go into a durable log; closing it hands the log over to be sealed."""

import asyncio
from collections.abc import Awaitable, Callable

from realtime.media.durable_log import DurableLog, DurableLogs
from realtime.media.errors import MediaError
from realtime.media.log_format import MAX_RECORD_BYTES

MAX_PENDING_BYTES = 8 * 1024 * 1024
"""A disk that is behind by more than this loses what comes next; the writer counts it."""
CHUNK, HEAD = b"\0", b"\1"
"""What a record of the log begins with: bytes to append, or those that replace the first ones."""


class SealedWriter:
    """An ``ObjectWriter``. Its log is opened by the first bytes."""

    def __init__(self, key: str, logs: DurableLogs, closed: Callable[[str], Awaitable[None]]) -> None:
        self._key = key
        self._logs = logs
        self._closed = closed
        self._early: list[bytes] = []
        self._early_bytes = 0
        self._opening: asyncio.Task[None] | None = None
        self._log: DurableLog | None = None
        self._failed: MediaError | None = None
        self.lost_bytes = 0

    def append(self, chunk: bytes) -> bool:
        """False too for a chunk of ``MAX_RECORD_BYTES`` or more."""
        taken = len(chunk) < MAX_RECORD_BYTES and self._failed is None and self._take(chunk)
        if not taken:
            self.lost_bytes += len(chunk)
        return taken

    def _take(self, chunk: bytes) -> bool:
        if self._log is not None:
            return _appended(self._log, CHUNK + chunk)
        if self._early_bytes + len(chunk) > MAX_PENDING_BYTES:
            return False
        self._early.append(chunk)
        self._early_bytes += len(chunk)
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(), name="open an object's log")
        return True

    async def _open(self) -> None:
        try:
            log = await self._logs.open(self._key, max_waiting_bytes=MAX_PENDING_BYTES)
            if log.durable:  # an object of this key that nobody closed: it is replaced
                await self._logs.delete(self._key)
                log = await self._logs.open(self._key, max_waiting_bytes=MAX_PENDING_BYTES)
        except MediaError as error:
            self._failed = error
            self.lost_bytes += self._early_bytes
        else:
            self._log = log
            self.lost_bytes += sum(len(chunk) for chunk in self._early if not _appended(log, CHUNK + chunk))
        self._early.clear()

    async def close(self, head: bytes = b"") -> None:
        log = await self._opened()
        if log is None:
            assert self._failed is not None
            raise self._failed
        try:
            await log.flush()
            log.append(HEAD + head)
            await log.close(complete=True)
        except MediaError:
            await log.abandon()  # what is on the disk stays, for ``recover``
            raise
        await self._closed(self._key)

    async def abandon(self) -> None:
        await self._opened()
        await self._logs.delete(self._key)

    async def _opened(self) -> DurableLog | None:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(), name="open an object's log")
        await self._opening
        return self._log


def _appended(log: DurableLog, record: bytes) -> bool:
    try:
        log.append(record)
    except MediaError:
        return False
    return True
