import hypothesis.strategies as st
from hypothesis import given

from realtime.interview.timers import PhaseTimer, Stopwatch
from realtime.protocol.text import Phase

FACTORS = st.one_of(st.none(), st.floats(0.1, 10.0))


def test_a_stopwatch_counts_only_while_it_runs() -> None:
    watch = Stopwatch()
    watch.start(1_000)
    watch.start(1_500)
    assert watch.read(3_000) == 2_000
    watch.stop(3_000)
    assert watch.read(9_000) == 2_000
    assert watch.when(2_500) is None
    watch.start(10_000)
    assert watch.when(2_500) == 10_500


def test_a_timer_stands_still_and_goes_on() -> None:
    timer = PhaseTimer.of(60_000, 1.5, now_ms=0)
    timer.start(0)
    assert timer.ends_at() == 90_000
    timer.stop(30_000)
    assert (timer.ends_at(), timer.left(99_000)) == (None, 60_000)
    message = timer.message(Phase.THINKING, 40_000)
    assert (message.paused, message.ends_at_ms, message.left_ms) == (True, 100_000, 60_000)


def test_scaling_keeps_the_share_that_has_passed() -> None:
    timer = PhaseTimer.of(180_000, 1.0, now_ms=0)
    timer.start(0)
    timer.rescale(1.0, 2.0, now_ms=90_000)
    assert (timer.total_ms, timer.left(90_000), timer.ends_at()) == (360_000, 180_000, 270_000)
    timer.rescale(2.0, 1.0, now_ms=90_000)
    assert (timer.total_ms, timer.left(90_000)) == (180_000, 90_000)


def test_a_limit_that_returns_begins_anew() -> None:
    timer = PhaseTimer.of(60_000, None, now_ms=0)
    timer.start(0)
    assert timer.ends_at() is None
    timer.rescale(None, 2.0, now_ms=500_000)
    assert timer.ends_at() == 620_000


def test_extending_adds_to_what_is_left() -> None:
    timer = PhaseTimer.of(60_000, 1.0, now_ms=0)
    timer.start(0)
    timer.extend(30_000, now_ms=50_000)
    assert (timer.left(50_000), timer.total_ms, timer.ends_at()) == (40_000, 90_000, 90_000)
    unlimited = PhaseTimer.of(60_000, None, now_ms=0)
    unlimited.extend(30_000, now_ms=1)
    assert unlimited.left(1) is None


@given(st.lists(st.tuples(st.integers(0, 100_000), st.sampled_from("+-*x"), FACTORS), max_size=12))
def test_whatever_happens_nothing_is_negative(steps: list[tuple[int, str, float | None]]) -> None:
    timer, factor, now_ms = PhaseTimer.of(60_000, 1.0, now_ms=0), 1.0, 0
    current: float | None = factor
    for wait_ms, what, new in steps:
        now_ms += wait_ms
        if what == "+":
            timer.start(now_ms)
        elif what == "-":
            timer.stop(now_ms)
        elif what == "*":
            timer.rescale(current, new, now_ms)
            current = new
        else:
            timer.extend(wait_ms, now_ms)
        left_ms = timer.left(now_ms)
        assert left_ms is None or 0 <= left_ms <= (timer.total_ms or 0)
