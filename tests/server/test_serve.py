"""The server as a process of its own: how it stops, what it says, and what a kill cannot take away."""

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from realtime.protocol import codec
from realtime.protocol import messages as say
from realtime.protocol.text import Phase
from server.administration import add_api_key, invite
from server.settings import Settings


async def unready(client: httpx.AsyncClient) -> httpx.Response:
    """The answer of ``/readyz`` once it says no."""
    for _ in range(200):
        state = await client.get("/readyz")
        if state.status_code == 503:
            return state
        await asyncio.sleep(0.02)
    raise AssertionError("it never stopped being ready")


async def link_of(settings: Settings) -> str:
    links = await invite(settings, "韩梅梅", "mei@example.com", "client_manager", "zh")
    return links.candidate.rpartition("/i/")[2]


async def test_a_signal_drains_until_the_last_interview_is_over_and_the_log_names_nobody(
    process: Any, talk_class: Any
) -> None:
    server = await process(VIVA_DRAIN_SECONDS="600", VIVA_LOG_LEVEL="debug")
    link, other = await link_of(server.settings), await link_of(server.settings)
    async with server.talk(link, talk_class) as talk:
        state = await talk.to_question()
        await talk.type_answer(state.question.id, "一句只属于我的话")
        await talk.phase(Phase.READING)
        server.signal(signal.SIGINT)
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            await client.get(f"/i/{link}")
            assert (await unready(client)).json()["reasons"] == ["draining"]
        assert await talk.alive()  # who is inside goes on
        joined = await server.join(other)
        async with connect(server.url.replace("http", "ws") + joined["events_url"], proxy=None) as late:
            await late.send(codec.encode(say.Hello(joined["session_token"])).decode())
            refused = codec.decode_envelope(await late.recv()).message
            assert isinstance(refused, say.Refused)
            assert refused.code == "draining"
        await talk.say(say.Withdraw("停电了"))
        await talk.phase(Phase.WITHDRAWN)
        assert await server.ended() == 0
    log, token = server.log.read_text(), talk.joined["session_token"]
    assert "listening on" in log
    assert "Traceback" not in log
    for secret in (link, token, "韩梅梅", "mei@example.com", "一句只属于我的话", server.settings.admin_password):
        assert secret not in log


async def test_a_kill_takes_nothing_away(
    process: Any, talk_class: Any, settings_in: Callable[..., Settings], free_port: Callable[[], int]
) -> None:
    """kill -9 in the middle of an answer, and again between "it has ended" and "its report is delivered"; each new
    process listens on another port."""
    first = await process()
    folder = Path(first.settings.data_dir)
    key = await add_api_key(first.settings, "test EHR", ("persons:read", "results:read"))
    link = await link_of(first.settings)
    async with first.talk(link, talk_class) as talk:
        state = await talk.to_question()
        await talk.say(say.StartAnswer(state.question.id))
        await talk.say(say.SaveDraft(state.question.id, "我会先询问客户", 7))
        await talk.until(say.DraftSaved)
        first.signal(signal.SIGKILL)
    await first.ended()

    second = await process(settings_in(folder, port=free_port()))
    async with second.talk(link, talk_class, max(envelope.seq for envelope in talk.seen)) as talk:
        welcome = talk.seen[0].message
        assert isinstance(welcome, say.Welcome)
        assert (welcome.state.phase, welcome.draft, welcome.draft_revision) == (Phase.ANSWERING, "我会先询问客户", 7)
        await talk.say(say.FinishAnswer(state.question.id))
        for _ in range(welcome.total - 1):
            state = await talk.phase(Phase.READING)
            await talk.type_answer(state.question.id, "我会先了解客户的需求,再说明产品的风险。")
        finished = await talk.until(say.Finished)
        assert finished.typed_answers == 4
        second.signal(signal.SIGKILL)
    await second.ended()

    third = await process(settings_in(folder, port=free_port()))
    async with httpx.AsyncClient(base_url=third.url, trust_env=False, timeout=20) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        rows: list[dict[str, Any]] = []
        for _ in range(400):
            rows = (await client.get("/api/v1/ehr/interview-results")).json()["items"]
            if rows:
                break
            await asyncio.sleep(0.05)
        assert len(rows) == 1
        assert talk.joined["interview_id"] in json.dumps(rows)
        who = {"user": "admin", "password": third.settings.admin_password}
        client.headers["Authorization"] = f"Bearer {(await client.post('/api/v1/sign-in', json=who)).json()['token']}"
        reports = (await client.get("/api/v1/reports")).json()["items"]
    assert [report["interview_id"] for report in reports] == [talk.joined["interview_id"]]

    async with third.talk(await link_of(third.settings), talk_class) as talk:
        third.signal(signal.SIGTERM)  # drains: it would wait for half a minute
        async with httpx.AsyncClient(base_url=third.url, trust_env=False) as client:
            await unready(client)
        assert await talk.alive()
        third.signal(signal.SIGTERM)  # at once
        assert await talk.closed() == 1012
    assert await third.ended() == 11  # forced: somebody was inside
