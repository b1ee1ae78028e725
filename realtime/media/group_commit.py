"""One thread that makes many logs durable together: it wakes when something waits, lets more come for a moment, then
writes everything and syncs once for all, through a journal; without one it syncs every file."""

import contextlib
import logging
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from realtime.media.redo_format import Written
from realtime.media.redo_journal import RedoJournal

log = logging.getLogger(__name__)

COMMIT_EVERY_S = 0.05
AFTER_FAILURE_S = 0.5
MAX_WAITING_BYTES = 64 * 1024 * 1024
"""Of all logs of a process together."""


class Committed(Protocol):
    """A log, as the thread sees it."""

    def prepare(self) -> None:
        """Under the lock: takes what waits."""

    def write(self) -> None:
        """Raises ``OSError``; it is called again."""

    def sync(self) -> None:
        """Raises ``OSError``; then ``write`` comes again first."""

    def written(self, folder: Path) -> Written:
        """What the last ``write`` wrote, and where below ``folder``."""

    def succeeded(self) -> int:
        """Under the lock. Bytes that wait no more."""

    def failed(self, problem: str) -> None:
        """Under the lock."""

    def tell(self) -> None:
        """On the event loop, after the one or the other."""


@dataclass(slots=True)
class Counts:
    commits: int = 0
    syncs: int = 0
    failures: int = 0


@dataclass(slots=True)
class _Waiting:
    logs: set[Committed] = field(default_factory=set)
    bytes: int = 0


class GroupCommit:
    def __init__(self, redo: RedoJournal | None = None, *, every_s: float = COMMIT_EVERY_S) -> None:
        self._redo = redo
        self._every_s = every_s
        self.lock = threading.Condition()
        self._committing = threading.Lock()
        self._waiting = _Waiting()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: AbstractEventLoop | None = None
        self.counts = Counts()

    @property
    def room_bytes(self) -> int:
        """What may still be appended, to whatever log."""
        return 0 if self._stopping.is_set() else MAX_WAITING_BYTES - self._waiting.bytes

    def wait_for(self, log: Committed, size: int, loop: AbstractEventLoop) -> None:
        """Under the lock: ``log`` has ``size`` bytes more to write."""
        self._loop = loop
        self._waiting.bytes += size
        if not self._waiting.logs:
            self.lock.notify()
        self._waiting.logs.add(log)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
            self._thread.start()

    def remove(self, log: Committed, let_go: Callable[[], int]) -> None:
        """Waits for the commit that is running; after it the thread does not touch ``log`` again. ``let_go`` returns
        how much of it still waited."""
        with self._committing, self.lock:
            self._waiting.logs.discard(log)
            self._waiting.bytes -= let_go()

    def close(self) -> None:
        """Commits what waits, once more, and ends the thread."""
        with self.lock:
            self._stopping.set()
            self.lock.notify()
        if self._thread is not None:
            self._thread.join()
        if self._redo is not None:
            self._redo.close()

    def _run(self) -> None:
        pause_s = self._every_s
        while True:
            with self.lock:
                self.lock.wait_for(lambda: self._waiting.logs or self._stopping.is_set())
            stopping = self._stopping.wait(pause_s)
            with self._committing:
                with self.lock:
                    logs, self._waiting.logs = list(self._waiting.logs), set()
                    for each in logs:
                        each.prepare()
                durable = self._committed(logs)
            pause_s = self._every_s if durable else AFTER_FAILURE_S
            if stopping:
                return

    def _committed(self, logs: list[Committed]) -> bool:
        """Whether all of it is durable now."""
        try:
            outcomes = self._outcomes(logs)
        except Exception:
            # The thread's boundary. A mistake of ours must not look like a disk that takes its time.
            log.exception("a commit failed")
            outcomes = dict.fromkeys(logs, "the commit failed")
        self._settle(outcomes)
        return not any(outcomes.values())

    def _outcomes(self, logs: list[Committed]) -> dict[Committed, str]:
        """What went wrong with each; nothing, for those that are durable."""
        self.counts.commits += 1
        outcomes = {log: _problem_of(log.write) for log in logs}
        written = [log for log in logs if not outcomes[log]]
        return outcomes | (self._journalled(written, self._redo) if self._redo else self._synced(written))

    def _settle(self, outcomes: dict[Committed, str]) -> None:
        with self.lock:
            for each, problem in outcomes.items():
                if problem:
                    self.counts.failures += 1
                    each.failed(problem)
                    self._waiting.logs.add(each)
                else:
                    self._waiting.bytes -= each.succeeded()
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(_tell, list(outcomes))

    def _synced(self, logs: list[Committed]) -> dict[Committed, str]:
        self.counts.syncs += len(logs)
        return {log: _problem_of(log.sync) for log in logs}

    def _journalled(self, logs: list[Committed], redo: RedoJournal) -> dict[Committed, str]:
        self.counts.syncs += 1
        if _problem_of(lambda: redo.append([log.written(redo.folder) for log in logs])):
            return self._synced(logs)  # a disk that is nearly full may have room for the bytes once, if not twice
        return dict.fromkeys(logs, "")


def _problem_of(work: Callable[[], None]) -> str:
    try:
        work()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _tell(logs: list[Committed]) -> None:
    for log in logs:
        log.tell()
