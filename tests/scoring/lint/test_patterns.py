"""Patterns that would break a report or a server are refused."""

import pytest

from scoring.lint.patterns import MAX_CHARACTERS, MAX_GAPS, wrong_with


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("主动询问(", "is no pattern"),
        ("(询问+)+客户", "repeats a group"),
        ("(询问){9}", "repeats a group"),
        ("(询问)?", "finds nothing at all"),
        ("", "finds nothing at all"),
        ("*", "finds nothing at all"),
        ("字" * (MAX_CHARACTERS + 1), "is too long"),
        ("字*" * (MAX_GAPS + 1), "is too long"),
        ("[a[b]", "square brackets"),
        ("[ask~] him", "square brackets"),
        ("[a--b]", "square brackets"),
    ],
)
def test_a_pattern_that_cannot_be_used(pattern: str, says: str) -> None:
    assert says in wrong_with(pattern, "zh" if pattern[:1] in "主(字*" else "en")


@pytest.mark.parametrize("pattern", ["(上报|汇报)*(上级|领导)", "我先(?!生|进)", "rated [0-9]", "ask~ *(client|her)"])
def test_a_pattern_as_they_are_written(pattern: str) -> None:
    assert wrong_with(pattern, "en" if pattern[0] in "ra" else "zh") == ""
