"""HR's WebSocket: the live list, watching, and orders; a refusal reaches whoever spoke and nobody else."""

import asyncio
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from realtime.protocol import codec
from realtime.protocol import messages as say
from realtime.protocol.text import Phase
from server.administration import put_user
from server.doors import hr_events
from server.sockets import BAD_MESSAGES_LIMIT

PASSWORD = "an interviewer's password"


async def test_the_live_list_comes_without_asking_and_follows(served: Any, watch_as_hr: Any) -> None:
    invited = await served.invite()

    def row(listed: say.LiveList) -> say.LiveInterview:
        return next(row for row in listed.interviews if row.interview_id == invited.interview_id)

    async with watch_as_hr(served) as hr:
        first = row(await hr.until(say.LiveList))
        assert (first.phase, first.connected, first.applicant_name) == (Phase.INVITED, False, "韩梅梅")
        async with invited.talk():
            now = row(await hr.until(say.LiveList, lambda listed: row(listed).connected))
            assert now.phase is Phase.CONSENT
            assert now.question_total == 4
        await hr.until(say.LiveList, lambda listed: not row(listed).connected)


@pytest.mark.parametrize(
    ("first", "code", "closed"),
    [
        ('{"type":"hr_hello","token":"forged"}', "not_signed_in", 4401),
        ('{"type":"ping","id":1}', "not_signed_in", 4401),
        ("rubbish", "message_not_json", 4400),
        ('{"type":"hello","token":"x"}', "message_invalid", 4400),
    ],
)
async def test_who_may_not_look_sees_nothing(served: Any, first: str, code: str, closed: int) -> None:
    async with connect(f"{served.url.replace('http', 'ws')}/api/v1/hr/events", proxy=None) as socket:
        await socket.send(first)
        refused = codec.decode_envelope(await socket.recv()).message
        assert isinstance(refused, say.Refused)
        assert refused.code == code
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == closed


async def test_a_watcher_sees_the_past_the_present_and_what_is_for_hr_only(
    served: Any, watch_as_hr: Any, bystander: Any
) -> None:
    invited = await served.invite()
    async with invited.talk() as talk, watch_as_hr(served) as hr:
        await talk.to_question()
        await hr.say(say.Watch(invited.interview_id))
        welcome = await hr.until(say.Watched)
        assert isinstance(welcome.message, say.Welcome)
        await hr.until(say.Watched, lambda seen: seen.seq == welcome.message.last_seq)
        await talk.say(say.Observe("tab_hidden"))
        seen = await hr.until(say.Watched, lambda seen: isinstance(seen.message, say.Observed))
        assert seen.message.kind == "tab_hidden"
        await talk.say(say.RequestHuman("请回电"))
        await talk.until(say.HumanRequested)
        await hr.until(say.Watched, lambda seen: isinstance(seen.message, say.HumanRequested))
        assert not any(isinstance(e.message, say.Observed) for e in talk.seen)
        await hr.say(say.Unwatch(invited.interview_id))
        await hr.alive()
        heard = len(hr.seen)
        await talk.say(say.RequestHuman("再次"))
        await talk.until(say.HumanRequested)
        await hr.alive()
        assert not any(isinstance(e.message, say.Watched) for e in hr.seen[heard:])


async def test_orders_and_their_refusals(served: Any, watch_as_hr: Any, bystander: Any) -> None:
    invited = await served.invite()
    here = invited.interview_id
    async with invited.talk() as talk, watch_as_hr(served) as hr, watch_as_hr(served) as other:
        await talk.to_question()
        await other.say(say.Watch(here))
        await hr.say(say.ExtendTime(here, -5))
        assert await hr.refused() == "extra_time_invalid"
        await hr.say(say.ContinueInterview(here))
        assert await hr.refused() == "wrong_phase"
        await hr.say(say.PauseInterview(here))
        await talk.phase(Phase.PAUSED)
        await hr.say(say.ContinueInterview(here))
        await talk.phase(Phase.READING)
        await hr.say(say.Accommodate(here, 2.0, "reading aid"))
        state = await talk.until(say.PhaseChanged)
        assert state.time_factor == 2.0
        await other.alive()
        for seen in (talk.seen, other.seen):
            assert not any(isinstance(e.message, say.Refused) for e in seen)
        await hr.say(say.EndInterview(here, "no show"))
        await talk.phase(Phase.WITHDRAWN)


async def test_orders_to_nobody(served: Any, watch_as_hr: Any) -> None:
    invited = await served.invite()
    async with watch_as_hr(served) as hr:
        await hr.say(say.PauseInterview(invited.interview_id))
        assert await hr.refused() == "not_live"
        await hr.say(say.PauseInterview("x" * 10_000))
        assert await hr.refused() == "not_live"
        await hr.say(say.Watch("iv_nobody"))
        assert await hr.refused() == "interview_unknown"
        await hr.say(say.Unwatch("iv_nobody"))
        assert await hr.alive()


async def test_an_interviewer_looks_and_touches_nothing(served: Any, watch_as_hr: Any) -> None:
    await put_user(served.settings, "looker", PASSWORD, ("interviewer",), "")
    invited = await served.invite()
    async with invited.talk() as talk, watch_as_hr(served, await served.sign_in("looker", PASSWORD)) as hr:
        await hr.say(say.Watch(invited.interview_id))
        await hr.until(say.Watched)
        await hr.say(say.EndInterview(invited.interview_id))
        assert await hr.refused() == "not_allowed"
        assert await talk.alive()


async def test_rubbish_is_refused_and_too_much_of_it_is_cut(served: Any, watch_as_hr: Any, bystander: Any) -> None:
    async with watch_as_hr(served) as hr:
        await hr.socket.send("rubbish")
        assert await hr.refused() == "message_not_json"
        assert await hr.alive()
        for _ in range(BAD_MESSAGES_LIMIT):
            await hr.socket.send("rubbish")
        assert await hr.closed() == 4400


async def test_a_silent_watcher_is_gone_and_the_interview_does_not_notice(
    served: Any, watch_as_hr: Any, monkeypatch: pytest.MonkeyPatch, bystander: Any
) -> None:
    monkeypatch.setattr(hr_events, "SILENCE_S", 0.2)
    async with watch_as_hr(served) as hr:
        assert await hr.closed() == 4408


async def test_a_watcher_who_leaves_is_forgotten(served: Any, watch_as_hr: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        async with watch_as_hr(served) as hr:
            await hr.say(say.Watch(invited.interview_id))
            await hr.until(say.Watched)
        live = served.house.switchboard.find(invited.interview_id)
        for _ in range(200):
            if not live.watched:
                break
            await asyncio.sleep(0.01)
        assert not live.watched
        assert await talk.alive()
