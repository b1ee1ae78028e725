"""Several real processes on one PostgreSQL, one Redis and one folder: an interview outlives whoever holds it."""

import asyncio
import json
import signal
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy
from sqlalchemy.engine import make_url

from loadtest import media
from loadtest.candidate import Pace, Script, Spoken, Typed, VirtualCandidate
from realtime.interview import evidence
from realtime.protocol import messages as m
from realtime.protocol.text import Phase
from server.administration import add_api_key, invite
from server.settings import Settings

pytestmark = pytest.mark.services

WORDS = "我会先了解客户的需求，再说明产品的风险，最后把处理结果记录下来，向主管汇报，并在一周之内回访客户。"
SCRIPT = Script(None, (Typed(WORDS), Spoken("zh-returns"), Typed(WORDS), Typed(WORDS)), "zh")
SPOKEN_PACKETS = 70
"""4 s of the answer are enough to be killed in."""


class Told:
    """What the candidate has been told so far, and a way to wait for it."""

    def __init__(self) -> None:
        self.heard: list[m.Envelope] = []
        self._news = asyncio.Event()

    def __call__(self, envelope: m.Envelope) -> None:
        self.heard.append(envelope)
        self._news.set()

    async def until(self, where: Callable[[Any], bool]) -> None:
        async with asyncio.timeout(60):
            while not any(where(envelope.message) for envelope in self.heard):
                self._news.clear()
                await self._news.wait()

    @property
    def seqs(self) -> list[int]:
        return [envelope.seq for envelope in self.heard if envelope.seq]


def saved(number: int) -> Callable[[Any], bool]:
    """A draft of the n-th question has been acknowledged. Its id is known by then."""
    asked: dict[int, str] = {}

    def look(message: Any) -> bool:
        state = message.state if isinstance(message, m.Welcome) else message
        if isinstance(state, m.PhaseChanged) and state.question is not None:
            asked[state.question.index] = state.question.id
        return isinstance(message, m.DraftSaved) and message.question_id == asked.get(number)

    return look


def in_phase(phase: Phase, number: int) -> Callable[[Any], bool]:
    def look(message: Any) -> bool:
        state = message.state if isinstance(message, m.Welcome) else message
        return (
            isinstance(state, m.PhaseChanged)
            and state.phase is phase
            and state.question is not None
            and state.question.index == number
        )

    return look


@pytest.fixture
def shared(
    postgres_url: str, redis_url: str, settings_in: Callable[..., Settings], free_port: Callable[[], int]
) -> Callable[[], tuple[Settings, dict[str, str]]]:
    """Settings and environment of one more process of the same installation."""
    url = make_url(postgres_url)
    name = f"processes_{uuid.uuid4().hex[:12]}"
    admin = sqlalchemy.create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    database = url.set(database=name).render_as_string(hide_password=False)
    folder = Path(settings_in().data_dir)

    def make() -> tuple[Settings, dict[str, str]]:
        settings = settings_in(folder, port=free_port(), database_url=database)
        environment = {
            "VIVA_DATABASE_URL": database,
            "VIVA_LEASES": "redis",
            "VIVA_REDIS_URL": redis_url.removesuffix("/0") + "/6",
            "VIVA_DRAIN_SECONDS": "30",
        }
        return settings, environment

    return make


async def listed(server: Any, token: str, watch_as_hr: Any, interview_id: str) -> str:
    """HR sees at this process that the candidate answers; returns where HR is sent to watch."""
    served = type("At", (), {"url": server.url, "hr_token": None})
    async with watch_as_hr(served, token) as hr:

        def has(live: m.LiveList) -> bool:
            rows = [row for row in live.interviews if row.interview_id == interview_id]
            return any(row.connected and row.phase is Phase.ANSWERING and row.presence == "here" for row in rows)

        await hr.until(m.LiveList, has)
        await hr.say(m.Watch(interview_id))
        return str((await hr.until(m.Moved)).url)


async def test_one_interview_in_four_processes(
    process: Any, shared: Any, watch_as_hr: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner is stopped and wakes up too late; the next is killed in the middle of a spoken answer; the next is
    drained. One interview, nothing acknowledged lost, one report."""
    whole = media.speech_packets
    monkeypatch.setattr("loadtest.candidate.speech_packets", lambda answer: whole(answer)[:SPOKEN_PACKETS])
    a_settings, environment = shared()
    first, second, third = await asyncio.gather(
        process(a_settings, **environment), *(process(shared()[0], **environment) for _ in range(2))
    )
    key = await add_api_key(a_settings, "test EHR", ("persons:read", "results:read"))
    links = await invite(a_settings, "韩梅梅", "mei@example.com", "client_manager", "zh")
    link = f"{first.url}/i/{links.candidate.rpartition('/i/')[2]}"
    told = Told()
    pace = Pace(breath_s=0.1, typing_s=0.2)
    candidate = VirtualCandidate(link, SCRIPT, transport="websocket", heard=told, pace=pace)
    interviewing = asyncio.create_task(candidate.run())

    async def reach(where: Callable[[Any], bool]) -> None:
        reaching = asyncio.ensure_future(told.until(where))
        await asyncio.wait({reaching, interviewing}, return_when=asyncio.FIRST_COMPLETED)
        if interviewing.done():
            interviewing.result()
        await reaching

    # 1. The owner is stopped in the middle of an answer, longer than its lease lasts, and wakes up.
    await reach(saved(1))
    first.signal(signal.SIGSTOP)
    await reach(in_phase(Phase.ANSWERING, 2))
    first.signal(signal.SIGCONT)

    # 2. HR asks a process that does not hold it.
    who = {"user": "admin", "password": a_settings.admin_password}
    async with httpx.AsyncClient(base_url=third.url, trust_env=False, timeout=20) as client:
        token = (await client.post("/api/v1/sign-in", json=who)).json()["token"]
        owner = candidate._conversation.base_url
        assert owner != first.url
        holder, bystander = (second, third) if owner == second.url else (third, second)
        interview_id = (await bystander.join(link.rpartition("/i/")[2]))["interview_id"]
        assert await listed(bystander, token, watch_as_hr, interview_id) == owner
        path = f"/api/v1/interviews/{interview_id}/whep"
        sdp = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        sent_on = await client.post(bystander.url + path, content="v=0", headers=sdp)
        assert (sent_on.status_code, sent_on.headers["location"]) == (307, owner + path)

    # 3. The new owner is killed while the candidate speaks.
    holder.signal(signal.SIGKILL)
    await reach(saved(3))
    assert candidate._conversation.away_s[-1] < 10

    # 4. Whoever has it now is drained: the answer ends there, the next question is asked somewhere else.
    by_url = {each.url: each for each in (first, second, third)}
    drained = by_url[candidate._conversation.base_url]
    drained.signal(signal.SIGTERM)
    await interviewing
    assert await drained.ended() == 0
    assert "1 handed over, 0 left for later" in drained.log.read_text()
    (left,) = (each for each in by_url.values() if each not in (holder, drained))
    assert candidate._conversation.base_url == left.url
    outcome = candidate.outcome
    assert outcome.moves >= 1
    assert outcome.away_s[-1] < 3
    assert outcome.finished is not None
    assert outcome.finished.answered == 4

    assert told.seqs == list(range(1, len(told.seqs) + 1))  # each once, none missing, over all four
    await one_report(left, key, token, interview_id)
    stopped = first.log.read_text()
    assert "the lease of this process is over" in stopped or "held by another process now" in stopped
    for each in by_url.values():
        assert "Traceback" not in each.log.read_text()


async def one_report(server: Any, key: str, token: str, interview_id: str) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        results: list[Any] = []
        for _ in range(400):
            results = (await client.get("/api/v1/ehr/interview-results")).json()["items"]
            if results:
                break
            await asyncio.sleep(0.05)
        assert len(results) == 1
        assert interview_id in json.dumps(results)
        client.headers["Authorization"] = f"Bearer {token}"
        reports = (await client.get("/api/v1/reports")).json()["items"]
        assert [report["interview_id"] for report in reports] == [interview_id]
        lines = (await client.get(f"/api/v1/interviews/{interview_id}/evidence")).content.splitlines()
    records = [evidence.decode(line) for line in lines]
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert [record.at_ms for record in records] == sorted(record.at_ms for record in records)
    typed = [record.body.text for record in records if isinstance(record.body, evidence.TextAnswered)]
    assert typed == [WORDS] * 3
    assert sum(isinstance(record.body, evidence.InterviewEnded) for record in records) == 1
