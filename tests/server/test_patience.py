"""Sockets that say nothing, against a real server."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from server import patience, requests


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(patience, "HEAD_WITHIN_S", 0.3)
    monkeypatch.setattr(requests, "BODY_WITHIN_S", 0.3)
    patience.counters = patience.Counters()
    yield
    patience.counters = patience.Counters()


async def knock(served: Any, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(served.url.rsplit(":", 1)[1]))
    writer.write(said)
    return reader, writer


async def closed(reader: asyncio.StreamReader) -> bytes:
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(10):
            return await reader.read()
    return b""


async def test_those_who_never_speak_are_let_go_and_nobody_else_notices(served: Any) -> None:
    silent = [await knock(served) for _ in range(300)]
    half = [await knock(served, b"GET /healthz HTTP/1.1\r\nHost: x\r\n") for _ in range(20)]
    async with served.client() as client:
        assert (await client.get("/healthz")).status_code == 200
        assert await asyncio.gather(*(closed(reader) for reader, _ in silent + half)) == [b""] * 320
        assert patience.counters.silent == 320
        metrics = (await client.get("/metrics")).text
    assert 'viva_http{figure="silent"} 320.0' in metrics
    for _, writer in silent + half:
        writer.close()


async def test_a_head_byte_by_byte_does_not_buy_time(served: Any) -> None:
    reader, writer = await knock(served)
    began = time.monotonic()
    for byte in b"GET /healthz HTTP/1.1\r\nHost: somewhere.example\r\nX-Patience: " + b"x" * 1000:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.02)
        if reader.at_eof() or writer.is_closing():
            break
    assert await closed(reader) == b""
    assert time.monotonic() - began < 5
    writer.close()


async def test_a_body_that_does_not_come_is_told(served: Any) -> None:
    head = b"POST /api/v1/join HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    reader, writer = await knock(served, head)
    answer = await asyncio.wait_for(reader.readuntil(b'"retry":true'), 10)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"code":"request_slow"' in answer
    writer.close()


async def test_above_the_limit_the_newest_is_refused_and_the_old_go_on(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served.client() as client:
        assert (await client.get("/healthz")).status_code == 200  # keeps its connection
        monkeypatch.setattr(patience, "most_connections", lambda: 1)
        reader, writer = await knock(served)
        assert await closed(reader) == b""
        assert patience.counters.refused == 1
        assert (await client.get("/healthz")).status_code == 200
        writer.close()
