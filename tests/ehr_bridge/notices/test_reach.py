from datetime import UTC, datetime, time

import pytest

from ehr_bridge.notices.channels import CHANNELS, FOR_CANDIDATES
from ehr_bridge.notices.reach import AWAKE_MS, Contact, QuietHours, first_open, reach
from ehr_bridge.wecom.kefu import Window

NEVER_QUIET = QuietHours(time(0), time(0))


def at(hour: int, minute: int = 0, day: int = 10) -> int:
    """In Shanghai, UTC+8."""
    return round(datetime(2026, 3, day, hour, minute, tzinfo=UTC).timestamp() * 1000) - 8 * 3_600_000


def test_each_closed_channel_says_why() -> None:
    person = Contact(kefu_person="wm1", window=Window(1, 5), email="a@b.example", said_no=frozenset({"email"}))
    found = reach(person, {"kefu", "email", "sms"}, 2, NEVER_QUIET)
    assert found.closed == {
        "kefu": "window_used_up",
        "subscription": "not_set_up",
        "sms": "no_address",
        "email": "said_no",
        "member": "not_set_up",
    }


def test_a_window_over_is_told_apart_from_one_used_up() -> None:
    person = Contact(kefu_person="wm1", window=Window(1, 5))
    later = 1 + 49 * 3_600_000
    assert reach(person, CHANNELS, later, NEVER_QUIET).closed["kefu"] == "window_closed"
    assert reach(Contact(), CHANNELS, later, NEVER_QUIET).closed["kefu"] == "never_wrote"


def test_whoever_has_everything_is_told_by_kefu() -> None:
    person = Contact("a@b.example", "13800138000", "wm1", Window(1, 0), "o1", 1)
    found = reach(person, FOR_CANDIDATES, 2, NEVER_QUIET)
    assert set(found.closed) == {"member"}
    assert first_open(FOR_CANDIDATES, found) == "kefu"
    assert reach(person, FOR_CANDIDATES, 2, NEVER_QUIET, unfit=["kefu"]).closed["kefu"] == "too_long"


@pytest.mark.parametrize(
    ("hour", "day_of_end"), [(22, 11), (23, 11), (0, 10), (7, 10)], ids=["begins", "evening", "midnight", "morning"]
)
def test_quiet_hours_over_midnight(hour: int, day_of_end: int) -> None:
    assert QuietHours().over_at(at(hour)) == at(8, day=day_of_end)


def test_the_day_is_not_quiet() -> None:
    assert QuietHours().over_at(at(8)) is None
    assert QuietHours().over_at(at(21, 59)) is None
    assert NEVER_QUIET.over_at(at(3)) is None
    assert QuietHours(time(12), time(14)).over_at(at(13)) == at(14)


def test_who_was_just_here_is_awake() -> None:
    night = at(23)
    asleep = reach(Contact(seen_at_ms=night - AWAKE_MS), CHANNELS, night, QuietHours())
    awake = reach(Contact(seen_at_ms=night - AWAKE_MS + 1), CHANNELS, night, QuietHours())
    assert asleep.quiet_until_ms == at(8, day=11)
    assert awake.quiet_until_ms is None
