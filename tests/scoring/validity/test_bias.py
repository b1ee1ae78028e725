"""Local Law 144's tables: the vector of the definition, the 2 % rule, unknown categories, intersections."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.validity.bias import Category, Person, RateTable, audit, impact_ratio, rate_table, standing

MEN = [62, 70, 71, 75, 80, 84, 90, 91]
WOMEN = [55, 60, 65, 72, 73, 74, 83, 88]
PEOPLE = [
    *(Person(f"m{i}", {"sex": "M"}, score) for i, score in enumerate(MEN)),
    *(Person(f"f{i}", {"sex": "F"}, score) for i, score in enumerate(WOMEN)),
]


def _of(table: RateTable, *names: str) -> Category:
    return next(category for category in table.categories if category.names == names)


def _many(**counts: tuple[int, int]) -> list[Person]:
    """Category -> (selected, all)."""
    return [
        Person(f"{name}{index}", {"sex": name}, None, index < chosen)
        for name, (chosen, n) in counts.items()
        for index in range(n)
    ]


def test_the_vector_of_the_definition() -> None:
    found = audit(PEOPLE, ["sex"], [])
    assert found.median == 73.5
    table = found.tables[0]
    assert table.basis == "scoring"
    assert [_of(table, sex).rate.value for sex in "MF"] == [0.625, 0.375]
    assert [_of(table, sex).ratio.value for sex in "MF"] == [1.0, 0.6]
    assert _of(table, "F").below_custom
    assert _of(table, "F").small


def test_fairlearn_has_the_same_smallest_ratio(oracles: dict[str, Any]) -> None:
    for case in oracles["impact"]:
        people = [
            Person(str(index), {"sex": group}, None, bool(chosen))
            for index, (group, chosen) in enumerate(zip(case["group"], case["selected"], strict=True))
        ]
        table = audit(people, ["sex"], []).tables[0]
        assert min(c.ratio.value or 0 for c in table.categories) == pytest.approx(case["ratio"])


def test_above_the_median_means_above() -> None:
    """Half of the sample on the median itself is not above it."""
    people = [Person(str(i), {"sex": "F" if i % 2 else "M"}, score) for i, score in enumerate([50, 60, 60, 60, 60, 90])]
    table = audit(people, ["sex"], []).tables[0]
    assert sum(category.hits for category in table.categories) == 1


def test_a_category_under_two_percent_has_no_ratio_and_is_no_yardstick() -> None:
    table = audit(_many(M=(50, 100), F=(40, 100), X=(3, 3)), ["sex"], []).tables[0]
    rare = _of(table, "X")
    assert (rare.left_out, rare.persons, rare.rate.value, rare.ratio.value) == (True, 3, 1.0, None)
    assert _of(table, "F").ratio.value == pytest.approx(0.8)
    assert not _of(table, "F").below_custom  # four fifths exactly
    exactly = audit(_many(M=(50, 98), X=(1, 2)), ["sex"], []).tables[0]
    assert not _of(exactly, "X").left_out


@pytest.mark.parametrize("said", ["", "  ", "Unknown", "未知", "不愿透露"])
def test_unknown_is_counted_and_in_no_table_but_in_the_median(said: str) -> None:
    groups = {"sex": said} if said else {}
    people = [*PEOPLE, *(Person(f"u{i}", groups, 100.0) for i in range(4))]
    found = audit(people, ["sex"], [])
    table = found.tables[0]
    assert (table.unknown, table.persons) == (4, 16)
    assert {category.names for category in table.categories} == {("M",), ("F",)}
    assert found.median == 77.5


def test_intersections() -> None:
    people = [
        Person(f"{sex}{race}{i}", {"sex": sex, "race_ethnicity": race}, None, i < chosen)
        for sex, race, chosen in (("M", "A", 20), ("M", "B", 30), ("F", "A", 30), ("F", "B", 20))
        for i in range(40)
    ]
    found = audit(people, ["sex", "race_ethnicity"], [("sex", "race_ethnicity")])
    single, both = found.tables[0], found.tables[2]
    assert _of(single, "F").ratio.value == 1.0  # each alone looks even,
    assert _of(both, "F", "B").ratio.value == pytest.approx(2 / 3)  # together they do not
    assert both.attributes == ("sex", "race_ethnicity")


def test_selection_and_scores_make_two_sets_of_tables_and_the_undecided_are_left_out() -> None:
    people = [
        Person("a", {"sex": "M"}, 60.0, True),
        Person("b", {"sex": "F"}, 70.0),
        Person("c", {"sex": "F"}, None, False),
    ]
    found = audit(people, ["sex"], [])
    assert [(table.basis, table.persons) for table in found.tables] == [("selection", 2), ("scoring", 2)]
    assert audit([Person("a", {"sex": "M"})], ["sex"], []).tables == ()


def test_nobody_selected_is_no_ratio() -> None:
    table = audit(_many(M=(0, 50), F=(0, 50)), ["sex"], []).tables[0]
    assert {category.ratio.value for category in table.categories} == {None}


def test_the_interval_of_a_ratio() -> None:
    """Katz: 40/100 against 50/100 is .80 with exp(ln .8 ± 1.96 sqrt(.6/40 + .5/50))."""
    found = impact_ratio(40, 100, 50, 100)
    assert found.value == pytest.approx(0.8)
    assert [found.low, found.high] == pytest.approx([0.5868, 1.0906], abs=1e-4)
    assert impact_ratio(0, 10, 5, 10).low is None
    assert impact_ratio(0, 10, 5, 10).value == 0.0


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), min_size=1, max_size=60))
def test_a_ratio_lies_between_zero_and_one_and_order_does_not_matter(rows: list[tuple[str, bool]]) -> None:
    people = [Person(str(i), {"sex": group}, None, chosen) for i, (group, chosen) in enumerate(rows)]
    outcome = {person.id: bool(person.selected) for person in people}
    table = rate_table(people, outcome, "selection", ("sex",))
    assert table == rate_table(people[::-1], outcome, "selection", ("sex",))
    assert all(0 <= (category.ratio.value or 0) <= 1 for category in table.categories)
    assert sum(category.persons for category in table.categories) == len(rows)


@pytest.mark.parametrize(
    ("profile", "audited", "today", "expected"),
    [
        ("cn-bank", None, date(2026, 3, 1), "not_required"),
        ("us-nyc", None, date(2026, 3, 1), "missing"),
        ("us-nyc", date(2025, 6, 1), date(2026, 3, 1), "current"),
        ("cn-bank+us-nyc", date(2025, 4, 1), date(2026, 3, 1), "due_soon"),
        ("us-nyc", date(2025, 3, 1), date(2026, 3, 1), "due_soon"),
        ("us-nyc", date(2025, 2, 28), date(2026, 3, 1), "overdue"),
        ("us-nyc", date(2024, 2, 29), date(2025, 2, 28), "due_soon"),
        ("us-nyc", date(2024, 2, 29), date(2025, 3, 1), "overdue"),
    ],
)
def test_an_audit_is_good_for_a_year(profile: str, audited: date | None, today: date, expected: str) -> None:
    assert standing(profile, audited, today) == expected
