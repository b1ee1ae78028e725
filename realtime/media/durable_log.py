"""Append-only logs that a killed process cannot lose: what is ``durable`` is on the disk, encrypted, and found again.

    logs = DurableLogs(folder, keys)
    log = await logs.open("interviews/iv_1/q1/take-3")      # goes on where the last process stopped
    position = log.append(record)                           # never waits
    log.on_durable = lambda position: …                     # at most every ``COMMIT_EVERY_S``
    await log.close(complete=True)
    found = await logs.read("interviews/iv_1/q1/take-3")

One thread a process commits all its logs together (``group_commit``); how they lie is ``log_format``.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from realtime.media.data_keys import DataKeys, interview_of
from realtime.media.errors import MediaError
from realtime.media.group_commit import GroupCommit
from realtime.media.log_file import LogFile, bring_home, held, names_below, path_of, remove, scanned
from realtime.media.log_format import Scan
from realtime.media.log_queue import MAX_WAITING_BYTES, LogQueue
from realtime.media.log_replica import LogReplica, LogReplicas
from realtime.media.object_store import check_key
from realtime.media.redo_format import Written
from realtime.protocol.text import Fault

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LogReading:
    """``records`` as they were appended. ``lost``: numbers (from 1; first up to, not including, last) of records that
    were damaged on the disk. ``complete``: the log was closed as complete, and all of it is here."""

    records: tuple[bytes, ...]
    lost: tuple[tuple[int, int], ...]
    complete: bool


class DurableLogs:
    """The logs below one folder. Errors are ``MediaError`` store_unavailable (retry), object_key_invalid,
    recording_unknown (no such log), media_shredded.

    ``commit``: shared by everything of a process that writes logs; its journal's folder is above theirs. ``replicas``:
    then nothing is called durable before it is in the object store too, and a log of another machine is opened from
    there."""

    def __init__(
        self,
        folder: Path,
        keys: DataKeys,
        commit: GroupCommit | None = None,
        replicas: LogReplicas | None = None,
    ) -> None:
        self._folder = folder
        self._keys = keys
        self._commit = commit or GroupCommit()
        self._own_commit = commit is None
        self._replicas = replicas
        self._open: dict[str, DurableLog] = {}
        self._leaving = False

    async def open(self, name: str, *, max_waiting_bytes: int = MAX_WAITING_BYTES) -> "DurableLog":
        """To append; ``durable`` says what is there already. Raises store_unavailable while another process, or
        somebody else in this one, has it open, and once ``close`` has begun."""
        key = await self._keys.obtain(interview_of(check_key(name)))
        if self._replicas is not None:
            copies = await self._replicas.copies(name)
            await _in_thread(lambda: bring_home(self._folder, name, key, copies))
        file = await self._file(name, key)
        queue = LogQueue(file.scan.last, max_waiting_bytes)
        log = self._open[name] = DurableLog(name, file, queue, self._commit, self._closed)
        if self._replicas is not None:
            await log.replicate(self._replicas)
        return log

    async def _file(self, name: str, key: bytes) -> LogFile:
        """The thread goes on when whoever waits is cancelled, and then nobody has the file that it opens: it is
        closed."""
        opened: Future[LogFile] = Future()
        try:
            await _in_thread(lambda: opened.set_result(LogFile(self._folder, name, key)))
            if self._leaving:
                raise _no("the logs are being closed")
        except (asyncio.CancelledError, MediaError):
            opened.add_done_callback(lambda done: done.result().close())
            raise
        return opened.result()

    async def read(self, name: str) -> LogReading:
        """What is written, also while it grows."""
        found = await self.records(name)
        records = await _in_thread(lambda: tuple(found))
        return LogReading(records, tuple(found.scan.lost), found.scan.complete)

    async def records(self, name: str) -> "LogRecords":
        """The same one by one, for a thread."""
        key = await self._keys.find(interview_of(check_key(name)))
        path = await _in_thread(lambda: path_of(self._folder, name))
        if path is None or key is None:
            raise MediaError("recording_unknown", "there is no such log")
        return LogRecords(path, key, name)

    async def names(self, below: str = "") -> list[str]:
        """Of all logs, or of those below ``below/``."""
        top = check_key(below) if below else ""
        return await _in_thread(lambda: [name for name, _ in names_below(self._folder, top)])

    async def recover(self) -> list[str]:
        """After a crash, before anything is opened: the names of the logs that no living process holds."""
        return await _in_thread(lambda: [name for name, path in names_below(self._folder) if not held(path)])

    async def delete(self, name: str) -> None:
        """One log, or all below ``name/``. What is not there is deleted already; a log that is open here is closed."""
        doomed = [check_key(name), *await self.names(name)]
        await _in_thread(lambda: self._delete(doomed))  # before it is let go of: nobody opens what is about to go
        for each in doomed:
            if (log := self._open.get(each)) is not None:
                await log.abandon()
        if self._replicas is not None:
            await self._replicas.delete(name)

    async def close(self) -> None:
        """Closes what is open, without calling it complete, and opens nothing more. What the disk does not take now was
        never called durable."""
        self._leaving = True
        for log in list(self._open.values()):
            try:
                await log.close()
            except MediaError as error:
                logger.warning("a log is closed with records that are not on the disk: %s", error)
                await log.abandon()
        if self._own_commit:
            await asyncio.to_thread(self._commit.close)

    def _closed(self, name: str) -> None:
        self._open.pop(name, None)

    def _delete(self, names: list[str]) -> None:
        for name in names:
            remove(self._folder, name)


class LogRecords:
    """Every iteration reads the file from its beginning; ``scan`` tells of the last one. Blocking."""

    def __init__(self, path: Path, key: bytes, name: str) -> None:
        self._file = path, key, name
        self.scan = Scan()

    def __iter__(self) -> Iterator[bytes]:
        self.scan = Scan()
        return scanned(*self._file, self.scan)


class DurableLog:
    """One log that is open. All of it belongs to the event loop, but ``prepare`` to ``failed``, which the thread
    calls."""

    def __init__(
        self, name: str, file: LogFile, queue: LogQueue, commit: GroupCommit, closed: Callable[[str], None]
    ) -> None:
        self.name = name
        self.on_durable: Callable[[int], None] | None = None
        """Called on the event loop with the new ``durable``."""
        self.on_problem: Callable[[MediaError], None] | None = None
        """Called when the disk begins to say no. What was appended waits, and is tried again at every commit."""
        self._file = file
        self._commit = commit
        self._queue = queue
        self._loop = asyncio.get_running_loop()
        self._closed = closed
        self._replica: LogReplica | None = None
        self._told = file.scan.last
        self._told_problem = ""
        self._encode: tuple[list[bytes], bool] = ([], False)
        self._end_written = False
        self._outcome = asyncio.Event()

    @property
    def durable(self) -> int:
        """Everything up to this position is on the disk, and in the object store where that is asked for."""
        return self._queue.durable if self._replica is None else min(self._queue.durable, self._replica.position)

    @property
    def appended(self) -> int:
        return self._queue.appended

    def append(self, record: bytes) -> int:
        """The record's position, counted from 1. Raises ``MediaError`` store_unavailable when the disk is too far
        behind, or full: the record was not taken."""
        with self._commit.lock:
            position = self._queue.append(record, self._commit.room_bytes)
            self._commit.wait_for(self, len(record), self._loop)
        return position

    async def flush(self) -> None:
        """Everything appended is durable when this returns. Raises ``MediaError`` store_unavailable when the disk says
        no; what was appended is kept and tried again."""
        while not self._file.closed and (self.durable < self.appended or self._queue.ending or self._behind):
            self._outcome.clear()
            await self._outcome.wait()
            if self._problem:
                raise _no(self._problem)

    @property
    def _behind(self) -> bool:
        return self._replica is not None and self._replica.behind

    @property
    def _problem(self) -> str:
        return self._queue.problem or (self._replica.problem if self._replica is not None else "")

    async def replicate(self, replicas: LogReplicas) -> None:
        """From now on nothing is durable before its copy is; what is there already has its copy when this returns."""
        self._replica = replicas.follow(self.name, self._file.path, self._tell)
        self._replica.moved(self._queue.durable, self._file.end)
        try:
            await self.flush()
        except MediaError:
            await self.abandon()
            raise

    async def close(self, *, complete: bool = False) -> None:
        """Flushes and lets go of the file. ``complete``: nothing will ever be added. After an error it is still
        open."""
        if self._file.closed:
            return
        if complete and not self._queue.closed:
            with self._commit.lock:
                self._queue.end()
                self._commit.wait_for(self, 0, self._loop)
        await self.flush()
        if self._replica is not None:  # the end, too
            self._replica.moved(self._queue.durable, self._file.end)
            await self.flush()
        await self.abandon()

    async def abandon(self) -> None:
        """Lets go of the file without writing what still waits."""
        if self._replica is not None:
            self._replica.close()
        await asyncio.to_thread(self._commit.remove, self, self._let_go)
        self._closed(self.name)
        self._outcome.set()

    def _let_go(self) -> int:
        self._file.close()
        return self._queue.let_go()

    # ------------------------------------------------------------------ the thread's side
    def prepare(self) -> None:
        ending = self._queue.ending and not self._end_written
        self._end_written = self._end_written or ending
        self._encode = self._queue.take(), ending

    def write(self) -> None:
        records, ending = self._encode
        self._file.encode(records, ending=ending)
        self._encode = [], False
        self._file.write()

    def written(self, folder: Path) -> Written:
        return self._file.written(folder)

    def sync(self) -> None:
        self._file.sync()

    def succeeded(self) -> int:
        self._file.settle()
        return self._queue.written()

    def failed(self, problem: str) -> None:
        self._queue.problem = problem

    def tell(self) -> None:
        if self._replica is not None:
            self._replica.moved(self._queue.durable, self._file.end)
        self._tell()

    def _tell(self) -> None:
        durable, problem = self.durable, self._problem
        if durable > self._told and self.on_durable is not None:
            self.on_durable(durable)
        if problem and problem != self._told_problem and self.on_problem is not None:
            self.on_problem(_no(problem))
        self._told, self._told_problem = durable, problem
        self._outcome.set()


def _no(problem: str) -> MediaError:
    return MediaError("store_unavailable", problem, retry=True, fault=Fault.SERVER)


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError:
        raise MediaError("recording_unknown", "there is no such log") from None
    except OSError as error:
        raise _no(error.strerror or type(error).__name__) from None
