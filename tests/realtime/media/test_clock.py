import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.cadence import Cadence
from realtime.media.clock import MAX_DISAGREEMENT_MS, StreamClock


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 400), min_size=1, max_size=100))
def test_arrival_sets_the_start_and_then_only_the_timestamp_counts(first, steps):
    clock = StreamClock(48)
    assert clock.place(first, 500) == 500
    media_ms = 500.0
    for step in steps:
        media_ms += step
        first = (first + step * 48) % 2**32
        assert clock.place(first, media_ms + 4) == pytest.approx(media_ms)
    assert clock.jumps == 0


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 10_000)), max_size=50))
def test_no_timestamp_leads_far_from_arrival(steps):
    clock, arrival_ms = StreamClock(90), 0.0
    for timestamp, wait_ms in steps:
        arrival_ms += wait_ms
        assert abs(clock.place(timestamp, arrival_ms) - arrival_ms) <= MAX_DISAGREEMENT_MS


@pytest.mark.parametrize(("per_second", "expected"), [(0, 0), (0.5, 5), (3, 30), (4, 40), (10, 100), (30, 100)])
def test_a_cadence_is_kept_from_ten_a_second(per_second, expected):
    cadence, taken = Cadence(per_second), 0
    for i in range(100):
        if cadence.due(i * 100.0):
            cadence.took(i * 100.0)
            taken += 1
    assert taken == expected


def test_a_pause_is_not_followed_by_a_burst():
    cadence, taken = Cadence(2), []
    for at in [0, 100, 60_000, 60_100, 60_200, 60_500]:
        if cadence.due(at):
            cadence.took(at)
            taken.append(at)
    assert taken == [0, 60_000, 60_500]
