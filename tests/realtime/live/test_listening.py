"""What an open answer hears: the true SpeechStream between a transport that lies and an engine that fails.

Sound comes at the pace of the clock, in virtual time. Loud is speech, quiet is not.
"""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest

from realtime.inference.bus import InferenceUnavailable, RequestFailed
from realtime.inference.engine import RecognisedWord, SpeechRequest, SpeechResult
from realtime.interview import evidence as ev
from realtime.interview.events import CandidateSaid, HrSaid
from realtime.live.listening import LEVEL_INTERVAL_MS
from realtime.media.ingest import AudioChunk, EncodedFrame
from realtime.media.opus import OpusEncoder
from realtime.protocol import messages as say
from realtime.protocol.text import Phase, PromptKind

FRAME_MS = 20
LOUD, QUIET = 0.5, 0.001
SETTLES_S = 6
"""The last words, and the moment in which a device could still say that it keeps takes."""
SPOKEN = say.ConsentItems(recording=True, speech_to_text=True)
TO_ANSWER = (
    say.GiveConsent(SPOKEN, "v", "zh"),
    say.ReportDevices("ok", "ok", "websocket", True),
    say.Proceed(Phase.DEVICE_CHECK),
    say.Proceed(Phase.PRACTICE),
    say.Proceed(Phase.GUIDE),
    say.StartAnswer("q1"),
)


def opus_packets() -> list[bytes]:
    """A second of real Opus, 20 ms each."""
    tone = (np.sin(np.arange(16_000) * 0.18) * 0.3).astype(np.float32)
    encoder = OpusEncoder()
    return [encoder.encode(tone[at : at + 320]) for at in range(0, len(tone), 320)]


OPUS = opus_packets()


class Control:
    """A transport's other half: remembers what was asked of it."""

    def __init__(self) -> None:
        self.hears: list[bool] = []
        self.closed = False

    def decode_audio(self, wanted: bool) -> None:
        if not self.hears or self.hears[-1] != wanted:
            self.hears.append(wanted)

    def decode_pictures(self, per_second: float) -> None:
        pass

    def request_key_frame(self) -> None:
        pass

    def latest_still(self) -> bytes | None:
        return b"a picture"

    async def close(self) -> None:
        self.closed = True


class Microphone:
    """One media connection of the candidate's, with its own clock from 0."""

    def __init__(self, on: Any) -> None:
        self.control = Control()
        self.sink = on.interview.listening.connect("websocket")
        self.sink.use(self.control)
        self.sink.media_changed("websocket", True)
        self.at_ms = 0

    async def sends(self, ms: int, loudness: float) -> None:
        pcm = np.full(FRAME_MS * 16, loudness, np.float32)
        for _ in range(ms // FRAME_MS):
            self.sink.audio(AudioChunk(self.at_ms, pcm, -6.0 if loudness == LOUD else -60.0))
            packet = OPUS[self.at_ms // FRAME_MS % len(OPUS)]
            self.sink.encoded(EncodedFrame("opus", self.at_ms, packet))
            self.at_ms += FRAME_MS
            await asyncio.sleep(FRAME_MS / 1000)

    async def loses(self, ms: int) -> None:
        """The decoder's guesses at packets that did not come."""
        pcm = np.full(FRAME_MS * 16, QUIET, np.float32)
        for _ in range(ms // FRAME_MS):
            self.sink.audio(AudioChunk(self.at_ms, pcm, -60.0, concealed=True))
            self.at_ms += FRAME_MS
            await asyncio.sleep(FRAME_MS / 1000)

    async def says(self, ms: int) -> None:
        """Speech, and the pause after it."""
        await self.sends(ms, LOUD)
        await self.sends(1_000, QUIET)


async def told(on: Any, *messages: say.CandidateMessage) -> None:
    for message in messages:
        assert on.interview.tell(CandidateSaid(message))
    await on.quiet()


def written(on: Any, kind: type[Any]) -> list[Any]:
    return [record.body for record in on.journal.records["iv_1"] if isinstance(record.body, kind)]


async def recognised(request: SpeechRequest) -> SpeechResult:
    await asyncio.sleep(0.2)
    length_ms = len(request.audio) // 16
    word = RecognisedWord("好", 0, length_ms, 0.9)
    return SpeechResult(
        request.session_id, request.utterance_id, request.revision, request.kind, "好", "zh", (word,), -0.2, 0.01
    )


@pytest.fixture
def answering(stage: Any, engines: Any, virtually: Any) -> Callable[..., None]:
    """Runs ``play(on, microphone)`` with the first answer open and the sound connected."""

    def run(play: Any, engine: Any = recognised, messages: Any = TO_ANSWER) -> None:
        async def whole() -> None:
            on = stage(engines=engines(engine))
            tab = await on.join()
            microphone = Microphone(on)
            await told(on, *messages)
            try:
                await play(on, microphone, tab)
            finally:
                await on.close()

        virtually(whole())

    return run


def test_words_levels_and_a_recording_that_can_be_played(answering: Any) -> None:
    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.says(3_000)
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(SETTLES_S)
        final = [caption for caption in tab.all(say.Caption) if caption.final]
        assert [caption.committed for caption in final] == ["好"]
        assert any(not caption.final for caption in tab.all(say.Caption))
        assert [body.text for body in written(on, ev.UtteranceFinal)] == ["好"]
        span = written(on, ev.SpeechSpan)[0]
        assert span.end_ms - span.start_ms == pytest.approx(3_000, abs=150)
        settled = written(on, ev.AnswerSettledRecord)[0]
        assert (settled.transcript, settled.audio_ms) == ("complete", 4_000)
        with av.open(io.BytesIO(on.store.objects[settled.recording]), "r") as recording:
            played = sum(float(frame.samples) / frame.sample_rate for frame in recording.decode(audio=0))
        assert played == pytest.approx(4.0, abs=0.1)
        levels = tab.all(say.Level)
        assert len(levels) == pytest.approx(4_000 / LEVEL_INTERVAL_MS, abs=2)
        assert {level.speaking for level in levels} == {True, False}
        assert microphone.control.hears == [False, True, False]

    answering(play)


def test_without_an_engine_the_voice_is_kept_and_awaits(answering: Any) -> None:
    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.says(2_000)
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(SETTLES_S)
        settled = written(on, ev.AnswerSettledRecord)[0]
        assert settled.transcript == "awaiting"
        assert on.store.objects[settled.recording]
        assert written(on, ev.SpeechSpan)
        assert on.engines.asked == []
        assert tab.all(say.Caption) == []

    answering(play, engine=None)


def test_an_engine_that_cannot_is_a_partial_answer_and_not_an_error(answering: Any) -> None:
    async def broken(request: SpeechRequest) -> SpeechResult:
        raise RequestFailed

    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.says(2_000)
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(40)
        settled = written(on, ev.AnswerSettledRecord)[0]
        assert settled.transcript == "partial"
        assert on.store.objects[settled.recording]
        assert not on.task.done()
        assert tab.refused == []

    answering(play, engine=broken)


def test_an_engine_that_comes_back_has_every_word(answering: Any) -> None:
    finals = 0

    async def away_twice(request: SpeechRequest) -> SpeechResult:
        nonlocal finals
        finals += request.kind == "final"
        if finals <= 2:
            raise InferenceUnavailable("queue_full", retry=True)
        return await recognised(request)

    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.says(2_000)
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(20)
        assert [body.text for body in written(on, ev.UtteranceFinal)] == ["好"]
        assert written(on, ev.AnswerSettledRecord)[0].transcript == "complete"

    answering(play, engine=away_twice)


def test_an_engine_that_never_answers_is_not_waited_for(answering: Any) -> None:
    async def silent(request: SpeechRequest) -> SpeechResult:
        await asyncio.Event().wait()
        raise AssertionError

    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.says(2_000)
        await told(on, say.FinishAnswer("q1"))
        assert tab.all(say.PhaseChanged)[-1].phase is Phase.READING  # the next question does not wait either
        await asyncio.sleep(26)
        assert written(on, ev.AnswerSettledRecord)[0].transcript == "partial"
        assert not on.interview.listening.settling

    answering(play, engine=silent)


def test_who_says_nothing_has_said_nothing(answering: Any) -> None:
    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.sends(5_000, QUIET)
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(SETTLES_S)
        assert written(on, ev.AnswerSettledRecord)[0].transcript == "none"
        assert on.engines.asked == []

    answering(play)


def test_lost_sound_is_a_gap_with_its_place(answering: Any) -> None:
    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.says(2_000)
        microphone.sink.audio_gap(microphone.at_ms, microphone.at_ms + 1_500, "loss")
        microphone.at_ms += 1_500
        await asyncio.sleep(1.5)
        await microphone.says(2_000)
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(SETTLES_S)
        gap = written(on, ev.GapFound)[0]
        assert (gap.start_ms, gap.end_ms, gap.cause) == (3_000, 4_500, "loss")
        first, second = written(on, ev.SpeechSpan)
        assert second.start_ms - first.start_ms == pytest.approx(4_500, abs=100)

    answering(play)


def test_a_reconnect_goes_on_where_the_answer_is_and_the_old_stream_is_not_heard(answering: Any) -> None:
    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.says(2_000)
        microphone.sink.disconnect()
        assert on.interview.listening.transport == "none"
        await asyncio.sleep(4)
        again = Microphone(on)
        assert on.interview.listening.transport == "websocket"
        await asyncio.gather(again.says(2_000), microphone.says(2_000))  # the old one still sends
        microphone.sink.media_changed("websocket", False)
        assert on.interview.listening.transport == "websocket"
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(SETTLES_S)
        gap = written(on, ev.GapFound)[0]
        assert (gap.start_ms, gap.cause) == (2_980, "disconnected")  # where its last frame began
        assert gap.end_ms == pytest.approx(7_000, abs=40)
        second = written(on, ev.SpeechSpan)[1]
        assert second.start_ms == pytest.approx(7_000, abs=150)
        assert written(on, ev.AnswerSettledRecord)[0].audio_ms == pytest.approx(10_000, abs=50)
        assert len(written(on, ev.UtteranceFinal)) == 2

    answering(play)


def test_typing_and_a_pause_close_the_ears(answering: Any) -> None:
    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.says(2_000)
        asked = len(on.engines.asked)
        await told(on, say.ChooseMode("q1", "text"))
        await microphone.says(2_000)
        assert len(on.engines.asked) == asked
        await told(on, say.ChooseMode("q1", "voice"))
        on.interview.tell(HrSaid("hr", say.PauseInterview("iv_1")))
        await on.quiet()
        await microphone.says(2_000)
        assert len(on.engines.asked) == asked
        on.interview.tell(HrSaid("hr", say.ContinueInterview("iv_1")))
        await on.quiet()
        await microphone.says(2_000)
        assert len(on.engines.asked) > asked
        assert microphone.control.hears == [False, True, False, True, False, True]

    answering(play)


def test_nothing_of_the_rehearsal_is_kept(answering: Any) -> None:
    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await told(on, say.StartAnswer("warm"))
        await microphone.says(2_000)
        await told(on, say.FinishAnswer("warm"))
        await asyncio.sleep(SETTLES_S)
        assert [c.committed for c in tab.all(say.Caption) if c.final] == ["好"]  # the candidate sees it work
        assert on.store.objects == {}
        assert written(on, ev.UtteranceFinal) == written(on, ev.SpeechSpan) == []
        assert not any(b"\xe5\xa5\xbd" in message.body for message in on.journal.stored["iv_1"])

    answering(play, messages=(*TO_ANSWER[:3], say.StartAnswer("warm")))


def test_a_process_that_dies_keeps_what_was_recorded_and_the_next_goes_on(answering: Any) -> None:
    async def play(on: Any, microphone: Any, tab: Any) -> None:
        await microphone.says(3_000)
        await told(on, say.Observe("tab_hidden"))
        await on.kill()
        on.start()
        await on.join(last_seen_seq=0)
        again = Microphone(on)
        await again.says(2_000)
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(SETTLES_S)
        (settled,) = written(on, ev.AnswerSettledRecord)
        assert list(on.store.objects) == [settled.recording] == ["interviews/iv_1/q1/1.webm"]
        with av.open(io.BytesIO(on.store.objects[settled.recording]), "r") as recording:
            played = sum(float(frame.samples) / frame.sample_rate for frame in recording.decode(audio=0))
        assert played == pytest.approx(7.0, abs=0.1), "what came before the kill, and what came after"
        spans = written(on, ev.SpeechSpan)
        assert len(spans) == 2
        assert spans[1].start_ms >= spans[0].end_ms

    answering(play)


def test_stills_and_the_end_of_media(answering: Any) -> None:
    async def play(on: Any, microphone: Any, tab: Any) -> None:
        listening = on.interview.listening
        assert listening.latest_still() == b"a picture"
        await listening.end_media()
        assert microphone.control.closed
        assert listening.latest_still() is None
        assert listening.transport == "none"

    answering(play)


def test_sound_that_is_lost_and_pictures_that_stop_are_told_while_it_lasts(answering: Any) -> None:
    async def play(on: Any, microphone: Microphone, tab: Any) -> None:
        for _ in range(5):
            await microphone.sends(200, LOUD)
            microphone.sink.encoded(EncodedFrame("jpeg", microphone.at_ms, b"a picture"))
        for _ in range(6):
            await microphone.loses(120)
            await microphone.sends(880, LOUD)
        shown = {message.kind for message in tab.all(say.PromptShown)}
        assert {PromptKind.CONNECTION_POOR, PromptKind.PICTURE_FROZEN} <= shown
        await microphone.sends(6_000, LOUD)
        cleared = {message.id for message in tab.all(say.PromptCleared)}
        standing = {message.kind for message in tab.all(say.PromptShown) if message.id not in cleared}
        assert PromptKind.CONNECTION_POOR not in standing
        assert PromptKind.PICTURE_FROZEN in standing

    answering(play)
