"""Pass hints: compared exactly, told to HR alone, and silent about what is not in the report."""

from collections.abc import Callable

import msgspec
import pytest

from scoring.hints import hint_notes
from scoring.position_model import PassHint, PositionModel
from scoring.report import Report, Score

Interview = Callable[..., Report]


def told(model: PositionModel, report: Report, of: str, at_least: float) -> list[str]:
    hinted = msgspec.structs.replace(model, pass_hints=(PassHint(of, at_least),))
    notes = hint_notes(hinted, report)
    assert all(note.audience == "hr" for note in notes)
    return [note.text.en for note in notes]


@pytest.mark.parametrize(("above", "word"), [(0.0, ", met."), (0.1, "not met")])
def test_the_line_itself_counts_as_met(interview: Interview, model: PositionModel, above: float, word: str) -> None:
    report = interview("zh_strong")
    assert report.total.value is not None
    [text] = told(model, report, "total", report.total.value + above)
    assert word in text


def test_a_competency_and_a_part_of_a_view(interview: Interview, model: PositionModel) -> None:
    report = interview("zh_strong")
    assert "Compliance and risk awareness ≥ 70" in told(model, report, "compliance", 70)[0]
    assert "Communication ≥ 80" in told(model, report, "core.communication", 80)[0]
    assert told(model, report, "core.charm", 80) == []


def test_what_could_not_be_assessed_is_neither(interview: Interview, model: PositionModel) -> None:
    report = msgspec.structs.replace(interview("zh_strong"), total=Score(value=None))
    assert "not assessable" in told(model, report, "total", 60)[0]


def test_hr_reads_the_hints_of_the_position(interview: Interview, model: PositionModel) -> None:
    hints = [note for note in interview("zh_strong").notes if note.code == "pass_hint"]
    assert len(hints) == len(model.pass_hints) > 0
