"""Who hears and sees the candidate: media connections come and go, answers open and close; here they meet.

A ``ConnectionSink`` is one transport's way in. Only the newest counts: a packet of an older connection is dropped,
so a second tab or a late network can never speak into somebody's answer. While an answer is open its ``AnswerEar``
gets the media, in answer time; between answers nothing is decoded, recorded or analysed.
"""

import asyncio
from collections.abc import Callable
from typing import Literal

from realtime.inference.bus import Inference
from realtime.interview.effects import CloseAnswer, OpenAnswer
from realtime.interview.events import AnswerTranscribed, InterviewEvent, MediaChanged, MediaGap
from realtime.interview.plan import InterviewPlan
from realtime.interview.timeline import Timeline
from realtime.live.clock import InterviewClock
from realtime.live.ear import AnswerEar, Senses
from realtime.media.ingest import AudioChunk, EncodedFrame, MediaControl, VideoPicture
from realtime.media.object_store import ObjectStore
from realtime.protocol.messages import Level, ServerMessage, Transport
from realtime.protocol.text import AnswerMode, Language

LEVEL_INTERVAL_MS = 250
PICTURES_PER_SECOND = 3.0


class ConnectionSink:
    """``MediaSink`` of one media connection. Everything it says is passed on only while it is the newest."""

    def __init__(self, listening: "Listening", transport: Transport) -> None:
        self.transport = transport
        self.control: MediaControl | None = None
        self._listening = listening

    def use(self, control: MediaControl) -> None:
        """The transport's other half, known after the sink was made."""
        self.control = control
        self._listening.steer()

    def disconnect(self) -> None:
        self._listening.disconnected(self)

    @property
    def _current(self) -> bool:
        return self._listening.sink is self

    def media_changed(self, transport: Transport, connected: bool) -> None:
        if self._current:
            self._listening.media_changed(transport, connected)

    def follow(self, take: int, zero_ms: float, from_ms: float) -> None:
        pass

    def audio(self, chunk: AudioChunk) -> None:
        if self._current:
            self._listening.audio(chunk)

    def audio_gap(self, start_ms: float, end_ms: float, cause: Literal["loss", "disconnected", "overload"]) -> None:
        if self._current:
            self._listening.audio_gap(start_ms, end_ms, cause)

    def encoded(self, frame: EncodedFrame) -> None:
        if self._current:
            self._listening.encoded(frame)

    def picture(self, picture: VideoPicture) -> None:
        if self._current:
            self._listening.picture(picture)


class Listening:
    def __init__(
        self, plan: InterviewPlan, inference: Inference, store: ObjectStore, clock: InterviewClock, senses: Senses
    ) -> None:
        self.sink: ConnectionSink | None = None
        self.transport: Transport = "none"
        self._plan = plan
        self._inference = inference
        self._store = store
        self._clock = clock
        self._senses = senses
        self._tell: Callable[[InterviewEvent], bool] = lambda _event: False
        self._say: Callable[[ServerMessage], None] = lambda _message: None
        self._ear: AnswerEar | None = None
        self._settling: set[asyncio.Task[None]] = set()
        self._timeline = Timeline()
        self._stream_ms: float | None = None
        self._lost_at_ms: int | None = None
        self._level_said_ms = -LEVEL_INTERVAL_MS
        self._hearing = False
        self._seeing = False

    def bind(self, tell: Callable[[InterviewEvent], bool], say: Callable[[ServerMessage], None]) -> None:
        """``tell``: hand an event to the interview; ``say``: an ephemeral message to candidate and watchers."""
        self._tell = tell
        self._say = say

    # ------------------------------------------------------------------ connections
    def connect(self, transport: Transport) -> ConnectionSink:
        """The way in for a new media connection; the one before it is not heard any more."""
        sink = self.prepare(transport)
        self.adopt(sink)
        return sink

    def prepare(self, transport: Transport) -> ConnectionSink:
        """A way in that is not heard before it is adopted."""
        return ConnectionSink(self, transport)

    def adopt(self, sink: ConnectionSink) -> None:
        before, self.sink = self.sink, sink
        self._stream_ms = None
        if before is not None:
            self._mark_lost()

    def disconnected(self, sink: ConnectionSink) -> None:
        if self.sink is sink:
            self.sink = None
            self.media_changed(sink.transport, False)

    def media_changed(self, transport: Transport, connected: bool) -> None:
        self.transport = transport if connected else "none"
        if not connected:
            self._stream_ms = None
            self._mark_lost()
        self._tell(MediaChanged(transport, connected))
        self.steer()

    def _mark_lost(self) -> None:
        if self._lost_at_ms is None:
            self._lost_at_ms = self._clock.now_ms()
            self._timeline.lost()

    async def end_media(self) -> None:
        sink, self.sink = self.sink, None
        if sink is not None and sink.control is not None:
            await sink.control.close()
        self.transport = "none"

    def latest_still(self) -> bytes | None:
        """The newest picture as JPEG, for watchers without WebRTC."""
        control = self.sink.control if self.sink else None
        return control.latest_still() if control else None

    # ------------------------------------------------------------------ answers
    def follow(self, mode: AnswerMode, *, hearing: bool, seeing: bool) -> None:
        """What the interview allows just now; told after every event. Typing, a pause and a missing consent all
        close the ears."""
        hearing = hearing and mode == "voice"
        if (hearing, seeing) != (self._hearing, self._seeing):
            self._hearing, self._seeing = hearing, seeing
            self.steer()

    def open_answer(self, answer: OpenAnswer, language: Language, already_ms: int = 0) -> None:
        """``already_ms``: answer time that went by in a process that is gone."""
        self._timeline = Timeline()
        if already_ms:
            self._timeline.open(0.0)
            self._timeline.to_answer_ms(already_ms)
            self._timeline.lost()
            self._lost_at_ms = self._clock.now_ms()
        else:
            self._timeline.open(self._stream_ms)
            self._lost_at_ms = None if self._stream_ms is not None else self._clock.now_ms()
        if self._ear is not None:
            # The same answer turned from typing to speaking: its media begin now.
            self._keep(asyncio.create_task(self._ear.abandon(), name=f"abandon {answer.question_id}"))
        self._ear = AnswerEar(
            answer,
            self._plan,
            self._inference,
            self._store,
            self._senses,
            tell=self._tell,
            language=language,
            already_ms=already_ms,
        )
        self.steer()
        if self.sink is not None and self.sink.control is not None:
            self.sink.control.request_key_frame()  # a recording can only begin with one

    def close_answer(self, answer: CloseAnswer) -> None:
        ear, self._ear = self._ear, None
        self._timeline.close()
        self.steer()
        if ear is not None:
            self._keep(asyncio.create_task(self._settle(ear), name=f"settle {answer.question_id}"))

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle(self, ear: AnswerEar) -> None:
        transcribed: AnswerTranscribed | None = await ear.settle()
        if transcribed is not None:
            self._tell(transcribed)

    @property
    def settling(self) -> bool:
        return bool(self._settling)

    def steer(self) -> None:
        """Tells the transport what is wanted of it now."""
        control = self.sink.control if self.sink else None
        if control is None:
            return
        control.decode_audio(self._ear is not None and self._hearing)
        control.decode_pictures(PICTURES_PER_SECOND if self._ear is not None and self._seeing else 0.0)

    async def close(self) -> None:
        """The process is leaving. What an answer had is in its recording and in the journal."""
        for task in list(self._settling):
            task.cancel()
        ear, self._ear = self._ear, None
        if ear is not None:
            await ear.abandon()
        await self.end_media()

    # ------------------------------------------------------------------ media
    def _answer_ms(self, stream_ms: float) -> int | None:
        """Answer time of a moment of the stream; the first moment after a loss closes the gap."""
        if self._lost_at_ms is not None:
            away_ms = self._clock.now_ms() - self._lost_at_ms
            self._lost_at_ms = None
            gap = self._timeline.resumed(stream_ms, away_ms)
            if gap is not None and self._ear is not None and gap.end_ms - gap.start_ms > 0:
                self._ear.gap(gap.start_ms, gap.end_ms)
                self._tell(MediaGap(self._ear.question_id, gap.start_ms, gap.end_ms, "disconnected"))
        return self._timeline.to_answer_ms(stream_ms)

    def audio(self, chunk: AudioChunk) -> None:
        self._stream_ms = chunk.end_ms
        ear = self._ear
        if ear is None or not self._hearing:
            return
        start_ms = self._answer_ms(chunk.start_ms)
        if start_ms is None:
            return
        ear.hear(chunk.pcm, start_ms, chunk.concealed)
        now_ms = self._clock.now_ms()
        if now_ms - self._level_said_ms >= LEVEL_INTERVAL_MS:
            self._level_said_ms = now_ms
            self._say(Level(round(chunk.level_dbfs, 1), ear.speaking))

    def audio_gap(self, start_ms: float, end_ms: float, cause: Literal["loss", "disconnected", "overload"]) -> None:
        self._stream_ms = end_ms
        ear = self._ear
        if ear is None or not self._hearing:
            return
        begins, ends = self._answer_ms(start_ms), self._answer_ms(end_ms)
        if begins is not None and ends is not None and ends > begins:
            ear.gap(begins, ends)
            self._tell(MediaGap(ear.question_id, begins, ends, cause))

    def encoded(self, frame: EncodedFrame) -> None:
        ear = self._ear
        if frame.codec == "opus" and (self._stream_ms is None or frame.start_ms > self._stream_ms):
            self._stream_ms = frame.start_ms
        if ear is None or not self._hearing:
            return
        at_ms = self._answer_ms(frame.start_ms)
        if at_ms is not None:
            ear.record(frame, at_ms)

    def picture(self, picture: VideoPicture) -> None:
        ear = self._ear
        if ear is None or not self._seeing:
            return
        at_ms = self._answer_ms(picture.start_ms)
        if at_ms is not None:
            ear.see(picture.rgb, at_ms)
