"""Whole objects in a folder."""

import asyncio

import pytest

from realtime.media.errors import MediaError
from realtime.media.folder_objects import FolderObjects


@pytest.fixture
def objects(tmp_path) -> FolderObjects:
    return FolderObjects(tmp_path / "recordings")


async def read(objects, key, *span) -> bytes:
    return b"".join([piece async for piece in objects.read(key, *span)])


async def test_what_is_put_is_read_in_ranges(objects):
    await objects.put("interviews/i/q/1.webm", lambda: iter([b"a" * 300_000, b"bcd"]))
    assert await objects.size("interviews/i/q/1.webm") == 300_003
    assert await read(objects, "interviews/i/q/1.webm", 299_999, 300_002) == b"abc"
    assert await read(objects, "interviews/i/q/1.webm", 400_000) == b""
    await objects.put("interviews/i/q/1.webm", lambda: iter([b"new"]))
    assert await read(objects, "interviews/i/q/1.webm") == b"new"


async def test_what_breaks_off_leaves_what_was_there(objects, tmp_path):
    def breaks_off():
        yield b"half"
        raise OSError(28, "No space left on device")

    await objects.put("a/b", lambda: iter([b"old"]))
    with pytest.raises(MediaError, match="No space left") as failed:
        await objects.put("a/b", breaks_off)
    assert (failed.value.code, failed.value.retry, failed.value.fault) == ("store_unavailable", True, "server")
    assert await read(objects, "a/b") == b"old"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b"]
    assert (tmp_path / "recordings/a/b").stat().st_mode & 0o077 == 0


async def test_listing_and_deleting(objects):
    assert await objects.keys() == []
    for key in ("i/q/1", "i/q/2", "i/r/1"):
        await objects.put(key, lambda: iter([b"x"]))
    assert await objects.keys("i/q") == ["i/q/1", "i/q/2"]
    await objects.delete("i/q")
    with pytest.raises(MediaError, match="recording_unknown"):
        await objects.size("i/q/1")
    assert await objects.keys() == ["i/r/1"]
    await objects.delete("i")
    await objects.delete("i")


async def test_a_folder_that_cannot_be_one_is_told_at_once(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    await FolderObjects(tmp_path / "new" / "one").check()
    with pytest.raises(MediaError, match="store_unavailable"):
        await FolderObjects(tmp_path / "file").check()


async def test_keys_stay_inside(objects):
    for work in (objects.size("../x"), objects.delete("/etc"), objects.put("a/b.part", lambda: iter([b""]))):
        with pytest.raises(MediaError, match="object_key_invalid"):
            await work
    await asyncio.sleep(0)
