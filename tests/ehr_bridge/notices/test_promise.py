import pytest

from ehr_bridge.notices.promise import AGAIN_MS, HOUR_MS, Alarm, cancelled, kept, promise, woke


@pytest.mark.parametrize("hours", [12, 24])
def test_a_promise_is_reminded_then_overdue_then_again_each_day(hours: int) -> None:
    held = promise(hours, 0)
    assert (held.state, held.due_at_ms) == ("open", hours * HOUR_MS)
    assert held.wake_at_ms == hours * HOUR_MS * 3 // 4
    held, alarm = woke(held, held.wake_at_ms)
    assert (held.state, alarm, held.wake_at_ms) == ("reminded", Alarm("promise_due"), hours * HOUR_MS)
    held, alarm = woke(held, hours * HOUR_MS)
    assert (held.state, alarm) == ("overdue", Alarm("promise_overdue"))
    assert held.wake_at_ms == hours * HOUR_MS + AGAIN_MS
    assert woke(held, held.wake_at_ms)[1] == Alarm("promise_overdue")


def test_one_kept_in_time_is_quiet() -> None:
    held = kept(promise(12, 0), 5)
    assert (held.state, held.late_ms, held.wake_at_ms) == ("kept", 0, None)
    assert woke(held, 10**9) == (held, None)


def test_one_kept_late_says_how_late() -> None:
    late = kept(woke(promise(12, 0), 13 * HOUR_MS)[0], 14 * HOUR_MS)
    assert late.late_ms == 2 * HOUR_MS
    assert kept(late, 20 * HOUR_MS) == late
    assert promise(1, 0).late_ms is None


def test_a_server_that_was_down_over_the_end_says_overdue_at_once() -> None:
    assert woke(promise(12, 0), 99 * HOUR_MS)[1] == Alarm("promise_overdue")


def test_one_taken_back_is_over() -> None:
    assert cancelled(promise(1, 0)).state == "cancelled"
    assert cancelled(kept(promise(1, 0), 1)).state == "kept"
