"""What is asked in one interview, and that nothing is said about what was not."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.campaign import ChoiceInvalid, not_asked, questions_for, restricted
from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import FEATURES, PositionModel
from scoring.positions import builtin

ALL = st.sampled_from(sorted(builtin()))


def ids(model: PositionModel, *features: Any) -> list[str]:
    return [question.id for question in questions_for(model, features)]


def test_reserve_is_asked_only_when_chosen(model: PositionModel) -> None:
    assert ids(model, *FEATURES) == ["q1", "q2", "q3", "q4"]
    assert [question.id for question in questions_for(model, (), ["q5", "q1"])] == ["q5", "q1"]


def test_scenario_and_logic_hang_on_their_switches() -> None:
    engineer = builtin()["technology_engineer"]
    assert "blockchain" in ids(engineer, "voice", "logic")
    assert "failing_release" not in ids(engineer, "voice", "logic")
    assert "blockchain" not in ids(engineer, "scenario", "expression")
    assert "failing_release" in ids(engineer, "scenario", "expression")


@pytest.mark.parametrize(
    ("chosen", "says"),
    [(["q1", "q9"], "no question q9"), (["q1", "q1"], "twice"), (["q1"], "at least 2")],
)
def test_a_choice_that_cannot_be_is_refused(model: PositionModel, chosen: list[str], says: str) -> None:
    with pytest.raises(ChoiceInvalid, match=says):
        questions_for(model, FEATURES, chosen)


@pytest.mark.parametrize("position_id", sorted(builtin()))
def test_every_position_can_be_asked_with_nothing_switched_on(position_id: str) -> None:
    assert len(questions_for(builtin()[position_id], ())) >= 2


@given(position_id=ALL, data=st.data())
def test_weights_always_add_up_and_nothing_unasked_remains(position_id: str, data: st.DataObject) -> None:
    model = builtin()[position_id]
    asked = data.draw(st.sets(st.sampled_from([question.id for question in model.questions]), min_size=1))
    left = restricted(model, asked)
    assert math.fsum(competency.weight for competency in left.competencies) == pytest.approx(100, abs=1e-4)
    kept = {competency.id for competency in left.competencies}
    assert kept.isdisjoint(not_asked(model, asked))
    assert {name for view in left.views for part in view.parts for name in part.weights} <= kept
    assert {name for question in left.questions for name in question.measures} <= kept
    assert [question.id for question in left.questions] == [question.id for question in model.questions]


def test_asking_about_everything_changes_nothing(model: PositionModel) -> None:
    assert restricted(model, ["q1", "q2", "q3", "q4"]) is model
    assert restricted(model, ["unknown"]) is model


def test_the_report_says_what_was_not_asked(
    new_log: Callable[..., Any], answers: dict[str, dict[str, str]], model: PositionModel, facts: InterviewFacts
) -> None:
    log = new_log("zh", ["q3", "q5"])
    log.spoken("q3", answers["zh_strong"]["q3"]).spoken("q5", answers["zh_strong"]["q3"])
    report = fold(log.ended().lines, model, policy_for("cn-bank"), interview=facts)
    assert {competency.id for competency in report.competencies} == {"teamwork", "problem_solving", "communication"}
    assert report.total.value is not None
    [note] = [note for note in report.notes if note.code == "not_asked"]
    assert "合规与风险意识" in note.text.zh
    assert "Compliance and risk awareness" in note.text.en
