"""The one way out, against a real local server that misbehaves on command, and against names that lie."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx
import pytest

from ehr_bridge.adapters.destination import DeliveryFailed, PermanentFailure, RetryableFailure
from ehr_bridge.addresses import Address, AddressRules
from ehr_bridge.checked_transport import AddressRefused, CheckedBackend, CheckedTransport
from ehr_bridge.egress import Call, Egress, Limits

LOCAL = AddressRules.of("127.0.0.1", "127.0.0.1")
Talk = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[str]:
    """A server that reads one request's head and lets ``talk`` say anything at all."""

    talks: set[asyncio.Task[Any]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await talk(await reader.readuntil(b"\r\n\r\n"), writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for each in talks:
            each.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def says(status: str, body: bytes = b"", **headers: str) -> Talk:
    async def talk(_head: bytes, writer: asyncio.StreamWriter) -> None:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body)

    return talk


async def failed(talk: Talk, limits: Limits | None = None) -> DeliveryFailed:
    async with serving(talk) as url, Egress(LOCAL, limits) as egress:
        with pytest.raises(DeliveryFailed) as caught:
            await egress.deliver(Call("POST", f"{url}/in?token=geheim", body=b'{"name": "\xe7\x8e\x8b\xe8\x8a\xb3"}'))
    assert "geheim" not in str(caught.value)
    return caught.value


async def test_json_is_taken() -> None:
    async with (
        serving(says("200 OK", b'{"id": 7}', Content_Type="application/json")) as url,
        Egress(LOCAL) as egress,
    ):
        answer = await egress.deliver(Call("POST", url, body=b"{}"))
    assert answer.json() == {"id": 7}


async def test_an_empty_answer_breaks_no_promise() -> None:
    async with serving(says("204 No Content")) as url, Egress(LOCAL) as egress:
        assert (await egress.deliver(Call("POST", url, body=b"{}"))).body == b""


async def test_the_request_says_who_we_are_and_wants_no_compression() -> None:
    heads = []

    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head.decode().lower())
        await says("204 No Content")(head, writer)

    async with serving(talk) as url, Egress(LOCAL) as egress:
        await egress.deliver(Call("PUT", f"{url}/a/b?c=d", {"X-Key": "k"}, b"{}"))
    assert heads[0].startswith("put /a/b?c=d http/1.1")
    assert "accept-encoding: identity" in heads[0]
    assert "user-agent: viva-ehr-bridge" in heads[0]
    assert "x-key: k" in heads[0]


async def test_a_redirect_is_an_answer() -> None:
    asked = []

    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(head)
        await says("302 Found", Location="http://169.254.169.254/latest/")(head, writer)

    failure = await failed(talk)
    assert (failure.code, failure.retry, failure.fault) == ("destination_redirects", False, "configuration")
    assert len(asked) == 1


async def test_html_where_json_was_promised() -> None:
    failure = await failed(says("200 OK", b"<!DOCTYPE html><html>please log in</html>", Content_Type="text/html"))
    assert (failure.code, failure.retry) == ("destination_answers_html", True)


async def test_text_that_is_no_json() -> None:
    failure = await failed(says("200 OK", b'{"id": ', Content_Type="application/json"))
    assert failure.code == "destination_answer_not_json"


async def test_a_body_without_end_is_cut_off() -> None:
    sent = 0

    async def talk(_head: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" " * 65536)
            sent += 65536
            await writer.drain()

    failure = await failed(talk)
    assert failure.code == "destination_answer_too_large"
    assert failure.fault == "destination"
    assert sent < 64 * 1024 * 1024  # what fits into the buffers between us, not two gigabytes


async def test_a_compressed_answer_is_not_unpacked() -> None:
    failure = await failed(says("200 OK", b"\x1f\x8b", Content_Encoding="gzip"))
    assert failure.code == "destination_answer_unreadable"


async def test_a_field_that_is_refused_is_named() -> None:
    body = json.dumps({"errors": [{"field": "email", "message": "王芳 has none"}]}).encode()
    failure = await failed(says("422 Unprocessable", body))
    assert (failure.code, failure.field, failure.retry) == ("destination_refuses", "email", False)
    assert "王芳" not in str(failure)


async def test_busy_says_when_to_come_back() -> None:
    failure = await failed(says("429 Too Many Requests", Retry_After="17"))
    assert (failure.code, failure.retry, failure.retry_after_s) == ("destination_busy", True, 17.0)


async def test_one_that_hangs_is_given_up() -> None:
    async def talk(_head: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    failure = await failed(talk, Limits(read_s=0.05))
    assert (failure.code, failure.retry) == ("destination_timeout", True)


async def test_one_that_drips_is_given_up_too() -> None:
    async def talk(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    failure = await failed(talk, Limits(read_s=5.0, total_s=0.1))
    assert (failure.code, failure.retry) == ("destination_timeout", True)


async def test_one_that_hangs_up() -> None:
    async def talk(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

    failure = await failed(talk)
    assert (failure.code, failure.retry) == ("destination_cut_off", True)


async def test_one_that_speaks_something_else() -> None:
    async def talk(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n\r\n")

    assert (await failed(talk)).code == "destination_cut_off"


async def test_nobody_there() -> None:
    async with serving(says("200 OK")) as url:
        pass
    async with Egress(LOCAL) as egress:
        with pytest.raises(RetryableFailure) as caught:
            await egress.deliver(Call("GET", url))
    assert caught.value.code == "destination_unreachable"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://ehr.example/", "egress_not_encrypted"),
        ("ftp://ehr.example/", "egress_url_invalid"),
        ("file:///etc/passwd", "egress_url_invalid"),
        ("https://", "egress_url_invalid"),
        ("https://user:geheim@ehr.example/", "egress_url_invalid"),
        ("not a url", "egress_url_invalid"),
        ("https://ehr.example:99999/", "egress_url_invalid"),
    ],
)
async def test_a_url_that_may_not_be_called(url: str, code: str) -> None:
    async with Egress() as egress:
        with pytest.raises(PermanentFailure) as caught:
            await egress.ask(Call("GET", url))
    assert (caught.value.code, caught.value.fault) == (code, "configuration")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
async def test_the_private_network_is_refused_however_it_is_written(host: str) -> None:
    async def heard(_head: bytes, _writer: asyncio.StreamWriter) -> None:
        raise AssertionError("it was called")

    async with serving(heard) as url, Egress(AddressRules.of(plain="*")) as egress:
        with pytest.raises(PermanentFailure) as caught:
            await egress.ask(Call("GET", url.replace("127.0.0.1", host)))
    assert caught.value.code == "egress_address_refused"


class Recorded(httpcore.AsyncNetworkBackend):
    """Connects nowhere, and remembers where to."""

    def __init__(self) -> None:
        self.called: list[str] = []

    async def connect_tcp(self, host: str, *_args: Any, **_more: Any) -> httpcore.AsyncNetworkStream:
        self.called.append(host)
        raise httpcore.ConnectError


async def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    """DNS rebinding: public when it is checked, private when it is called. There is one look-up, and it is both."""
    answers = iter(["93.184.216.34", "127.0.0.1"])

    async def resolve(_host: str, _port: int) -> list[Address]:
        return [ip_address(next(answers))]

    inner = Recorded()
    backend = CheckedBackend(AddressRules(), resolve, inner)
    with pytest.raises(httpcore.ConnectError):
        await backend.connect_tcp("rebind.example", 443)
    with pytest.raises(AddressRefused):
        await backend.connect_tcp("rebind.example", 443)
    assert inner.called == ["93.184.216.34"]


async def test_a_name_with_a_private_address_among_others_is_refused_whole() -> None:
    async def resolve(_host: str, _port: int) -> list[Address]:
        return [ip_address("93.184.216.34"), ip_address("10.0.0.1")]

    inner = Recorded()
    with pytest.raises(AddressRefused):
        await CheckedBackend(AddressRules(), resolve, inner).connect_tcp("both.example", 443)
    assert inner.called == []


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async def resolve(_host: str, _port: int) -> list[Address]:
        return [ip_address("93.184.216.34"), ip_address("93.184.216.35")]

    inner = Recorded()
    with pytest.raises(httpcore.ConnectError):
        await CheckedBackend(AddressRules(), resolve, inner).connect_tcp("two.example", 443)
    assert inner.called == ["93.184.216.34", "93.184.216.35"]


async def test_a_resolver_that_hangs_is_part_of_connecting() -> None:
    async def resolve(_host: str, _port: int) -> list[Address]:
        await asyncio.Event().wait()
        return []

    async with Egress(limits=Limits(connect_s=0.02), transport=CheckedTransport(AddressRules(), resolve)) as egress:
        with pytest.raises(RetryableFailure) as caught:
            await egress.ask(Call("GET", "https://slow.example/"))
    assert caught.value.code == "destination_timeout"


async def test_a_name_that_is_none() -> None:
    async with Egress() as egress:
        with pytest.raises(RetryableFailure) as caught:
            await egress.ask(Call("GET", "https://nobody.invalid/"))
    assert caught.value.code == "destination_name_unknown"


async def test_a_line_break_in_a_header_is_refused() -> None:
    async with serving(says("200 OK")) as url, Egress(LOCAL) as egress:
        with pytest.raises(PermanentFailure) as caught:
            await egress.ask(Call("GET", url, {"X-Name": "a\r\nX-Admin: 1"}))
    assert caught.value.code == "egress_header_invalid"
    assert "X-Admin" not in str(caught.value)


async def test_connections_are_used_again() -> None:
    connections, closed = 0, asyncio.Event()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while not reader.at_eof():
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            await says("204 No Content")(head, writer)
        writer.close()
        closed.set()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        async with Egress(LOCAL) as egress:
            for _ in range(3):
                await egress.ask(Call("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
        await egress.aclose()
        await closed.wait()
    assert connections == 1


async def test_adapters_may_be_tested_without_a_network(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"url": str(request.url)}))
    async with Egress(transport=transport) as egress:
        answer = await egress.deliver(Call("POST", "https://ehr.example/?token=geheim", body=b"{}"))
    assert answer.json() == {"url": "https://ehr.example/?token=geheim"}
    assert "geheim" not in caplog.text
