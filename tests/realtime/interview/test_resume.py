"""Connections come and go; the interview outlives them."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime.interview import effects as do
from realtime.interview import events as on
from realtime.interview import evidence as ev
from realtime.interview.plan import TimingRules
from realtime.interview.resume import Presence
from realtime.interview.session import InterviewSession
from realtime.protocol import messages as say
from realtime.protocol.text import Phase

Build = Callable[..., Any]


def test_only_a_newer_connection_counts() -> None:
    presence = Presence()
    assert presence.joined(1)
    assert not presence.joined(1)
    assert presence.joined(3)
    assert not presence.left(1, 5_000), "it was superseded"
    assert presence.left(3, 6_000)
    assert not presence.left(3, 7_000)
    rules = TimingRules()
    assert presence.interrupts_at(rules) == 16_000
    assert presence.limit_at(rules) == 16_000 + 24 * 3_600_000


def test_silence_stops_the_clocks_before_anybody_knows_why(room: Build) -> None:
    r = room().to_answer()
    r.wait(20_000)
    r.happens(on.CandidateHushed(1, silent=True))
    assert (r.phase(), r.session.state().timer.paused) == (Phase.ANSWERING, True)
    r.wait(6_000)
    r.happens(on.CandidateHushed(1, silent=False))
    assert (r.session.state().timer.paused, r.session.state().timer.left_ms) == (False, 160_000)
    told = [
        effect.message.state for effect in r.all_of(do.NotifyHr) if isinstance(effect.message, say.CandidatePresence)
    ]
    assert told == ["silent", "here"]
    assert [o.observed for o in r.evidence(ev.Observation)][-2:] == ["fell_silent", "heard_again"]


def test_silence_that_was_a_loss_is_one(room: Build) -> None:
    r = room().to_answer()
    r.wait(20_000)
    r.happens(on.CandidateHushed(1, silent=True))
    r.wait(7_000)
    r.happens(on.CandidateLeft(1))
    assert not r.session.heard
    r.wait(9_999)
    assert r.phase() is Phase.ANSWERING
    r.wait(1)
    assert r.phase() is Phase.INTERRUPTED
    r.join()
    assert r.session.heard
    assert r.session.state().timer.left_ms == 160_000


def test_silence_of_another_connection_means_nothing(room: Build) -> None:
    r = room().to_answer()
    for event in (on.CandidateHushed(0, silent=True), on.CandidateHushed(1, silent=False)):
        assert r.happens(event) == []
    r.happens(on.CandidateHushed(1, silent=True))
    r.join()  # a new connection is heard by coming
    assert r.session.heard
    assert not r.session.state().timer.paused


GO_ON = TimingRules(interrupted_limit_ms=600_000, after_limit="continue")


def test_by_the_positions_rule_the_interview_goes_on_without_the_candidate(room: Build) -> None:
    r = room(timing=GO_ON).to_answer()
    r.speaks("q1", 0, 5_000)
    r.wait(15_000)
    r.happens(on.CandidateLeft(1))
    r.wait(10_000 + 600_000 - 1)
    assert (r.phase(), r.session.state().timer.left_ms) == (Phase.INTERRUPTED, 160_000)
    r.wait(1)
    assert (r.phase(), r.session.state().timer.paused) == (Phase.ANSWERING, False)
    assert r.evidence(ev.Observation)[-1].observed == "went_on_without_candidate"
    r.wait(160_000 + 5_000)
    r.settles("q1")
    assert r.session.question_id == "q2"
    r.wait(100_000)
    r.join()  # back in time for the rest of the second question
    assert r.session.question_id == "q2"
    assert not r.session.state().timer.paused
    r.happens(on.CandidateLeft(2))
    assert r.session.state().timer.paused, "a new absence begins anew"


def test_nobody_comes_back_and_it_ends_by_itself(room: Build) -> None:
    r = room(timing=GO_ON).to_answer()
    r.speaks("q1", 0, 5_000)
    r.happens(on.CandidateLeft(1))
    while (due := r.session.next_deadline_ms()) is not None:
        r.happens(on.TimePassed(), due - r.now_ms)
    assert r.phase() is Phase.SCORING
    assert r.evidence(ev.InterviewEnded) == [ev.InterviewEnded("completed")]
    assert r.evidence(ev.AnswerEnded)[-1].reason == "skipped"


@pytest.mark.parametrize("where", ["guide", "unlimited", "paused", "unlimited later"])
def test_what_only_the_candidate_could_end_expires(room: Build, where: str) -> None:
    r = room(timing=GO_ON)
    if where == "guide":
        r.to_guide()
    else:
        r.to_answer()
    if where == "unlimited":
        r.hr(say.Accommodate("i-1", None))
    r.happens(on.CandidateLeft(1))
    if where == "paused":
        r.wait(10_000 + 600_000)
        assert r.phase() is Phase.ANSWERING
        r.hr(say.PauseInterview("i-1"))
        r.wait(600_000)
        assert r.phase() is Phase.PAUSED
    if where == "unlimited later":
        r.wait(10_000 + 600_000)
        r.hr(say.Accommodate("i-1", None))
        assert r.session.state().timer.paused
    r.wait(10_000 + 600_000)
    assert r.phase() is Phase.EXPIRED


def test_a_short_loss_costs_no_time_and_changes_no_phase(room: Build) -> None:
    r = room().to_answer()
    r.wait(20_000)
    r.happens(on.CandidateLeft(1))
    r.wait(9_999)
    assert r.phase() is Phase.ANSWERING
    r.join()
    assert r.session.state().timer.left_ms == 160_000
    assert not r.session.state().timer.paused


def test_a_long_loss_interrupts_and_the_same_phase_goes_on(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 5_000)
    r.wait(15_000)
    r.happens(on.CandidateLeft(1))
    r.wait(10_000)
    assert r.phase() is Phase.INTERRUPTED
    state = r.session.state()
    assert state.question.id == "q1"
    assert (state.timer.paused, state.timer.left_ms, state.timer.phase) == (True, 160_000, Phase.ANSWERING)
    r.wait(3_600_000)
    r.join()
    assert (r.phase(), r.session.state().timer.left_ms) == (Phase.ANSWERING, 160_000)
    r.happens(on.MediaGap("q1", 20_000, 3_630_000, "disconnected"))
    r.says(say.FinishAnswer("q1"), after_ms=1_000)
    assert r.evidence(ev.GapFound)[0].cause == "disconnected"
    assert r.evidence(ev.AnswerEnded)[0].duration_ms == 21_000
    observed = [o.observed for o in r.evidence(ev.Observation)]
    assert observed[-2:] == ["disconnected", "reconnected"]


def test_whoever_stays_away_expires_and_what_was_said_is_scored(room: Build) -> None:
    r = room().to_answer()
    r.speaks("q1", 0, 5_000)
    r.happens(on.CandidateLeft(1))
    r.wait(10_000 + 24 * 3_600_000 - 1)
    assert r.phase() is Phase.INTERRUPTED
    r.wait(1)
    assert r.phase() is Phase.EXPIRED
    r.settles("q1")
    assert len(r.all_of(do.ScoreInterview)) == 1
    assert r.evidence(ev.InterviewEnded) == [ev.InterviewEnded("expired")]
    r.join()
    assert r.phase() is Phase.EXPIRED


def test_a_newer_connection_takes_over(room: Build) -> None:
    r = room().to_answer()
    r.happens(on.CandidateJoined(2), after_ms=1_000)
    r.happens(on.CandidateLeft(1))
    r.wait(20_000)
    assert (r.phase(), r.session.epoch, r.session.connected) == (Phase.ANSWERING, 2, True)
    assert r.evidence(ev.Observation)[-1].observed == "connection_replaced"


def test_the_tail_waits_for_a_lost_candidate_too(room: Build) -> None:
    r = room().to_answer()
    r.wait(180_100)
    assert r.phase() is Phase.GRACE
    r.happens(on.CandidateLeft(1))
    r.wait(60_000)
    assert r.phase() is Phase.INTERRUPTED
    r.join()
    r.wait(699)
    assert r.phase() is Phase.GRACE
    r.wait(1)
    assert r.session.question_id == "q2"


def test_leaving_before_the_pause_and_after_it(room: Build) -> None:
    """HR's pause lies over the loss: it stays a pause, and going on finds the candidate gone."""
    r = room().to_answer()
    r.hr(say.PauseInterview("i-1"))
    r.happens(on.CandidateLeft(1))
    r.wait(60_000)
    assert r.phase() is Phase.PAUSED
    r.hr(say.ContinueInterview("i-1"))
    assert r.phase() is Phase.INTERRUPTED
    r.join()
    assert r.phase() is Phase.ANSWERING


def test_nobody_waits_for_ever_in_a_pause(room: Build) -> None:
    r = room().to_answer()
    r.hr(say.PauseInterview("i-1"))
    r.happens(on.CandidateLeft(1))
    r.wait(25 * 3_600_000)
    assert r.phase() is Phase.EXPIRED


@pytest.mark.parametrize("after_ms", [0, 30_000, 65_000, 100_000])
def test_a_crash_costs_the_candidate_nothing(room: Build, after_ms: int) -> None:
    r = room().to_guide()
    r.says(say.Proceed(Phase.GUIDE))
    r.wait(after_ms)
    left_ms, phase = r.session.state().timer.left_ms, r.phase()
    restored = InterviewSession.restore(r.plan, r.session.snapshot())
    restored.handle(on.CandidateLeft(restored.epoch), restored.now_ms)
    restored.handle(on.CandidateJoined(restored.epoch + 1), r.now_ms + 600_000)
    timer = restored.state().timer
    assert timer is not None
    assert (restored.phase, timer.left_ms) == (phase, left_ms)
