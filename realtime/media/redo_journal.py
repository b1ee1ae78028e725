"""One sync for many files. Each commit writes its bytes into the files they belong to, which stay in the system's
memory, and once more into this journal, which is synced. From time to time the files are synced themselves and the
journal begins anew.

A killed process needs none of it: the system still has what was written. After a power cut the journal is written into
the files again. Blocking; a thread calls it.
"""

import contextlib
import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from realtime.media.folder_objects import sync_folder
from realtime.media.redo_format import Written, decoded, encoded

CHECKPOINT_BYTES = 64 * 1024 * 1024
CHECKPOINT_S = 60.0
_SUFFIX = ".redo"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Volume:
    """One journal file, and the files that it would mend."""

    path: Path
    file: IO[bytes]
    begun: float
    end: int = 0
    touched: set[str] = field(default_factory=set)

    def discard(self) -> None:
        self.file.close()
        self.path.unlink(missing_ok=True)


class RedoJournal:
    """``folder``: everything that is journalled lies below it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / "redo"
        self._volume: _Volume | None = None
        self._old: list[_Volume] = []
        self._checkpoint: threading.Thread | None = None
        self.checkpoint_syncs = 0

    @property
    def folder(self) -> Path:
        return self._folder

    def recover(self) -> int:
        """Before any log is opened: writes again what dead processes had journalled; how many journals. Processes that
        start together wait for one another here."""
        self._own.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._own / ".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return sum(self._recovered(path) for path in sorted(self._own.glob("*" + _SUFFIX)))

    def _recovered(self, path: Path) -> bool:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False  # its process lives
            self._replay(path)
            path.unlink()
        return True

    def append(self, all_written: list[Written]) -> None:
        """Durable when it returns. Raises ``OSError``: then nothing of it counts, and the next goes into a new file."""
        try:
            volume = self._volume = self._volume or self._begin()
            data = b"".join(map(encoded, all_written))
            done = 0
            while done < len(data):
                done += os.pwrite(volume.file.fileno(), data[done:], volume.end + done)
            os.fdatasync(volume.file.fileno())
        except OSError:
            self._set_aside()  # after a failed sync nobody knows what of it is on the disk
            raise
        volume.end += len(data)
        volume.touched.update(written.path for written in all_written)
        if volume.end >= CHECKPOINT_BYTES or time.monotonic() - volume.begun >= CHECKPOINT_S:
            self._set_aside()

    def _begin(self) -> _Volume:
        self._own.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._own / f"{secrets.token_hex(8)}{_SUFFIX}"
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b", buffering=0)
        volume = _Volume(path, file, time.monotonic())
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            sync_folder(self._own)
        except OSError:
            volume.discard()
            raise
        return volume

    def _set_aside(self) -> None:
        """Its files are synced beside the commits, then it goes."""
        volume, self._volume = self._volume, None
        if volume is not None and not volume.end:
            volume.discard()
        elif volume is not None:
            self._old.append(volume)
        if self._checkpoint is None or not self._checkpoint.is_alive():
            self._checkpoint = threading.Thread(target=self._settle_old, name="redo-checkpoint", daemon=True)
            self._checkpoint.start()

    def _settle_old(self) -> None:
        for volume in list(self._old):
            try:
                self._settle(volume)
            except OSError as error:
                log.error("a journal is kept, its files cannot be synced: %s", error.strerror)
                return  # the next checkpoint tries again
            self._old.remove(volume)

    def _settle(self, volume: _Volume) -> None:
        try:
            for path in sorted(volume.touched):
                self._sync(path)
        except OSError:
            # What a failed sync leaves in memory says nothing of the disk (Linux marks it clean): write it again.
            self._replay(volume.path)
        volume.discard()

    def _sync(self, path: str) -> None:
        with _there(self._folder / path) as descriptor:
            if descriptor is not None:
                os.fsync(descriptor)
                self.checkpoint_syncs += 1

    def _replay(self, journal: Path) -> None:
        """Into files that still exist: one that was deleted stays so, and no other ever gets its name."""
        touched = set()
        for written in decoded(journal.read_bytes()):
            if not _below(written.path):
                log.error("a journal names a file outside of its folder")
                continue
            with _there(self._folder / written.path) as descriptor:
                if descriptor is not None:
                    os.pwrite(descriptor, written.data, written.offset)
                    touched.add(written.path)
        for path in sorted(touched):
            self._sync(path)

    def close(self) -> None:
        """Syncs every file and leaves no journal."""
        self._set_aside()
        if self._checkpoint is not None:
            self._checkpoint.join()
        self._settle_old()
        for volume in self._old:
            volume.file.close()


def _below(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and parts[0] != "/" and ".." not in parts


@contextlib.contextmanager
def _there(path: Path) -> Iterator[int | None]:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
