"""Logs on a real disk: durable when they say so, found again after kill -9, honest about a disk that is full."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from realtime.media import durable_log
from realtime.media.data_keys import KeysInMemory
from realtime.media.durable_log import DurableLogs
from realtime.media.errors import MediaError
from realtime.media.group_commit import GroupCommit
from realtime.media.log_file import LogFile
from realtime.media.log_queue import MAX_WAITING_BYTES
from realtime.media.redo_journal import RedoJournal

ROOT = Path(__file__).parents[3]
NAME = "interviews/i/q/take-1"


@pytest.fixture(params=["journal", "each file"])
async def commit(request, tmp_path):
    redo = RedoJournal(tmp_path) if request.param == "journal" else None
    commit = GroupCommit(redo, every_s=0.005)
    yield commit
    await asyncio.to_thread(commit.close)


@pytest.fixture
def keys():
    return KeysInMemory(i=b"k" * 32)


@pytest.fixture
async def logs(tmp_path, keys, commit):
    logs = DurableLogs(tmp_path, keys, commit)
    yield logs
    await logs.close()


async def test_what_is_appended_becomes_durable_and_is_read(logs):
    log = await logs.open(NAME)
    moved: list[int] = []
    log.on_durable = moved.append
    assert [log.append(b"one"), log.append(b"two")] == [1, 2]
    assert log.durable == 0
    await log.flush()
    assert log.durable == 2
    assert moved[-1] == 2
    assert (await logs.read(NAME)).records == (b"one", b"two")
    assert not (await logs.read(NAME)).complete
    await log.close(complete=True)
    assert (await logs.read(NAME)).complete


async def test_nothing_of_it_is_on_the_disk_in_the_clear(logs, tmp_path):
    log = await logs.open(NAME)
    log.append(b"what the candidate said")
    await log.close()
    (path,) = tmp_path.rglob("*.log")
    assert b"candidate said" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


async def test_a_log_goes_on_where_it_stopped(logs, keys, tmp_path):
    for number in range(1, 4):
        log = await logs.open(NAME)
        assert log.durable == number - 1
        assert log.append(b"%d" % number) == number
        await log.close()
    assert (await logs.read(NAME)).records == (b"1", b"2", b"3")
    assert await logs.names() == await logs.recover() == [NAME]


async def test_one_writer_at_a_time(logs, tmp_path, keys):
    log = await logs.open(NAME)
    with pytest.raises(MediaError, match="store_unavailable"):
        await DurableLogs(tmp_path, keys).open(NAME)
    assert await logs.recover() == []
    await log.close()
    await (await DurableLogs(tmp_path, keys).open(NAME)).close()


class SlowToOpen:
    """In the place of ``LogFile``: opens the file, and returns when it is told to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.file: LogFile | None = None
        self.opened = threading.Event()
        self.closed = threading.Event()

    def __call__(self, *arguments) -> LogFile:
        self.file = LogFile(*arguments)
        close = self.file.close
        self.file.close = lambda: (close(), self.closed.set())
        self.opened.set()
        assert self.go_on.wait(20)
        return self.file


@pytest.fixture
def slow(monkeypatch):
    slow = SlowToOpen()
    monkeypatch.setattr(durable_log, "LogFile", slow)
    yield slow
    slow.go_on.set()


async def test_a_file_that_nobody_waits_for_any_more_is_closed(logs, slow, monkeypatch):
    opening = asyncio.create_task(logs.open(NAME))
    await asyncio.to_thread(slow.opened.wait, 20)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    slow.go_on.set()
    assert await asyncio.to_thread(slow.closed.wait, 20)
    monkeypatch.undo()
    await (await logs.open(NAME)).close()  # nobody holds it


async def test_nothing_is_opened_after_the_end(logs, slow):
    opening = asyncio.create_task(logs.open(NAME))
    await asyncio.to_thread(slow.opened.wait, 20)
    await logs.close()
    slow.go_on.set()
    with pytest.raises(MediaError, match="store_unavailable"):
        await opening
    assert slow.file.closed


async def test_many_logs_in_one_commit(logs, commit):
    opened = [await logs.open(f"interviews/i{n}/q/take-1") for n in range(50)]
    before = commit.counts.commits
    for log in opened:
        log.append(b"x" * 300)
    await asyncio.gather(*(log.flush() for log in opened))
    assert all(log.durable == 1 for log in opened)
    assert commit.counts.commits - before <= 3
    assert commit.counts.syncs <= (3 if commit._redo else 50)


async def test_deleting_takes_open_logs_too(logs, tmp_path):
    for name in ("interviews/i/q/take-1", "interviews/i/q/take-2", "interviews/j/q/take-1"):
        (await logs.open(name)).append(b"x")
    await logs.delete("interviews/i")
    await logs.delete("interviews/i")
    assert await logs.names() == ["interviews/j/q/take-1"]
    assert await logs.names("interviews/j") == ["interviews/j/q/take-1"]
    with pytest.raises(MediaError, match="recording_unknown"):
        await logs.read("interviews/i/q/take-1")
    fresh = await logs.open("interviews/i/q/take-1")
    assert fresh.durable == 0


async def test_deleting_leaves_no_folder_and_hinders_no_opening(logs, tmp_path):
    for _ in range(3):
        await logs.open(NAME)
        await asyncio.gather(logs.delete(NAME), logs.open("interviews/i/q/take-2"))
        await logs.delete("interviews/i")
    assert not (tmp_path / "interviews").exists()


@pytest.mark.parametrize("commit", ["journal"], indirect=True)
async def test_without_room_for_a_journal_the_files_are_synced(logs, commit, monkeypatch):
    log = await logs.open(NAME)
    monkeypatch.setattr(commit._redo, "append", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    log.append(b"x")
    await log.flush()
    assert log.durable == 1
    assert commit.counts.syncs == 2


async def test_opening_and_deleting_at_once_loses_no_acknowledged_record(tmp_path, keys):
    """Another process deletes, and looks who holds what, while this one opens, appends and closes."""
    here, there = DurableLogs(tmp_path, keys, GroupCommit(every_s=0.001)), DurableLogs(tmp_path, keys)
    going = True

    async def disturb() -> None:
        while going:
            await there.recover()
            await asyncio.sleep(0)

    disturbing = asyncio.create_task(disturb())
    for _ in range(20):
        deleting = asyncio.create_task(there.delete(NAME))
        log = await here.open(NAME)
        await deleting
        if not await here.names():
            await log.abandon()  # it was deleted after it was opened: that is no loss
            continue
        before = log.durable
        log.append(b"x")
        await log.close()
        assert len((await here.read(NAME)).records) == before + 1
    going = False
    await disturbing
    await asyncio.to_thread(here._commit.close)
    await there.close()


async def test_closing_with_a_full_disk_ends(logs, tmp_path, keys, commit, monkeypatch, caplog):
    log = await logs.open(NAME)
    log.append(b"x")
    monkeypatch.setattr(os, "pwrite", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    await logs.close()
    assert "not on the disk" in caplog.text
    monkeypatch.undo()
    later = DurableLogs(tmp_path, keys, commit)
    assert (await later.open(NAME)).durable == 0
    await later.close()


async def test_a_mistake_of_ours_is_told_and_acknowledges_nothing(logs, monkeypatch, caplog):
    log = await logs.open(NAME)
    monkeypatch.setattr(log._file, "write", lambda: 1 / 0)
    log.append(b"x")
    with pytest.raises(MediaError, match="the commit failed"):
        await log.flush()
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    while log.durable < 1:
        try:
            await log.flush()
        except MediaError:
            continue
    assert (await logs.read(NAME)).records == (b"x",)


async def test_without_its_key_a_log_is_gone(logs, keys):
    log = await logs.open(NAME)
    log.append(b"x")
    await log.close()
    keys.shred("i")
    for attempt in (logs.read, logs.open):
        with pytest.raises(MediaError, match="media_shredded"):
            await attempt(NAME)


async def test_a_closed_log_takes_nothing(logs):
    log = await logs.open(NAME)
    log.append(b"x")
    await log.close()
    await log.close()
    with pytest.raises(MediaError, match="store_unavailable"):
        log.append(b"y")


async def test_a_full_disk_acknowledges_nothing_and_goes_on_when_there_is_room(logs, monkeypatch):
    full, real = True, os.pwrite

    def pwrite(descriptor: int, data: bytes, at: int) -> int:
        if full:
            real(descriptor, data[: len(data) // 2], at)  # a part of it still went in
            raise OSError(28, "No space left on device")
        return real(descriptor, data, at)

    log = await logs.open(NAME)
    log.append(b"before")
    await log.flush()
    monkeypatch.setattr(os, "pwrite", pwrite)
    problems: list[MediaError] = []
    log.on_problem = problems.append
    log.append(b"waits")
    with pytest.raises(MediaError, match="No space left") as refused:
        await log.flush()
    assert (refused.value.code, refused.value.retry, refused.value.fault) == ("store_unavailable", True, "server")
    assert log.durable == 1
    with pytest.raises(MediaError, match="No space left"):
        [log.append(bytes(100_000)) for _ in range(MAX_WAITING_BYTES // 100_000 + 1)]
    assert len(problems) == 1
    appended = log.appended
    full = False
    while log.durable < appended:
        try:
            await log.flush()
        except MediaError:
            continue
    found = await logs.read(NAME)
    assert found.records[:2] == (b"before", b"waits")
    assert (len(found.records), found.lost) == (appended, ())


async def test_a_sync_that_fails_is_no_acknowledgement(logs, monkeypatch):
    log = await logs.open(NAME)
    fails = True

    def failing(real):
        def sync(descriptor: int) -> None:
            if fails:
                raise OSError(5, "Input/output error")
            real(descriptor)

        return sync

    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, failing(getattr(os, name)))
    log.append(b"x")
    with pytest.raises(MediaError, match="Input/output error"):
        await log.flush()
    assert log.durable == 0
    fails = False
    while log.durable < 1:
        try:
            await log.flush()
        except MediaError:
            continue
    assert (await logs.read(NAME)).records == (b"x",)


WRITER = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from realtime.media.data_keys import KeysInMemory
    from realtime.media.durable_log import DurableLogs
    from realtime.media.group_commit import GroupCommit
    from realtime.media.redo_journal import RedoJournal

    async def main():
        keys = KeysInMemory(i=b"k" * 32)
        redo = RedoJournal(Path(sys.argv[1]))
        redo.recover()
        log = await DurableLogs(Path(sys.argv[1]), keys, GroupCommit(redo, every_s=0.002)).open("interviews/i/q/take-1")
        log.on_durable = lambda position: print(position, flush=True)
        for number in range(log.durable, 1_000_000):
            log.append(b"%d " % number * 60)
            await asyncio.sleep(0.0002)
    asyncio.run(main())
    """
)


def killed(folder: Path, rng: random.Random) -> int:
    """Lets a process write until it is killed, for real; the last position that it acknowledged."""
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    with child.stdout:
        lines = [child.stdout.readline() for _ in range(rng.randrange(3, 60))]
        os.kill(child.pid, signal.SIGKILL)
        lines += child.stdout.read().splitlines()
        child.wait()
    return int(lines[-1])


def check(folder: Path, keys: KeysInMemory, acknowledged: int) -> None:
    found = asyncio.run(DurableLogs(folder, keys).read(NAME))
    assert len(found.records) >= acknowledged
    assert all(record == b"%d " % number * 60 for number, record in enumerate(found.records))
    assert found.lost == ()


def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path, keys):
    """kill -9, again and again on the same log."""
    rng = random.Random(3)
    for _ in range(4):
        check(tmp_path, keys, killed(tmp_path, rng))


def test_after_a_power_cut_the_journal_gives_back_what_the_file_lost(tmp_path, keys):
    """What the system had not yet written of the log is gone: its end, all of it, or blocks in its middle."""
    rng = random.Random(4)
    for lose in ("end", "all", "block"):
        folder = tmp_path / lose
        folder.mkdir()
        acknowledged = killed(folder, rng)
        (path,) = folder.rglob("*.log")
        size = path.stat().st_size
        with path.open("r+b") as file:
            if lose == "block":
                file.seek(size // 2)
                file.write(bytes(min(4096, size // 4)))
            else:
                file.truncate(rng.randrange(size) if lose == "end" else 0)
        assert RedoJournal(folder).recover() == 1
        check(folder, keys, acknowledged)
