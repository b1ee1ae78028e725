"""What HR may do while it runs, and that every action bears a name."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from realtime.interview import evidence as ev
from realtime.protocol import messages as say
from realtime.protocol.text import Phase, PromptKind

Build = Callable[..., Any]


def test_an_accommodation_changes_the_running_timer_and_the_next_ones(room: Build) -> None:
    r = room().to_answer()
    r.wait(90_000)
    r.hr(say.Accommodate("i-1", 2.0, reason="dyslexia"))
    assert r.session.state().timer.left_ms == 180_000
    assert r.evidence(ev.AccommodationChanged) == [ev.AccommodationChanged(2.0, "hr.li", "dyslexia")]
    r.says(say.FinishAnswer("q1"))
    assert r.session.state().timer.left_ms == 16_000
    r.wait(16_000)
    assert r.session.state().timer.left_ms == 120_000
    assert r.session.state().question.answer_ms == 360_000


def test_unlimited_means_no_end(room: Build) -> None:
    r = room().to_answer()
    r.hr(say.Accommodate("i-1", None))
    r.wait(10 * 3_600_000)
    assert r.phase() is Phase.ANSWERING
    assert r.session.state().timer.ends_at_ms is None
    r.says(say.FinishAnswer("q1"))
    r.wait(3_600_000)
    assert (r.phase(), r.session.question_id) == (Phase.READING, "q2")


def test_unlimited_during_the_tail_lets_the_answer_go_on(room: Build) -> None:
    r = room().to_answer()
    r.wait(180_100)
    r.hr(say.Accommodate("i-1", None))
    assert r.phase() is Phase.ANSWERING
    assert r.standing() == set()


@pytest.mark.parametrize("factor", [0.0, -1.0, math.nan, math.inf, 10.1])
def test_a_factor_that_is_none_is_refused(room: Build, factor: float) -> None:
    r = room().to_answer()
    r.hr(say.Accommodate("i-1", factor))
    assert r.refused() == ["time_factor_invalid"]
    assert r.session.state().time_factor == 1.0


def test_more_time_in_an_answer_and_in_its_tail(room: Build) -> None:
    r = room().to_answer()
    r.wait(100_000)
    r.hr(say.ExtendTime("i-1", 60_000))
    assert r.session.state().timer.left_ms == 140_000
    r.wait(140_100)
    assert r.phase() is Phase.GRACE
    r.hr(say.ExtendTime("i-1", 30_000))
    assert (r.phase(), r.session.state().timer.left_ms) == (Phase.ANSWERING, 30_000)
    assert PromptKind.TIME_IS_UP not in r.standing()
    r.wait(30_000)
    assert r.prompts().count(PromptKind.TIME_IS_UP) == 2, "time was up twice"
    assert [action.action for action in r.evidence(ev.HrAction)] == ["extend_time", "extend_time"]


@pytest.mark.parametrize("extra_ms", [0, -5, 3_600_001])
def test_extra_time_has_bounds(room: Build, extra_ms: int) -> None:
    r = room().to_answer()
    r.hr(say.ExtendTime("i-1", extra_ms))
    assert r.refused() == ["extra_time_invalid"]


def test_nothing_to_extend(room: Build) -> None:
    r = room(time_factor=None).to_answer()
    r.hr(say.ExtendTime("i-1", 1_000))
    assert r.refused() == ["no_timer_running"]


def test_a_pause_stops_every_clock(room: Build) -> None:
    r = room().to_answer()
    r.wait(155_000)
    assert r.standing() == {PromptKind.SECONDS_30_LEFT, PromptKind.NOBODY_SPEAKS}
    r.hr(say.PauseInterview("i-1"))
    assert (r.phase(), r.standing(), r.session.answering) == (Phase.PAUSED, set(), False)
    r.says(say.SaveDraft("q1", "kept", 1))
    assert r.session.draft == "kept"
    r.wait(3_600_000)
    r.hr(say.ContinueInterview("i-1"))
    assert (r.phase(), r.session.state().timer.left_ms) == (Phase.ANSWERING, 25_000)
    assert r.standing() == set(), "what was said once is not said again"
    assert [action.action for action in r.evidence(ev.HrAction)] == ["pause", "continue"]
    r.hr(say.ContinueInterview("i-1"))
    assert r.refused() == ["wrong_phase"]


def test_more_time_while_paused_in_the_tail(room: Build) -> None:
    r = room().to_answer()
    r.wait(180_100)
    r.hr(say.PauseInterview("i-1"))
    r.hr(say.ExtendTime("i-1", 20_000))
    assert r.phase() is Phase.PAUSED
    r.hr(say.ContinueInterview("i-1"))
    assert (r.phase(), r.session.state().timer.left_ms) == (Phase.ANSWERING, 20_000)
