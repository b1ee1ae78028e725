"""Objects in a bucket that speaks S3: Amazon's, Ceph's, MinIO's, a cloud's of one's own house."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from realtime.media.errors import MediaError
from realtime.media.object_store import check_key
from realtime.protocol.text import Fault

PART_BYTES = 8 * 1024 * 1024
"""What is larger goes in parts, a few at a time; S3 takes no part below 5 MiB but the last."""
PARTS_AT_ONCE = 4
READ_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class S3Settings:
    """``endpoint``: empty for Amazon's own. ``key_id`` and ``secret``: empty to use what the machine has (its role, or
    the usual AWS_ variables)."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    key_id: str = ""
    secret: str = ""
    timeout_s: float = 30.0
    retries: int = 3


class S3Objects:
    """Written in one step: a bucket shows an object when all of it is there."""

    def __init__(self, settings: S3Settings) -> None:
        self._bucket = settings.bucket
        # The client does not look at the environment for what is given here.
        given = {
            "endpoint": settings.endpoint,
            "access_key_id": settings.key_id,
            "secret_access_key": settings.secret,
            "prefix": settings.prefix,
        }
        timeout = timedelta(seconds=settings.timeout_s)
        self._store = S3Store(
            settings.bucket,
            region=settings.region,
            client_options={
                "allow_http": settings.endpoint.startswith("http://"),
                "timeout": timeout,
                "connect_timeout": min(timeout, timedelta(seconds=5)),
            },
            retry_config={"max_retries": settings.retries, "retry_timeout": timeout},
            **{name: value for name, value in given.items() if value},  # type: ignore[arg-type]
        )

    async def check(self) -> None:
        key = f"probe/{secrets.token_hex(8)}"
        await self.write(key, b"viva")
        if b"".join([piece async for piece in self.read(key)]) != b"viva":
            raise _no(f"the bucket {self._bucket} does not give back what is put into it")
        await self.delete(key)

    async def put(self, key: str, pieces: Callable[[], Iterator[bytes]]) -> None:
        check_key(key)
        with self._told():
            await asyncio.to_thread(self._put, key, pieces())

    def _put(self, key: str, pieces: Iterator[bytes]) -> None:
        first = bytearray()
        for piece in pieces:
            first += piece
            if len(first) > PART_BYTES:
                whole = itertools.chain([bytes(first)], pieces)
                obstore.put(self._store, key, whole, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
                return
        obstore.put(self._store, key, bytes(first), use_multipart=False)

    async def write(self, key: str, data: bytes) -> None:
        """A small object, without a thread."""
        check_key(key)
        with self._told():
            await obstore.put_async(self._store, key, data, use_multipart=False)

    async def size(self, key: str) -> int:
        with self._told(key):
            return int((await obstore.head_async(self._store, check_key(key)))["size"])

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        end = await self.size(key) if end is None else end
        if start >= end:
            return
        try:
            with self._told(key):
                found = await obstore.get_async(self._store, check_key(key), options={"range": (start, end)})
                async for piece in found.stream(min_chunk_size=READ_BYTES):
                    yield bytes(piece)
        except MediaError:
            if await self.size(key) > start:
                raise  # else the range lies behind the end: there is nothing in it, which S3 calls an error (416)

    async def keys(self, below: str = "") -> list[str]:
        prefix = check_key(below) if below else None
        with self._told():
            return sorted([item["path"] async for page in obstore.list(self._store, prefix) for item in page])

    async def delete(self, key: str) -> None:
        doomed = [check_key(key), *await self.keys(key)]
        with self._told():
            await obstore.delete_async(self._store, doomed)

    @contextmanager
    def _told(self, key: str = "") -> Iterator[None]:
        """Errors of the library in this room's words. ``key``: of an object that is asked for."""
        try:
            yield
        except FileNotFoundError as error:
            if key and "NoSuchBucket" not in str(error):
                raise MediaError("recording_unknown", "there is no such object") from None
            raise _no(f"there is no bucket {self._bucket}") from None
        except (PermissionDeniedError, UnauthenticatedError, PermissionError):
            raise _no(f"the bucket {self._bucket} refuses these credentials") from None
        except (BaseError, OSError) as error:
            raise _no(f"the bucket {self._bucket} cannot be used: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]


def _no(detail: str) -> MediaError:
    return MediaError("store_unavailable", detail, retry=True, fault=Fault.SERVER)
