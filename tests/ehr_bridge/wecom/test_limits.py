"""The members' limits: whatever the times of sending and however long each is on its way, WeCom never sees too many."""

from bisect import bisect_left

from hypothesis import given, settings
from hypothesis import strategies as st

from ehr_bridge.wecom.limits import CORPORATION, IN_FLIGHT_MS, MEMBER, Limit, Windows, wait_ms


@settings(max_examples=25)
@given(
    gaps=st.lists(st.integers(0, 4_000), min_size=40, max_size=160),
    flights=st.lists(st.integers(0, IN_FLIGHT_MS), min_size=160, max_size=160),
)
def test_no_minute_at_the_other_end_holds_more_than_thirty(gaps: list[int], flights: list[int]) -> None:
    windows, now, arrivals = Windows(MEMBER), 0, []
    for gap, flight in zip(gaps, flights, strict=False):
        now += gap
        if windows.take("zhang", now) == 0:
            arrivals.append(now + flight)
    arrivals.sort()
    most = max(bisect_left(arrivals, start + 60_000) - index for index, start in enumerate(arrivals))
    assert 0 < most <= 30


def test_the_wait_is_exact() -> None:
    windows = Windows((Limit(2, 100),))
    assert [windows.take("a", 0), windows.take("a", 30), windows.take("a", 40)] == [0, 0, 60]
    assert windows.take("b", 40) == 0
    assert windows.take("a", 99) == 1
    assert windows.take("a", 100) == 0


def test_an_hour_takes_a_thousand() -> None:
    windows = Windows(MEMBER)
    sent = sum(windows.take("zhang", at) == 0 for at in range(0, 3_600_000, 1_800))
    assert sent == 1000


def test_the_corporations_limit_is_per_api() -> None:
    windows = Windows(CORPORATION)
    assert all(windows.take("message/send", 0) == 0 for _ in range(10_000))
    assert windows.take("message/send", 0) == 60_000
    assert windows.take("kf/send_msg", 0) == 0


def test_fewer_than_the_limit_never_wait() -> None:
    assert wait_ms([5] * 29, MEMBER, 5) == 0
    assert wait_ms([5] * 30, MEMBER, 5) == 60_000 + IN_FLIGHT_MS
