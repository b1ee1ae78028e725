"""A conversation against scripted processes: real WebSockets on loopback, each connection's part written out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosedError

from loadtest import conversation
from loadtest.conversation import Conversation, InterviewRefused, Joined
from realtime.protocol import codec
from realtime.protocol import messages as say
from realtime.protocol.refusals import refusal
from realtime.protocol.text import Bilingual, Phase

TEXT = Bilingual(zh="文本", en="text")
EVENTS = "/api/v1/interviews/i-1/events"


class Server:
    """One process: each connection is given the next part of its script; after the last one nobody is let in."""

    def __init__(self, *parts: "Part") -> None:
        self.parts = list(parts)
        self.hellos: list[say.Hello] = []
        self.url = ""

    async def handle(self, socket: ServerConnection) -> None:
        hello = codec.decode_candidate(await socket.recv())
        assert isinstance(hello, say.Hello)
        assert socket.request is not None
        assert socket.request.path == EVENTS
        self.hellos.append(hello)
        await self.parts.pop(0)(self, socket)


Part = Callable[[Server, ServerConnection], Awaitable[None]]


async def tell(socket: ServerConnection, message: say.ServerMessage, seq: int = 0) -> None:
    await socket.send(codec.encode(say.Envelope(seq, 0, message)).decode())


def welcome(*seqs: int, then: int = 1000) -> Part:
    """Lets in, tells durable messages, and closes with that code."""

    async def part(_server: Server, socket: ServerConnection) -> None:
        await tell(socket, say.Welcome("i-1", 1, "zh", TEXT, TEXT, say.PhaseChanged(Phase.GUIDE), last_seq=0))
        for seq in seqs:
            await tell(socket, say.PhaseChanged(Phase.GUIDE), seq)
        await socket.close(then)

    return part


def the_end(seq: int) -> Part:
    async def part(_server: Server, socket: ServerConnection) -> None:
        await tell(socket, say.Welcome("i-1", 2, "zh", TEXT, TEXT, say.PhaseChanged(Phase.CLOSING), last_seq=seq))
        await tell(socket, say.Finished("completed", 1, 1, 0, 1), seq)
        await socket.wait_closed()

    return part


def refuses(code: str, retry_after_s: float | None = None) -> Part:
    async def part(_server: Server, socket: ServerConnection) -> None:
        await tell(socket, refusal(code, retry_after_s=retry_after_s, place=3))
        await socket.close(4503)

    return part


def moves(to: list[Server]) -> Part:
    async def part(_server: Server, socket: ServerConnection) -> None:
        await tell(socket, say.Moved("i-1", to[0].url))
        await socket.close(4307)

    return part


async def silent(_server: Server, socket: ServerConnection) -> None:
    await tell(socket, say.Welcome("i-1", 1, "zh", TEXT, TEXT, say.PhaseChanged(Phase.GUIDE), last_seq=0))
    await socket.wait_closed()


@asynccontextmanager
async def processes(*servers: Server) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for server in servers:
            listening = await stack.enter_async_context(serve(server.handle, "127.0.0.1", 0))
            host, port = next(iter(listening.sockets)).getsockname()
            server.url = f"http://{host}:{port}"
        async with asyncio.timeout(20):
            yield


async def talk(*servers: Server, patience_s: float = 10.0) -> tuple[Conversation, list[say.Envelope]]:
    heard: list[say.Envelope] = []

    def hear(envelope: say.Envelope) -> bool:
        heard.append(envelope)
        return isinstance(envelope.message, say.Finished)

    urls = [server.url for server in servers]
    body: dict[str, Any] = {"session_token": "t", "events_url": f"{urls[0]}{EVENTS}", "process_urls": urls}
    conversing = Conversation(Joined.of("http://127.0.0.1:9", body), "zh", hear, patience_s=patience_s, ping_s=0.05)
    await conversing.run()
    return conversing, heard


async def test_it_follows_where_it_is_sent_and_hears_nothing_twice() -> None:
    other: list[Server] = []
    first, second = Server(moves(other)), Server(welcome(1, 2, then=1011), the_end(3))
    other.append(second)
    async with processes(first, second):
        first.parts.append(moves(other))
        conversing, heard = await talk(first, second)
    assert [hello.last_seen_seq for hello in second.hellos] == [0, 2]
    assert [envelope.seq for envelope in heard if envelope.seq] == [1, 2, 3]
    assert conversing.base_url == second.url
    assert conversing.moves >= 1
    assert conversing.welcomes == 2
    assert len(conversing.away_s) == 1


async def test_it_comes_back_when_it_was_told_to() -> None:
    server = Server(refuses("server_full", 0.3), refuses("server_busy", 0.2), the_end(1))
    async with processes(server):
        began = asyncio.get_running_loop().time()
        conversing, _ = await talk(server)
        assert asyncio.get_running_loop().time() - began >= 0.5
    assert conversing.refusals == ["server_full", "server_busy"]


async def test_a_refusal_that_is_for_good_is_the_end() -> None:
    server = Server(refuses("link_revoked"))
    async with processes(server):
        with pytest.raises(InterviewRefused, match="link_revoked"):
            await talk(server)
    assert len(server.hellos) == 1


async def test_a_process_that_is_gone_is_looked_for_elsewhere() -> None:
    gone, there = Server(), Server(welcome(1, then=1011), the_end(2))
    async with processes(there):
        gone.url = "http://127.0.0.1:9"
        conversing, _ = await talk(gone, there)
    assert conversing.base_url == there.url


async def test_a_process_that_says_nothing_any_more_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "GONE_AFTER_S", 0.2)
    stopped, there = Server(silent, silent), Server(the_end(1))
    async with processes(stopped, there):
        conversing, _ = await talk(stopped, there)
    assert len(stopped.hellos) == 1
    assert conversing.base_url == there.url


async def test_why_the_server_leaves_is_no_refusal() -> None:
    """A process that is being stopped says so and closes: the candidate goes on elsewhere."""

    async def leaves(server: Server, socket: ServerConnection) -> None:
        await tell(socket, say.Welcome("i-1", 1, "zh", TEXT, TEXT, say.PhaseChanged(Phase.GUIDE), last_seq=0))
        await refuses("draining", 0.1)(server, socket)

    first, second = Server(leaves, leaves, leaves), Server(the_end(1))
    async with processes(first, second):
        conversing, _ = await talk(first, second)
    assert set(conversing.refusals) == {"draining"}


async def test_patience_comes_to_an_end() -> None:
    full = Server(*(refuses("server_full", 0.05) for _ in range(100)))
    async with processes(full):
        with pytest.raises(InterviewRefused, match="server_full"):
            await talk(full, patience_s=0.4)
    assert 3 < len(full.hellos) < 20
    lost = Server(welcome(1, then=1011))
    async with processes(lost):
        with pytest.raises(ConnectionClosedError):
            await talk(lost, patience_s=0.0)
    assert len(lost.hellos) == 1
