"""A burst at the door of a real server: slots, the line, the pace, and what each of them is told."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from loadtest.conversation import Conversation, Joined
from realtime.interview.admission import Admission, AdmissionRules
from realtime.protocol import messages as say


@pytest.fixture
def narrow(served: Any) -> Iterator[Any]:
    """The same server with a door that is a few people wide. ``narrow(free, ...)``."""
    board = served.house.switchboard
    before = board.admission

    def make(free: int, **rules: Any) -> Admission:
        board.admission = Admission(replace(AdmissionRules(board.active + free), **rules), _taken=set(before._taken))
        found: Admission = board.admission
        return found

    yield make
    before._taken = {interview for interview in before._taken if board.find(interview) is not None}
    board.admission = before


async def visit(served: Any, leaves: asyncio.Event | None = None) -> Conversation:
    """Joins, is inside until everybody leaves, leaves for good."""
    invited = await served.invite()
    joined = await invited.join()
    inside: list[asyncio.Task[None]] = []
    most = 0

    async def leave() -> None:
        if leaves is not None:
            await leaves.wait()
        await conversing.tell(say.Withdraw())

    def hear(envelope: say.Envelope) -> bool:
        if isinstance(envelope.message, say.Welcome):
            nonlocal most
            most = max(most, served.house.switchboard.admission.taken)
            inside.append(asyncio.create_task(leave()))
        return isinstance(envelope.message, say.PhaseChanged) and envelope.message.phase == "withdrawn"

    conversing = Conversation(Joined.of(served.url, joined), "zh", hear, patience_s=60, ping_s=1)
    await conversing.run()
    return conversing


async def test_a_burst_is_let_in_one_after_the_other_and_everybody_gets_in(served: Any, narrow: Any) -> None:
    door = narrow(2)
    in_line = asyncio.Event()

    async def watch_the_line() -> None:
        while door.waiting < 4:  # noqa: ASYNC110 - the door tells nobody
            await asyncio.sleep(0.01)
        in_line.set()

    visits, _ = await asyncio.gather(asyncio.gather(*(visit(served, in_line) for _ in range(6))), watch_the_line())
    assert [found.welcomes for found in visits] == [1] * 6
    codes = Counter(code for found in visits for code in found.refusals)
    assert set(codes) == {"server_full"}
    assert len([found for found in visits if found.refusals]) == 4
    assert door.taken <= door.rules.capacity
    assert door.waiting == 0
    async with served.client() as client:
        told = (await client.get("/metrics")).text
    assert f'viva_admission{{figure="refused_full"}} {door.counters.refused_full}.0' in told
    assert f'viva_admission{{figure="granted"}} {door.counters.granted}.0' in told


async def test_a_burst_is_paced(served: Any, narrow: Any) -> None:
    door = narrow(20, setups_per_s=4.0, burst=1, longest_wait_ms=500)
    loop = asyncio.get_running_loop()
    began = loop.time()
    visits = await asyncio.gather(*(visit(served) for _ in range(6)))
    assert loop.time() - began >= 5 / 4  # the sixth begins five intervals after the first
    assert door.counters.refused_full == 0
    assert {code for found in visits for code in found.refusals} <= {"server_busy"}


async def test_media_are_paced_and_refused_over_http(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        await talk.consent(say.ConsentItems(recording=True, speech_to_text=True))
        await talk.until(say.PhaseChanged)
        monkeypatch.setattr(served.house.setups, "wait_ms", lambda *_now, **_who: 7_000)
        async with served.client(talk.joined["session_token"]) as client:
            answer = await client.post(
                talk.joined["whip_url"], content="v=0", headers={"Content-Type": "application/sdp"}
            )
        body = answer.json()
        assert (answer.status_code, body["code"], body["fault"], body["retry"]) == (503, "server_busy", "server", True)
        assert answer.headers["retry-after"] == "7"
        await talk.say(say.Withdraw())
