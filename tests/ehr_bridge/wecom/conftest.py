"""The fake of WeCom on a real socket, with a clock that a test sets, and clients of ours that call it."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn

from ehr_bridge.addresses import AddressRules
from ehr_bridge.egress import Egress
from ehr_bridge.wecom.client import App, Caller
from ehr_bridge.wecom.kefu_desk import Desk
from ehr_bridge.wecom.office import Office
from tests.contract_fakes.wecom import make_app
from tests.contract_fakes.wecom_books import Books

START_MS = 1_790_000_000_000


@dataclass
class Clock:
    ms: int = START_MS

    def __call__(self) -> int:
        return self.ms


@dataclass
class Ledger:
    """As the real one, in memory."""

    taken: list[str] = field(default_factory=list)
    wait_ms: int = 0

    async def take(self, app: str, member: str, now_ms: int) -> int:
        if not self.wait_ms:
            self.taken.append(f"{app}/{member}")
        return self.wait_ms


@dataclass
class World:
    books: Books
    clock: Clock
    url: str
    egress: Egress
    ledger: Ledger = field(default_factory=Ledger)
    slept: list[float] = field(default_factory=list)

    def caller(self, secret: str = "app-secret", **changes: object) -> Caller:
        app = App(**{"corp_id": "wwcorp", "secret": secret, "agent_id": 1000002, "base_url": self.url} | changes)  # type: ignore[arg-type]
        return Caller(app, self.egress, self.clock, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def office(self, **changes: object) -> Office:
        return Office(self.caller(**changes), self.ledger)  # type: ignore[arg-type]

    def desk(self) -> Desk:
        return Desk(self.caller("kf-secret"), self.books.open_kfid)


class Stage:
    """The server stays, the world on it is each test's own."""

    books = Books()
    clock = Clock()
    url = ""


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    set_up = Stage()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await make_app(set_up.books, set_up.clock)(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        set_up.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]), name="wecom fake")
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield set_up
        server.should_exit = True
        thread.join(10)


@pytest.fixture
async def world(stage: Stage) -> AsyncIterator[World]:
    stage.books, stage.clock = Books(), Clock()
    rules = AddressRules(names=frozenset({"127.0.0.1"}), plain=frozenset({"127.0.0.1"}))
    async with Egress(rules) as egress:
        yield World(stage.books, stage.clock, stage.url, egress)
