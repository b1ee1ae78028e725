"""Identifiers, clocks, attempts, profiles and consent: each a page of code, proven together."""

import pytest

from server.attempts import Attempts
from server.clock import rfc3339
from server.consent import consent_for
from server.ids import new_id
from server.problems import Problem
from server.profiles import PROFILES, strictest


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    ids = [new_id("iv", now) for now in (1_000, 2_000, 1_700_000_000_000)]
    assert ids == sorted(ids)
    assert len({new_id("iv", 5) for _ in range(1000)}) == 1000
    assert all(len(name) == len("iv_") + 26 for name in ids)


def test_times_are_rfc3339_in_utc() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(1_700_000_000_123) == "2023-11-14T22:13:20.123Z"


def test_attempts_are_counted_in_a_sliding_window() -> None:
    now = [0.0]
    attempts = Attempts(limit=3, window_s=60.0, monotonic_s=lambda: now[0])
    for now[0] in (0.0, 1.0, 2.0):
        attempts.check("somebody")
    attempts.check("somebody else")
    with pytest.raises(Problem) as caught:
        attempts.check("somebody")
    assert caught.value.retry_after_s == pytest.approx(58.0)
    now[0] = 60.0
    attempts.check("somebody")


def test_attempts_are_forgotten_on_success_and_bounded() -> None:
    attempts = Attempts(limit=1, window_s=60.0, capacity=10, monotonic_s=lambda: 0.0)
    attempts.check("a")
    attempts.forget("a")
    attempts.check("a")
    for number in range(100):
        attempts.check(f"spray {number}")
    assert len(attempts._times) == 10


@pytest.mark.parametrize("other", sorted(PROFILES))
def test_the_strictest_profile_is_no_looser_than_any(other: str) -> None:
    both = strictest("cn-bank", other)
    order = ("impossible", "off", "consented", "on")
    for profile in (PROFILES["cn-bank"], PROFILES[other]):
        assert order.index(both.face) <= order.index(profile.face)
        assert order.index(both.delivery) <= order.index(profile.delivery)
        assert both.non_verbal_cap <= profile.non_verbal_cap
        assert both.media_days <= profile.media_days
        assert both.record_days >= profile.record_days


def test_an_unknown_profile_is_an_error() -> None:
    with pytest.raises(KeyError):
        strictest("atlantis")


def test_consent_asks_only_for_what_the_law_leaves_open() -> None:
    assert {item.key for item in consent_for(PROFILES["cn-bank"]).items} == {
        "recording",
        "speech_to_text",
        "voice_analysis",
        "face_analysis",
    }
    assert "face_analysis" not in {item.key for item in consent_for(PROFILES["eu"]).items}
    assert consent_for(PROFILES["eu"]).sha256 != consent_for(PROFILES["cn-bank"]).sha256
