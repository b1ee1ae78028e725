import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.ranking import Entry, Leaf, normalise, place, within


def places(**totals: float | None) -> dict[str, tuple[int | None, bool]]:
    placed = place([Entry(name, total) for name, total in totals.items()])
    return {item.candidate: (item.place, item.top) for item in placed}


def test_where_the_top_share_ends() -> None:
    assert [within(n, 0.2) for n in (0, 1, 5, 6, 10, 11)] == [0, 1, 1, 2, 2, 3]


def test_equal_totals_share_a_place_and_the_next_is_skipped() -> None:
    found = places(a=90.0, b=80.0, c=80.04, d=70.0, e=None)
    assert {name: at for name, (at, _) in found.items()} == {"a": 1, "b": 2, "c": 2, "d": 4, "e": None}


def test_the_top_fifth_and_a_tie_at_its_border() -> None:
    assert [name for name, (_, top) in places(a=90.0, b=80.0, c=70.0, d=60.0, e=50.0).items() if top] == ["a"]
    entries = [Entry(f"c{n}", 100.0 - n) for n in range(8)] + [Entry("x", 99.0), Entry("y", 99.0)]
    top = [item.candidate for item in place(entries) if item.top]
    assert top == ["c0", "c1", "x", "y"], "places 1, 2, 2, 2 of ten"
    assert not any(item.top for item in place([Entry("a", None)]))
    with pytest.raises(ValueError, match="top_share"):
        place(entries, 0.0)


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=40), st.floats(0.01, 1.0))
def test_a_better_total_never_stands_behind(totals: list[float | None], share: float) -> None:
    placed = place([Entry(str(n), total) for n, total in enumerate(totals)], share)
    assert len(placed) == len(totals)
    there = [item for item in placed if item.total is not None and item.place is not None]
    for one in there:
        for other in there:
            if round(one.total or 0, 1) > round(other.total or 0, 1):
                assert (one.place or 0) < (other.place or 0)
                assert one.top >= other.top
    assert sum(item.top for item in placed) >= share * len(there) - 1e-6


def test_few_candidates_are_not_normalised_and_it_is_said() -> None:
    found = normalise([Leaf(f"c{n}", "q", "r", 3) for n in range(29)])
    assert (found.shift, found.refused) == ({}, "29 candidates; 30 are needed")


def test_a_hard_question_and_a_strict_rater_are_found_and_taken_out() -> None:
    """Half are asked the hard question instead of the easy one, half are marked by the strict rater; ability is the
    same on both sides."""
    rng = random.Random(3)
    leaves = []
    for number in range(400):
        name, able = f"c{number:03}", rng.gauss(3.2, 0.5)
        hard, strict = number % 2 == 0, number % 4 < 2
        for question, burden in (("common", 0.0), ("hard", 0.8) if hard else ("easy", 0.0)):
            rater, severity = ("strict", 0.5) if strict else ("mild", 0.0)
            leaves.append(Leaf(name, question, rater, able - burden - severity + rng.gauss(0, 0.3)))
    found = normalise(leaves)
    assert found.difficulty["hard"] - found.difficulty["easy"] == pytest.approx(0.8, abs=0.12)
    assert found.severity["strict"] - found.severity["mild"] == pytest.approx(0.5, abs=0.12)
    burdened = found.shift["c000"] - found.shift["c003"]
    assert burdened == pytest.approx((0.4 + 0.5) * 20, abs=3)
    assert sum(found.shift.values()) == pytest.approx(0, abs=10)


def test_a_question_asked_twice_moves_nobody_far() -> None:
    leaves = [Leaf(f"c{n}", "q", "r", 3.0) for n in range(40)]
    leaves += [Leaf("c0", "rare", "r", 1.0), Leaf("c1", "rare", "r", 1.0)]
    assert abs(normalise(leaves).shift["c0"]) < 5
