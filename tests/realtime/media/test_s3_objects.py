"""A bucket as a store: what is put is there whole, and what is wrong with a bucket is said in words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from realtime.media.data_keys import KeysInMemory
from realtime.media.durable_log import DurableLogs
from realtime.media.errors import MediaError
from realtime.media.s3_address import bucket_and_prefix
from realtime.media.s3_objects import PART_BYTES, S3Objects, S3Settings
from realtime.media.sealed_store import SealedStore


@pytest.fixture
def settings(bucket, request) -> S3Settings:
    return S3Settings(
        bucket.name, f"at/{request.node.name}"[:60], bucket.endpoint, "us-east-1", bucket.key_id, bucket.secret
    )


@pytest.fixture
def objects(settings) -> S3Objects:
    return S3Objects(settings)


async def read(objects, key, *span) -> bytes:
    return b"".join([piece async for piece in objects.read(key, *span)])


def big() -> AsyncIterator[bytes]:
    return (bytes([i % 256]) * 100_000 for i in range(2 * PART_BYTES // 100_000 + 5))


async def test_what_is_put_is_read_in_ranges(objects):
    await objects.check()
    await objects.put("i/q/1", lambda: iter([b"ab", b"cd"]))
    await objects.write("i/q/2", b"x")
    assert await objects.size("i/q/1") == 4
    assert await read(objects, "i/q/1", 1, 3) == b"bc"
    assert await read(objects, "i/q/1", 3, 99) == b"d"
    assert await read(objects, "i/q/1", 9) == b""
    assert await objects.keys() == ["i/q/1", "i/q/2"]
    await objects.put("i/q/1", lambda: iter([b"new"]))
    assert await read(objects, "i/q/1") == b"new"
    await objects.delete("i")
    await objects.delete("i")
    assert await objects.keys() == []
    with pytest.raises(MediaError, match="recording_unknown"):
        await objects.size("i/q/1")


async def test_what_is_large_goes_in_parts_and_is_there_when_it_is_whole(objects):
    def breaks_off():
        yield from big()
        raise OSError(5, "the log cannot be read")

    with pytest.raises(MediaError, match="store_unavailable"):
        await objects.put("i/large", breaks_off)
    assert await objects.keys() == []
    await objects.put("i/large", big)
    assert await objects.size("i/large") == sum(map(len, big()))
    assert await read(objects, "i/large", 16_999_999, 17_000_001) == bytes([169, 170])


async def test_recordings_lie_in_it_encrypted(objects, tmp_path):
    keys = KeysInMemory()
    logs = DurableLogs(tmp_path, keys)
    store = SealedStore(objects, logs, keys)
    await store.write("interviews/i/q/1.webm", b"what she said" * 10_000)
    assert b"she" not in await read(objects, "interviews/i/q/1.webm")
    assert await read(store, "interviews/i/q/1.webm", 100_000, 100_013) == (b"what she said" * 2)[4:17]
    assert not list(tmp_path.rglob("*.log"))
    await store.delete("interviews/i")
    assert await objects.keys() == []
    await logs.close()


async def test_a_wrong_bucket_or_key_is_told_at_once(settings):
    for wrong, says in (
        (replace(settings, bucket="no-such-bucket"), "there is no bucket no-such-bucket"),
        (replace(settings, secret="wrong"), "refuses these credentials"),
        (replace(settings, key_id="nobody"), "refuses these credentials"),
        (replace(settings, endpoint="http://127.0.0.1:1", retries=0), "cannot be used"),
    ):
        with pytest.raises(MediaError, match=says) as told:
            await S3Objects(wrong).check()
        assert (told.value.code, told.value.retry, told.value.fault) == ("store_unavailable", True, "server")
        assert settings.secret not in str(told.value)


@asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that gives every request the same answer, or none; and how many there were."""
    asked = [0]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (await reader.readline()) not in (b"\r\n", b""):
                pass
            asked[0] += 1
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


FAILS = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def test_a_bucket_that_fails_is_asked_again_and_then_told(settings):
    async with answering(FAILS) as (endpoint, asked):
        failing = S3Objects(replace(settings, endpoint=endpoint, retries=2))
        with pytest.raises(MediaError, match="500"):
            await failing.write("a/b", b"x")
        assert asked[0] == 3


async def test_a_bucket_that_never_answers_is_given_up(settings):
    async with answering(None) as (endpoint, _):
        slow = S3Objects(replace(settings, endpoint=endpoint, retries=0, timeout_s=0.3))
        for work in (slow.write("a/b", b"x"), slow.put("a/b", lambda: iter([b"x"])), slow.size("a/b"), slow.keys()):
            with pytest.raises(MediaError, match="store_unavailable"):
                await work


async def test_keys_stay_inside(objects):
    for work in (objects.size("../x"), objects.delete("/etc"), objects.write("a/b.part", b"")):
        with pytest.raises(MediaError, match="object_key_invalid"):
            await work


@pytest.mark.parametrize(
    ("url", "expected"),
    [("s3://b", ("b", "")), ("s3://b/", ("b", "")), ("s3://b/a/c/", ("b", "a/c"))],
)
def test_addresses(url, expected):
    assert bucket_and_prefix(url) == expected


@pytest.mark.parametrize("url", ["", "s3://", "s3:///x", "https://b", "s3://b?x=1", "s3://b#x", "s3://k:s@b"])
def test_no_addresses(url):
    with pytest.raises(ValueError, match="s3://bucket"):
        bucket_and_prefix(url)
