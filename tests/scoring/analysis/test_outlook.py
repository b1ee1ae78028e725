"""Stability and values phrases, with their stance."""

import pytest

from scoring.analysis.clauses import structure
from scoring.analysis.marks import Marks
from scoring.analysis.outlook import STATEMENTS_KEPT, find_statements
from scoring.analysis.transcript import typed


def stated(text: str) -> list[tuple[str, str, int]]:
    marks = Marks(text)
    found = find_statements(marks, structure(typed(text), marks))
    return [(statement.topic, text[statement.start : statement.end], statement.supports) for statement in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我希望长期发展", [("stability", "长期发展", 1)]),
        ("我不会跳槽", [("stability", "不会跳槽", 1)]),
        ("我过两年可能会离职", [("stability", "会离职", -1)]),
        ("有些人会跳槽", []),
        ("I see it as a stepping stone", [("stability", "stepping stone", -1)]),
        ("Integrity comes first", [("value", "Integrity", 1)]),
    ],
)
def test_topic_and_side(text: str, expected: list[tuple[str, str, int]]) -> None:
    assert stated(text) == expected


def test_only_a_few_of_each_are_kept() -> None:
    assert len(stated("诚信，责任，稳健，协作，创新，专业，公平，透明")) == STATEMENTS_KEPT
