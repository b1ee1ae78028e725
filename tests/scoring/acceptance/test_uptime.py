"""Minutes up, out of what was written down."""

from hypothesis import given
from hypothesis import strategies as st

from scoring.acceptance.uptime import MINUTE_MS, MINUTES, Outage, bit_of, uptime

DAY = 24 * MINUTES


def _written(minutes: set[int]) -> list[tuple[int, int]]:
    masks: dict[int, int] = {}
    for minute in minutes:
        hour, bit = bit_of(minute * MINUTE_MS + 59_999)
        masks[hour] = masks.get(hour, 0) | bit
    return list(masks.items())


@given(st.sets(st.integers(0, 400)), st.integers(0, 200), st.integers(0, 400))
def test_it_counts_what_was_written_in_the_window(minutes: set[int], since: int, length: int) -> None:
    found = uptime(_written(minutes), since * MINUTE_MS, (since + length) * MINUTE_MS, longest=500)
    window = range(since, since + length)
    assert (found.up, found.of) == (len(minutes & set(window)), length)
    down = {minute for outage in found.outages for minute in range(outage.start, outage.start + outage.minutes)}
    assert down == set(window) - minutes


def test_a_month_with_forty_three_minutes_down_is_up_enough() -> None:
    month = set(range(30 * DAY)) - set(range(5000, 5043))
    found = uptime(_written(month), 0, 30 * DAY * MINUTE_MS)
    assert found.outages == (Outage(5000, 43),)
    assert found.up / found.of >= 0.999


def test_minutes_that_have_not_ended_or_had_begun_before_are_not_counted() -> None:
    assert uptime(_written({1, 2}), MINUTE_MS // 2, 3 * MINUTE_MS - 1).of == 1
    assert uptime([], 5 * MINUTE_MS, 5 * MINUTE_MS).of == 0
    assert uptime([], 9 * MINUTE_MS, 5 * MINUTE_MS).of == 0


def test_the_longest_outages_come_first() -> None:
    found = uptime(_written({3, 5, 6, 20}), 0, 21 * MINUTE_MS, longest=2)
    assert found.outages == (Outage(7, 13), Outage(0, 3))
