import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.errors import MediaError
from realtime.media.object_store import MAX_PENDING_BYTES, LocalObjectStore, byte_range, check_key


@pytest.fixture
def store(tmp_path) -> LocalObjectStore:
    return LocalObjectStore(tmp_path)


async def read(store, key, *span) -> bytes:
    return b"".join([chunk async for chunk in store.read(key, *span)])


async def test_what_is_written_is_read_in_ranges(store):
    writer = store.create("interviews/i/q/1.webm")
    for i in range(300):
        assert writer.append(bytes([i % 256]) * 1000)
    await writer.close(b"HEAD")
    assert await store.size("interviews/i/q/1.webm") == 300_000
    assert (await read(store, "interviews/i/q/1.webm"))[:6] == b"HEAD\0\0"
    assert await read(store, "interviews/i/q/1.webm", 999, 1001) == b"\0\1"
    assert len(await read(store, "interviews/i/q/1.webm", 299_990)) == 10
    assert await read(store, "interviews/i/q/1.webm", 400_000) == b""


async def test_an_object_is_not_there_until_it_is_whole(store):
    writer = store.create("a/b")
    writer.append(b"part")
    await asyncio.sleep(0.05)
    with pytest.raises(MediaError, match="recording_unknown"):
        await store.size("a/b")
    await writer.close()
    assert await read(store, "a/b") == b"part"


async def test_after_a_crash_what_came_is_kept(store, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.part").write_bytes(b"so far")  # what a dead process leaves; test_recording kills a real one
    (tmp_path / "a" / "empty.part").touch()
    assert await store.recover() == ["a/b"]
    assert await read(store, "a/b") == b"so far"
    assert await store.recover() == []


async def test_what_another_process_is_writing_is_left_alone(store, tmp_path):
    writer = store.create("a/b")
    writer.append(b"so far")
    await writer._task
    assert await LocalObjectStore(tmp_path).recover() == []
    second = LocalObjectStore(tmp_path).create("a/b")
    second.append(b"mine")
    with pytest.raises(MediaError, match="store_unavailable"):
        await second.close()
    writer.append(b" and on")
    await writer.close()
    assert await read(store, "a/b") == b"so far and on"


async def test_abandoned_and_deleted_objects_are_gone(store, tmp_path):
    writer = store.create("a/b")
    writer.append(b"x")
    await writer.abandon()
    await store.delete("a/b")
    for key in ("i/q/1", "i/q/2", "i/r/1"):
        writer = store.create(key)
        writer.append(b"x")
        await writer.close()
    await store.delete("i/q")
    with pytest.raises(MediaError, match="recording_unknown"):
        await store.size("i/q/1")
    assert await store.size("i/r/1") == 1
    await store.delete("i")
    await store.delete("i")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


async def test_a_disk_that_is_behind_loses_and_counts(store):
    writer = store.create("a/b")
    assert writer.append(bytes(MAX_PENDING_BYTES))
    assert not writer.append(b"too much")
    assert writer.lost_bytes == 8
    await writer.close()


async def test_a_disk_that_fails_is_a_typed_error(store, tmp_path):
    (tmp_path / "a").write_bytes(b"a file where a folder should be")
    writer = store.create("a/b")
    writer.append(b"x")
    with pytest.raises(MediaError) as failed:
        await writer.close()
    assert (failed.value.code, failed.value.retry) == ("store_unavailable", True)
    assert writer.lost_bytes == 1


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/b.part", ".hidden", "a\0b", "a/ b"])
async def test_keys_stay_inside(store, key):
    with pytest.raises(MediaError, match="object_key_invalid"):
        store.create(key)


@given(st.text(max_size=30))
def test_any_key_is_safe_or_refused(key):
    try:
        check_key(key)
    except MediaError:
        return
    assert ".." not in key.split("/")
    assert not key.startswith("/")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, (0, 100)),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=-5", (95, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=50-5000", (50, 100)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=9-2", None),
        ("bytes=-", (0, 100)),
        ("bytes=0-1,5-6", (0, 100)),
        ("lines=1-2", (0, 100)),
    ],
)
def test_ranges(header, expected):
    assert byte_range(header, 100) == expected
