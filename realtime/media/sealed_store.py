"""The object store of the rooms: everything is encrypted under its interview's key, from the first byte on.

    append ─► a durable log on this machine's disk ─► close ─► sealed, put into the objects ─► the log is deleted

Whatever happens between, the log holds it: a killed process's objects are sealed by the next one as far as they came,
and what could not be put (the bucket is away) is put later, and read from the log until then.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator

from realtime.media.cipher import SALT_BYTES, Damaged
from realtime.media.data_keys import DataKeys, interview_of
from realtime.media.durable_log import DurableLogs, LogRecords
from realtime.media.errors import MediaError
from realtime.media.object_store import Objects, check_key
from realtime.media.sealed import HEADER_BYTES, SealedReader, is_sealed, seal
from realtime.media.sealed_writer import CHUNK, HEAD, SealedWriter
from realtime.protocol.text import Fault

SWEEP_EVERY_S = 30

log = logging.getLogger(__name__)


class SealedStore:
    """An ``ObjectStore``. ``logs``: of a folder that nothing else keeps logs in."""

    def __init__(self, objects: Objects, logs: DurableLogs, keys: DataKeys) -> None:
        self._objects = objects
        self._logs = logs
        self._keys = keys

    def create(self, key: str) -> SealedWriter:
        """An object of that key that is there already is replaced when the new one closes."""
        return SealedWriter(check_key(key), self._logs, self._close)

    async def size(self, key: str) -> int:
        data_key = await self._keys.find(interview_of(check_key(key)))
        if data_key is None:
            return await self._objects.size(key)
        try:
            return (await self._reader(key, data_key)).size
        except MediaError as error:
            if error.code != "recording_unknown":
                raise
        return (await self._waiting(key)).size

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """An object of an interview that never had a key is read as it lies: it is older than encryption. Of one that
        has a key, only what was sealed with it."""
        data_key = await self._keys.find(interview_of(check_key(key)))
        inside = self._objects.read(key, start, end)
        if data_key is not None:
            inside = self._inside(key, data_key, start, end)
        async for piece in inside:
            yield piece

    async def keys(self, below: str) -> list[str]:
        """Of what is closed below ``below/``."""
        return await self._objects.keys(below)

    async def write(self, key: str, data: bytes) -> None:
        """A whole object at once. Raises ``MediaError`` as an ``ObjectWriter``."""
        writer = self.create(key)
        writer.append(data)
        await writer.close()

    async def delete(self, key: str) -> None:
        await self._logs.delete(key)
        await self._objects.delete(key)

    async def recover(self) -> list[str]:
        """Seals what no living process holds: after a crash, or when the objects were away. Each that fails is left for
        the next time."""
        done = []
        try:
            waiting = await self._logs.recover()
        except MediaError as error:
            log.error("what waits on this machine's disk cannot be listed: %s", error)
            return []
        for key in waiting:
            try:
                if await self._seal(key):
                    done.append(key)
            except MediaError as error:
                if error.code == "media_shredded":
                    await self._logs.delete(key)
                    continue
                log.warning("an object waits on this machine's disk: %s", error)
        return done

    async def sweep(self) -> None:
        """Goes on for ever: what could not be put is put when it can be."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            await self.recover()

    async def seal_plain(self) -> int:
        """Encrypts objects that were written before there was encryption. How many."""
        done = 0
        for key in await self._objects.keys("interviews"):
            first = b"".join([piece async for piece in self._objects.read(key, 0, HEADER_BYTES)])
            if is_sealed(first):
                continue
            data_key = await self._keys.obtain(interview_of(key))
            plain = b"".join([piece async for piece in self._objects.read(key)])
            await self._objects.put(key, lambda: _sealed([plain], len(plain), data_key, key))  # noqa: B023
            done += 1
        return done

    # ------------------------------------------------------------------ sealing
    async def _close(self, key: str) -> None:
        try:
            await self._seal(key)
        except MediaError as error:
            if error.code != "store_unavailable":
                raise
            log.warning("an object waits on this machine's disk: %s", error)

    async def _seal(self, key: str) -> bool:
        """From its log into the objects. False: there was nothing in it."""
        held = await self._logs.open(key)
        try:
            data_key = await self._keys.obtain(interview_of(key))
            found = _Spooled(await self._logs.records(key))
            await asyncio.to_thread(found.measure)
            if found.lost:
                log.error("%s lacks %d records, which were damaged on the disk", key, found.lost)
            if found.size:
                await self._objects.put(key, lambda: _sealed(found.pieces(), found.size, data_key, key))
        except BaseException:
            await held.abandon()
            raise
        await self._logs.delete(key)
        return bool(found.size)

    # ------------------------------------------------------------------ reading
    async def _inside(self, key: str, data_key: bytes, start: int, end: int | None) -> AsyncIterator[bytes]:
        try:
            reader = await self._reader(key, data_key)
        except MediaError as error:
            if error.code != "recording_unknown":
                raise
            waiting = await self._waiting(key)
            yield await asyncio.to_thread(lambda: b"".join(waiting.pieces())[start:end])
            return
        end = reader.size if end is None else min(end, reader.size)
        if start >= end:
            return
        opener = reader.opener(start, end)
        try:
            async for stored in self._objects.read(key, *reader.stored_span(start, end)):
                if opened := opener.feed(stored):
                    yield opened
            opener.finish()
        except Damaged:
            raise _damaged() from None

    async def _reader(self, key: str, data_key: bytes) -> SealedReader:
        header = b"".join([piece async for piece in self._objects.read(key, 0, HEADER_BYTES)])
        try:
            return SealedReader(header, data_key, key)
        except Damaged:
            raise _damaged() from None

    async def _waiting(self, key: str) -> "_Spooled":
        """A closed object that is not put yet. Raises ``MediaError`` recording_unknown."""
        found = _Spooled(await self._logs.records(key))
        await asyncio.to_thread(found.measure)
        if not found.complete:
            raise MediaError("recording_unknown", "this object is not closed")
        return found


def _sealed(pieces: Iterable[bytes], size: int, data_key: bytes, key: str) -> Iterator[bytes]:
    return seal(pieces, size, data_key, secrets.token_bytes(SALT_BYTES), key)


def _damaged() -> MediaError:
    return MediaError("object_damaged", "the object is not what was written", fault=Fault.SERVER)


class _Spooled:
    """What is in an object's log. Blocking."""

    def __init__(self, records: LogRecords) -> None:
        self._records = records
        self._head = b""
        self.size = 0
        self.lost = 0
        self.complete = False

    def measure(self) -> None:
        self.size = 0
        for record in self._records:
            if record[:1] == HEAD:
                self._head = record[1:]
            else:
                self.size += len(record) - 1
        self.size = max(self.size, len(self._head))
        self.complete = self._records.scan.complete
        self.lost = sum(end - first for first, end in self._records.scan.lost)

    def pieces(self) -> Iterator[bytes]:
        yield self._head
        replaced = len(self._head)
        for record in self._records:
            if record[:1] == CHUNK:
                skipped = min(replaced, len(record) - 1)
                replaced -= skipped
                yield record[1 + skipped :]
