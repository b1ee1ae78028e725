"""A real server for the tests of its doors: uvicorn on a free port of 127.0.0.1, its own thread, its own loop.

Tests are clients of it like anybody else; ``served.house`` is there for the few that must look behind a door.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from typer.testing import CliRunner, Result
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime.protocol import codec
from realtime.protocol import messages as m
from realtime.protocol.text import Phase
from server.cli import app as command_line
from server.house import House
from server.serve import DrainingServer, listen, make_server
from server.settings import Settings

PASSWORD = "correct horse battery"
NAME = "韩梅梅"
EMAIL = "mei@example.com"
ANSWER = (
    "我会先询问客户担心什么,了解他的投资目标和风险承受能力,再用通俗的话说明产品的收益来源和风险,不承诺收益。"
    "最后我把处理结果记录下来,向主管汇报,并在一周之内回访客户。"
)
PATIENCE_S = 40.0
PING_EVERY_S, KEEPALIVE = 1.0, 4_000_000
NO_RECORDING = m.ConsentItems(recording=False, speech_to_text=False)

Message = TypeVar("Message")


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass(slots=True)
class Served:
    url: str
    settings: Settings
    server: DrainingServer
    logged: list[str]
    loop: asyncio.AbstractEventLoop
    _hr_token: str = ""

    @property
    def house(self) -> House:
        found = self.server.config.app.state.house  # type: ignore[union-attr]
        assert isinstance(found, House)
        return found

    def client(self, token: str = "") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=30)

    async def sign_in(self, user: str = "admin", password: str = PASSWORD) -> str:
        async with self.client() as client:
            answer = await client.post("/api/v1/sign-in", json={"user": user, "password": password})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    async def hr_token(self) -> str:
        if not self._hr_token:
            self._hr_token = await self.sign_in()
        return self._hr_token

    @asynccontextmanager
    async def hr(self) -> AsyncIterator[httpx.AsyncClient]:
        async with self.client(await self.hr_token()) as client:
            yield client

    async def invite(self, **changes: Any) -> "Invited":
        async with self.hr() as client:
            applicant = await client.post("/api/v1/applicants", json={"name": NAME, "email": EMAIL})
            wanted = {"applicant_id": applicant.json()["id"], "position_id": "client_manager", "language": "zh"}
            answer = await client.post("/api/v1/invitations", json=wanted | changes)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        link = body["candidate_link"].rpartition("/i/")[2]
        return Invited(self, body["id"], body["interview_id"], link, wanted["applicant_id"])

    def invited_by(self, link: str) -> "Invited":
        """Whoever has this link, wherever it came from; nothing else is known of them."""
        return Invited(self, "", "", link.rpartition("/i/")[2], "")

    def inside(self, work: Any) -> Any:
        """Runs a coroutine on the server's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)


@dataclass(frozen=True, slots=True)
class Invited:
    served: Served
    invitation_id: str
    interview_id: str
    link: str
    applicant_id: str

    async def join(self) -> dict[str, Any]:
        async with self.served.client() as client:
            answer = await client.post("/api/v1/join", json={"link": self.link})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @asynccontextmanager
    async def talk(self, last_seen_seq: int = 0) -> AsyncIterator["Talk"]:
        """A candidate's connection that was let in."""
        joined = await self.join()
        url = self.served.url.replace("http", "ws") + str(joined["events_url"])
        async with connect(url, compression=None, proxy=None) as socket:
            talk = Talk(socket, joined)
            await talk.say(m.Hello(str(joined["session_token"]), last_seen_seq))
            await talk.until(m.Welcome)
            yield talk


@dataclass(slots=True)
class Talk:
    """One WebSocket, either end's messages; ``seen`` is everything that was heard."""

    socket: ClientConnection
    joined: dict[str, Any] = field(default_factory=dict)
    seen: list[m.Envelope] = field(default_factory=list)

    async def say(self, message: Any) -> None:
        await self.socket.send(codec.encode(message).decode())

    async def hear(self, *, pings: bool = True) -> m.Envelope:
        """Says once a second that it is there while it waits, as every client does: on a busy machine the next message
        may be longer in coming than a server waits for somebody silent."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    heard = await asyncio.wait_for(self.socket.recv(), PING_EVERY_S if pings else None)
                except TimeoutError:
                    await self.say(m.Ping(KEEPALIVE))
                    continue
                envelope = codec.decode_envelope(heard)
                if envelope.message != m.Pong(KEEPALIVE):
                    self.seen.append(envelope)
                    return envelope

    async def until(self, kind: type[Message], where: Callable[[Message], bool] = lambda _message: True) -> Message:
        """The next message of that kind."""
        while True:
            message = (await self.hear()).message
            if isinstance(message, kind) and where(message):
                return message

    async def phase(self, phase: Phase) -> m.PhaseChanged:
        return await self.until(m.PhaseChanged, lambda state: state.phase is phase)

    async def refused(self) -> str:
        return (await self.until(m.Refused)).code

    async def closed(self) -> int:
        """Waits for the server to close; the close code."""
        try:
            while True:
                await self.hear(pings=False)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    async def alive(self) -> bool:
        """The interview still answers on this connection."""
        await self.say(m.Ping(77))
        return (await self.until(m.Pong, lambda pong: pong.id == 77)).id == 77

    async def consent(self, items: m.ConsentItems = NO_RECORDING) -> None:
        await self.say(m.GiveConsent(items, self.joined["consent"]["version"], "zh"))

    async def to_question(self) -> m.PhaseChanged:
        """Past consent (nothing recorded), practice and guide to the first question."""
        await self.consent()
        await self.phase(Phase.PRACTICE)
        await self.say(m.Proceed(Phase.PRACTICE))
        await self.phase(Phase.GUIDE)
        await self.say(m.Proceed(Phase.GUIDE))
        return await self.phase(Phase.READING)

    async def type_answer(self, question_id: str, text: str) -> None:
        await self.say(m.StartAnswer(question_id))
        await self.phase(Phase.ANSWERING)
        await self.say(m.SaveDraft(question_id, text[: len(text) // 2], 1))
        await self.say(m.SaveDraft(question_id, text, 2))
        await self.until(m.DraftSaved, lambda saved: saved.revision == 2)
        await self.say(m.FinishAnswer(question_id))

    async def type_everything(self, text: str = ANSWER) -> m.Finished:
        """The whole interview, typed, up to the receipt."""
        state = await self.to_question()
        while True:
            assert state.question is not None
            question = state.question
            await self.type_answer(question.id, text)
            if question.index == question.total:
                return await self.until(m.Finished)
            state = await self.phase(Phase.READING)


@asynccontextmanager
async def watching(served: Served, token: str = "") -> AsyncIterator[Talk]:
    """HR's connection, signed in."""
    url = served.url.replace("http", "ws") + "/api/v1/hr/events"
    async with connect(url, compression=None, proxy=None, max_size=None) as socket:
        talk = Talk(socket)
        await talk.say(m.HrHello(token or await served.hr_token()))
        yield talk


@pytest.fixture(scope="session")
def watch_as_hr() -> Any:
    return watching


@pytest.fixture(scope="session")
def settings_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Settings]:
    """Settings of a server without models that keeps everything in a folder of its own."""

    def make(folder: Path | None = None, **changes: Any) -> Settings:
        settings = Settings(
            data_dir=str(folder or tmp_path_factory.mktemp("viva")),
            host="127.0.0.1",
            port=0,
            speech_model="none",
            face_model="none",
            media_addresses="127.0.0.1",
            admin_password=PASSWORD,
            max_interviews=500,
            drain_seconds=0,
        )
        return replace(settings, **changes)

    return make


def _serve(settings: Settings) -> Iterator[Served]:
    heard = _Lines()
    root = logging.getLogger()
    before = root.level
    root.addHandler(heard)
    root.setLevel(logging.INFO)
    with listen(settings) as sock:
        port = sock.getsockname()[1]
        chosen = replace(settings, port=port)
        server = make_server(chosen)
        loops: list[asyncio.AbstractEventLoop] = []

        async def main() -> None:
            loops.append(asyncio.get_running_loop())
            await server.serve(sockets=[sock])

        thread = threading.Thread(target=lambda: asyncio.run(main()), name="server")
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive(), "the server ended before it started"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        try:
            yield Served(f"http://127.0.0.1:{port}", chosen, server, heard.lines, loops[0])
        finally:
            server.should_exit = True
            thread.join(30)
            root.removeHandler(heard)
            root.setLevel(before)
            assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="session")
def served(settings_in: Callable[..., Settings]) -> Iterator[Served]:
    yield from _serve(settings_in())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A process has one server at a time: tests with one of their own run before the one that all share is up."""
    items.sort(key=lambda item: "serving" not in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def serving() -> Callable[[Settings], AbstractContextManager[Served]]:
    """A server with other settings, for the few tests that need one."""
    return contextmanager(_serve)


@dataclass(frozen=True, slots=True)
class Completed:
    """An interview that was taken to its report, and what was seen of it on the way."""

    invited: Invited
    report_id: str
    candidate: list[m.Envelope]
    hr: list[m.Envelope]
    seconds: float


@pytest.fixture(scope="session")
def completed(served: Served) -> Completed:
    return asyncio.run(_complete(served))


async def _complete(served: Served) -> Completed:
    began = time.monotonic()
    invited = await served.invite()
    async with watching(served) as hr:
        await hr.say(m.Watch(invited.interview_id))
        await hr.until(m.Watched)
        async with invited.talk() as talk:
            await talk.type_everything()
            await talk.phase(Phase.REPORTED)

        def ready(seen: m.Watched) -> bool:
            return isinstance(seen.message, m.ReportReady)

        report = (await hr.until(m.Watched, ready)).message
    assert isinstance(report, m.ReportReady)
    return Completed(invited, report.report_id, talk.seen, hr.seen, time.monotonic() - began)


@pytest.fixture(scope="session")
def talk_class() -> type[Talk]:
    return Talk


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find


@pytest.fixture
def viva(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command with an empty installation of its own."""
    for name in list(os.environ):
        if name.startswith("VIVA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_SPEECH_MODEL", "none")
    monkeypatch.setenv("VIVA_FACE_MODEL", "none")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()

    def run(*words: str, typed: str | None = None) -> Result:
        return runner.invoke(command_line, list(words), input=typed)

    return run


# --------------------------------------------------------------------------- a process of its own
START_WITHIN_S = 60


class Process:
    """``python -m server serve`` with its own data folder and port."""

    def __init__(self, settings: Settings, **environment: str) -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{settings.port}"
        self._environment = environment
        self.log = Path(settings.data_dir) / f"server-{settings.port}.log"
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        variables = {
            "VIVA_DATA_DIR": self.settings.data_dir,
            "VIVA_PORT": str(self.settings.port),
            "VIVA_SPEECH_MODEL": "none",
            "VIVA_FACE_MODEL": "none",
            "VIVA_MEDIA_ADDRESSES": "127.0.0.1",
            "VIVA_ADMIN_PASSWORD": self.settings.admin_password,
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("VIVA_")}
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "server",
                "serve",
                env=clean | variables | self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_WITHIN_S
        async with httpx.AsyncClient(trust_env=False) as client:
            while time.monotonic() < deadline:
                assert self._process.returncode is None, self.log.read_text()
                try:
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ended(self, within_s: float = 20) -> int:
        return await asyncio.wait_for(self._process.wait(), within_s)

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def join(self, link: str) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=20) as client:
            answer = await client.post("/api/v1/join", json={"link": link})
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

    @asynccontextmanager
    async def talk(self, link: str, talk_class: Any, last_seen_seq: int = 0) -> AsyncIterator[Any]:
        joined = await self.join(link)
        async with connect(self.url.replace("http", "ws") + joined["events_url"], proxy=None) as socket:
            talk = talk_class(socket, joined)
            await talk.say(m.Hello(joined["session_token"], last_seen_seq))
            await talk.until(m.Welcome)
            yield talk


@pytest.fixture
async def process(
    settings_in: Callable[..., Settings], free_port: Callable[[], int]
) -> AsyncIterator[Callable[..., Any]]:
    started: list[Process] = []

    async def start(settings: Settings | None = None, **environment: str) -> Process:
        settings = settings or settings_in(port=free_port())
        found = Process(settings, **environment)
        started.append(found)
        await found.start()
        return found

    yield start
    for each in started:
        await each.stop()
