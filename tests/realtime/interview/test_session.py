"""The main road and its rules, as scrolls: event in, effects out."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from realtime.interview import effects as do
from realtime.interview import events as on
from realtime.interview import evidence as ev
from realtime.interview.session import InterviewSession
from realtime.protocol import messages as say
from realtime.protocol.text import Phase, PromptKind

Build = Callable[..., Any]


def test_the_whole_road(room: Build) -> None:
    r = room()
    r.join().consent()
    assert r.phase() is Phase.DEVICE_CHECK
    r.says(say.ReportDevices("ok", camera="ok", transport="webrtc", heard_myself=True))
    r.happens(on.MediaChanged("webrtc", True))
    r.says(say.Proceed(Phase.DEVICE_CHECK))
    r.says(say.StartAnswer("warm-up"))
    r.says(say.StartAnswer("warm-up"), after_ms=2_000)
    r.says(say.FinishAnswer("warm-up"), after_ms=5_000)
    r.says(say.Proceed(Phase.PRACTICE))
    r.says(say.Proceed(Phase.GUIDE))
    r.wait(8_000 + 60_000)
    assert r.phase() is Phase.ANSWERING
    r.speaks("q1", 500, 4_000, "我会先听客户说完")
    r.says(say.FinishAnswer("q1"), after_ms=1_000)
    assert (r.phase(), r.session.question_id) == (Phase.READING, "q2")
    r.settles("q1", audio_ms=5_000)
    r.says(say.StartAnswer("q2"))
    r.says(say.ChooseMode("q2", "text"))
    r.says(say.SaveDraft("q2", "I would listen first.", revision=1), after_ms=1_000)
    r.says(say.FinishAnswer("q2"), after_ms=1_000)
    r.settles("q2", "none", audio_ms=0)
    assert r.phase() is Phase.CLOSING
    r.wait(3_000)
    assert r.phase() is Phase.SCORING
    r.happens(on.ReportStored("r-1", 71.5))
    assert r.phases() == [
        Phase.CONSENT,
        Phase.DEVICE_CHECK,
        Phase.PRACTICE,
        Phase.READING,
        Phase.ANSWERING,
        Phase.PRACTICE,
        Phase.GUIDE,
        Phase.READING,
        Phase.THINKING,
        Phase.ANSWERING,
        Phase.READING,
        Phase.ANSWERING,
        Phase.ANSWERING,
        Phase.CLOSING,
        Phase.SCORING,
        Phase.REPORTED,
    ]
    assert len(r.all_of(do.ScoreInterview)) == len(r.all_of(do.EndMedia)) == 1
    assert r.sent(say.Finished) == [say.Finished("completed", answered=2, total=2, recorded_ms=5_000, typed_answers=1)]
    ready = [effect for effect in r.all_of(do.NotifyHr) if isinstance(effect.message, say.ReportReady)]
    assert ready == [do.NotifyHr(say.ReportReady("r-1"), durable=True)]
    assert [record.seq for record in r.records()] == list(range(1, len(r.records()) + 1))
    assert [type(body).__name__ for body in r.bodies()] == [
        "InterviewStarted",
        "ConsentGiven",
        "Observation",
        "Observation",
        "AnswerOpened",
        "SpeechSpan",
        "UtteranceFinal",
        "AnswerEnded",
        "AnswerSavedRecord",
        "AnswerSettledRecord",
        "AnswerOpened",
        "Observation",
        "TextAnswered",
        "AnswerEnded",
        "AnswerSavedRecord",
        "AnswerSettledRecord",
        "InterviewEnded",
    ]


def test_nothing_is_kept_before_consent(room: Build) -> None:
    r = room().join()
    r.says(say.Observe("tab_hidden"))
    r.happens(on.MediaChanged("webrtc", True))
    r.says(say.SwitchLanguage("en"))
    assert [type(body) for body in r.bodies()] == [ev.InterviewStarted]
    assert not r.all_of(do.NotifyHr)
    assert not r.session.voice_allowed
    assert not r.session.face_allowed


def test_consent_is_evidence_with_its_wording(room: Build) -> None:
    r = room().join().consent()
    (given,) = r.evidence(ev.ConsentGiven)
    assert (given.text_version, given.language, given.items.face_analysis) == ("2026-01", "zh", True)


@pytest.mark.parametrize("refused", ["recording", "speech_to_text"])
def test_refusing_to_be_recorded_makes_it_a_typed_interview(room: Build, refused: str) -> None:
    r = room().join()
    items = say.ConsentItems(**({"recording": True, "speech_to_text": True} | {refused: False}))
    r.consent(items)
    assert r.phase() is Phase.PRACTICE, "without voice there is no device to check"
    r.says(say.Proceed(Phase.PRACTICE))
    r.says(say.Proceed(Phase.GUIDE))
    assert (r.session.mode, r.session.voice_allowed) == ("text", False)
    r.says(say.ChooseMode("q1", "voice"))
    assert r.refused() == ["mode_not_offered"]
    r.says(say.StartAnswer("q1"))
    (opened,) = r.all_of(do.OpenAnswer)
    assert (opened.mode, opened.take) == ("text", 0)
    r.says(say.SaveDraft("q1", "一二三", revision=1))
    r.says(say.FinishAnswer("q1"))
    assert r.sent(say.AnswerSettled) == [say.AnswerSettled("q1", "typed", words=3)]


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("consented", [True, False])
def test_face_and_voice_need_the_law_and_the_candidate(room: Build, allowed: bool, consented: bool) -> None:
    r = room(voice_analysis_allowed=allowed, face_analysis_allowed=allowed).join()
    r.consent(say.ConsentItems(True, True, voice_analysis=consented, face_analysis=consented))
    r.says(say.ReportDevices("ok", camera="ok", transport="webrtc"))
    for phase in (Phase.DEVICE_CHECK, Phase.PRACTICE, Phase.GUIDE):
        r.says(say.Proceed(phase))
    r.says(say.StartAnswer("q1"))
    r.face("q1", 0)
    state = say.VoiceState(pitch_hz=180.0, loudness_dbfs=-25.0, pace_per_minute=220.0, pause_share=0.2)
    r.happens(on.VoiceMeasured("q1", 0, 2_000, 180.0, 4.0, 0.7, state))
    both = allowed and consented
    assert r.session.face_allowed is r.session.voice_analysis_allowed is both
    assert len(r.evidence(ev.FaceWindow)) == len(r.evidence(ev.VoiceWindow)) == int(both)
    assert len([e for e in r.all_of(do.NotifyHr) if isinstance(e.message, say.FaceState | say.VoiceState)]) == 2 * both


def test_without_a_microphone_one_types_and_may_come_back(room: Build) -> None:
    r = room().to_guide(microphone="denied")
    assert not r.session.voice_allowed
    r.says(say.Proceed(Phase.GUIDE))
    assert r.session.mode == "text"
    r.says(say.ReportDevices("ok", camera="absent", transport="webrtc"))
    r.says(say.ChooseMode("q1", "voice"))
    assert r.session.mode == "voice"
    r.says(say.ReportDevices("failed", camera="absent", transport="webrtc"))
    assert r.session.mode == "text", "nobody is left with a microphone that does not work"


def test_a_device_check_is_needed_but_not_its_success(room: Build) -> None:
    r = room().join().consent()
    r.says(say.Proceed(Phase.DEVICE_CHECK))
    assert r.refused() == ["devices_not_checked"]
    r.says(say.ReportDevices("absent", camera="denied", transport="none"))
    r.says(say.Proceed(Phase.DEVICE_CHECK))
    assert r.phase() is Phase.PRACTICE
    assert "camera=denied" in r.evidence(ev.Observation)[-1].detail


def test_practice_is_the_full_experience_and_leaves_no_trace(room: Build) -> None:
    r = room().join().consent()
    r.says(say.ReportDevices("ok", camera="ok", transport="webrtc"))
    r.happens(on.MediaChanged("webrtc", True))
    r.says(say.Proceed(Phase.DEVICE_CHECK))
    before = len(r.records())
    r.says(say.StartAnswer("warm-up"))
    assert r.session.state().question.practice
    r.wait(8_000 + 10_000)
    assert r.all_of(do.OpenAnswer) == [do.OpenAnswer("warm-up", 1, "voice", practice=True, take=0)]
    r.speaks("warm-up", 0, 2_000)
    r.face("warm-up", 0)
    state = say.VoiceState(pitch_hz=180.0, loudness_dbfs=-25.0, pace_per_minute=220.0, pause_share=0.2)
    r.happens(on.VoiceMeasured("warm-up", 0, 2_000, 180.0, 4.0, 0.7, state))
    r.level("warm-up", 3_000)
    r.wait(50_000)
    assert PromptKind.SECONDS_30_LEFT in r.prompts()
    r.wait(20_000)
    assert r.phase() is Phase.PRACTICE
    assert len(r.records()) == before
    captions = [send for send in r.all_of(do.Send) if isinstance(send.message, say.Caption | say.PromptShown)]
    assert captions
    assert not any(send.durable for send in captions), "what is not stored is not replayed either"
    assert not r.all_of(do.NotifyHr)
    r.says(say.StartAnswer("warm-up"))
    r.says(say.StartAnswer("warm-up"))
    assert r.all_of(do.OpenAnswer)[-1].attempt == 2


def test_without_a_practice_question_the_guide_comes_at_once(room: Build) -> None:
    assert room(practice=None).to_guide().session.phase is Phase.GUIDE


def test_start_now_works_while_reading_and_while_thinking(room: Build) -> None:
    r = room().to_guide()
    r.says(say.Proceed(Phase.GUIDE))
    r.says(say.StartAnswer("q1"))
    assert r.phase() is Phase.ANSWERING
    r.says(say.FinishAnswer("q1"))
    r.wait(8_000)
    assert r.phase() is Phase.THINKING
    r.says(say.StartAnswer("q2"), after_ms=100)
    assert r.phase() is Phase.ANSWERING


def test_silence_never_ends_an_answer(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 3_000)
    r.wait(175_000)
    assert r.phase() is Phase.ANSWERING
    r.wait(2_000)
    assert r.phase() is Phase.GRACE


def test_the_tail_lasts_until_the_sentence_ends(room: Build) -> None:
    r = room().to_answer()
    r.wait(178_000)
    r.happens(on.SpeechStarted("q1", 178_000))
    r.wait(2_000)
    assert r.phase() is Phase.GRACE
    r.happens(on.SpeechEnded("q1", 181_500), after_ms=1_500)
    r.wait(699)
    assert r.phase() is Phase.GRACE
    r.wait(1)
    assert r.session.question_id == "q2"
    (ended,) = r.evidence(ev.AnswerEnded)
    assert (ended.reason, ended.duration_ms) == ("time_up", 182_200)


def test_the_tail_has_an_end_of_its_own(room: Build) -> None:
    r = room().to_answer()
    r.wait(179_000)
    r.happens(on.SpeechStarted("q1", 179_000))
    r.wait(1_000 + 4_999)
    assert r.phase() is Phase.GRACE
    r.wait(1)
    assert r.session.question_id == "q2"


def test_finished_is_also_heard_in_the_tail(room: Build) -> None:
    r = room().to_answer()
    r.happens(on.SpeechStarted("q1", 100))
    r.wait(181_000)
    r.says(say.FinishAnswer("q1"))
    assert r.evidence(ev.AnswerEnded)[0].reason == "finished"


def test_a_late_shell_changes_nothing(room: Build) -> None:
    """Sixty seconds without a wake-up: everything happens at its own moment all the same."""
    prompt, late = room().to_answer(), room().to_answer()
    prompt.wait(200_000)
    late.happens(on.TimePassed(), after_ms=200_000)
    assert late.records() == prompt.records()
    assert late.session.snapshot() == prompt.session.snapshot()


def test_a_clock_that_goes_back_is_taken_as_standing_still(room: Build) -> None:
    r = room().to_answer()
    r.wait(50_000)
    r.session.handle(on.MediaGap("q1", 0, 100, "loss"), 10_000)
    assert r.session.now_ms == 50_000
    assert r.session.state().timer.left_ms == 130_000


def test_an_empty_answer_is_skipped(room: Build) -> None:
    r = room().to_answer()
    r.says(say.SaveDraft("q1", "  \n", revision=1))
    r.says(say.FinishAnswer("q1"), after_ms=1_000)
    assert r.evidence(ev.AnswerEnded)[0].reason == "skipped"
    assert r.session.answered == 0


def test_without_a_model_a_spoken_answer_is_not_skipped(room: Build) -> None:
    r = room(speech_available=False).to_answer()
    r.says(say.FinishAnswer("q1"), after_ms=9_000)
    assert r.evidence(ev.AnswerEnded)[0].reason == "finished"
    r.saves("q1", audio_ms=9_000)
    r.wait(30_000 + 9_000)
    assert r.evidence(ev.AnswerSettledRecord)[0].transcript == "awaiting"


def test_changing_to_text_keeps_the_voice(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 2_000, "先说一半")
    r.says(say.ChooseMode("q1", "text"))
    r.says(say.SaveDraft("q1", "再写一半", revision=1), after_ms=1_000)
    r.says(say.SaveDraft("q1", "再写一半!", revision=4), after_ms=3_000)
    r.says(say.FinishAnswer("q1"))
    r.settles("q1", "complete", audio_ms=3_000)
    assert [u.text for u in r.evidence(ev.UtteranceFinal)] == ["先说一半"]
    assert r.evidence(ev.TextAnswered) == [ev.TextAnswered("q1", text="再写一半!", revisions=2, typing_ms=3_000)]
    assert "voice to text" in r.evidence(ev.Observation)[-1].detail
    assert r.sent(say.AnswerSettled) == [say.AnswerSettled("q1", "complete", words=8, recording="complete")]
    assert len(r.all_of(do.OpenAnswer)) == 1


def test_changing_to_voice_opens_the_media_then(room: Build, planned: Build) -> None:
    r = room(questions=(planned("q1", modes=("text", "voice")),)).to_answer()
    r.says(say.ChooseMode("q1", "voice"))
    assert [opened.mode for opened in r.all_of(do.OpenAnswer)] == ["text", "voice"]
    r.says(say.ChooseMode("q1", "text"))
    r.says(say.ChooseMode("q1", "voice"))
    assert len(r.all_of(do.OpenAnswer)) == 2, "its media clock goes on"


def test_an_open_answer_can_be_taken_up_by_another_process(room: Build) -> None:
    r = room().to_answer()
    assert r.session.open_answer() == (do.OpenAnswer("q1", 1, "voice", practice=False, take=1), 0)
    r.wait(4_000)
    restored = InterviewSession.restore(r.plan, r.session.snapshot())
    assert restored.open_answer() == (do.OpenAnswer("q1", 1, "voice", practice=False, take=1), 4_000)
    r.says(say.FinishAnswer("q1"))
    assert r.session.open_answer() is None


def test_drafts_never_go_back(room: Build) -> None:
    r = room().to_answer()
    r.says(say.SaveDraft("q1", "new", revision=5))
    r.says(say.SaveDraft("q1", "old", revision=4))
    assert r.session.draft == "new"
    assert r.sent(say.DraftSaved, r.last) == [say.DraftSaved("q1", revision=5)]
    r.says(say.SaveDraft("q1", "x" * 10_001, revision=6))
    assert r.refused() == ["draft_too_long"]
    assert (r.session.draft, r.session.draft_revision) == ("new", 5)


def test_a_late_click_does_not_touch_the_next_question(room: Build) -> None:
    r = room().to_answer()
    r.says(say.FinishAnswer("q1"))
    r.says(say.StartAnswer("q2"))
    r.says(say.FinishAnswer("q1"))
    assert r.refused() == ["question_not_current"]
    assert r.phase() is Phase.ANSWERING


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (say.FinishAnswer("q1"), "wrong_phase"),
        (say.Proceed(Phase.PRACTICE), "wrong_phase"),
        (say.SaveDraft("q1", "x", 1), "wrong_phase"),
        (say.GiveConsent(say.ConsentItems(True, True), "v", "zh"), "wrong_phase"),
        (say.Withdraw("x" * 2_001), "note_too_long"),
        (say.RequestHuman("x" * 2_001), "note_too_long"),
        (say.Observe("pasted", "x" * 2_001), "note_too_long"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(room: Build, message: Any, code: str) -> None:
    r = room().to_guide()
    before = r.session.snapshot()
    r.says(message)
    assert r.refused() == [code]
    assert len(r.last) == 1
    assert r.session.snapshot() == before


def test_late_words_belong_to_their_own_answer(room: Build) -> None:
    r = room().to_answer()
    r.happens(on.SpeechStarted("q1", 100))
    r.says(say.FinishAnswer("q1"), after_ms=2_000)
    r.happens(r.caption("q1", "u1", "最后一句"))
    r.happens(on.SpeechEnded("q1", 1_900))
    r.settles("q1")
    assert r.evidence(ev.SpeechSpan) == [ev.SpeechSpan("q1", 100, 1_900)]
    r.happens(r.caption("q1", "u2", "太晚"))
    assert [u.text for u in r.evidence(ev.UtteranceFinal)] == ["最后一句"]


def test_an_answer_without_its_transcript_settles_as_partial(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 2_000)
    r.says(say.FinishAnswer("q1"))
    r.saves("q1", audio_ms=9_000)
    r.wait(29_999 + 9_000)
    assert not r.sent(say.AnswerSettled)
    r.wait(1)
    assert r.sent(say.AnswerSettled) == [say.AnswerSettled("q1", "partial", words=2, recording="complete")]
    r.settles("q1")
    assert len(r.evidence(ev.AnswerSettledRecord)) == 1


def test_guarded_text_is_shown_as_empty_and_is_no_evidence(room: Build) -> None:
    r = room().to_answer()
    r.happens(r.caption("q1", "u1", "", final=False, partial="谢谢观看"))
    r.happens(r.caption("q1", "u1", "", no_speech=True, revision=2))
    partial, final, *_ = [send for send in r.all_of(do.Send) if isinstance(send.message, say.Caption)]
    assert (partial.durable, final.durable) == (False, True)
    r.happens(r.caption("q1", "u2", "谢谢观看", no_speech=True))
    assert not r.evidence(ev.UtteranceFinal)


def test_levels_become_one_window_at_the_close(room: Build) -> None:
    r = room().to_answer()
    r.level("q1", 1_000, speech_dbfs=-20.0, noise_dbfs=-60.0)
    r.level("q1", 2_000, speech_dbfs=-30.0, noise_dbfs=-50.0, clipped_share=0.1)
    r.level("q1", 3_000, speech_dbfs=None, noise_dbfs=-55.0)
    r.says(say.FinishAnswer("q1"))
    assert r.evidence(ev.LevelWindow) == [ev.LevelWindow("q1", -25.0, -55.0, round(0.1 / 3, 4))]


def test_a_gap_is_a_value(room: Build) -> None:
    r = room().to_answer()
    r.happens(on.MediaGap("q1", 2_000, 6_000, "disconnected"))
    assert r.evidence(ev.GapFound) == [ev.GapFound("q1", 2_000, 6_000, "disconnected")]


def test_lost_media_end_the_speech_that_was_under_way(room: Build) -> None:
    r = room().to_answer()
    r.happens(on.SpeechStarted("q1", 1_000))
    r.level("q1", 3_000)
    r.happens(on.MediaChanged("webrtc", False))
    assert r.evidence(ev.SpeechSpan) == [ev.SpeechSpan("q1", 1_000, 3_000)]


# ---------------------------------------------------------------------- leaving
def test_withdrawing_settles_and_scores_what_there_is(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 3_000)
    r.says(say.Withdraw("no time"))
    assert r.phase() is Phase.WITHDRAWN
    assert r.all_of(do.EndMedia), "capture stops at once"
    assert r.evidence(ev.AnswerEnded)[0].reason == "ended"
    assert not r.all_of(do.ScoreInterview)
    r.settles("q1")
    assert len(r.all_of(do.ScoreInterview)) == 1
    assert r.evidence(ev.InterviewEnded) == [ev.InterviewEnded("withdrawn")]
    r.happens(on.ReportStored("r-1", None))
    assert r.phase() is Phase.WITHDRAWN
    assert r.session.report_id == "r-1"


def test_withdrawing_with_nothing_asks_for_no_report(room: Build) -> None:
    r = room().join()
    r.says(say.Withdraw())
    assert r.phase() is Phase.WITHDRAWN
    assert r.session.over
    assert not r.all_of(do.ScoreInterview)
    r.says(say.Withdraw())
    assert r.refused() == ["interview_over"]


def test_hr_ends_and_what_was_answered_counts(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 3_000)
    r.hr(say.EndInterview("i-1", reason="fire alarm"))
    r.settles("q1")
    r.wait(3_000)
    assert r.phase() is Phase.SCORING
    assert r.session.state().reason == "ended_by_hr"
    assert r.evidence(ev.HrAction) == [ev.HrAction("hr.li", "end", detail="fire alarm")]
    r.hr(say.PauseInterview("i-1"))
    assert r.refused() == ["interview_over"]


def test_hr_ends_before_anybody_came(room: Build) -> None:
    r = room()
    r.hr(say.EndInterview("i-1"))
    assert (r.phase(), r.session.over) == (Phase.WITHDRAWN, True)


def test_notes_are_limited(room: Build) -> None:
    r = room().to_answer()
    for _ in range(1_001):
        r.says(say.Observe("tab_hidden"))
    assert r.refused() == ["too_many_notes"]


def test_garbage_is_no_snapshot(room: Build) -> None:
    with pytest.raises(msgspec.DecodeError):
        InterviewSession.restore(room().plan, b"{}")
