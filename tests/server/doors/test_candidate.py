"""The candidate's way in: links, tokens, tabs, rubbish and silence; and nobody else notices any of it."""

import asyncio
import contextlib
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from realtime.protocol import codec
from realtime.protocol import messages as say
from realtime.protocol.codec import MAX_MESSAGE_BYTES
from realtime.protocol.text import Phase
from server import sockets
from server.clock import wall_ms
from server.doors import candidate, hr_events, media_socket
from server.tokens import Signer, Token

ALL_CONSENT = say.ConsentItems(recording=True, speech_to_text=True)


def events_url(served: Any, interview_id: str) -> str:
    return f"{served.url.replace('http', 'ws')}/api/v1/interviews/{interview_id}/events"


async def raw(served: Any, interview_id: str, *frames: str | bytes) -> tuple[list[str], int]:
    """What a connection that sends these frames is refused with, and the code it is closed with."""
    async with connect(events_url(served, interview_id), compression=None, proxy=None, max_size=None) as socket:
        for frame in frames:
            await socket.send(frame)
        refused = []
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(20):
                while True:
                    message = codec.decode_envelope(await socket.recv()).message
                    if isinstance(message, say.Refused):
                        refused.append(message.code)
        assert socket.close_code is not None
        return refused, socket.close_code


def hello(token: str, seq: int = 0) -> str:
    return codec.encode(say.Hello(token, seq)).decode()


# --------------------------------------------------------------------------- links
async def test_what_a_page_needs_to_begin(served: Any) -> None:
    invited = await served.invite(language="en", time_factor=None)
    joined = await invited.join()
    assert joined["interview_id"] == invited.interview_id
    assert (joined["phase"], joined["language"], joined["questions"]) == ("invited", "en", 4)
    assert joined["consent"]["items"][0] == {
        "key": "recording",
        "required_for_voice": True,
        "label": {"zh": "录制我的声音和画面", "en": "Record my voice and picture while I answer"},
        "allowed": True,
    }
    assert joined["employer"] == {"zh": "示范银行", "en": "Example Bank"}
    assert joined["speech_notice"] is None


async def test_links_that_open_nothing(served: Any, problem: Any, bystander: Any) -> None:
    signer = Signer(served.settings.signing_secret())
    invited, revoked = await served.invite(), await served.invite()
    async with served.hr() as hr:
        assert (await hr.delete(f"/api/v1/invitations/{revoked.invitation_id}")).status_code == 204
    cases = [
        (signer.sign("link", Token(invited.invitation_id, wall_ms() - 1)), 410, "link_expired"),
        (Signer("another secret").sign("link", Token(invited.invitation_id, wall_ms() + 9_999)), 404, "link_forged"),
        (signer.sign("session", Token(invited.invitation_id, wall_ms() + 9_999)), 404, "link_forged"),
        (signer.sign("link", Token("inv_nobody", wall_ms() + 9_999)), 404, "link_forged"),
        (invited.link[:-4], 404, "link_forged"),
        ("", 404, "link_forged"),
        ("%00\u0000韩", 404, "link_forged"),
        (revoked.link, 410, "link_revoked"),
    ]
    async with served.client() as client:
        for link, status, code in cases:
            if "\u0000" in link:
                problem(await client.post("/api/v1/join", json={"link": link}), 400, "request_invalid")
            else:
                problem(await client.post("/api/v1/join", json={"link": link}), status, code)
        assert (await client.post("/api/v1/join", json={"link": invited.link})).status_code == 200


async def test_joined_profiles_are_one_interview(served: Any) -> None:
    """An applicant in the EU for a job at a Chinese bank: the strictest of both, and every door copes with it."""
    invited = await served.invite(profile="cn-bank+eu")
    async with invited.talk() as talk:
        assert "face_analysis" not in {item["key"] for item in talk.joined["consent"]["items"]}
        await talk.consent()
        await talk.phase(Phase.PRACTICE)


async def test_progress_is_the_candidates_own(served: Any, problem: Any) -> None:
    invited, other = await served.invite(), await served.invite()
    token, foreign = (await invited.join())["session_token"], (await other.join())["session_token"]
    path = f"/api/v1/interviews/{invited.interview_id}/status"
    async with served.client() as client:
        mine = await client.get(path, headers={"Authorization": f"Bearer {token}"})
        problem(await client.get(path, headers={"Authorization": f"Bearer {foreign}"}), 403, "not_allowed")
        problem(await client.get(path), 401, "not_signed_in")
    assert mine.json()["stage"] == "invited"
    assert [stage["done"] for stage in mine.json()["stages"]] == [True, False, False, False]


# --------------------------------------------------------------------------- hello
async def test_a_connection_that_may_not_come_in(served: Any, bystander: Any) -> None:
    signer = Signer(served.settings.signing_secret())
    invited, other = await served.invite(), await served.invite()
    here = invited.interview_id
    foreign = (await other.join())["session_token"]
    expired = signer.sign("session", Token(here, wall_ms() - 1))
    unknown = signer.sign("session", Token("iv_nobody", wall_ms() + 9_999))
    assert await raw(served, here, hello("forged")) == (["not_signed_in"], 4401)
    assert await raw(served, here, hello(foreign)) == (["not_allowed"], 4401)
    assert await raw(served, here, hello(expired)) == (["session_expired"], 4401)
    assert await raw(served, "iv_nobody", hello(unknown)) == (["interview_unknown"], 4401)
    assert await raw(served, here, '{"type":"ping","id":1}') == (["not_signed_in"], 4401)
    assert await raw(served, here, "not json") == (["message_not_json"], 4400)
    assert await raw(served, here, '{"type":"hello"}') == (["message_invalid"], 4400)
    assert await raw(served, here, "x" * (MAX_MESSAGE_BYTES + 1)) == (["message_too_large"], 4400)
    assert (await raw(served, here, b"x" * 600 * 1024))[1] == 1009


async def test_who_says_nothing_is_not_waited_for(served: Any, monkeypatch: pytest.MonkeyPatch, bystander: Any) -> None:
    invited = await served.invite()
    monkeypatch.setattr(candidate, "FIRST_MESSAGE_S", 0.05)
    monkeypatch.setattr(hr_events, "SILENCE_S", 0.05)
    assert await raw(served, invited.interview_id) == ([], 4401)
    async with connect(f"{served.url.replace('http', 'ws')}/api/v1/hr/events", proxy=None) as socket:
        await asyncio.wait_for(socket.wait_closed(), 10)
        assert socket.close_code == 4401


async def test_who_falls_silent_is_suspected_first_and_the_clock_stands_still(
    served: Any, watch_as_hr: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited = await served.invite()
    async with invited.talk() as talk, watch_as_hr(served) as hr:
        await talk.to_question()
        await hr.say(say.Watch(invited.interview_id))
        await hr.until(say.Watched)
        monkeypatch.setattr(candidate, "SUSPECT_S", 0.1)
        await talk.say(say.Ping(1))  # the limit is read at the next turn
        silent = await talk.until(say.PhaseChanged, lambda state: bool(state.timer and state.timer.paused))
        assert silent.phase is Phase.READING
        monkeypatch.setattr(candidate, "SUSPECT_S", 3.0)
        await talk.say(say.Ping(2))
        heard = await talk.until(say.PhaseChanged)
        assert heard.timer is not None
        assert not heard.timer.paused
        states = []
        while len(states) < 2:
            seen = (await hr.until(say.Watched)).message
            states += [seen.state] if isinstance(seen, say.CandidatePresence) else []
        assert states == ["silent", "here"]
        await talk.say(say.Withdraw())


async def test_who_falls_silent_is_gone(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        await talk.consent()
        await talk.phase(Phase.PRACTICE)
        monkeypatch.setattr(candidate, "SILENCE_S", 0.2)
        monkeypatch.setattr(candidate, "SUSPECT_S", 0.1)
        await talk.say(say.Ping(1))  # the limit is read at the next turn
        assert await talk.closed() == 4408
    live = served.house.switchboard.find(invited.interview_id)
    assert live is not None
    for _ in range(100):
        if not live.connected:
            break
        await asyncio.sleep(0.01)
    assert not live.connected


# --------------------------------------------------------------------------- tabs and drops
async def test_a_second_tab_takes_over_and_the_first_is_told(served: Any, bystander: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as first:
        await first.consent()
        await first.phase(Phase.PRACTICE)
        async with invited.talk() as second:
            welcome = second.seen[0].message
            assert isinstance(welcome, say.Welcome)
            assert welcome.state.phase is Phase.PRACTICE
            assert await first.refused() == "opened_elsewhere"
            assert await first.closed() == 4409
            await second.say(say.Proceed(Phase.PRACTICE))
            await second.phase(Phase.GUIDE)


async def test_an_invitation_taken_back_lets_nobody_in_again(served: Any, talk_class: Any) -> None:
    """Whoever is inside stays; the next connection with the same session token is refused."""
    invited = await served.invite()
    async with invited.talk() as first, served.hr() as hr:
        await first.consent()
        assert (await hr.delete(f"/api/v1/invitations/{invited.invitation_id}")).status_code == 204
        await first.phase(Phase.PRACTICE)
        url = served.url.replace("http", "ws") + str(first.joined["events_url"])
        async with connect(url, compression=None, proxy=None) as socket:
            again = talk_class(socket, first.joined)
            await again.say(say.Hello(str(first.joined["session_token"])))
            assert await again.refused() == "link_revoked"
            assert await again.closed() == 4401


async def test_a_reconnect_gets_exactly_what_it_missed(served: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as first:
        state = await first.to_question()
        seen = max(envelope.seq for envelope in first.seen)
        await first.say(say.StartAnswer(state.question.id))
        await first.say(say.SaveDraft(state.question.id, "第一版", 1))
        await first.until(say.DraftSaved)
    async with invited.talk(last_seen_seq=seen) as again:
        welcome = again.seen[0].message
        assert isinstance(welcome, say.Welcome)
        assert (welcome.draft, welcome.draft_revision) == ("第一版", 1)
        while again.seen[-1].seq != welcome.last_seq:
            await again.hear()
        missed = [envelope.seq for envelope in again.seen if envelope.seq]
        assert missed == list(range(seen + 1, welcome.last_seq + 1))


async def test_the_pages_language_counts_from_the_first_word(served: Any) -> None:
    invited = await served.invite(language="zh")
    joined = await invited.join()
    async with connect(events_url(served, invited.interview_id), proxy=None) as socket:
        await socket.send(codec.encode(say.Hello(joined["session_token"], 0, "en")).decode())
        welcome = codec.decode_envelope(await socket.recv()).message
    assert isinstance(welcome, say.Welcome)
    assert welcome.language == "en"


# --------------------------------------------------------------------------- rubbish on an open connection
async def test_rubbish_is_refused_message_by_message_and_the_interview_goes_on(served: Any, bystander: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        for frame, code in (
            ("nonsense", "message_not_json"),
            ('{"type":"grant_full_marks"}', "message_invalid"),
            ('{"type":"ping","id":"seven"}', "message_invalid"),
            ("[" * 5_000, "message_invalid"),
            ("y" * (MAX_MESSAGE_BYTES + 1), "message_too_large"),
            (hello("x"), "request_invalid"),
        ):
            await talk.socket.send(frame)
            assert await talk.refused() == code
        await talk.say(say.Proceed(Phase.GUIDE))
        assert await talk.refused() == "wrong_phase"
        await talk.consent()
        await talk.phase(Phase.PRACTICE)


async def test_who_says_nothing_but_rubbish_is_cut(served: Any, bystander: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        for _ in range(sockets.BAD_MESSAGES_LIMIT):
            await talk.socket.send("rubbish")
        assert await talk.closed() == 4400


async def test_consent_to_other_words_is_no_consent(served: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        await talk.say(say.GiveConsent(ALL_CONSENT, "1999-12/nowhere", "zh"))
        assert await talk.refused() == "consent_outdated"
        await talk.consent()
        await talk.phase(Phase.PRACTICE)


async def test_a_flood_is_answered_or_refused_and_disturbs_nobody(served: Any, bystander: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        state = await talk.to_question()

        async def flood() -> None:
            for number in range(2_000):
                await talk.say(say.ChooseMode(state.question.id, "voice"))
                if number % 400 == 0:
                    assert await bystander.alive()

        flooding = asyncio.create_task(flood())
        codes = [await talk.refused() for _ in range(2_000)]
        await flooding
        assert set(codes) <= {"mode_not_offered", "too_many_messages"}
        assert await talk.alive()


async def test_the_server_that_is_full_says_when_to_come_back(served: Any, bystander: Any) -> None:
    invited = await served.invite()
    token = (await invited.join())["session_token"]
    board = served.house.switchboard
    before = board.admission.rules
    board.admission.rules = replace(before, capacity=board.active)
    try:
        async with connect(events_url(served, invited.interview_id), proxy=None) as socket:
            await socket.send(hello(token))
            refused = codec.decode_envelope(await socket.recv()).message
            assert isinstance(refused, say.Refused)
            assert (refused.code, refused.retry, refused.retry_after_s) == ("server_full", True, 2.0)
            assert refused.place == 1
            await socket.wait_closed()
            assert socket.close_code == 4503
    finally:
        board.admission.rules = before


async def test_an_error_of_ours_ends_the_connection_and_is_not_explained(
    served: Any, monkeypatch: pytest.MonkeyPatch, bystander: Any
) -> None:
    async def broken(*_anything: object) -> bool:
        raise RuntimeError("a secret of the inside")

    invited = await served.invite()
    async with invited.talk() as talk:
        monkeypatch.setattr(candidate, "_noted", broken)
        await talk.consent()
        assert await talk.closed() == 1011
        assert "secret" not in (talk.socket.close_reason or "")


# --------------------------------------------------------------------------- media
def token_frame(talk: Any) -> str:
    return json.dumps({"token": talk.joined["session_token"]})


GARBAGE = ["", "garbage", "v=0\r\n", "v=0\r\n" * 10_000, "\x00" * 100, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"]


async def test_media_before_consent_is_not_even_negotiated(served: Any, problem: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        headers = {"Authorization": f"Bearer {talk.joined['session_token']}", "Content-Type": "application/sdp"}
        async with served.client() as client:
            answer = await client.post(talk.joined["whip_url"], content="v=0", headers=headers)
        problem(answer, 403, "consent_missing")
        async with connect(served.url.replace("http", "ws") + talk.joined["media_url"], proxy=None) as socket:
            await socket.send(token_frame(talk))
            await socket.wait_closed()
            assert (socket.close_code, socket.close_reason) == (4401, "consent_missing")


async def test_sdp_garbage_is_refused_and_deafens_nobody(served: Any, problem: Any, bystander: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        await talk.consent(ALL_CONSENT)
        await talk.phase(Phase.DEVICE_CHECK)
        live = served.house.switchboard.find(invited.interview_id)
        sink = live.listening.connect("websocket")
        headers = {"Authorization": f"Bearer {talk.joined['session_token']}", "Content-Type": "application/sdp"}
        async with served.client() as client:
            for sdp in GARBAGE:
                answer = await client.post(talk.joined["whip_url"], content=sdp, headers=headers)
                problem(answer, answer.status_code, answer.json()["code"])
                assert answer.status_code in (400, 413)
            big = await client.post(talk.joined["whip_url"], content="v" * 70_000, headers=headers)
            problem(big, 413, "message_too_large")
            latin = await client.post(talk.joined["whip_url"], content=b"\xff\xfe", headers=headers)
            problem(latin, 400, "sdp_invalid")
            headers["Content-Type"] = "text/plain"
            wrong = await client.post(talk.joined["whip_url"], content="v=0", headers=headers)
            problem(wrong, 415, "media_type_unsupported")
            headers["Content-Type"] = "application/sdp"
            nothing = await client.delete(f"{talk.joined['whip_url']}/nothing", headers=headers)
            problem(nothing, 404, "connection_unknown")
        assert live.listening.sink is sink
        assert await talk.alive()


async def test_a_patch_names_the_ice_session_it_belongs_to(served: Any, problem: Any) -> None:
    """RFC 9725, section 4.3.1 and 4.3.2."""
    invited = await served.invite()
    async with invited.talk() as talk:
        await talk.consent(ALL_CONSENT)
        await talk.phase(Phase.DEVICE_CHECK)
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTransceiver("audio", direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
        bearer = {"Authorization": f"Bearer {talk.joined['session_token']}"}
        async with served.client() as client:
            options = await client.options(talk.joined["whip_url"])
            assert options.headers["Accept-Post"] == "application/sdp"
            sdp = bearer | {"Content-Type": "application/sdp"}
            made = await client.post(talk.joined["whip_url"], content=peer.localDescription.sdp, headers=sdp)
            assert made.status_code == 201
            assert made.headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"
            resource, etag = made.headers["Location"], made.headers["ETag"]

            async def patch(match: str | None, kind: str = "application/trickle-ice-sdpfrag") -> httpx.Response:
                headers = bearer | {"Content-Type": kind} | ({"If-Match": match} if match else {})
                fragment = "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n"
                return await client.patch(resource, content=fragment, headers=headers)

            problem(await patch(None), 428, "precondition_required")
            problem(await patch('"another"'), 412, "precondition_failed")
            problem(await patch("*"), 422, "ice_restart_unsupported")
            problem(await patch(etag, "text/plain"), 415, "media_type_unsupported")
            assert (await patch(f'"another", {etag}')).status_code == 204
            assert (await client.get(talk.joined["whip_url"], headers=bearer)).status_code == 405
            assert (await client.delete(resource, headers=bearer)).status_code == 200
            problem(await patch(etag), 404, "connection_unknown")
        await peer.close()


async def test_media_need_a_live_interview_and_its_own_token(served: Any, problem: Any) -> None:
    invited, other = await served.invite(), await served.invite()
    joined, foreign = await invited.join(), (await other.join())["session_token"]
    sdp = {"Content-Type": "application/sdp"}
    async with served.client() as client:
        mine = {"Authorization": f"Bearer {joined['session_token']}"} | sdp
        theirs = {"Authorization": f"Bearer {foreign}"} | sdp
        problem(await client.post(joined["whip_url"], content="v=0", headers=mine), 409, "not_live")
        problem(await client.post(joined["whip_url"], content="v=0", headers=theirs), 403, "not_allowed")
        problem(await client.post(joined["whip_url"], content="v=0", headers=sdp), 401, "not_signed_in")
    async with served.hr() as hr:
        path = f"/api/v1/interviews/{invited.interview_id}"
        problem(await hr.get(f"{path}/still"), 409, "not_live")
        problem(await hr.post(f"{path}/whep", content="v=0", headers=sdp), 409, "not_live")


async def test_a_media_socket_with_rubbish_is_cut_and_the_interview_goes_on(
    served: Any, monkeypatch: pytest.MonkeyPatch, bystander: Any
) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        await talk.consent(ALL_CONSENT)
        await talk.phase(Phase.DEVICE_CHECK)
        url = served.url.replace("http", "ws") + talk.joined["media_url"]
        for first, code in (("rubbish", 4401), ('{"token": "forged"}', 4401), (b"\xff\xfe", 4401)):
            async with connect(url, proxy=None) as socket:
                await socket.send(first)
                await asyncio.wait_for(socket.wait_closed(), 10)
                assert socket.close_code == code
        async with connect(url, proxy=None) as socket:
            await socket.send(token_frame(talk))
            for _ in range(30):
                await socket.send(b"\x00" * 40)
            with contextlib.suppress(ConnectionClosed):
                async with asyncio.timeout(10):
                    assert json.loads(await socket.recv()) == {"type": "takes", "takes": []}
                    while True:
                        assert json.loads(await socket.recv())["code"] == "frame_version_unknown"
            assert socket.close_code == 4400
        monkeypatch.setattr(media_socket, "SILENCE_S", 0.05)
        async with connect(url, proxy=None) as socket:
            await socket.send(token_frame(talk))
            await asyncio.wait_for(socket.wait_closed(), 10)
            assert socket.close_code == 4408
        assert await talk.alive()
