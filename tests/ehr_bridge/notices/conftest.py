"""A clerk on a real store with channels that answer as a test says, in virtual time."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.notices import book
from ehr_bridge.notices.channels import Channel
from ehr_bridge.notices.clerk import Addressee, Clerk
from ehr_bridge.notices.ladder import Effect, Taken
from ehr_bridge.notices.posting import post
from ehr_bridge.notices.reach import QuietHours
from ehr_bridge.notices.sender import Answered, Outgoing, Sender
from ehr_bridge.notices.texts import Rendered, builtin

SLOTS = {"name": "王芳", "employer@zh": "示范银行", "employer@en": "Example Bank", "position@zh": "客户经理",
         "position@en": "Client manager"}  # fmt: skip


@dataclass
class Channelled:
    """Answers in the given order, then ``Taken``."""

    answers: list[Answered] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)

    def fits(self, words: Rendered) -> bool:
        return True

    async def send(self, item: Outgoing) -> Answered:
        self.sent.append(item)
        return self.answers.pop(0) if self.answers else Taken()


@dataclass
class People:
    known: Addressee = field(default_factory=lambda: Addressee(email="wf@example.com", phone="13800138000"))

    async def addressee(self, _store: AsyncConnection, _notice: book.Notice) -> Addressee:
        return self.known


class Office:
    def __init__(self, engine: AsyncEngine, clock: Any) -> None:
        self.engine, self.clock = engine, clock
        self.kefu, self.sms, self.email = Channelled(), Channelled(), Channelled()
        self.people = People()
        self.told: list[tuple[str, Effect]] = []
        self.quiet = QuietHours(time(0), time(0))
        self.clerk = self.open()

    def open(self, passed: Callable[[str], None] = lambda _point: None) -> Clerk:
        senders: Mapping[Channel, Sender] = {"kefu": self.kefu, "sms": self.sms, "email": self.email}
        return Clerk(
            self.engine, self.people, senders, builtin(), employer={"zh": "示范银行", "en": "Example Bank"},
            quiet=self.quiet, now_ms=self.clock.now_ms, told=self._told, passed=passed,
        )  # fmt: skip

    async def _told(self, _store: AsyncConnection, notice: book.Notice, effect: Effect, _now: int) -> None:
        self.told.append((notice.kind, effect))

    async def post(self, key: str = "progress:iv_1", kind: str = "progress", **more: Any) -> str:
        async with self.engine.begin() as store:
            return await post(
                store, builtin(), key=key, kind=kind, applicant_id="ap_1", language="zh",
                slots=SLOTS | more.pop("slots", {}), now_ms=self.clock.now_ms(), **more,
            )  # fmt: skip

    async def read(self, notice_id: str) -> book.Notice:
        async with self.engine.connect() as store:
            found = await book.find(store, notice_id)
        assert found is not None
        return found

    async def log(self, notice_id: str) -> list[str]:
        async with self.engine.connect() as store:
            steps = await book.steps_of(store, [notice_id])
        return [" ".join(filter(None, (s.channel, s.happening, s.reason))) for _, s in steps.get(notice_id, [])]

    async def let(self, work: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
        async with self.engine.begin() as store:
            return await work(store)


@pytest.fixture
def office(engine: AsyncEngine, clock: Any) -> Office:
    return Office(engine, clock)
