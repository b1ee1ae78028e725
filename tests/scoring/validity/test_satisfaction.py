"""Satisfaction as a trial reports it: items, their mean, rounds."""

from pathlib import Path

import pytest

from scoring.validity.satisfaction import Reply, load, newest, satisfaction
from scoring.validity.tables_csv import CsvInvalid


def _replies(group: str, round_: str = "", **items: int) -> list[Reply]:
    """Item -> how many of a hundred persons are satisfied."""
    return [
        Reply(f"{group}{index}", group, item, 4 + index % 2 if index < satisfied else 1 + index % 3, round_)
        for item, satisfied in items.items()
        for index in range(100)
    ]


def test_a_group_is_the_mean_of_its_items() -> None:
    """95 and 90 make 92.5 for HR, 90 and 86 make 88 for candidates."""
    found = satisfaction([*_replies("HR", ease=95, report=90), *_replies("candidate", friendly=90, questions=86)])
    assert {group.group: group.satisfied.value for group in found} == {"HR": 0.925, "candidate": 0.88}
    assert [item.satisfied.value for item in found[0].items] == [0.95, 0.90]
    assert all(group.passed for group in found)
    assert found[0].satisfied.low is not None
    assert found[0].satisfied.low < 0.925 < (found[0].satisfied.high or 0)


def test_an_item_with_few_replies_counts_as_much() -> None:
    rare = [Reply(f"HR{index}", "HR", "report", 1) for index in range(10)]
    assert satisfaction([*_replies("HR", ease=100), *rare])[0].satisfied.value == pytest.approx(0.5)


def test_the_newest_round_decides() -> None:
    found = satisfaction([*_replies("HR", "1", ease=84), *_replies("HR", "2", ease=90)])
    assert [(group.round, group.passed) for group in found] == [("1", False), ("2", True)]
    assert [group.round for group in newest(found)] == ["2"]
    assert satisfaction([]) == ()


def test_exactly_eighty_five_passes() -> None:
    assert satisfaction(_replies("HR", ease=85))[0].passed


def test_a_survey_file(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_bytes("编号,角色,题目,评分,轮次\nh1,HR,操作便捷性,5,1\nh1,HR,报告可读性,,1\n".encode("gb18030"))
    assert load(path) == [Reply("h1", "HR", "操作便捷性", 5, "1")]
    path.write_text("person,group,item,rating\na,HR,x,4.5\na,HR,y,9\na,HR,x,4\n", encoding="utf-8")
    with pytest.raises(CsvInvalid) as refused:
        load(path)
    assert str(refused.value).splitlines() == [
        "survey.csv:2: column 'rating': 4.5 is not a whole number from 1 to 5",
        "survey.csv:3: column 'rating': 9 is not between 1 and 5",
        "survey.csv:4: column 'item': a has answered this already; keep one of them",
    ]
