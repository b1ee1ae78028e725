"""The figures of what was tried by hand."""

from scoring.acceptance.checks import FUNCTIONS, TERMINALS, Check, Kind, Outcome, conflicts, integrated, newest
from scoring.validity.readiness import Counted


def _check(kind: Kind, name: str, outcome: Outcome, at: int = 0) -> Check:
    return Check(kind, name, outcome, "", "li.na", at)


def test_nothing_tried_is_no_figure() -> None:
    assert conflicts([]) is None
    assert conflicts([_check("terminal", "iphone", "fails")]) is None
    assert integrated([], []) is None


def test_the_newest_word_counts() -> None:
    tried = [_check("function", "sync", "conflict", 1), _check("function", "report", "works", 2)]
    assert conflicts(tried) == Counted(1, 2)
    assert conflicts([*tried, _check("function", "sync", "works", 3)]) == Counted(0, 2)
    assert list(newest(tried)) == [("function", "sync"), ("function", "report")]


def test_what_fails_outright_is_a_conflict_too() -> None:
    assert conflicts([_check("function", "sync", "fails")]) == Counted(1, 1)


def test_an_interface_that_nobody_tried_counts_against() -> None:
    tried = [_check("interface", "odoo", "works"), _check("interface", "extra", "works")]
    assert integrated(tried, ["odoo", "feishu"]) == Counted(1, 2)


def test_every_name_has_both_languages() -> None:
    assert all(text.zh and text.en for text in (*FUNCTIONS.values(), *TERMINALS.values()))
