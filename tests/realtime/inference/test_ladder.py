"""What is given up, in which order, and that it does not come and go."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.ladder import AWAY_S, CALM_S, CALM_SHARE, LADDER, MOST_CALM_S, NEVER, Ladder, Rung
from realtime.inference.lag_meter import SPAN_S, LagMeter
from realtime.inference.scheduler import Lag

TICK_S = 0.5
QUIET, LATE = Lag(), Lag(partial_s=2.0, final_s=5.0)


def climb(ladder: Ladder, lag: Lag, since: float, seconds: float) -> float:
    """Feeds the same lag for so long; returns the time after it."""
    for tick in range(int(seconds / TICK_S)):
        ladder.heard(lag, since + tick * TICK_S)
    return since + seconds


def test_each_rung_gives_up_what_the_one_above_did_and_one_thing_more() -> None:
    steps = [LADDER[rung].allowance for rung in Rung]
    given_up = [
        (step.cadence_ms > 800 or not step.partials, step.window_s < 30 or not step.partials, not step.partials,
         not step.faces, not step.newcomers)
        for step in steps
    ]  # fmt: skip
    assert [sum(gone) for gone in given_up] == [0, 1, 2, 3, 4, 5]
    for above, below in pairwise(given_up):
        assert all(kept or not gone for gone, kept in zip(above, below, strict=True))


def test_a_rung_remembers_longer_than_one_late_batch_is_seen() -> None:
    for rung in Rung:
        assert LADDER[rung].down_after_s > SPAN_S


def test_lasting_lag_leads_down_rung_by_rung_in_the_documented_order() -> None:
    ladder, seen, now = Ladder(), [Rung.FULL], 0.0
    while now < 60:
        now = climb(ladder, LATE, now, TICK_S)
        if ladder.rung != seen[-1]:
            seen.append(ladder.rung)
    assert seen == list(Rung)


def test_one_late_batch_changes_nothing() -> None:
    ladder = Ladder()
    now = climb(ladder, LATE, 0.0, SPAN_S)
    climb(ladder, QUIET, now, 5)
    assert (ladder.rung, ladder.changes) == (Rung.FULL, 0)


def test_quiet_leads_up_again_one_rung_at_a_time() -> None:
    ladder = Ladder()
    now = climb(ladder, LATE, 0.0, 60)
    assert ladder.rung is Rung.CLOSED
    for rung in reversed(list(Rung)[:-1]):
        now = climb(ladder, QUIET, now, CALM_S + TICK_S)
        assert ladder.rung is rung


def test_between_the_two_lags_nothing_moves() -> None:
    ladder = Ladder()
    now = climb(ladder, Lag(partial_s=1.1), 0.0, 3.5)
    assert ladder.rung is Rung.SLOWER
    climb(ladder, Lag(partial_s=0.9), now, 600)
    assert (ladder.rung, ladder.changes) == (Rung.SLOWER, 1)


def test_who_falls_right_after_rising_waits_twice_as_long_and_at_most_so_long() -> None:
    ladder = Ladder()
    now = climb(ladder, Lag(partial_s=1.1), 0.0, 3.5)
    for expected in (10, 20, 40, 80, 160, 160):
        assert ladder.calm_s == expected
        now = climb(ladder, QUIET, now, expected + 2 * TICK_S)
        assert ladder.rung is Rung.FULL
        now = climb(ladder, Lag(partial_s=1.1), now, 3.5)
        assert ladder.rung is Rung.SLOWER
    now = climb(ladder, QUIET, now, MOST_CALM_S + 60)  # and now it holds
    climb(ladder, Lag(partial_s=1.1), now, 3.5)
    assert ladder.calm_s == CALM_S


def test_without_engines_only_finals_wait_and_newcomers_come_in() -> None:
    ladder = Ladder()
    for tick in range(200):
        ladder.heard(LATE, tick * TICK_S, engines=False)
        assert ladder.rung is (Rung.FULL if tick * TICK_S < AWAY_S else Rung.FINALS_ONLY)
    assert (ladder.allowance.newcomers, ladder.changes) == (True, 1)


def test_engines_that_come_back_are_asked_as_before_they_went() -> None:
    ladder = Ladder()
    now = climb(ladder, Lag(partial_s=1.1), 0.0, 3.5)
    for tick in range(10):
        ladder.heard(QUIET, now + tick * TICK_S, engines=False)
    assert ladder.rung is Rung.FINALS_ONLY
    ladder.heard(QUIET, now + 10 * TICK_S)
    assert ladder.rung is Rung.SLOWER
    climb(ladder, QUIET, now + 11 * TICK_S, CALM_S + TICK_S)
    assert ladder.rung is Rung.FULL


def test_a_moment_without_engines_changes_nothing() -> None:
    ladder = Ladder()
    for tick in range(40):
        ladder.heard(QUIET, tick * TICK_S, engines=tick % 4 == 0)
    assert ladder.changes == 0


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 6), st.integers(1, 40)), max_size=40))
def test_whatever_the_lag_does_a_rung_is_left_only_for_its_neighbour_and_never_soon_upwards(
    spells: list[tuple[float, float, int]],
) -> None:
    ladder, now, fell_at = Ladder(), 0.0, 0.0
    for partial_s, final_s, ticks in spells:
        for _ in range(ticks):
            before = ladder.rung
            ladder.heard(Lag(partial_s, final_s), now)
            assert abs(ladder.rung - before) <= 1
            if ladder.rung > before:
                step = LADDER[before]
                assert partial_s >= step.down_partial_s or final_s >= step.down_final_s
                fell_at = now
            if ladder.rung < before:
                assert now - fell_at >= CALM_S
                assert partial_s <= CALM_SHARE * LADDER[ladder.rung].down_partial_s
            now += TICK_S
    assert CALM_S <= ladder.calm_s <= MOST_CALM_S
    assert LADDER[Rung.CLOSED].down_final_s == NEVER


def test_the_meter_knows_what_waits_and_what_has_waited_lately() -> None:
    meter = LagMeter()
    meter.taken("partial", 0.7, 0.0)
    meter.taken("final", 0.2, 0.5)
    assert meter.lag(Lag(0.1, 0.3), 1.0) == Lag(0.7, 0.3)
    assert meter.lag(Lag(0.1, 0.0), SPAN_S + 0.1) == Lag(0.1, 0.2)
    assert meter.lag(Lag(), SPAN_S + 1.0) == Lag()


def test_of_many_batches_the_meter_passes_over_the_worst_twentieth() -> None:
    meter = LagMeter()
    for number in range(100):
        meter.taken("partial", 3.0 if number == 50 else 0.01, number / 100)
    assert meter.lag(Lag(), 1.0).partial_s == pytest.approx(0.01)
