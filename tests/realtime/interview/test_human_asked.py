"""A candidate asks for a human: at any moment, and it stops nothing."""

from collections.abc import Callable
from typing import Any

from realtime.interview import evidence as ev
from realtime.protocol import messages as say
from realtime.protocol.text import Phase

Build = Callable[..., Any]


def test_asking_for_a_human_is_a_flag_and_stops_nothing(room: Build) -> None:
    r = room().to_answer()
    r.says(say.RequestHuman("please call"))
    assert r.phase() is Phase.ANSWERING
    assert r.session.human_requested
    assert r.evidence(ev.HumanAskedFor) == [ev.HumanAskedFor("please call")]


def test_asking_for_a_human_before_consent_waits_for_one(room: Build) -> None:
    r = room().join()
    r.says(say.RequestHuman())
    assert r.phase() is Phase.HUMAN_REQUESTED
    r.consent()
    assert r.phase() is Phase.DEVICE_CHECK
    assert r.session.human_requested


def test_a_human_can_still_be_asked_for_afterwards(room: Build) -> None:
    r = room().join()
    r.says(say.Withdraw())
    r.says(say.RequestHuman("I was nervous"))
    assert r.session.human_requested
    assert r.evidence(ev.HumanAskedFor) == [], "the log is closed"
    assert r.sent(say.HumanRequested, r.last)
