"""What the same words mean when they are denied, supposed, quoted, or somebody else's."""

import pytest

from scoring.analysis.reading import read_answer
from scoring.analysis.transcript import typed
from scoring.position_model import PositionModel


def found(model: PositionModel, text: str, question_id: str = "q4") -> dict[str, int]:
    question = model.question(question_id)
    assert question is not None
    reading = read_answer(typed(text), model, question)
    return {hit.indicator_id: hit.supports for hit in reading.hits if hit.competency_id == "compliance"}


@pytest.mark.parametrize(
    ("text", "indicator", "supports"),
    [
        ("我会睁一只眼闭一只眼", "looks_away", -1),
        ("我不会睁一只眼闭一只眼", "looks_away", 1),
        ("我不会因为他是我的朋友就睁一只眼闭一只眼", "looks_away", 1),
        ("我绝不睁一只眼闭一只眼", "looks_away", 1),
        ("睁一只眼闭一只眼是不对的", "looks_away", 1),
        ("睁一只眼闭一只眼，这是不行的", "looks_away", 1),
        ("我不怕得罪人", "looks_away", 1),
        ("我会拒绝他然后告诉他我不会睁一只眼闭一只眼", "looks_away", 1),
        ("我不会因为他是朋友就不上报", "reports", 1),
        ("睁一只眼闭一只眼也许没人知道，但是客户会受损失", "looks_away", 1),
        ("我怕得罪人", "looks_away", -1),
        ("我会上报上级", "reports", 1),
        ("我不会上报", "reports", -1),
        ("我不能不上报", "reports", 1),
        ("我不得不上报", "reports", 1),
        ("我不仅会提醒他还会上报领导", "reports", 1),
        ("不是隐瞒而是上报领导", "reports", 1),
        ("如果他不改我会上报领导", "reports", 1),
        ("实在不行就不管了，当作没看见", "looks_away", -1),
        ("I would report it to my supervisor", "reports", 1),
        ("I would not report it", "reports", -1),
        ("I wouldn’t turn a blind eye", "looks_away", 1),
        ("I would never look the other way", "looks_away", 1),
        ("Turning a blind eye is wrong", "looks_away", 1),
        ("I would turn a blind eye", "looks_away", -1),
        ("Rather than keep quiet I would speak up", "looks_away", 1),
        ("I would not only remind my colleague but also report it", "reports", 1),
        ("I would remind my colleague that this is wrong", "warns", 1),
    ],
)
def test_what_counts_and_for_which_side(model: PositionModel, text: str, indicator: str, supports: int) -> None:
    assert found(model, text).get(indicator) == supports


@pytest.mark.parametrize(
    ("text", "indicator"),
    [
        ("有些人会睁一只眼闭一只眼", "looks_away"),
        ("他说睁一只眼闭一只眼就行了", "looks_away"),
        ("如果睁一只眼闭一只眼，客户会受损失", "looks_away"),
        ("所谓“多一事不如少一事”在银行行不通", "looks_away"),
        ("当时应该上报的", "reports"),
        ("我看到同事睁一只眼闭一只眼", "looks_away"),
        ("I saw my colleague turn a blind eye", "looks_away"),
        ("Some people turn a blind eye", "looks_away"),
        ("If I turn a blind eye, clients could lose money", "looks_away"),
        ("My friend said I should keep quiet", "looks_away"),
        ("I should have reported it", "reports"),
    ],
)
def test_what_says_nothing_about_the_candidate(model: PositionModel, text: str, indicator: str) -> None:
    assert indicator not in found(model, text)


def test_own_words_in_quotation_marks_are_own(model: PositionModel) -> None:
    assert found(model, "我会跟他说：“请你马上停止操作并改正”") == {"warns": 1}
