"""From the take's number to the recording that the report names: who is waited for, how long, and what is said."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime.interview import effects as do
from realtime.interview import events as on
from realtime.interview import evidence as ev
from realtime.interview.session import InterviewSession
from realtime.protocol import messages as say
from realtime.protocol.missing import MissingSound
from realtime.protocol.text import Phase

Build = Callable[..., Any]
MISSING = (MissingSound(4_000, 6_500, "not_sent"),)


def finished(room: Build) -> Any:
    """The only answer is closed; its recording is waited for."""
    r = room().to_answer()
    r.speaks("q1", 0, 2_000)
    r.hr(say.EndInterview("i-1"))
    assert r.phase() is Phase.CLOSING
    return r


def test_an_answer_that_is_recorded_has_a_number_that_the_page_can_see(room: Build) -> None:
    r = room().to_answer()
    assert r.session.state().take == 1
    assert r.all_of(do.OpenAnswer)[-1].take == 1
    r.says(say.FinishAnswer("q1"), after_ms=9_000)
    assert r.session.state().take == 0
    assert r.all_of(do.CloseAnswer)[-1] == do.CloseAnswer("q1", False, 1, take=1, duration_ms=9_000)
    r.says(say.StartAnswer("q2"))
    assert r.session.state().take == 2


def test_practice_and_typed_answers_have_none(room: Build) -> None:
    r = room()
    r.join().consent()
    r.says(say.ReportDevices("ok", camera="ok", transport="webrtc", heard_myself=True))
    r.says(say.Proceed(Phase.DEVICE_CHECK))
    r.says(say.StartAnswer("warm-up"))
    r.says(say.StartAnswer("warm-up"))
    assert (r.phase(), r.session.state().take) == (Phase.ANSWERING, 0)
    r.says(say.FinishAnswer("warm-up"))
    r.says(say.Proceed(Phase.PRACTICE))
    r.says(say.Proceed(Phase.GUIDE))
    r.says(say.ChooseMode("q1", "text"))
    r.says(say.StartAnswer("q1"))
    assert r.session.state().take == 0
    r.says(say.ChooseMode("q1", "voice"))
    assert r.session.state().take == 1, "from here on it is spoken"


def test_while_the_interview_goes_on_nobody_is_hurried(room: Build) -> None:
    r = room().to_answer()
    r.says(say.FinishAnswer("q1"))
    r.says(say.StartAnswer("q2"))
    r.wait(170_000)
    assert not r.all_of(do.StopSaving)
    assert not r.sent(say.AnswerSettled)


def test_a_complete_recording_is_named_before_the_last_words(room: Build) -> None:
    r = finished(room)
    r.saves("q1", audio_ms=7_000)
    (saved,) = r.evidence(ev.AnswerSavedRecord)
    assert (saved.source, saved.complete, saved.recording, saved.missing) == ("take", True, "rec/q1", [])
    r.wait(30_000 + 7_000)  # the last words never come
    (settled,) = r.evidence(ev.AnswerSettledRecord)
    assert (settled.transcript, settled.recording, settled.audio_ms) == ("partial", "rec/q1", 7_000)


def test_what_a_recording_lacks_is_said_to_everybody(room: Build) -> None:
    r = finished(room)
    r.saves("q1", missing=MISSING)
    r.settles("q1", "partial")
    assert r.evidence(ev.AnswerSavedRecord)[0].missing == list(MISSING)
    (settled,) = r.sent(say.AnswerSettled)
    assert (settled.recording, settled.missing) == ("incomplete", list(MISSING))


def test_after_the_last_question_a_device_has_two_minutes_from_its_last_packet(room: Build) -> None:
    r = finished(room)
    r.wait(119_000)
    r.happens(on.TakeGrew("q1"))
    r.wait(119_999)
    assert not r.all_of(do.StopSaving)
    r.wait(1)
    assert r.all_of(do.StopSaving) == [do.StopSaving("q1", 1)]
    assert not r.evidence(ev.AnswerSettledRecord)
    r.saves("q1", missing=MISSING)
    assert r.evidence(ev.AnswerSavedRecord)[0].complete is False


def test_a_device_that_never_comes_to_an_end_is_given_up(room: Build) -> None:
    r = finished(room)
    for _ in range(12):
        r.wait(100_000)
        r.happens(on.TakeGrew("q1"))
    assert len(r.all_of(do.StopSaving)) == 1


def test_a_shell_that_never_answers_does_not_hold_the_interview(room: Build) -> None:
    r = finished(room)
    r.wait(120_000 + 30_000)
    (settled,) = r.evidence(ev.AnswerSettledRecord)
    assert settled.recording is None
    assert r.sent(say.AnswerSettled)[0].recording == "none"
    r.saves("q1")
    assert not r.evidence(ev.AnswerSavedRecord), "too late: the log is closed"


def test_nobody_waits_for_who_has_withdrawn(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 2_000)
    r.says(say.Withdraw())
    r.wait(30_000)
    assert len(r.all_of(do.StopSaving)) == 1
    r.saves("q1", missing=MISSING)
    r.settles("q1", "partial")
    assert r.session.over


def test_words_heard_again_take_the_place_of_what_was_heard_live(room: Build) -> None:
    r = finished(room)
    r.saves("q1")
    again = (r.caption("q1", "q1.1.again.1", "我会先听客户说完"), r.caption("q1", "q1.1.again.2", "然后道歉"))
    r.happens(on.AnswerHeardAgain("q1", again, ((300, 2_000), (2_600, 3_900))))
    r.settles("q1")
    bodies = r.bodies()
    after = bodies[bodies.index(ev.TranscriptReplacedRecord("q1", again[0].engine)) :]
    assert [body.text for body in after if isinstance(body, ev.UtteranceFinal)] == ["我会先听客户说完", "然后道歉"]
    spans = [(body.start_ms, body.end_ms) for body in after if isinstance(body, ev.SpeechSpan)]
    assert spans == [(300, 2_000), (2_600, 3_900)]
    assert [type(m).__name__ for m in r.sent(object)].count("TranscriptReplaced") == 1
    assert r.sent(say.AnswerSettled)[0].words == 12


def test_an_answer_that_nobody_heard_live_is_not_skipped_when_its_recording_has_words(room: Build) -> None:
    r = room().to_answer()
    r.hr(say.EndInterview("i-1"))
    r.saves("q1")
    r.happens(on.AnswerHeardAgain("q1", (r.caption("q1", "q1.1.again.1", "我在"),), ((0, 900),)))
    r.settles("q1")
    r.wait(3_000)
    assert r.sent(say.Finished)[0].answered == 1
    assert r.phase() is Phase.SCORING


@pytest.mark.parametrize("saved", [False, True])
def test_another_process_sees_to_what_is_not_settled(room: Build, saved: bool) -> None:
    r = room().to_answer()
    r.says(say.FinishAnswer("q1"), after_ms=5_000)
    if saved:
        r.saves("q1")
    restored = InterviewSession.restore(r.plan, r.session.snapshot())
    assert restored.unsettled() == [do.CloseAnswer("q1", False, 1, take=1, duration_ms=5_000)]
    assert not restored.ending
