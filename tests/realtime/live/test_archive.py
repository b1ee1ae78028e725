"""Takes through a live interview: a device that loses its connection, a process that is killed, a disk that is full.

Virtual time; the logs and recordings survive what the process does not.
"""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import av
import pytest

from realtime.inference.engine import RecognisedWord, SpeechRequest, SpeechResult
from realtime.interview import evidence as ev
from realtime.interview.events import CandidateSaid
from realtime.live.archive import Device
from realtime.media.errors import MediaError
from realtime.protocol import media_messages as media
from realtime.protocol import messages as say
from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import FrameKind, MediaFrame, encode_frame
from realtime.protocol.missing import MissingSound
from realtime.protocol.text import Phase
from tests.realtime.live.device import PTIME_MS, CandidatesDevice, encoded

SPOKEN = say.ConsentItems(recording=True, speech_to_text=True)
TO_ANSWER = (
    say.GiveConsent(SPOKEN, "v", "zh"),
    say.ReportDevices("ok", "ok", "websocket", True),
    say.Proceed(Phase.DEVICE_CHECK),
    say.Proceed(Phase.PRACTICE),
    say.Proceed(Phase.GUIDE),
    say.StartAnswer("q1"),
)


async def told(on: Any, *messages: say.CandidateMessage) -> None:
    for message in messages:
        assert on.interview.tell(CandidateSaid(message))
    await on.quiet()


def written(on: Any, kind: type[Any]) -> list[Any]:
    return [record.body for record in on.journal.records["iv_1"] if isinstance(record.body, kind)]


def recorded(on: Any, key: str = "interviews/iv_1/q1/1.webm") -> list[tuple[int, bytes]]:
    """(milliseconds, packet) of the sound; the reader takes the encoder's look-ahead of 6.5 ms off every time."""
    with av.open(io.BytesIO(on.store.objects[key]), "r") as recording:
        packets = [packet for packet in recording.demux(audio=0) if packet.size]
        return [(round(float(p.pts * p.time_base) * 1000) + 7, bytes(p)) for p in packets]


def sent(device: CandidatesDevice, *numbers: int) -> list[tuple[int, bytes]]:
    return [(n * PTIME_MS, device.packets[n]) for n in (numbers or range(device.made))]


async def recognised(request: SpeechRequest) -> SpeechResult:
    await asyncio.sleep(0.2)
    length_ms = len(request.audio) // 16
    word = RecognisedWord("好", 0, length_ms, 0.9)
    return SpeechResult(
        request.session_id, request.utterance_id, request.revision, request.kind, "好", "zh", (word,), -0.2, 0.01
    )


@pytest.fixture
def answering(stage: Any, engines: Any, virtually: Any) -> Callable[..., None]:
    """Runs ``play(on, device, tab)`` with the first answer open and the device connected."""

    def run(play: Any, packets: list[bytes] | None = None, engine: Any = recognised) -> None:
        async def whole() -> None:
            on = stage(engines=engines(engine))
            tab = await on.join()
            await told(on, *TO_ANSWER[:2])
            device = CandidatesDevice(on, packets or encoded(8, pauses_at=(3, 7)))
            device.connect()
            await told(on, *TO_ANSWER[2:])
            assert on.interview.session.state().take == 1
            try:
                await play(on, device, tab)
            finally:
                await on.close()

        virtually(whole())

    return run


async def restart(on: Any) -> Any:
    await on.kill()
    on.start()
    tab = await on.join()
    await on.interview.listening.archive.ready.wait()
    return tab


async def to_the_end(on: Any) -> None:
    """The second answer is typed, so the interview waits for the first alone."""
    await told(on, say.ChooseMode("q2", "text"), say.StartAnswer("q2"), say.SaveDraft("q2", "text", 1))
    await told(on, say.FinishAnswer("q2"))


def test_live_sound_is_kept_as_it_was_sent(answering: Any) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        await device.speak(133)
        await asyncio.sleep(0.1)
        device.read()
        assert device.through == 132
        await told(on, say.FinishAnswer("q1"))
        device.end()
        await asyncio.sleep(3)
        device.read()
        assert device.closed == media.TakeClosed(1, True, [])
        assert recorded(on) == sent(device)
        (saved,) = written(on, ev.AnswerSavedRecord)
        assert (saved.source, saved.complete, saved.packets, saved.missing) == ("take", True, 133, [])
        assert not written(on, ev.TranscriptReplacedRecord), "all of it was heard live"
        assert [u.start_ms for u in written(on, ev.UtteranceFinal)] == pytest.approx([0, 4_000], abs=100)
        (settled,) = tab.all(say.AnswerSettled)
        assert (settled.transcript, settled.recording, settled.missing) == ("complete", "complete", [])

    answering(play)


def test_what_a_cut_kept_back_is_sent_later_and_heard(answering: Any) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        await device.speak(20)
        await device.disconnect()
        await device.speak(60)
        device.connect()
        await device.speak(53)
        assert device.state().through == 19
        device.resend()
        await told(on, say.FinishAnswer("q1"))
        device.end()
        await asyncio.sleep(10)
        assert recorded(on) == sent(device)
        assert len(written(on, ev.TranscriptReplacedRecord)) == 1
        bodies = [record.body for record in on.journal.records["iv_1"]]
        after = bodies[[type(body) for body in bodies].index(ev.TranscriptReplacedRecord) :]
        spans = [(body.start_ms, body.end_ms) for body in after if isinstance(body, ev.SpeechSpan)]
        assert spans == [pytest.approx(span, abs=150) for span in [(0, 3_000), (4_000, 7_000)]]
        assert [body.text for body in after if isinstance(body, ev.UtteranceFinal)] == ["好", "好"]
        assert len(tab.all(say.TranscriptReplaced)) == 1
        assert tab.all(say.AnswerSettled)[0].transcript == "complete"

    answering(play)


def test_what_is_only_archived_is_not_heard_live(answering: Any) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        await device.speak(50, live=False)
        assert on.interview.listening.sink is None
        assert not tab.all(say.Level)
        await told(on, say.FinishAnswer("q1"))
        device.end()
        await asyncio.sleep(5)
        assert recorded(on) == sent(device)
        assert [u.text for u in written(on, ev.UtteranceFinal)] == ["好"], "but its words are in the transcript"

    answering(play)


@pytest.mark.parametrize("kills", [1, 3])
def test_a_killed_process_loses_nothing_that_was_acknowledged(answering: Any, kills: int) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        for _ in range(kills):
            await device.speak(20)
            device.read()
            acknowledged = device.through
            assert acknowledged >= 17
            await restart(on)
            device.connect()
            assert device.state().through >= acknowledged
            device.resend()
        await device.speak(20)
        await told(on, say.FinishAnswer("q1"))
        device.end()
        await asyncio.sleep(10)
        assert recorded(on) == sent(device)
        assert written(on, ev.AnswerSettledRecord)[0].recording == "interviews/iv_1/q1/1.webm"
        assert list(on.store.objects) == ["interviews/iv_1/q1/1.webm"]

    answering(play)


@pytest.mark.parametrize("resend_before", [False, True])
def test_another_process_settles_what_the_first_one_could_not(answering: Any, resend_before: bool) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        await device.speak(60)
        await device.disconnect()
        await device.speak(40)
        await told(on, say.FinishAnswer("q1"))
        if resend_before:
            device.connect()
            device.end()
        await asyncio.sleep(1)
        await restart(on)
        device.connect()
        assert (device.state().through, device.state().packets) == (59, 100 if resend_before else None)
        device.resend()
        device.end()
        await asyncio.sleep(10)
        assert recorded(on) == sent(device)
        texts = [u.text for u in written(on, ev.UtteranceFinal)]
        assert texts[-2:] == ["好", "好"], "heard in the recording, by a process that never heard it live"
        assert written(on, ev.AnswerSettledRecord)[0].transcript == "complete"

    answering(play)


def test_a_device_that_never_comes_back_costs_the_exact_rest(answering: Any) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        await device.speak(40)
        await device.disconnect()
        await device.speak(40)
        await told(on, say.FinishAnswer("q1"))
        await to_the_end(on)
        await asyncio.sleep(110)
        assert not written(on, ev.AnswerSavedRecord), "there is still time"
        await asyncio.sleep(15)
        (saved,) = written(on, ev.AnswerSavedRecord)
        missing = [MissingSound(2_400, 4_800, "not_sent")]
        assert (saved.complete, saved.packets) == (False, None)
        assert [(m.start_ms, m.cause) for m in saved.missing] == [(2_400, "not_sent")]
        assert saved.missing[0].end_ms == pytest.approx(missing[0].end_ms, abs=100)
        assert recorded(on) == sent(device, *range(40))
        states = {settled.question_id: settled.recording for settled in tab.all(say.AnswerSettled)}
        assert states == {"q1": "incomplete", "q2": "none"}
        assert on.asked_to_score == 1

    answering(play)


def test_what_an_old_device_holds_is_named_and_not_waited_for(answering: Any) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        await device.speak(20)
        await device.disconnect()  # with ten packets more that nobody will ever see
        await device.speak(10)
        device.connect()
        state = device.state()
        assert state.next_n == 1_020
        assert state.next_ms == pytest.approx(1_800, abs=100)
        archive = on.interview.listening.archive
        archive.note(media.TakeAbsent(1, 20, state.next_n))
        for i in range(20):
            n, at_ms = state.next_n + i, state.next_ms + i * PTIME_MS
            device.send(encode_frame(MediaFrame(FrameKind.OPUS, n, at_ms, device.packets[i], PTIME_MS, take=1)))
        archive.note(media.TakeEnded(1, state.next_n + 20))
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(5)
        assert not written(on, ev.AnswerSavedRecord), "the old device may still come back"
        device.read()
        assert (device.through, device.beyond) == (19, [(1_020, 1_039)])
        await to_the_end(on)
        await asyncio.sleep(5)
        (saved,) = written(on, ev.AnswerSavedRecord)
        assert saved.missing == [MissingSound(1_200, state.next_ms, "other_device")]
        device.read()
        assert device.closed is not None
        assert not device.closed.complete

    answering(play)


def test_a_change_of_device_that_costs_no_sound_leaves_the_recording_complete(answering: Any) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        await device.speak(20)
        await device.disconnect()
        device.connect()
        archive, state = on.interview.listening.archive, device.state()
        archive.note(media.TakeAbsent(1, 20, state.next_n))
        for i in range(20):
            n, at_ms = state.next_n + i, 1_200 + i * PTIME_MS
            device.send(encode_frame(MediaFrame(FrameKind.OPUS, n, at_ms, device.packets[i], PTIME_MS, take=1)))
        archive.note(media.TakeEnded(1, state.next_n + 20))
        await told(on, say.FinishAnswer("q1"))
        await to_the_end(on)
        await asyncio.sleep(5)
        (saved,) = written(on, ev.AnswerSavedRecord)
        assert (saved.complete, saved.missing) == (True, [])
        device.read()
        assert device.closed == media.TakeClosed(1, True, [])

    answering(play)


def test_a_disk_that_is_full_is_told_and_the_interview_goes_on(answering: Any) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        await device.speak(10)
        on.logs.full = True
        await device.speak(50)
        device.read()
        assert device.through == 9
        assert set(device.refused) == {"take_not_saved"}
        assert on.interview.session.phase is Phase.ANSWERING
        on.logs.full = False
        device.send(device.run(10, 25))
        device.send(device.run(26, 41))
        device.send(device.run(42, 57))
        device.send(device.run(58, 59))
        await told(on, say.FinishAnswer("q1"))
        device.end()
        await asyncio.sleep(5)
        assert recorded(on) == sent(device)
        assert written(on, ev.AnswerSavedRecord)[0].complete

    answering(play)


def test_a_disk_that_is_full_when_the_answer_opens_is_asked_again(stage: Any, engines: Any, virtually: Any) -> None:
    async def whole() -> None:
        on = stage(engines=engines(recognised))
        await on.join()
        on.logs.full = True
        await told(on, *TO_ANSWER)
        device = CandidatesDevice(on, encoded(2))
        device.connect()
        await device.speak(5)
        assert set(device.refused) == {"take_not_saved"}
        on.logs.full = False
        await asyncio.sleep(3)
        device.read()
        device.resend()
        await asyncio.sleep(0.2)
        device.read()
        assert device.through == 4
        await on.close()

    virtually(whole())


@pytest.mark.parametrize("log", ["/sound", "/live"])
def test_one_log_of_a_take_that_does_not_open_keeps_nobody_from_the_other(
    stage: Any, engines: Any, virtually: Any, log: str
) -> None:
    async def whole() -> None:
        on = stage(engines=engines(recognised))
        await on.join()
        on.logs.refuses = log
        await told(on, *TO_ANSWER)
        device = CandidatesDevice(on, encoded(1))
        device.connect()
        await device.speak(1)
        assert device.refused == ["take_not_saved"]
        on.logs.refuses = "nothing"
        await asyncio.sleep(3)
        device.read()
        device.resend()
        await asyncio.sleep(0.2)
        device.read()
        assert device.through == 0
        await on.close()
        assert not on.logs.held

    virtually(whole())


def test_a_take_that_is_not_open_is_refused(answering: Any) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        other = CandidatesDevice(on, device.packets, take=7)
        other.connect()
        await other.speak(1)
        assert other.refused == ["take_unknown"]
        with pytest.raises(ProtocolError, match="take_unknown"):
            other.end()
        await device.speak(5)
        await told(on, say.FinishAnswer("q1"))
        device.end()
        await asyncio.sleep(2)
        device.send(device.frame(2, live=False))
        assert device.refused == ["take_unknown"], "closed for good"

    answering(play)


def test_when_the_interview_is_over_only_the_recordings_are_left(answering: Any) -> None:
    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        await device.speak(40)
        await told(on, say.FinishAnswer("q1"))
        device.end()
        await asyncio.sleep(3)
        assert any(name.startswith("interviews/iv_1/takes/") for name in on.logs.stored)
        await to_the_end(on)
        await asyncio.sleep(5)
        assert on.asked_to_score == 1
        assert on.logs.stored == {}
        assert list(on.store.objects) == ["interviews/iv_1/q1/1.webm"]

    answering(play)


def test_what_waits_is_told_once_and_only_what_is_new() -> None:
    async def whole() -> None:
        device = Device()
        device.knows(media.TakeSaved(1, 5))
        device.saved(media.TakeSaved(1, 5))
        assert not device.waits.is_set()
        device.saved(media.TakeSaved(1, 7))
        device.saved(media.TakeSaved(1, 9))
        device.saved(media.TakeSaved(2, 0))
        device.say(media.MediaPong())
        device.say(media.MediaPong())
        assert device.take_all() == [media.TakeSaved(1, 9), media.TakeSaved(2, 0), media.MediaPong()]
        assert device.take_all() == []

    asyncio.run(whole())


def test_where_a_recording_could_not_be_written_its_sound_stays(
    answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: Any) -> None:
        raise MediaError("store_unavailable", "the bucket is away", retry=True)

    async def play(on: Any, device: CandidatesDevice, tab: Any) -> None:
        monkeypatch.setattr("realtime.live.settling.assemble", refused)
        await device.speak(40)
        await told(on, say.FinishAnswer("q1"))
        device.end()
        await to_the_end(on)
        await asyncio.sleep(60)
        assert on.asked_to_score == 1
        (saved,) = written(on, ev.AnswerSavedRecord)
        assert (saved.recording, saved.complete) == (None, True)
        assert on.logs.stored["interviews/iv_1/takes/1/sound"]

    answering(play)
