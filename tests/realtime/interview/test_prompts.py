"""Each prompt when it is due, not before, not twice."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from realtime.interview import effects as do
from realtime.interview import events as on
from realtime.interview import evidence as ev
from realtime.interview.prompts import LEAST_APART_MS, NOISE, QUIET, Hold, schedule
from realtime.protocol import messages as say
from realtime.protocol.text import Phase, PromptKind

Build = Callable[..., Any]
P = PromptKind


@pytest.mark.parametrize(
    ("seconds", "kinds"),
    [
        (180, [(P.HALF_TIME, 90), (P.SECONDS_30_LEFT, 30), (P.SECONDS_10_LEFT, 10)]),
        (70, [(P.HALF_TIME, 35), (P.SECONDS_30_LEFT, 30), (P.SECONDS_10_LEFT, 10)]),
        (60, [(P.SECONDS_30_LEFT, 30), (P.SECONDS_10_LEFT, 10)]),
        (40, [(P.HALF_TIME, 20), (P.SECONDS_10_LEFT, 10)]),
        (25, [(P.SECONDS_10_LEFT, 10)]),
        (15, []),
    ],
)
def test_short_answers_have_fewer_time_prompts(seconds: int, kinds: list[tuple[P, int]]) -> None:
    assert [(kind, left_ms // 1_000) for kind, left_ms in schedule(seconds * 1_000)] == kinds


@given(st.integers(1, 3_600_000))
def test_time_prompts_are_in_order_and_apart(total_ms: int) -> None:
    lefts = [total_ms, *(left_ms for _, left_ms in schedule(total_ms)), 0]
    assert all(earlier - later >= LEAST_APART_MS for earlier, later in pairwise(lefts[:-1]))


def test_time_prompts_come_at_their_moment_and_replace_each_other(room: Build) -> None:
    r = room().to_answer()
    r.says(say.ChooseMode("q1", "text"))
    start_ms = r.now_ms
    r.wait(180_000)
    given = [
        (record.at_ms - start_ms, record.body.prompt)
        for record in r.records()
        if isinstance(record.body, ev.PromptGiven)
    ]
    assert given == [
        (90_000, "half_time"),
        (150_000, "seconds_30_left"),
        (170_000, "seconds_10_left"),
        (180_000, "time_is_up"),
    ]
    assert r.standing() == {P.TIME_IS_UP}
    assert [prompt.value for prompt in r.sent(say.PromptShown)] == [90.0, 30.0, 10.0, None]
    r.wait(5_000)
    assert r.standing() == set()
    assert r.session.question_id == "q2"


def test_more_time_takes_the_warning_back(room: Build) -> None:
    r = room().to_answer()
    r.says(say.ChooseMode("q1", "text"))
    r.wait(155_000)
    r.hr(say.ExtendTime("i-1", 60_000))
    assert r.standing() == set(), "the longer answer is past its half too, and that was said"
    r.wait(55_000)
    assert r.prompts().count(P.SECONDS_30_LEFT) == 2


def test_nobody_speaks_comes_after_eight_seconds_and_at_most_twice(room: Build) -> None:
    r = room().to_answer()
    r.wait(7_999)
    assert r.prompts() == []
    r.wait(1)
    assert r.prompts() == [P.NOBODY_SPEAKS]
    r.speaks("q1", 8_000, 9_000)
    assert r.standing() == set()
    r.wait(8_000)
    assert r.prompts() == [P.NOBODY_SPEAKS] * 2
    r.speaks("q1", 17_000, 18_000)
    r.wait(30_000)
    assert r.prompts() == [P.NOBODY_SPEAKS] * 2, "patience"


def test_silence_is_not_counted_while_nothing_arrives(room: Build) -> None:
    r = room().to_answer()
    r.happens(on.MediaChanged("webrtc", False))
    r.wait(20_000)
    assert r.prompts() == []
    r.happens(on.MediaChanged("webrtc", True))
    r.wait(7_999)
    assert r.prompts() == []
    r.wait(1)
    assert r.prompts() == [P.NOBODY_SPEAKS]


def test_who_types_is_not_asked_to_speak(room: Build) -> None:
    r = room().to_answer()
    r.wait(8_000)
    r.says(say.ChooseMode("q1", "text"))
    assert r.standing() == set()
    for second in range(10):
        r.level("q1", second * 1_000, noise_dbfs=-20.0)
    assert r.prompts() == [P.NOBODY_SPEAKS]


@pytest.mark.parametrize(
    ("bad", "good", "seconds", "kind"),
    [
        ({"speech_dbfs": -50.0}, {"speech_dbfs": -30.0}, 3, P.TOO_QUIET),
        ({"noise_dbfs": -30.0}, {"noise_dbfs": -50.0}, 4, P.NOISY),
        ({"pace_per_minute": 380.0}, {"pace_per_minute": 240.0}, 5, P.TOO_FAST),
        ({"clipped_share": 0.01}, {"clipped_share": 0.0}, 2, P.CLIPPED),
        ({"high_band_db": -57.0}, {"high_band_db": -20.0}, 6, P.NARROW_BAND),
    ],
)
def test_sound_conditions(room: Build, bad: Any, good: Any, seconds: int, kind: P) -> None:
    r = room().to_answer()
    r.happens(on.SpeechStarted("q1", 0))
    for _ in range(3):
        for second in range(seconds):
            assert kind not in r.standing()
            r.level("q1", second * 1_000, **bad)
        for second in range(4):
            r.level("q1", second * 1_000, **good)
        assert kind not in r.standing()
    assert r.prompts() == [kind, kind], "the third time is left unsaid"


def test_a_sentence_in_another_language_is_told_until_one_is_written_down(room: Build) -> None:
    r = room().to_answer()
    r.happens(on.SpeechStarted("q1", 0))
    r.happens(on.CaptionChanged("q1", "u1", 1, "", "", "zh", 0, 3_000, True, no_speech=True, other_language=True))
    assert r.standing() == {P.OTHER_LANGUAGE}
    observed = r.evidence(ev.Observation)[-1]
    assert (observed.observed, observed.question_id) == ("other_language", "q1")
    assert r.evidence(ev.UtteranceFinal) == []
    r.happens(on.CaptionChanged("q1", "u2", 2, "", "", "zh", 3_000, 4_000, True, no_speech=True))
    assert r.standing() == {P.OTHER_LANGUAGE}, "a cough changes nothing"
    r.happens(on.CaptionChanged("q1", "u3", 3, "我会先道歉", "", "zh", 4_000, 6_000, False))
    assert r.standing() == set()


def test_a_poor_connection_a_frozen_picture_and_the_dark(room: Build) -> None:
    r = room().to_answer()
    r.happens(on.SpeechStarted("q1", 0))
    for second in range(3):
        assert P.CONNECTION_POOR not in r.standing()
        r.happens(on.LossMeasured("q1", second * 1_000, 0.2), after_ms=1_000)
    for second in range(4):
        r.happens(on.PictureMeasured("q1", second * 1_000, True, None), after_ms=1_000)
    assert r.standing() == {P.CONNECTION_POOR, P.PICTURE_FROZEN}
    for second in range(4):
        r.happens(on.LossMeasured("q1", second * 1_000, 0.0), after_ms=1_000)
        r.happens(on.PictureMeasured("q1", second * 1_000, False, 0.05))
    assert r.standing() == {P.TOO_DARK}
    r.happens(on.PictureMeasured("q1", 9_000, False, 0.4), after_ms=1_000)
    r.happens(on.PictureMeasured("q1", 9_000, False, 0.4), after_ms=1_000)
    assert r.standing() == set()


def test_hr_sees_what_holds_also_when_the_candidate_is_told_no_more(room: Build) -> None:
    r = room().to_answer()
    r.happens(on.SpeechStarted("q1", 0))
    r.happens(on.LossMeasured("q1", 1_000, 0.06))
    for _ in range(3):
        for second in range(4):
            r.level("q1", second * 1_000, noise_dbfs=-30.0)
        states = [effect.message for effect in r.all_of(do.NotifyHr, r.last)]
        (state,) = [message for message in states if isinstance(message, say.QualityState)]
        assert state.conditions == [P.NOISY]
        assert (state.lost_share, state.noise_dbfs, state.light) == (0.06, -30.0, None)
        for second in range(3):
            r.level("q1", second * 1_000)
    assert r.prompts() == [P.NOISY, P.NOISY]


def test_english_has_a_pace_of_its_own(room: Build) -> None:
    r = room(language="en").to_answer()
    for second in range(6):
        r.level("q1", second * 1_000, pace_per_minute=240.0)
    assert r.prompts() == [P.TOO_FAST]


def test_face_prompts_need_permission(room: Build) -> None:
    allowed, forbidden = room().to_answer(), room(face_analysis_allowed=False).to_answer()
    for r in (allowed, forbidden):
        r.happens(on.SpeechStarted("q1", 0))
        for second in range(4):
            r.face("q1", second * 1_000, face=0.0)
        for second in range(4):
            r.face("q1", second * 1_000, several=1.0)
    assert allowed.prompts() == [P.FACE_OUT_OF_FRAME, P.SEVERAL_FACES]
    assert allowed.standing() == {P.SEVERAL_FACES}
    assert forbidden.prompts() == []


def test_may_finish_early_after_a_fluent_answer_in_a_pause(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 95_000)
    r.wait(2_999)
    assert P.MAY_FINISH_EARLY not in r.prompts()
    r.wait(1)
    assert P.MAY_FINISH_EARLY in r.standing()
    r.wait(10_000)
    assert P.NOBODY_SPEAKS not in r.prompts(), "the offer stands; silence is an answer to it"
    r.happens(on.SpeechStarted("q1", 108_000))
    assert P.MAY_FINISH_EARLY not in r.standing()
    r.happens(on.SpeechEnded("q1", 110_000), after_ms=2_000)
    r.wait(5_000)
    assert r.prompts().count(P.MAY_FINISH_EARLY) == 1


def test_a_short_beginning_is_no_fluent_answer(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 15_000)
    r.wait(120_000)
    assert P.MAY_FINISH_EARLY not in r.prompts()


def test_prompts_are_evidence_and_go_with_their_phase(room: Build) -> None:
    r = room().to_answer()
    r.wait(100_000)
    r.says(say.FinishAnswer("q1"))
    assert r.phase() is Phase.READING
    assert r.standing() == set()
    ids = [prompt.id for prompt in r.sent(say.PromptShown)]
    assert len(ids) == len(set(ids)) == len(r.evidence(ev.PromptGiven)) == 2


@given(st.lists(st.floats(-90, 0), max_size=60))
def test_a_condition_never_flickers(values: list[float]) -> None:
    """Between two changes lies at least the shorter of the two least durations."""
    for threshold in (QUIET, NOISE):
        hold, changes, was = Hold(), [], False
        for second, value in enumerate(values):
            on_now = hold.observe(value, threshold, 1_000)
            if on_now is not was:
                changes.append(second)
            was = on_now
        least_s = min(threshold.raise_ms, threshold.clear_ms) // 1_000
        assert all(later - earlier >= least_s for earlier, later in pairwise(changes))
