"""Who rates whom: enough, balanced, excluded people excluded, and what was given stays."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.acceptance.assignment import TooFewRaters, assign

RATERS = ["chen", "li", "wang", "zhao", "zhou"]


def _names(count: int) -> list[str]:
    return [f"iv_{number:03}" for number in range(count)]


@given(count=st.integers(1, 80), raters=st.integers(2, 8), each=st.integers(1, 2), seed=st.text(max_size=5))
def test_loads_differ_by_one_at_most(count: int, raters: int, each: int, seed: str) -> None:
    people = [f"rater{number}" for number in range(raters)]
    made = assign(_names(count), people, each, seed)
    assert sorted(made) == _names(count)
    assert all(len(set(panel)) == each for panel in made.values())
    loads = Counter(rater for panel in made.values() for rater in panel)
    assert max(loads.values()) - min(loads.get(rater, 0) for rater in people) <= 1


def test_every_pair_of_raters_meets_about_equally_often() -> None:
    made = assign(_names(200), RATERS, 2, "trial")
    pairs = Counter(tuple(panel) for panel in made.values())
    assert set(pairs) == set(combinations(RATERS, 2))
    assert max(pairs.values()) - min(pairs.values()) <= 4


def test_the_same_input_gives_the_same_and_another_seed_another() -> None:
    assert assign(_names(40), RATERS, 2, "a") == assign(list(reversed(_names(40))), RATERS, 2, "a")
    assert assign(_names(40), RATERS, 2, "a") != assign(_names(40), RATERS, 2, "b")


def test_what_was_given_stays_and_counts() -> None:
    first = assign(_names(10), RATERS, 2, "a")
    assert assign(_names(10), RATERS, 2, "a", given=first) == {}
    later = assign(_names(20), RATERS, 2, "a", given=first)
    assert sorted(later) == _names(20)[10:]
    loads = Counter(rater for panel in (first | later).values() for rater in panel)
    assert set(loads.values()) == {8}


def test_a_panel_is_filled_up_beside_whom_it_has() -> None:
    """Somebody who rates no longer stays where they were given."""
    made = assign(["iv"], RATERS, 2, "a", given={"iv": ("gone",)})
    assert len(made["iv"]) == 2
    assert "gone" in made["iv"]


def test_excluded_people_do_not_rate() -> None:
    excluded = {name: {"li", "zhao"} for name in _names(30)}
    made = assign(_names(30), RATERS, 3, "a", excluded=excluded)
    assert {rater for panel in made.values() for rater in panel} == {"chen", "wang", "zhou"}


def test_too_few_raters_are_refused_before_anything_is_given() -> None:
    with pytest.raises(TooFewRaters, match="2 raters are needed") as caught:
        assign(_names(3), RATERS, 2, "a", excluded={"iv_001": set(RATERS[1:])})
    assert caught.value.interview == "iv_001"
    with pytest.raises(ValueError, match="at least one"):
        assign(_names(1), RATERS, 0, "a")
