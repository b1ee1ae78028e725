"""What an answer is made of, and the words that only sound like it."""

import pytest

from scoring.analysis.reading import read_answer
from scoring.analysis.substance import Substance
from scoring.analysis.transcript import typed
from scoring.position_model import PositionModel


def made_of(model: PositionModel, text: str) -> Substance:
    question = model.question("q4")
    assert question is not None
    return read_answer(typed(text), model, question).substance


def faults(model: PositionModel, text: str) -> set[tuple[str, bool]]:
    return {(flaw.fault, flaw.refused) for flaw in made_of(model, text).flaws}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我会尽力做好本职工作", {("hollow", False)}),
        ("我一定不会睁一只眼闭一只眼", {("red_lines", True)}),
        ("有些人会睁一只眼闭一只眼", set()),
        ("这个不关我的事", {("passing_on", False)}),
        ("我不知道该怎么办", {("evasion", False)}),
        ("大家不知道客户从哪里来", set()),
        ("我先算了最坏的情况", set()),
        ("I am a very hard-working person", {("hollow", False)}),
        ("I would never turn a blind eye", {("red_lines", True)}),
        ("I would submit it first and fill in the papers later", {("red_lines", False)}),
        ("My colleague said it was not our problem", set()),
    ],
)
def test_flaws(model: PositionModel, text: str, expected: set[tuple[str, bool]]) -> None:
    assert faults(model, text) == expected


def test_refusing_a_bad_act_is_no_denied_duty(model: PositionModel) -> None:
    assert made_of(model, "我不会急着推荐产品，也不会隐瞒风险。").denied == 0
    assert made_of(model, "我不会核对流水，也没有告诉主管。").denied == 2
    assert made_of(model, "I did not check the receipts, and I did not tell my supervisor.").denied == 2
    assert made_of(model, "I would not push the product.").denied == 0


def test_different_wordings_count_and_not_mentions(model: PositionModel) -> None:
    once = made_of(model, "我核对了合同。")
    often = made_of(model, "我核对了合同。我核对了合同。我核对了合同。")
    assert (once.acts, once.detail, once.care) == (often.acts, often.detail, often.care)


def test_supposed_outcomes_are_none(model: PositionModel) -> None:
    assert made_of(model, "如果客户满意").outcomes == 0
    assert made_of(model, "最后客户很满意").outcomes > 0
