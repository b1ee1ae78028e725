from collections.abc import Callable

import pytest

from scoring.overrides import Override, effective, flaw
from scoring.report import Report

WHY = "the recording shows it at 2:10"


def override(version: int, competency_id: str | None, value: float | None) -> Override:
    return Override(version, competency_id, value, WHY, "zhang", "2026-11-25T10:00:00Z")


@pytest.fixture(scope="module")
def report(interview: Callable[..., Report]) -> Report:
    return interview("zh_medium", typed=True)


def test_without_overrides_the_machine_stands(report: Report) -> None:
    holds = effective(report, [])
    assert holds.total == holds.machine_total == report.total.value
    assert holds.overridden == ()


def test_a_competency_moves_the_total_by_its_weight(report: Report) -> None:
    competency = next(c for c in report.competencies if c.score.value is not None)
    before = effective(report, []).total
    holds = effective(report, [override(1, competency.id, competency.score.value - 20)])
    there = sum(c.weight for c in report.competencies if c.score.value is not None)
    assert holds.total == pytest.approx(before - 20 * competency.weight / there, abs=0.11)
    assert holds.machine_total == report.total.value
    assert holds.overridden == (competency.id,)


def test_the_total_itself_wins_and_can_be_taken_back(report: Report) -> None:
    first = report.competencies[0].id
    both = [override(2, None, 55.55), override(1, first, 10.0)]
    assert effective(report, both).total == 55.5 or effective(report, both).total == 55.6
    assert effective(report, both).overridden == (first, "total")
    back = effective(report, [*both, override(3, None, None), override(4, first, None)])
    assert (back.total, back.overridden) == (report.total.value, ())


@pytest.mark.parametrize(
    ("competency_id", "value", "reason", "says"),
    [
        ("nothing", 50.0, WHY, "not a competency"),
        (None, 101.0, WHY, "from 0 to 100"),
        (None, float("nan"), WHY, "from 0 to 100"),
        (None, 50.0, "  because ", "at least 10"),
        (None, 50.0, "x" * 2001, "at most 2000"),
    ],
)
def test_flaws(report: Report, competency_id: str | None, value: float, reason: str, says: str) -> None:
    assert says in (flaw(report, competency_id, value, reason) or "")


def test_a_good_one_has_no_flaw(report: Report) -> None:
    assert flaw(report, None, None, WHY) is None
    assert flaw(report, report.competencies[0].id, 60.0, WHY) is None
