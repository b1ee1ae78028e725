"""Who hears and sees the candidate: media connections come and go, answers open and close; here they meet.

A ``ConnectionSink`` is one transport's way in. Only the newest counts: a packet of an older connection is dropped,
so a second tab or a late network can never speak into somebody's answer. While an answer is open its ``AnswerEar``
gets the media, in answer time; between answers nothing is decoded, recorded or analysed.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from realtime.inference.bus import Inference
from realtime.interview.effects import CloseAnswer, OpenAnswer
from realtime.interview.events import InterviewEvent, MediaChanged, MediaGap, TakeGrew
from realtime.interview.plan import InterviewPlan
from realtime.interview.timeline import Gap, Timeline
from realtime.live.archive import Archive, TakeKey
from realtime.live.clock import InterviewClock
from realtime.live.ear import AnswerEar, Senses
from realtime.live.settling import Settling
from realtime.media.ingest import AudioChunk, EncodedFrame, MediaControl, VideoPicture
from realtime.perception.face import OwnFace
from realtime.protocol.messages import Level, ServerMessage, Transport
from realtime.protocol.text import AnswerMode, Language

log = logging.getLogger("viva.listening")

LEVEL_INTERVAL_MS = 250
PICTURES_PER_SECOND = 3.0


class ConnectionSink:
    """``MediaSink`` of one media connection. Everything it says is passed on only while it is the newest."""

    def __init__(self, listening: "Listening", transport: Transport) -> None:
        self.transport = transport
        self.control: MediaControl | None = None
        self.take: int | None = None
        """What the sound belongs to just now; None: this transport does not know about takes."""
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
        self.take = take
        if self._current:
            self._listening.follow_take(take, zero_ms, from_ms)

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
        self,
        plan: InterviewPlan,
        inference: Inference,
        clock: InterviewClock,
        senses: Senses,
        archive: Archive,
        settling: Settling,
    ) -> None:
        self.sink: ConnectionSink | None = None
        self.transport: Transport = "none"
        self._plan = plan
        self._inference = inference
        self.archive = archive
        self._settler = settling
        self._clock = clock
        self._senses = senses
        self._tell: Callable[[InterviewEvent], bool] = lambda _event: False
        self._say: Callable[[ServerMessage], None] = lambda _message: None
        self._ear: AnswerEar | None = None
        self._own_face = OwnFace()
        self._settling: set[asyncio.Task[None]] = set()
        self._timeline = Timeline()
        self._stream_ms: float | None = None
        self._lost_at_ms: int | None = None
        self._level_said_ms = -LEVEL_INTERVAL_MS
        self._hearing = False
        self._seeing = False
        self._knows_takes = False
        """A device that has never named a take may not know how: it is heard as it comes."""

    def bind(self, tell: Callable[[InterviewEvent], bool], say: Callable[[ServerMessage], None]) -> None:
        """``tell``: hand an event to the interview; ``say``: an ephemeral message to candidate and watchers."""
        self._tell = tell
        self._say = say
        self._settler.bind(tell)
        self.archive.grew = lambda key: tell(TakeGrew(key.question_id))

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
            self._ear.abandon()  # the same answer turned from typing to speaking: its media begin now
        self._ear = AnswerEar(
            answer,
            self._plan,
            self._inference,
            self._senses,
            tell=self._tell,
            language=language,
            already_ms=already_ms,
            own_face=self._own_face,
        )
        self.steer()
        if self.sink is not None and self.sink.control is not None:
            self.sink.control.request_key_frame()  # a recording can only begin with one

    async def restore(self, opened: tuple[OpenAnswer, int] | None, unsettled: list[CloseAnswer]) -> None:
        """The takes of a process before this one: what the device has not sent is still welcome, and what was not
        settled is."""
        answers: list[OpenAnswer | CloseAnswer] = [*unsettled, *([opened[0]] if opened else [])]
        await self.archive.restore(
            TakeKey(answer.take, answer.question_id, answer.attempt) for answer in answers if answer.take
        )
        for answer in unsettled:
            self.settle(answer)

    def close_answer(self, answer: CloseAnswer) -> None:
        ear, self._ear = self._ear, None
        self._timeline.close()
        self.steer()
        self.settle(answer, ear)

    def settle(self, answer: CloseAnswer, ear: AnswerEar | None = None) -> None:
        """``ear`` None: the process that heard this answer is gone, or nobody listened to it."""
        task = asyncio.create_task(self._settler.settle(answer, ear), name=f"settle {answer.question_id}")
        self._settling.add(task)
        task.add_done_callback(self._settled)

    def _settled(self, task: "asyncio.Task[None]") -> None:
        self._settling.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an answer of %s did not settle", self._plan.interview_id, exc_info=error)

    @property
    def settling(self) -> bool:
        """There is something to do that nobody else has to come for."""
        return len(self._settling) > self._settler.waiting

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
            ear.abandon()
        await self.end_media()
        await self.archive.close()

    # ------------------------------------------------------------------ media
    def follow_take(self, take: int, zero_ms: float, from_ms: float) -> None:
        """The device says itself where its sound lies in the answer; nothing has to be guessed from arrivals."""
        self._knows_takes = self._knows_takes or take > 0
        ear = self._ear
        if ear is None or not take or ear.take != take:
            return
        self._lost_at_ms = None
        self._found_gap(self._timeline.align(zero_ms, from_ms))

    def _found_gap(self, gap: Gap | None) -> None:
        if gap is not None and self._ear is not None and gap.end_ms > gap.start_ms:
            self._ear.gap(gap.start_ms, gap.end_ms)
            self._tell(MediaGap(self._ear.question_id, gap.start_ms, gap.end_ms, "disconnected"))

    @property
    def _listener(self) -> AnswerEar | None:
        """Who hears what comes now: nobody, while the device is not speaking into the answer's take yet."""
        ear, sink = self._ear, self.sink
        if ear is None or not self._hearing or sink is None:
            return None
        elsewhere = self._knows_takes and ear.take and sink.take not in (None, ear.take)
        return None if elsewhere else ear

    def _answer_ms(self, stream_ms: float) -> int | None:
        """Answer time of a moment of the stream; the first moment after a loss closes the gap."""
        if self._lost_at_ms is not None:
            away_ms = self._clock.now_ms() - self._lost_at_ms
            self._lost_at_ms = None
            self._found_gap(self._timeline.resumed(stream_ms, away_ms))
        return self._timeline.to_answer_ms(stream_ms)

    def audio(self, chunk: AudioChunk) -> None:
        self._stream_ms = chunk.end_ms
        ear = self._listener
        if ear is None:
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
        ear = self._listener
        if ear is None:
            return
        begins, ends = self._answer_ms(start_ms), self._answer_ms(end_ms)
        if begins is not None and ends is not None and ends > begins:
            ear.gap(begins, ends)
            self._tell(MediaGap(ear.question_id, begins, ends, cause))

    def encoded(self, frame: EncodedFrame) -> None:
        if frame.codec == "opus" and (self._stream_ms is None or frame.start_ms > self._stream_ms):
            self._stream_ms = frame.start_ms
        ear = self._listener
        at_ms = None if ear is None else self._answer_ms(frame.start_ms)
        if ear is None or at_ms is None:
            return
        ear.came(frame, at_ms, seeing=self._seeing)
        in_take = frame.codec == "opus" and self.sink is not None and bool(self.sink.take)
        if ear.take and not in_take and frame.codec != "jpeg":
            self.archive.record_live(ear.take, frame, at_ms)

    def picture(self, picture: VideoPicture) -> None:
        ear = self._ear
        if ear is None or not self._seeing:
            return
        at_ms = self._answer_ms(picture.start_ms)
        if at_ms is not None:
            ear.see(picture.rgb, at_ms)
