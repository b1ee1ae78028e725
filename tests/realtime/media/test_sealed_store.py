"""The store of the rooms: encrypted from the first byte, whole after a crash, and nothing without its key."""

import asyncio

import pytest

from realtime.media.data_keys import KeysInMemory
from realtime.media.durable_log import DurableLogs
from realtime.media.errors import MediaError
from realtime.media.folder_objects import FolderObjects
from realtime.media.group_commit import GroupCommit
from realtime.media.sealed import CHUNK_BYTES
from realtime.media.sealed_store import SealedStore
from realtime.media.sealed_writer import MAX_PENDING_BYTES
from realtime.protocol.text import Fault

KEY = "interviews/i/q/1.webm"


class House:
    """A store and everything below it; ``again``: the next process."""

    def __init__(self, folder, keys=None) -> None:
        self.folder = folder
        self.keys = keys or KeysInMemory()
        self.commit = GroupCommit(every_s=0.005)
        self.objects = FolderObjects(folder / "recordings")
        self.logs = DurableLogs(folder / "spool", self.keys, self.commit)
        self.store = SealedStore(self.objects, self.logs, self.keys)

    def again(self) -> "House":
        return House(self.folder, self.keys)

    def files(self) -> list[str]:
        return sorted(path.relative_to(self.folder).parts[0] for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
async def house(tmp_path):
    house = House(tmp_path)
    yield house
    await house.logs.close()
    await asyncio.to_thread(house.commit.close)


@pytest.fixture
def store(house) -> SealedStore:
    return house.store


async def read(store, key=KEY, *span) -> bytes:
    return b"".join([piece async for piece in store.read(key, *span)])


async def write(store, *chunks: bytes, key=KEY, head=b"") -> None:
    writer = store.create(key)
    for chunk in chunks:
        assert writer.append(chunk)
    await writer.close(head)


async def test_what_is_written_is_read_in_ranges(store, house):
    await write(store, *(bytes([i % 256]) * 1000 for i in range(300)), head=b"HEAD")
    assert await store.size(KEY) == 300_000
    assert (await read(store))[:6] == b"HEAD\0\0"
    assert await read(store, KEY, 999, 1001) == b"\0\1"
    assert await read(store, KEY, CHUNK_BYTES - 1, CHUNK_BYTES + 1) == bytes([65, 65])
    assert len(await read(store, KEY, 299_990)) == 10
    assert await read(store, KEY, 400_000) == b""
    assert house.files() == ["recordings"]


async def test_nothing_lies_in_the_clear_at_any_time(store, house):
    writer = store.create(KEY)
    writer.append(b"what the candidate said " * 1000)
    await (await writer._opened()).flush()
    for closed in (False, True):
        if closed:
            await writer.close()
        stored = [path.read_bytes() for path in house.folder.rglob("*") if path.is_file()]
        assert sum(map(len, stored)) > 24_000
        assert not any(b"candidate" in data for data in stored)


async def test_an_object_is_not_there_until_it_is_closed(store):
    writer = store.create(KEY)
    writer.append(b"part")
    with pytest.raises(MediaError, match="recording_unknown"):
        await store.size(KEY)
    await writer._opened()
    with pytest.raises(MediaError, match="recording_unknown"):
        await read(store)
    await writer.close()
    assert await read(store) == b"part"


async def test_after_a_crash_what_came_is_kept(store, house):
    writer = store.create(KEY)
    writer.append(b"so far")
    await (await writer._opened()).flush()
    assert await house.again().store.recover() == []  # a living process holds it
    writer._log._file.close()  # what a killed process leaves; test_recording kills a real one
    after = house.again()
    assert await after.store.recover() == [KEY]
    assert await read(after.store) == b"so far"
    assert await after.store.recover() == []


async def test_a_bucket_that_is_away_costs_nothing_but_time(store, house, monkeypatch):
    async def away(key, pieces):
        raise MediaError("store_unavailable", "the bucket is away", retry=True, fault=Fault.SERVER)

    monkeypatch.setattr(house.objects, "put", away)
    await write(store, b"x" * 1000, b"y" * 1000, head=b"HEAD")
    assert house.files() == ["spool"]
    assert await store.size(KEY) == 2000
    assert await read(store, KEY, 2, 6) == b"ADxx"
    assert await store.recover() == []
    monkeypatch.undo()
    assert await store.recover() == [KEY]
    assert house.files() == ["recordings"]
    assert await read(store, KEY, 2, 6) == b"ADxx"


async def test_without_its_key_nothing_of_an_interview_is_readable(store, house):
    await write(store, b"hers")
    await write(store, b"his", key="interviews/j/q/1.webm")
    house.keys.shred("i")
    for work in (store.size(KEY), read(store), write(store, b"more")):
        with pytest.raises(MediaError, match="media_shredded"):
            await work
    assert await read(store, "interviews/j/q/1.webm") == b"his"


async def test_what_waits_goes_with_its_key(store, house):
    log = await house.logs.open(KEY)
    log.append(b"\0hers")
    await log.close()
    house.keys.shred("i")
    assert await store.recover() == []
    assert house.files() == []


async def test_a_record_that_was_damaged_on_the_disk_is_told(store, house, caplog):
    log = await house.logs.open(KEY)
    for record in (b"\0one", b"\0two", b"\0three"):
        log.append(record)
        await log.flush()
    await log.close()
    (path,) = house.folder.rglob("*.log")
    data = bytearray(path.read_bytes())
    data[-50] ^= 1  # in the second
    path.write_bytes(data)
    assert await store.recover() == [KEY]
    assert await read(store) == b"onethree"
    assert "lacks 1 records" in caplog.text


async def test_what_is_older_than_encryption_is_read_and_can_be_encrypted(store, house):
    old = "interviews/old/q/1.webm"
    await house.objects.put(old, lambda: iter([b"\x1a\x45\xdf\xa3 in the clear"]))
    assert await store.size(old) == 17
    assert await read(store, old, 5, 7) == b"in"
    await write(store, b"new")
    assert await store.seal_plain() == 1
    assert await store.seal_plain() == 0
    assert await read(store, old, 5, 7) == b"in"
    assert b"clear" not in (house.folder / "recordings" / old).read_bytes()


async def test_a_forged_or_damaged_object_is_refused(store, house):
    await write(store, b"x" * 100_000)
    path = house.folder / "recordings" / KEY
    sealed = path.read_bytes()
    for stored in (b"\x1a\x45\xdf\xa3 a forgery", sealed[:-20], sealed[:70_000] + b"!" + sealed[70_001:]):
        path.write_bytes(stored)
        with pytest.raises(MediaError, match="object_damaged"):
            await read(store)


async def test_abandoned_and_deleted_objects_are_gone(store, house):
    writer = store.create(KEY)
    writer.append(b"x")
    await writer.abandon()
    assert house.files() == []
    await write(store, b"x")
    await store.delete("interviews/i")
    await store.delete("interviews/i")
    assert house.files() == []


async def test_an_object_nobody_closed_is_replaced_by_a_new_one(store):
    first = store.create(KEY)
    first.append(b"first")
    await (await first._opened()).close()
    await write(store, b"second")
    assert await read(store) == b"second"


async def test_what_another_process_is_writing_is_left_alone(store, house):
    writer = store.create(KEY)
    writer.append(b"so far")
    await writer._opened()
    second = house.again().store.create(KEY)
    second.append(b"mine")
    with pytest.raises(MediaError, match="store_unavailable"):
        await second.close()
    assert second.lost_bytes == 4
    writer.append(b" and on")
    await writer.close()
    assert await read(store) == b"so far and on"


async def test_a_disk_that_is_behind_loses_and_counts(store):
    writer = store.create(KEY)
    chunk = bytes(MAX_PENDING_BYTES // 8)
    assert all(writer.append(chunk) for _ in range(8))
    assert not writer.append(b"too much")
    assert not writer.append(bytes(1 << 22))
    await writer._opened()
    assert writer.lost_bytes >= 8 + (1 << 22)
    await writer.close()


async def test_keys_stay_inside(store):
    with pytest.raises(MediaError, match="object_key_invalid"):
        store.create("../x")
