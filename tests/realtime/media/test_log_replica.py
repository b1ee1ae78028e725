"""A log with a copy in the object store: durable only when it is there, and opened from there on another machine."""

import asyncio

import pytest

from realtime.media.data_keys import KeysInMemory
from realtime.media.durable_log import DurableLogs
from realtime.media.errors import MediaError
from realtime.media.folder_objects import FolderObjects
from realtime.media.group_commit import GroupCommit
from realtime.media.log_replica import LogReplicas
from realtime.protocol.text import Fault

NAME = "interviews/i/q/take-1"


class Machines:
    """Each with its own disk; one object store, whose ``away`` makes it fail, and one keeper of keys."""

    def __init__(self, folder) -> None:
        self._folder = folder
        self.keys = KeysInMemory()
        self.objects = FolderObjects(folder / "bucket")
        self.opened: list[tuple[DurableLogs, GroupCommit]] = []
        self.away = False
        self._write = self.objects.write
        self.objects.write = self._maybe

    async def _maybe(self, key, data) -> None:
        if self.away:
            raise MediaError("store_unavailable", "the bucket is away", retry=True, fault=Fault.SERVER)
        await self._write(key, data)

    def logs(self, machine: str) -> DurableLogs:
        commit = GroupCommit(every_s=0.005)
        replicas = LogReplicas(self.objects, every_s=0.01)
        self.opened.append((DurableLogs(self._folder / machine, self.keys, commit, replicas), commit))
        return self.opened[-1][0]


@pytest.fixture
async def machines(tmp_path):
    machines = Machines(tmp_path)
    yield machines
    machines.away = False
    for logs, commit in machines.opened:
        await logs.close()
        await asyncio.to_thread(commit.close)


async def appended(log, *records) -> None:
    for record in records:
        log.append(record)
    await log.flush()


async def test_another_machine_goes_on(machines):
    log = await machines.logs("one").open(NAME)
    moved = []
    log.on_durable = moved.append
    await appended(log, b"a", b"b")
    await appended(log, b"c")
    assert (log.durable, moved[-1]) == (3, 3)
    there = await machines.logs("two").open(NAME)  # the first is lost, with its disk
    assert there.durable == 3
    await appended(there, b"d")
    await there.close(complete=True)
    third = machines.logs("three")
    assert (await third.open(NAME)).durable == 4
    found = await third.read(NAME)
    assert (found.records, found.lost) == ((b"a", b"b", b"c", b"d"), ())


async def test_the_first_machine_takes_what_the_second_added(machines):
    one, two = machines.logs("one"), machines.logs("two")
    log = await one.open(NAME)
    await appended(log, b"a")
    await log.close()
    there = await two.open(NAME)
    await appended(there, b"b")
    await there.close(complete=True)
    back = await one.open(NAME)
    assert back.durable == 2
    await appended(back, b"c")
    assert (await one.read(NAME)).records == (b"a", b"b", b"c")


async def test_a_store_that_is_away_acknowledges_nothing_and_catches_up(machines):
    log = await machines.logs("one").open(NAME)
    await appended(log, b"a")
    machines.away = True
    problems = []
    log.on_problem = problems.append
    log.append(b"b")
    with pytest.raises(MediaError, match="the bucket is away") as told:
        await log.flush()
    assert (told.value.code, told.value.retry, log.durable) == ("store_unavailable", True, 1)
    assert len(problems) == 1
    with pytest.raises(MediaError, match="the bucket is away"):
        await machines.logs("two").open(NAME)
    machines.away = False
    while log.durable < 2:
        try:
            await log.flush()
        except MediaError:
            continue
    assert (await machines.logs("three").open(NAME)).durable == 2


async def test_the_copy_is_encrypted_and_goes_with_the_log(machines, tmp_path):
    logs = machines.logs("one")
    log = await logs.open(NAME)
    await appended(log, b"what the candidate said")
    parts = [path for path in (tmp_path / "bucket").rglob("*") if path.is_file()]
    assert parts
    assert not any(b"candidate" in path.read_bytes() for path in parts)
    await logs.delete("interviews/i")
    assert await machines.objects.keys() == []


async def test_a_copy_with_a_hole_counts_up_to_it(machines):
    log = await machines.logs("one").open(NAME)
    for record in (b"a", b"b", b"c"):
        await appended(log, record)
    parts = await machines.objects.keys()
    assert len(parts) == 3
    await machines.objects.delete(parts[1])
    assert (await machines.logs("two").open(NAME)).durable == 1
