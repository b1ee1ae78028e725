"""One open answer: what is heard and seen becomes requests to the engines and events of the interview.

All times are answer time (media milliseconds since the answer opened). Nothing in here waits on the event loop:
engines are asked in tasks, and what they say comes back as events. ``settle`` is the only wait: for the last words.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from realtime.inference.bus import Inference, InferenceError, Superseded
from realtime.inference.engine import FaceRequest, Pcm, Picture, SpeechRequest
from realtime.inference.ladder import Allowance
from realtime.inference.voice_activity import VoiceActivity
from realtime.interview.effects import OpenAnswer
from realtime.interview.events import (
    CaptionChanged,
    FaceMeasured,
    InterviewEvent,
    LevelMeasured,
    LossMeasured,
    PictureMeasured,
    SpeechEnded,
    SpeechStarted,
    VoiceMeasured,
)
from realtime.interview.plan import InterviewPlan
from realtime.live.traces import Traces
from realtime.media.ingest import EncodedFrame
from realtime.perception import speech as heard
from realtime.perception.commit import DEFAULT_POLICY, POLICIES, CommitPolicy
from realtime.perception.face import FaceTracker, OwnFace
from realtime.perception.level import LevelMeter
from realtime.perception.losses import LossMeter
from realtime.perception.picture import PictureMeter, is_picture
from realtime.perception.speech import SpeechStream
from realtime.perception.terminology import Spelling, hot_words
from realtime.perception.voice import VoiceMeter, VoiceReading
from realtime.protocol.messages import FaceState, VoiceState, Word
from realtime.protocol.text import Language

log = logging.getLogger("viva.ear")

SETTLE_S = 25.0
"""The interview itself stops waiting after ``TimingRules.settle_ms``; the ear stops a little earlier."""

RETRY_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Heard:
    """What the live path made of an answer. ``flawless``: it heard everything and has all last words."""

    transcript: Literal["complete", "partial", "awaiting", "none"]
    audio_ms: int
    flawless: bool


@dataclass(frozen=True, slots=True)
class Senses:
    """What perception needs from outside. ``detector``: voice activity of one stream, judged where it is called.
    ``voices``: of all streams together, off the event loop; None: what is live is judged by a ``detector`` too.
    ``commit``: makes what settles the words of an utterance. ``guard_hits``: where all count what guards threw away.
    ``allowance``: what may be asked of the engines just now. ``traces``: where each utterance's time went."""

    detector: Callable[[], heard.Detect]
    voices: VoiceActivity | None = None
    commit: Callable[[], CommitPolicy] = POLICIES[DEFAULT_POLICY]
    guard_hits: Counter[str] = field(default_factory=Counter)
    allowance: Callable[[], Allowance] = Allowance
    traces: Traces = field(default_factory=Traces)

    def close(self) -> None:
        if self.voices is not None:
            self.voices.stop()


class AnswerEar:
    def __init__(
        self,
        answer: OpenAnswer,
        plan: InterviewPlan,
        inference: Inference,
        senses: Senses,
        *,
        tell: Callable[[InterviewEvent], bool],
        language: Language,
        already_ms: int = 0,
        own_face: OwnFace | None = None,
    ) -> None:
        """``own_face``: the candidate's face at rest, as far as other answers have shown it."""
        self.question_id = answer.question_id
        self.take = answer.take
        self._plan = plan
        self._inference = inference
        self._tell = tell
        engine = inference.speech
        self._engine = str(engine) if engine else ""
        self._stream = SpeechStream(
            plan.interview_id,
            None,
            senses.detector() if senses.voices is None else None,
            utterance_prefix=f"{answer.question_id}.{answer.attempt}.{already_ms}.",
            recognise=engine is not None,
            mels=engine.mels if engine else 0,
            commit=senses.commit,
            guard_hits=senses.guard_hits,
            hot_words=hot_words(plan.glossary, language),
            spelling=Spelling.of(plan.glossary),
        )
        self._allowance = senses.allowance
        self._traces = senses.traces
        self._activity = senses.voices.open() if senses.voices is not None else None
        self._all_judged = asyncio.Event()
        self._level = LevelMeter()
        self._losses = LossMeter()
        self._picture = PictureMeter()
        self._voice = VoiceMeter(language) if plan.voice_analysis_allowed else None
        self._face = FaceTracker(plan.interview_id, own_face or OwnFace())
        self._asking: set[asyncio.Task[None]] = set()
        self._audio_ms = 0
        self._flawless = not already_ms
        """Nothing was lost, concealed or heard by a process that is gone."""

    @property
    def speaking(self) -> bool:
        return self._stream.speaking

    # ------------------------------------------------------------------ sound
    def hear(self, pcm: Pcm, start_ms: int, concealed: bool = False) -> None:
        """``concealed``: a guess of the decoder's for sound that did not come."""
        end_ms = start_ms + len(pcm) // 16
        self._audio_ms = max(self._audio_ms, end_ms)
        damaged_ms = self._stream.damaged_ms
        events = self._stream.push(pcm, start_ms)
        lost = concealed or self._stream.damaged_ms > damaged_ms
        self._flawless = self._flawless and not lost
        self._came(start_ms, end_ms, lost=lost)
        self._pass_on(events)
        self._listen()
        speaking = self._stream.speaking
        for reading in self._level.push(pcm, start_ms, speaking):
            pace = self._voice.pace_per_minute if self._voice else None
            self._tell(
                LevelMeasured(
                    self.question_id,
                    reading.media_ms,
                    reading.speech_dbfs,
                    reading.noise_dbfs,
                    reading.clipped_share,
                    pace,
                    reading.high_band_db,
                )
            )
        if self._voice is not None:
            self._describe(self._voice.push(pcm, start_ms, speaking))
        self._ask()

    def _came(self, start_ms: int, end_ms: int, *, lost: bool) -> None:
        for loss in self._losses.push(start_ms, end_ms, lost):
            self._tell(LossMeasured(self.question_id, loss.media_ms, loss.lost_share))
        picture = self._picture.passed(end_ms)
        if picture is not None:
            self._tell(PictureMeasured(self.question_id, picture.media_ms, picture.frozen, picture.light))

    def _describe(self, readings: list[VoiceReading]) -> None:
        for voice in readings:
            self._tell(
                VoiceMeasured(
                    self.question_id,
                    voice.start_ms,
                    voice.end_ms,
                    voice.pitch_hz,
                    voice.pitch_range_semitones,
                    voice.voiced_share,
                    VoiceState(
                        voice.pitch_hz or 0.0,
                        voice.loudness_dbfs,
                        voice.pace_per_minute or 0.0,
                        voice.pause_share,
                    ),
                )
            )

    def gap(self, start_ms: int, end_ms: int) -> None:
        self._flawless = False
        self._pass_on(self._stream.gap(start_ms, end_ms))
        self._came(start_ms, end_ms, lost=True)
        self._listen()
        self._ask()

    def came(self, frame: EncodedFrame, at_ms: int, *, seeing: bool = False) -> None:
        """Something came as it was sent. ``seeing``: pictures are decoded just now, as far as they can be."""
        if frame.codec != "opus":
            self._picture.arrived(at_ms, to_be_seen=seeing)

    def _listen(self) -> None:
        """Whether it is speech is judged for all sessions together; until then the sound waits in the stream."""
        if self._activity is None:
            return
        chunks = self._stream.wants_voice()
        if chunks is not None and not self._activity.ask(chunks, self._judged):
            self._judged(None)

    def _judged(self, probabilities: heard.Probabilities | None) -> None:
        self._pass_on(self._stream.judged(probabilities))
        self._listen()
        if self._stream.judged_all:
            self._all_judged.set()
        self._ask()

    def _ask(self) -> None:
        self._stream.allowance = self._allowance()
        while (request := self._stream.wants()) is not None:
            task = asyncio.create_task(self._recognise(request), name=f"speech {request.utterance_id}")
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _recognise(self, request: SpeechRequest) -> None:
        trace = self._traces.asked(request)
        try:
            result = await self._inference.transcribe(request)
        except Superseded:
            self._traces.failed(trace)
            self._pass_on(self._stream.failed(request.revision))
        except InferenceError as error:
            self._traces.failed(trace)
            # That nobody computes is told once, by whoever watches the engines.
            log.log(
                logging.WARNING if error.tried else logging.DEBUG,
                "speech of %s: %s",
                self._plan.interview_id,
                error.code,
            )
            if request.kind == "final" and error.retry:
                await asyncio.sleep(RETRY_PAUSE_S)  # a full queue needs a moment, and the attempts are counted
            self._pass_on(self._stream.failed(request.revision, retry=error.retry, tried=error.tried))
        else:
            self._traces.answered(trace, result.spent)
            events = self._stream.apply(result)
            if events:
                self._traces.committed(trace)
            self._pass_on(events)
        self._ask()

    def _pass_on(self, events: list[heard.SpeechEvent]) -> None:
        for event in events:
            match event:
                case heard.SpeechStarted(media_ms=at):
                    self._tell(SpeechStarted(self.question_id, at))
                case heard.SpeechEnded(media_ms=at):
                    self._tell(SpeechEnded(self.question_id, at))
                case heard.CaptionUpdate():
                    self._caption(event)

    def _caption(self, update: heard.CaptionUpdate) -> None:
        words = tuple(Word(w.text, w.start_ms, w.end_ms, round(w.probability, 3)) for w in update.words)
        if update.final and self._voice is not None:
            self._voice.words(update.words)
        self._tell(
            CaptionChanged(
                question_id=self.question_id,
                utterance_id=update.utterance_id,
                revision=update.revision,
                committed=update.committed,
                partial=update.partial,
                language=update.language,
                start_ms=update.start_ms,
                end_ms=update.end_ms,
                final=update.final,
                words=words,
                engine=update.engine or self._engine,
                no_speech=update.no_speech,
                other_language=update.other_language,
            )
        )

    # ------------------------------------------------------------------ sight
    def see(self, picture: Picture, at_ms: int) -> None:
        """What is no picture is told by the meter, which waits for one; the answer goes on."""
        if not is_picture(picture):
            return
        self._picture.look(picture, at_ms)
        if not self._allowance().faces:
            return
        request = self._face.request(picture, at_ms)
        if request is not None:
            task = asyncio.create_task(self._look(request), name="face")
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _look(self, request: FaceRequest) -> None:
        try:
            result = await self._inference.analyse(request)
        except InferenceError:
            self._face.failed()
            return
        self._face.apply(result)
        window = self._face.window(request.media_ms)
        if window is None:
            return
        state = FaceState(
            faces=window.faces,
            smile=window.smile,
            brow_raise=window.brow_raise,
            eye_openness=window.eye_openness,
            gaze_on_screen=window.gaze_on_screen,
            yaw_deg=window.yaw_deg,
            pitch_deg=window.pitch_deg,
            roll_deg=window.roll_deg,
        )
        self._tell(
            FaceMeasured(
                self.question_id,
                window.start_ms,
                window.end_ms,
                window.frames,
                window.face_share,
                window.several_share,
                state,
            )
        )

    # ------------------------------------------------------------------ the end
    async def settle(self) -> Heard:
        """Waits for the last words."""
        self._pass_on(self._stream.finish())
        self._listen()
        self._ask()
        complete = await self._last_words()
        self._close_voice()
        if self._voice is not None:
            self._describe(self._voice.finish())
        flawless = self._flawless and complete and not self._stream.unheard_ms
        return Heard(self._transcript(complete), self._audio_ms, flawless)

    async def _last_words(self) -> bool:
        try:
            async with asyncio.timeout(SETTLE_S):
                while not self._stream.judged_all:
                    self._all_judged.clear()
                    await self._all_judged.wait()
                while self._stream.pending_finals():
                    if not self._asking:
                        break
                    await asyncio.wait(set(self._asking), return_when=asyncio.FIRST_COMPLETED)
                    self._ask()
        except TimeoutError:
            log.warning("the last words of an answer of %s did not come in time", self._plan.interview_id)
        for task in list(self._asking):
            task.cancel()
        return self._stream.judged_all and self._stream.pending_finals() == 0 and self._stream.lost_finals == 0

    def _transcript(self, complete: bool) -> Literal["complete", "partial", "awaiting", "none"]:
        if self._stream.voiced_ms == 0:
            return "none"
        if not self._engine:
            return "awaiting"
        return "complete" if complete else "partial"

    def abandon(self) -> None:
        """The process is leaving in the middle of the answer, or the answer begins anew."""
        self._close_voice()
        for task in list(self._asking):
            task.cancel()

    def _close_voice(self) -> None:
        if self._activity is not None:
            self._activity.close()
