"""One virtual candidate: joins by a link like anybody else and goes through the whole interview.

It knows the wire protocol and nothing of the server's inside. What it does at each step is decided by what the
server says (``PhaseChanged``), never by waiting a while and hoping.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from loadtest.media import face_frames, face_stills, speech_packets
from loadtest.transports import MediaWay, WebRtc, WebSocketMedia
from realtime.protocol import codec
from realtime.protocol import messages as say
from realtime.protocol.text import Language, Phase


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a candidate acts, in seconds. ``breath_s``: between reading and speaking, and between the last word
    and "I have finished" (nobody presses the button while still speaking). ``typing_s``: for twenty characters."""

    ping_s: float = 1.0
    breath_s: float = 0.8
    typing_s: float = 0.1


HUMAN = Pace()


@dataclass(frozen=True, slots=True)
class Spoken:
    answer_id: str


@dataclass(frozen=True, slots=True)
class Typed:
    text: str


Reply = Spoken | Typed


@dataclass(frozen=True, slots=True)
class Script:
    """What the candidate will say: to the practice question, then to each question in order."""

    practice: Spoken | None
    replies: tuple[Reply, ...]
    language: Language = "zh"
    consent: say.ConsentItems = field(
        default_factory=lambda: say.ConsentItems(
            recording=True, speech_to_text=True, voice_analysis=True, face_analysis=True
        )
    )


class InterviewRefused(Exception):
    """The server refused; ``code`` and the English words are its own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(slots=True)
class Outcome:
    """What the candidate has seen, for whoever sent it. Times in seconds."""

    finished: say.Finished | None = None
    messages: int = 0
    captions: int = 0
    prompts: list[str] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    joined_s: float = 0.0
    media_s: float = 0.0
    finished_at_s: float = 0.0


Heard = Callable[[say.Envelope], None]


class VirtualCandidate:
    """``heard`` is called with everything the server says, in order."""

    def __init__(
        self,
        link: str,
        script: Script,
        *,
        transport: str = "webrtc",
        heard: Heard = lambda _e: None,
        pace: Pace = HUMAN,
    ) -> None:
        self._base_url, _, self._link = link.partition("/i/")
        self._script = script
        self._transport = transport
        self._heard = heard
        self._pace = pace
        self._socket: ClientConnection
        self._media: MediaWay | None = None
        self._acting: asyncio.Task[None] | None = None
        self._practised = False
        self._where: tuple[Phase, str] | None = None
        self.outcome = Outcome()

    async def run(self) -> Outcome:
        """The whole interview. Raises ``InterviewRefused`` or ``MediaRefused``."""
        began = time.monotonic()
        await asyncio.to_thread(self._prepare)
        welcome = await self._join()
        url = self._base_url.replace("http", "ws", 1) + str(welcome["events_url"])
        async with connect(url, compression=None, proxy=None) as self._socket:
            await self._say(say.Hello(str(welcome["session_token"]), 0, self._script.language))
            self.outcome.joined_s = time.monotonic() - began
            pinging = asyncio.create_task(self._ping(), name="ping")
            try:
                await self._listen(welcome)
            finally:
                pinging.cancel()
                if self._acting is not None:
                    self._acting.cancel()
                if self._media is not None:
                    await self._media.close()
        return self.outcome

    def _prepare(self) -> None:
        """Everything is encoded before joining: a candidate that stutters because it still encodes measures itself."""
        for reply in (self._script.practice, *self._script.replies):
            if isinstance(reply, Spoken):
                speech_packets(reply.answer_id)
        face_frames() if self._transport == "webrtc" else face_stills()

    async def _join(self) -> dict[str, object]:
        async with httpx.AsyncClient(base_url=self._base_url, trust_env=False, timeout=30) as client:
            answer = await client.post("/api/v1/join", json={"link": self._link})
        body: dict[str, object] = answer.json()
        if answer.status_code != 200:
            raise InterviewRefused(str(body.get("code")), str(body.get("title")))
        return body

    async def _say(self, message: say.CandidateMessage) -> None:
        await self._socket.send(codec.encode(message).decode())

    async def _ping(self) -> None:
        number = 0
        with suppress(ConnectionClosed):  # whoever listens finds out by itself
            while True:
                await asyncio.sleep(self._pace.ping_s)
                number += 1
                await self._say(say.Ping(number))

    async def _listen(self, welcome: dict[str, object]) -> None:
        try:
            async for data in self._socket:
                if self._acting is not None and self._acting.done() and not self._acting.cancelled():
                    self._acting.result()  # an error while acting ends the candidate, with its reason
                envelope = codec.decode_envelope(data)
                self._heard(envelope)
                self.outcome.messages += 1
                match envelope.message:
                    case say.Welcome(state=state):
                        self._enter(state, welcome)
                    case say.PhaseChanged() as state:
                        self._enter(state, welcome)
                    case say.Caption():
                        self.outcome.captions += 1
                    case say.PromptShown(kind=kind):
                        self.outcome.prompts.append(kind.value)
                    case say.Refused(code=code, message=message):
                        raise InterviewRefused(code, message.en)
                    case say.Finished() as finished:
                        self.outcome.finished = finished
                        self.outcome.finished_at_s = time.monotonic()
                        return
                    case _:
                        pass
        except ConnectionClosed:
            if self.outcome.finished is None:
                raise

    def _enter(self, state: say.PhaseChanged, welcome: dict[str, object]) -> None:
        """Starts what this phase asks of a candidate; what it was doing for the phase before is dropped."""
        key = (state.phase, state.question.id if state.question else "")
        if key == self._where:
            return  # the same phase again, with another timer or mode
        self._where = key
        self.outcome.phases.append(state.phase)
        if self._acting is not None and not self._acting.done():
            if state.phase in (Phase.GRACE, Phase.PAUSED, Phase.INTERRUPTED):
                return
            self._acting.cancel()
        self._acting = asyncio.create_task(self._do(state, welcome), name=f"acting in {state.phase}")

    async def _do(self, state: say.PhaseChanged, welcome: dict[str, object]) -> None:
        match state.phase:
            case Phase.CONSENT:
                consent = welcome["consent"]
                assert isinstance(consent, dict)
                version = str(consent["version"])
                await self._say(say.GiveConsent(self._script.consent, version, self._script.language))
            case Phase.DEVICE_CHECK:
                await self._open_media(welcome)
                await self._say(
                    say.ReportDevices("ok", "ok", "webrtc" if self._transport == "webrtc" else "websocket", True, -18.0)
                )
                await self._say(say.Proceed(Phase.DEVICE_CHECK))
            case Phase.PRACTICE:
                if self._practised or self._script.practice is None or state.question is None:
                    await self._say(say.Proceed(Phase.PRACTICE))
                else:
                    self._practised = True
                    await self._say(say.StartAnswer(state.question.id))
            case Phase.GUIDE:
                await self._say(say.Proceed(Phase.GUIDE))
            case Phase.READING:
                assert state.question is not None
                await asyncio.sleep(self._pace.breath_s)
                reply = self._reply(state.question)
                if isinstance(reply, Typed):
                    await self._say(say.ChooseMode(state.question.id, "text"))
                await self._say(say.StartAnswer(state.question.id))
            case Phase.ANSWERING:
                assert state.question is not None
                await self._answer(state.question)
            case _:
                pass

    async def _open_media(self, welcome: dict[str, object]) -> None:
        token = str(welcome["session_token"])
        began = time.monotonic()
        if self._media is None:
            if self._transport == "webrtc":
                self._media = WebRtc(self._base_url, str(welcome["whip_url"]), token)
            else:
                self._media = WebSocketMedia(self._base_url, str(welcome["media_url"]), token)
            await self._media.open()
        self.outcome.media_s = time.monotonic() - began

    def _reply(self, question: say.Question) -> Reply:
        if question.practice:
            assert self._script.practice is not None
            return self._script.practice
        return self._script.replies[(question.index - 1) % len(self._script.replies)]

    async def _answer(self, question: say.Question) -> None:
        reply = self._reply(question)
        if isinstance(reply, Typed):
            for revision, upto in enumerate(range(20, len(reply.text) + 20, 20), start=1):
                await self._say(say.SaveDraft(question.id, reply.text[:upto], revision))
                await asyncio.sleep(self._pace.typing_s)
        else:
            assert self._media is not None
            await self._media.speak(speech_packets(reply.answer_id))
            await asyncio.sleep(self._pace.breath_s)
        await self._say(say.FinishAnswer(question.id))
