import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.perception.losses import LossMeter


def test_a_second_of_sound_has_lost_nothing() -> None:
    meter = LossMeter()
    readings = [reading for at in range(0, 2000, 60) for reading in meter.push(at, at + 60, lost=False)]
    assert [(reading.media_ms, reading.lost_share) for reading in readings] == [(1000, 0.0), (2000, 0.0)]


def test_what_was_concealed_and_what_never_came_are_lost() -> None:
    meter = LossMeter()
    assert meter.push(0, 500, lost=False) == []
    assert meter.push(500, 560, lost=True) == []
    (reading,) = meter.push(560, 1000, lost=False)
    assert reading.lost_share == pytest.approx(0.06)
    assert [r.lost_share for r in meter.push(1000, 4500, lost=True)] == [1.0, 1.0, 1.0]


def test_what_was_told_already_is_not_told_twice() -> None:
    meter = LossMeter()
    meter.push(0, 900, lost=True)
    (reading,) = meter.push(500, 1000, lost=False)
    assert reading.lost_share == pytest.approx(0.9)
    assert meter.push(0, 1000, lost=True) == []


@given(st.lists(st.tuples(st.integers(-50, 3000), st.booleans()), max_size=60))
def test_seconds_add_up_whatever_comes(stretches: list[tuple[int, bool]]) -> None:
    meter, at, told = LossMeter(), 0, []
    whole = lost = 0
    for length, gone in stretches:
        told += meter.push(at, at + length, gone)
        if length > 0:
            at += length
            whole += length
            lost += length * gone
    assert len(told) == whole // 1000
    assert [reading.media_ms for reading in told] == [1000 * n for n in range(1, len(told) + 1)]
    assert all(-1e-9 <= reading.lost_share <= 1 + 1e-9 for reading in told)
    assert sum(reading.lost_share for reading in told) * 1000 <= lost + 1e-6
