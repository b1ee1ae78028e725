from hypothesis import given
from hypothesis import strategies as st

from realtime.media.number_ranges import NumberRanges

numbers = st.lists(st.integers(0, 60), max_size=80)


@given(numbers, st.integers(0, 61))
def test_it_is_the_set_of_what_was_added(added, asked):
    ranges = NumberRanges()
    for number in added:
        ranges.add(number)
    there = set(added)
    assert {n for first, last in ranges for n in range(first, last + 1)} == there
    firsts_and_lasts = [number for pair in ranges for number in pair]
    assert firsts_and_lasts == sorted(firsts_and_lasts)
    assert all(later[0] > earlier[1] + 1 for earlier, later in zip(list(ranges), list(ranges)[1:], strict=False))
    assert (asked in ranges) == (asked in there)
    assert ranges.before(asked) == max((n for n in there if n < asked), default=None)
    assert ranges.after(asked) == min((n for n in there if n > asked), default=None)
    assert ranges.highest == max(there, default=-1)
    assert ranges.through == next(n for n in range(-1, 100) if n + 1 not in there)
