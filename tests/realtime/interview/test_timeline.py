import doctest

import hypothesis.strategies as st
from hypothesis import given

from realtime.interview import timeline
from realtime.interview.timeline import Gap, Timeline


def test_the_example_in_the_docstring_holds() -> None:
    assert doctest.testmod(timeline).failed == 0


def test_without_an_answer_nothing_maps() -> None:
    line = Timeline()
    assert line.to_answer_ms(1_000.0) is None
    line.open(1_000.0)
    line.close()
    assert line.to_answer_ms(2_000.0) is None


def test_media_from_before_the_opening_do_not_belong_to_it() -> None:
    line = Timeline()
    line.open(10_000.0)
    assert line.to_answer_ms(9_980.0) is None
    assert line.to_answer_ms(10_020.0) == 20


def test_an_answer_opened_without_a_stream_begins_with_a_gap() -> None:
    line = Timeline()
    line.open(None)
    assert line.to_answer_ms(5.0) is None
    assert line.resumed(stream_ms=40.0, away_ms=3_000) == Gap(0, 3_000)
    assert line.to_answer_ms(140.0) == 3_100


def test_a_second_answer_starts_at_zero_again() -> None:
    line = Timeline()
    line.open(0.0)
    line.to_answer_ms(60_000.0)
    line.open(75_000.0)
    assert (line.latest_ms, line.to_answer_ms(75_500.0)) == (0, 500)


def test_a_reconnect_between_two_answers_is_no_gap() -> None:
    line = Timeline()
    line.open(0.0)
    line.close()
    line.lost()
    assert line.resumed(stream_ms=0.0, away_ms=5_000) is None


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("media"), st.floats(0, 500_000)),
        st.tuples(st.just("lost"), st.floats(0, 60_000)),
    ),
    max_size=40,
)


@given(STEPS)
def test_answer_time_never_goes_back_and_gaps_do_not_overlap(steps: list[tuple[str, float]]) -> None:
    line, latest_ms, gaps = Timeline(), 0, [Gap(0, 0)]
    line.open(0.0)
    for what, value in steps:
        if what == "media":
            answer_ms = line.to_answer_ms(value)
            assert answer_ms is None or answer_ms >= latest_ms
            latest_ms = answer_ms if answer_ms is not None else latest_ms
        else:
            line.lost()
            gap = line.resumed(stream_ms=0.0, away_ms=round(value))
            if gap:
                assert gap.start_ms >= max(latest_ms, gaps[-1].end_ms)
                gaps.append(gap)
                latest_ms = gap.end_ms
