"""A virtual candidate against a scripted server: real HTTP and WebSockets on loopback, the other side's lines written
out in each test. Nobody waits: the next line is said when the one before has been answered."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from loadtest import media
from loadtest.candidate import Outcome, Pace, Script, Spoken, Typed, VirtualCandidate
from loadtest.conversation import InterviewRefused
from loadtest.transports import MediaRefused
from realtime.protocol import codec
from realtime.protocol import messages as say
from realtime.protocol.frames import FrameKind, MediaFrame, decode_frame
from realtime.protocol.media_messages import Takes, encode_media
from realtime.protocol.text import Bilingual, Fault, Phase, PromptKind

QUICK = Pace(ping_s=0.02, breath_s=0.0, typing_s=0.0)
PATIENCE_S = 30
PACKETS = 6
"""Of each recorded answer: 0.36 s are as good as twelve, and are spoken in real time."""
LONG_ANSWER = "en-complaint"
TYPED = "我会先请客户坐下，听他说完，再和他一起看合同里的每一条，最后把结果写下来，请主管确认。"
SCRIPT = Script(Spoken("zh-introduction"), (Spoken("zh-returns"), Typed(TYPED)), language="en")
TEXT = Bilingual(zh="文本", en="text")
Message = TypeVar("Message")


@pytest.fixture(autouse=True)
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtest.candidate.speech_packets", short)


# --------------------------------------------------------------------------- the other side
@dataclass
class Talk:
    """The server's end of the interview's WebSocket. Pings are answered in passing."""

    socket: WebSocket
    pings: list[int] = field(default_factory=list)
    seq: int = 0

    async def tell(self, message: say.ServerMessage) -> None:
        self.seq += 1
        await self.socket.send_text(codec.encode(say.Envelope(self.seq, 0, message)).decode())

    async def move_to(self, phase: Phase, question: say.Question | None = None, reason: str = "") -> None:
        await self.tell(say.PhaseChanged(phase, question, reason=reason))

    async def next(self) -> say.CandidateMessage:
        while True:
            message = codec.decode_candidate(await self.socket.receive_text())
            if not isinstance(message, say.Ping):
                return message
            self.pings.append(message.id)
            await self.socket.send_text(codec.encode(say.Envelope(0, 0, say.Pong(message.id))).decode())

    async def hear(self, kind: type[Message]) -> Message:
        message = await self.next()
        assert isinstance(message, kind), f"expected {kind.__name__}, heard {message}"
        return message

    async def welcome(self, phase: Phase = Phase.CONSENT) -> say.Hello:
        hello = await self.hear(say.Hello)
        state = say.PhaseChanged(phase)
        await self.tell(say.Welcome("i-1", 1, "zh", TEXT, TEXT, state, last_seq=0))
        return hello

    async def finish(self) -> list[say.CandidateMessage]:
        """What the candidate still said before it hung up."""
        await self.tell(say.Finished("finished", 2, 2, recorded_ms=720, typed_answers=1))
        return await self.until_hung_up()

    async def until_hung_up(self) -> list[say.CandidateMessage]:
        heard: list[say.CandidateMessage] = []
        try:
            while True:
                heard.append(await self.next())
        except WebSocketDisconnect:
            return heard


Scene = Callable[["Scripted", Talk], Awaitable[None]]


@dataclass
class Scripted:
    """``join``: status and body of the answer to ``POST /join``."""

    scene: Scene
    join: tuple[int, dict[str, Any]] | None = None
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    media_token: str = ""
    frames: list[MediaFrame] = field(default_factory=list)
    media_socket: WebSocket | None = None
    failures: list[Exception] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v1/join", self._join, methods=["POST"]),
                Route("/api/v1/interviews/i-1/whip", self._whip, methods=["POST"]),
                WebSocketRoute("/api/v1/interviews/i-1/events", self._events),
                WebSocketRoute("/api/v1/interviews/i-1/media", self._media),
            ]
        )

    async def _join(self, request: Request) -> JSONResponse:
        self.asked.append(await request.json())
        here = "/api/v1/interviews/i-1"
        urls = {f"{name}_url": f"{here}/{name}" for name in ("events", "whip", "media")}
        body = {"session_token": "session-1", "consent": {"version": "2024-1"}, **urls}
        status, body = self.join or (200, body)
        return JSONResponse(body, status_code=status)

    async def _whip(self, request: Request) -> JSONResponse:
        assert request.headers["authorization"] == "Bearer session-1"
        assert (await request.body()).startswith(b"v=0")
        return JSONResponse({"code": "server_full", "title": "no room"}, status_code=503)

    async def _events(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            await self.scene(self, Talk(socket))
            if WebSocketState.DISCONNECTED not in (socket.client_state, socket.application_state):
                await socket.close()
        except Exception as failure:  # the boundary of a task: the test raises it
            self.failures.append(failure)

    async def _media(self, socket: WebSocket) -> None:
        await socket.accept()
        self.media_socket = socket
        self.media_token = (await socket.receive_json())["token"]
        await socket.send_text(encode_media(Takes([])).decode())
        try:
            while (message := await socket.receive())["type"] != "websocket.disconnect":
                if message.get("bytes"):
                    self.frames.append(decode_frame(message["bytes"]))
        except WebSocketDisconnect:
            pass


@asynccontextmanager
async def scripted(scene: Scene, join: tuple[int, dict[str, Any]] | None = None) -> AsyncIterator[Scripted]:
    other = Scripted(scene, join)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        other.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(other.app(), log_level="error", ws="websockets-sansio", lifespan="off", loop="asyncio")
        )
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            async with asyncio.timeout(PATIENCE_S):
                yield other
        finally:
            server.should_exit = True
            await serving
    if other.failures:
        raise other.failures[0]


async def send(
    other: Scripted,
    script: Script = SCRIPT,
    *,
    transport: str = "websocket",
    heard: list[say.Envelope] | None = None,
    patience_s: float = 0.0,
) -> Outcome:
    note = heard.append if heard is not None else lambda _: None
    link = f"{other.url}/i/signed.link"
    candidate = VirtualCandidate(link, script, transport=transport, heard=note, pace=QUICK, patience_s=patience_s)
    return await candidate.run()


def question(index: int) -> say.Question:
    return say.Question(f"q{index}", index, 2, TEXT, 60_000, 180_000, practice=index == 0)


# --------------------------------------------------------------------------- the whole way
async def test_a_whole_interview() -> None:
    async def scene(other: Scripted, talk: Talk) -> None:
        hello = await talk.welcome()
        assert (hello.token, hello.last_seen_seq, hello.language) == ("session-1", 0, "en")
        consent = await talk.hear(say.GiveConsent)
        assert (consent.text_version, consent.language) == ("2024-1", "en")
        assert consent.items.recording
        assert consent.items.face_analysis
        await talk.move_to(Phase.DEVICE_CHECK)
        devices = await talk.hear(say.ReportDevices)
        assert (devices.microphone, devices.camera, devices.transport) == ("ok", "ok", "websocket")
        assert (await talk.hear(say.Proceed)).phase is Phase.DEVICE_CHECK
        await practice(talk)
        await talk.move_to(Phase.GUIDE)
        assert (await talk.hear(say.Proceed)).phase is Phase.GUIDE
        await spoken_answer(talk, question(1))
        drafts = await typed_answer(talk, question(2))
        assert [draft.revision for draft in drafts] == list(range(1, len(drafts) + 1))
        assert all(later.text.startswith(draft.text) for draft, later in pairwise(drafts))
        assert drafts[-1].text == TYPED
        assert len(drafts) > 1
        await talk.tell(say.PromptShown("p1", PromptKind.HALF_TIME, "q2"))
        await talk.tell(say.Caption("q1", "u1", 1, "您好", "", True, "zh", 0, 500))
        assert await talk.finish() == []
        assert talk.pings == list(range(1, len(talk.pings) + 1))

    heard: list[say.Envelope] = []
    async with scripted(scene) as other:
        outcome = await send(other, heard=heard)
    assert other.asked == [{"link": "signed.link"}]
    assert other.media_token == "session-1"
    assert outcome.finished is not None
    assert outcome.finished.answered == 2
    assert (outcome.captions, outcome.prompts) == (1, ["half_time"])
    assert outcome.messages == len(heard)
    assert [envelope.seq for envelope in heard if envelope.seq] == list(range(1, 14))
    assert outcome.phases[:3] == [Phase.CONSENT, Phase.DEVICE_CHECK, Phase.PRACTICE]
    assert outcome.phases[-2:] == [Phase.READING, Phase.ANSWERING]
    assert outcome.finished_at_s > 0
    sent_is_what_was_recorded(other.frames)


async def practice(talk: Talk) -> None:
    """Once; when the server offers it again, the candidate goes on."""
    await talk.move_to(Phase.PRACTICE, question(0))
    assert (await talk.hear(say.StartAnswer)).question_id == "q0"
    await talk.move_to(Phase.ANSWERING, question(0))
    assert (await talk.hear(say.FinishAnswer)).question_id == "q0"
    await talk.move_to(Phase.PRACTICE, question(0))
    assert (await talk.hear(say.Proceed)).phase is Phase.PRACTICE


async def spoken_answer(talk: Talk, asked: say.Question) -> None:
    await talk.move_to(Phase.READING, asked)
    assert (await talk.hear(say.StartAnswer)).question_id == asked.id
    await talk.move_to(Phase.ANSWERING, asked)
    assert (await talk.hear(say.FinishAnswer)).question_id == asked.id


async def typed_answer(talk: Talk, asked: say.Question) -> list[say.SaveDraft]:
    await talk.move_to(Phase.READING, asked)
    assert (await talk.hear(say.ChooseMode)).mode == "text"
    assert (await talk.hear(say.StartAnswer)).question_id == asked.id
    await talk.move_to(Phase.ANSWERING, asked)
    drafts: list[say.SaveDraft] = []
    while isinstance(message := await talk.next(), say.SaveDraft):
        drafts.append(message)
    assert message == say.FinishAnswer(asked.id)
    return drafts


def sent_is_what_was_recorded(frames: list[MediaFrame]) -> None:
    """Numbered without a gap; sound end to end; both answers, in order, with silence around them; stills between."""
    sound = [frame for frame in frames if frame.kind is FrameKind.OPUS]
    assert [frame.n for frame in sound] == list(range(len(sound)))
    assert all(frame.live for frame in sound)
    assert [frame.start_ms for frame in sound] == [60 * number for number in range(len(sound))]
    silence = media.silence_packet(60).data
    answers = [packet.data for answer in ("zh-introduction", "zh-returns") for packet in short(answer)]
    assert [frame.payload for frame in sound if frame.payload != silence] == answers
    stills = [frame for frame in frames if frame.kind is FrameKind.JPEG]
    assert stills
    assert {frame.payload for frame in stills} <= set(media.face_stills())


def short(answer: str) -> list[media.OpusPacket]:
    return media.speech_packets(answer)[: None if answer == LONG_ANSWER else PACKETS]


# --------------------------------------------------------------------------- what a candidate does not do
async def test_the_same_phase_told_twice_is_acted_on_once() -> None:
    async def scene(_: Scripted, talk: Talk) -> None:
        await talk.welcome(Phase.GUIDE)
        await talk.hear(say.Proceed)
        await talk.move_to(Phase.GUIDE, reason="another timer")
        assert await talk.finish() == []

    async with scripted(scene) as other:
        assert (await send(other)).phases == [Phase.GUIDE]


async def test_grace_lets_the_sentence_end() -> None:
    async def scene(_: Scripted, talk: Talk) -> None:
        await talk.welcome(Phase.DEVICE_CHECK)
        await talk.hear(say.ReportDevices)
        await talk.hear(say.Proceed)
        await talk.move_to(Phase.ANSWERING, question(1))
        await talk.move_to(Phase.GRACE, question(1))
        assert (await talk.hear(say.FinishAnswer)).question_id == "q1"
        assert await talk.finish() == []

    async with scripted(scene) as other:
        await send(other)


async def test_an_answer_whose_time_is_over_is_neither_finished_nor_spoken_on() -> None:
    async def scene(_: Scripted, talk: Talk) -> None:
        await talk.welcome(Phase.DEVICE_CHECK)
        await talk.hear(say.ReportDevices)
        await talk.hear(say.Proceed)
        await talk.move_to(Phase.ANSWERING, question(1))
        await spoken_answer(talk, question(2))
        assert await talk.finish() == []

    script = Script(None, (Spoken(LONG_ANSWER), Spoken("zh-returns")))
    async with scripted(scene) as other:
        await send(other, script)
    said = [frame.payload for frame in other.frames if frame.kind is FrameKind.OPUS]
    assert short(LONG_ANSWER)[-1].data not in said
    assert short("zh-returns")[-1].data in said


# --------------------------------------------------------------------------- refusals
async def nobody_comes(_: Scripted, talk: Talk) -> None:
    raise AssertionError("a candidate that was refused must not open the interview")


async def test_a_refused_link_says_why() -> None:
    async with scripted(nobody_comes, (410, {"code": "link_expired", "title": "The link has expired."})) as other:
        with pytest.raises(InterviewRefused, match=r"link_expired: The link has expired\.") as refused:
            await send(other)
    assert refused.value.code == "link_expired"


async def test_a_refusal_inside_the_interview_ends_it() -> None:
    async def scene(_: Scripted, talk: Talk) -> None:
        await talk.hear(say.Hello)
        message = Bilingual(zh="另一个页面正在使用", en="Another tab is open.")
        await talk.tell(say.Refused("second_tab", message, retry=False, fault=Fault.CLIENT))
        assert await talk.until_hung_up() == []

    async with scripted(scene) as other:
        with pytest.raises(InterviewRefused, match="Another tab is open") as refused:
            await send(other)
    assert refused.value.code == "second_tab"


async def test_media_that_the_server_refuses_end_the_candidate_with_the_servers_word() -> None:
    async def scene(_: Scripted, talk: Talk) -> None:
        await talk.welcome(Phase.DEVICE_CHECK)
        assert await talk.until_hung_up() == []

    async with scripted(scene) as other:
        with pytest.raises(MediaRefused, match="HTTP 503") as refused:
            await send(other, transport="webrtc")
    assert refused.value.code == "server_full"


async def test_media_that_break_off_while_it_speaks_are_not_waited_for() -> None:
    async def scene(other: Scripted, talk: Talk) -> None:
        await talk.welcome(Phase.DEVICE_CHECK)
        await talk.hear(say.ReportDevices)
        await talk.hear(say.Proceed)
        assert other.media_socket is not None
        await talk.move_to(Phase.ANSWERING, question(1))
        await other.media_socket.close(1011)
        assert await talk.until_hung_up() == []

    async with scripted(scene) as other:
        with pytest.raises((MediaRefused, ConnectionClosed)):
            await send(other)


async def test_a_server_that_breaks_off_is_an_error() -> None:
    async def scene(_: Scripted, talk: Talk) -> None:
        await talk.welcome(Phase.SCORING)
        await talk.socket.close(1011)

    async with scripted(scene) as other:
        with pytest.raises(ConnectionClosedError):
            await send(other)
