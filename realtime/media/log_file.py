"""One log's file: who holds it, what is in it, where the next bytes go. Blocking; a thread calls it."""

import contextlib
import errno
import fcntl
import mmap
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from realtime.media.cipher import SALT_BYTES
from realtime.media.folder_objects import sync_folder
from realtime.media.log_format import Scan, SegmentWriter
from realtime.media.redo_format import Written

OPENING_TRIES, BETWEEN_TRIES_S = 5, 0.01

_NAME = re.compile(r"(.+)\.[0-9a-f]{8}\.log")


def path_of(folder: Path, name: str) -> Path | None:
    """The file of a log. Part of a file's name is random: a file that was deleted never comes back as another."""
    stem = folder / name
    found = (
        path for path in stem.parent.glob("*.log") if (match := _NAME.fullmatch(path.name)) and match[1] == stem.name
    )
    return next(found, None)


def names_below(folder: Path, below: str = "") -> Iterator[tuple[str, Path]]:
    for top, folders, names in os.walk(folder / below):  # which passes over what is deleted meanwhile
        folders.sort()
        for name in sorted(names):
            if match := _NAME.fullmatch(name):
                path = Path(top, name)
                yield path.with_name(match[1]).relative_to(folder).as_posix(), path


def remove(folder: Path, name: str) -> None:
    """The file of a log, and folders that are empty then."""
    if not folder.exists():
        return
    with _only_one(folder):
        path = path_of(folder, name)
        if path is None:
            return
        path.unlink()
        for parent in path.parents:
            if parent == folder or any(parent.iterdir()):
                return
            parent.rmdir()


def held(path: Path) -> bool:
    """By a living process, or deleted by it. The kernel lets go of a lock when its process ends, however it ends."""
    try:
        with path.open("rb") as file:
            return not _lock(file)
    except FileNotFoundError:
        return True


def scanned(path: Path, data_key: bytes, name: str, scan: Scan) -> Iterator[bytes]:
    """The records of a file, through ``scan``."""
    with path.open("rb") as file:
        yield from _records(file, data_key, name, scan)


def _records(file: IO[bytes], data_key: bytes, name: str, scan: Scan) -> Iterator[bytes]:
    if not os.fstat(file.fileno()).st_size:
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as contents:
        for _number, record in scan.records(contents, data_key, name):
            yield record


def bring_home(folder: Path, name: str, data_key: bytes, copies: list[bytes]) -> None:
    """Takes the copy that goes furthest as this log's file, if it goes further than the file that is here. Raises
    ``OSError``: EBUSY when a living process holds that."""
    path, here = path_of(folder, name), Scan()
    if path is not None:
        exhaust(scanned(path, data_key, name, here))
    furthest, best = here.last, b""
    for copy in copies:
        scan = Scan()
        exhaust(scan.records(copy, data_key, name))
        if scan.last > furthest:
            furthest, best = scan.last, copy
    if not best:
        return
    if path is not None:
        if held(path):
            raise OSError(errno.EBUSY, "somebody else is writing this log")
        path.unlink()
    _, file = _opened(folder, name)
    with file:
        os.pwrite(file.fileno(), best, 0)
        os.fsync(file.fileno())


def exhaust(records: Iterator[object]) -> None:
    """For what its scan then says."""
    for _ in records:
        pass


class LogFile:
    """Open for appending, by this process alone. What is there is never changed."""

    def __init__(self, folder: Path, name: str, data_key: bytes) -> None:
        """Raises ``OSError``: EBUSY when another writer has it."""
        self.path, self._file = _opened(folder, name)
        try:
            self.scan = Scan()
            exhaust(_records(self._file, data_key, name, self.scan))
            self.end = os.fstat(self._file.fileno()).st_size
            if self.end:
                self.sync()  # a killed process may have written what it never synced; now it is called durable
        except BaseException:
            self._file.close()
            raise
        self._segment = SegmentWriter(data_key, secrets.token_bytes(SALT_BYTES), name, self.scan.last + 1)
        self._unwritten = b""
        self._begun = False

    def encode(self, records: list[bytes], *, ending: bool) -> None:
        """Adds to what ``write`` writes. Encrypted once: what is written again after a failure is the same bytes."""
        frames = [self._segment.record(record) for record in records]
        if not self._begun:
            frames.insert(0, self._segment.header)
            self._begun = True
        if ending:
            frames.append(self._segment.end())
        self._unwritten += b"".join(frames)

    def write(self) -> None:
        """To the system, which outlives this process. Raises ``OSError``; then call it again."""
        data = self._unwritten
        done = 0
        while done < len(data):
            done += os.pwrite(self._file.fileno(), data[done:], self.end + done)

    def written(self, folder: Path) -> Written:
        return Written(self.path.relative_to(folder).as_posix(), self.end, self._unwritten)

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def settle(self) -> None:
        """What was written is durable: the next bytes go behind it."""
        self.end += len(self._unwritten)
        self._unwritten = b""

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        self._file.close()


def _opened(folder: Path, name: str) -> tuple[Path, IO[bytes]]:
    """Tried again when ``remove`` took the file away between two steps, and when somebody only looked whether it is
    held."""
    for _ in range(OPENING_TRIES):
        path, file = _made(folder, name)
        try:
            if _lock(file) and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                _sync_names(path, folder)
                return path, file
        except FileNotFoundError:
            pass
        file.close()
        time.sleep(BETWEEN_TRIES_S)
    raise OSError(errno.EBUSY, "somebody else is writing this log")


def _made(folder: Path, name: str) -> tuple[Path, IO[bytes]]:
    stem = folder / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _only_one(folder):
        stem.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path_of(folder, name) or stem.with_name(f"{stem.name}.{secrets.token_hex(4)}.log")
        return path, os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Names are made and taken away by one process at a time: two must not make two files for one log, and a folder is
    not taken away under a file that is being made."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_names(path: Path, top: Path) -> None:
    """The file can be found after a power cut too, empty as it is."""
    for folder in path.parents:
        sync_folder(folder)
        if folder == top.parent:
            return


def _lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
