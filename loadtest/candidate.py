"""One virtual candidate: joins by a link like anybody else and goes through the whole interview.

It knows the wire protocol and nothing of the server's inside. What it does at each step is decided by what the
server says (``PhaseChanged``), never by waiting a while and hoping.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
from websockets.exceptions import WebSocketException

from loadtest.conversation import Conversation, InterviewRefused, Joined
from loadtest.kept_takes import KeptTakes
from loadtest.media import OpusPacket, face_frames, face_stills, speech_packets
from loadtest.sending import Sending
from loadtest.transports import MediaRefused
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
    """``packets``: how many of the recorded answer's packets are said; None: all."""

    answer_id: str
    packets: int | None = None


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


@dataclass(frozen=True, slots=True)
class TakeCount:
    """``saved``: packets that the server acknowledged. ``complete``: what it said when it closed the take."""

    take: int
    packets: int
    saved: int
    closed: bool
    complete: bool


@dataclass(slots=True)
class Outcome:
    """What the candidate has seen, for whoever sent it. Times in seconds. ``away_s``: each time without a connection;
    ``refusals``: codes of those it waited out."""

    finished: say.Finished | None = None
    messages: int = 0
    captions: int = 0
    prompts: list[str] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    joined_s: float = 0.0
    media_s: float = 0.0
    finished_at_s: float = 0.0
    moves: int = 0
    away_s: list[float] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    takes: list[TakeCount] = field(default_factory=list)


MEDIA_TROUBLE = (MediaRefused, WebSocketException, OSError, TimeoutError, httpx.HTTPError)
MEDIA_AGAIN_S = 0.3

Heard = Callable[[say.Envelope], None]


class VirtualCandidate:
    """``heard`` is called with everything the server says, in order. ``patience_s``: how long it tries to be let in,
    at first or again; 0: the first loss or refusal is the end. ``kept``: where it keeps its takes; in a folder, it
    finds them when it was killed."""

    def __init__(
        self,
        link: str,
        script: Script,
        *,
        transport: str = "webrtc",
        heard: Heard = lambda _e: None,
        pace: Pace = HUMAN,
        patience_s: float = 60.0,
        kept: KeptTakes | None = None,
    ) -> None:
        self._base_url, _, self._link = link.partition("/i/")
        self._script = script
        self._transport = transport
        self._heard = heard
        self._pace = pace
        self._patience_s = patience_s
        self._conversation: Conversation
        self._kept = kept or KeptTakes()
        self._sending: Sending | None = None
        self._media_lock = asyncio.Lock()
        self._reopening: asyncio.Task[None] | None = None
        self._said: dict[str, int] = {}
        self._draft: tuple[int, int] = (0, 0)
        self._acting: asyncio.Task[None] | None = None
        self._practised = False
        self._replayed_until = 0
        self._found_open = 0
        """A take that was open already when this device came."""
        self._state = say.PhaseChanged(Phase.INVITED)
        self._where: tuple[Phase, str] | None = None
        self.outcome = Outcome()

    async def run(self) -> Outcome:
        """The whole interview. Raises ``InterviewRefused`` or ``MediaRefused``."""
        began = time.monotonic()
        await asyncio.to_thread(self._prepare)
        welcome = await self._join()
        self._conversation = Conversation(
            Joined.of(self._base_url, welcome),
            self._script.language,
            lambda envelope: self._hear(envelope, welcome, began),
            patience_s=self._patience_s,
            ping_s=self._pace.ping_s,
        )
        try:
            await self._conversation.run()
        finally:
            told = self._conversation
            self.outcome.moves, self.outcome.away_s, self.outcome.refusals = told.moves, told.away_s, told.refusals
            for task in (self._acting, self._reopening):
                if task is not None:
                    task.cancel()
            self.outcome.takes = [
                TakeCount(number, take.next_n, take.through + 1, take.closed, take.complete)
                for number, take in sorted(self._kept.takes.items())
            ]
            if self._sending is not None:
                await self._sending.close()
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
        await self._conversation.tell(message)

    def _hear(self, envelope: say.Envelope, welcome: dict[str, object], began_s: float) -> bool:
        resumes = isinstance(envelope.message, say.Welcome) and self._conversation.welcomes > 1
        if self._acting is not None and self._acting.done() and not self._acting.cancelled() and not resumes:
            self._acting.result()  # an error while acting ends the candidate, with its reason
        self._heard(envelope)
        self.outcome.messages += 1
        if isinstance(envelope.message, say.Welcome):
            self._replayed_until = envelope.message.last_seq  # what follows up to here is older than its state
        match envelope.message:
            case say.Welcome() as back if resumes:
                self._resume(back, welcome)
            case say.Welcome(state=state):
                self.outcome.joined_s = time.monotonic() - began_s
                self._begin(state, welcome)
            case say.PhaseChanged() as state if envelope.seq > self._replayed_until:
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
                return True
            case _:
                pass
        return False

    def _begin(self, state: say.PhaseChanged, welcome: dict[str, object]) -> None:
        """Perhaps in the middle, after having been killed: then what is kept goes out, whatever is asked now."""
        for kept in self._kept.open_takes():
            if kept.number != state.take:
                self._kept.end(kept)
        if any(self._kept.open_takes()):
            self._reopening = asyncio.create_task(self._send_kept(welcome), name="send what is kept")
        self._found_open = state.take
        self._enter(state, welcome)

    async def _send_kept(self, welcome: dict[str, object]) -> None:
        with suppress(*MEDIA_TROUBLE):
            await self._open_media(welcome)

    def _resume(self, back: say.Welcome, welcome: dict[str, object]) -> None:
        """Let in again, perhaps by another process: media are opened anew there, what the phase asks for is done
        again, and an answer goes on where it was."""
        if self._acting is not None:
            self._acting.cancel()
        self._where = None
        if self._sending is not None:
            self._sending.come_back(self._conversation.base_url)
        self._draft = (len(back.draft), max(0, back.draft_revision))
        self._enter(back.state, welcome)

    def _enter(self, state: say.PhaseChanged, welcome: dict[str, object]) -> None:
        """Starts what this phase asks of a candidate; what it was doing for the phase before is dropped."""
        self._state = state
        if self._sending is not None:
            self._sending.follow(state, begun=state.take == self._found_open)
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
                await self._answer(state.question, welcome)
            case _:
                pass

    async def _open_media(self, welcome: dict[str, object]) -> Sending:
        async with self._media_lock:
            began = time.monotonic()
            while self._sending is None:
                sending = self._new_sending(welcome)
                try:
                    await sending.open()
                    self._sending = sending
                except MEDIA_TROUBLE as trouble:
                    await sending.close()
                    wait_s = trouble.retry_after_s if isinstance(trouble, MediaRefused) else MEDIA_AGAIN_S
                    if wait_s is None or time.monotonic() - began >= self._patience_s:
                        raise
                    await asyncio.sleep(wait_s)
            self.outcome.media_s = self.outcome.media_s or time.monotonic() - began
            return self._sending

    def _new_sending(self, welcome: dict[str, object]) -> Sending:
        return Sending(
            self._conversation.base_url,
            {name: Joined.path(str(welcome[name])) for name in ("whip_url", "media_url")},
            str(welcome["session_token"]),
            transport=self._transport,
            kept=self._kept,
            patience_s=self._patience_s,
        )

    def _reply(self, question: say.Question) -> Reply:
        if question.practice:
            assert self._script.practice is not None
            return self._script.practice
        return self._script.replies[(question.index - 1) % len(self._script.replies)]

    async def _speak(self, question_id: str, packets: Sequence[OpusPacket], welcome: dict[str, object]) -> None:
        """From where it was, by its own count or, after having been killed, by what it finds kept."""
        sending = await self._open_media(welcome)
        if question_id not in self._said:
            self._said[question_id] = sending.already_said(self._state.take)
        sending.follow(self._state, begun=self._state.take == self._found_open)
        before = self._said[question_id]
        if before >= len(packets):
            return
        try:
            await sending.speak(packets[before:])
        finally:
            self._said[question_id] = before + sending.spoken

    async def _answer(self, question: say.Question, welcome: dict[str, object]) -> None:
        reply = self._reply(question)
        if isinstance(reply, Typed):
            written, revision = self._draft
            self._draft = (0, 0)
            for upto in range(written + 20, len(reply.text) + 20, 20):
                revision += 1
                await self._say(say.SaveDraft(question.id, reply.text[:upto], revision))
                await asyncio.sleep(self._pace.typing_s)
        else:
            await self._speak(question.id, speech_packets(reply.answer_id)[: reply.packets], welcome)
            await asyncio.sleep(self._pace.breath_s)
        await self._say(say.FinishAnswer(question.id))
