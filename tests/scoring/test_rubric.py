"""The default rater: substance, behaviours and subject, minus what speaks against."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.analysis.reading import read_answer
from scoring.analysis.transcript import typed
from scoring.position_model import PositionModel
from scoring.raters import AnswerToRate, Rating
from scoring.rubric import CRITICAL_CAP, PARTS, SIGN_WEIGHTS, RubricRater, grown


def rated(model: PositionModel, text: str, competency_id: str = "compliance", question_id: str = "q4") -> Rating:
    question = model.question(question_id)
    assert question is not None
    answer = AnswerToRate(model, question, read_answer(typed(text), model, question))
    return next(rating for rating in RubricRater().rate(answer) if rating.competency_id == competency_id)


def test_the_weights_are_shares_of_one() -> None:
    assert sum(PARTS.values()) == pytest.approx(1)
    for column in (0, 1):
        assert sum(weights[column] for weights in SIGN_WEIGHTS.values()) == pytest.approx(1)


@given(st.integers(0, 50), st.integers(1, 20))
def test_more_never_lowers_and_enough_is_enough(count: int, enough: int) -> None:
    assert 0 <= grown(count, enough) <= grown(count + 1, enough) <= 1
    assert grown(enough, enough) == grown(enough + 9, enough) == 1


def test_key_words_without_substance_stay_low(model: PositionModel, answers: dict[str, dict[str, str]]) -> None:
    assert rated(model, "提醒同事并且上报上级，坚持原则").level <= 3.7
    assert rated(model, answers["zh_strong"]["q4"].replace("|", "")).level >= 4.5


def test_one_critical_phrase_caps_all_the_good_ones(model: PositionModel, answers: dict[str, dict[str, str]]) -> None:
    good = answers["zh_strong"]["q4"].replace("|", "")
    assert rated(model, good + "不过有时候我也会睁一只眼闭一只眼。").level <= CRITICAL_CAP


def test_what_is_declined_and_what_is_refused(model: PositionModel) -> None:
    does = rated(model, "我会提醒同事停下来，核实情况，然后把记录交给主管，上报合规部。")
    declines = rated(model, "我不会提醒同事，也不会核实情况，更不会把记录交给主管，我不上报。")
    refuses = rated(model, "我不会睁一只眼闭一只眼，也不会帮他隐瞒，更不会假装没看见。")
    assert does.level > refuses.level >= 2 > declines.level
    assert "repeatedly declines" in declines.why.en


def test_hollow_claims_cost_and_say_so(model: PositionModel) -> None:
    hollow = rated(model, "合规非常重要，我有很强的合规意识，我会努力做好，相信自己能处理好这件事情。")
    assert hollow.level < 2
    assert "空泛" in hollow.why.zh


def test_the_reasons_name_what_was_heard(model: PositionModel) -> None:
    why = rated(model, "我会提醒同事，因为怕得罪人。").why
    assert "提醒并制止" in why.zh
    assert "相反表现：纵容或隐瞒违规" in why.zh
    assert "against it: looks away or covers up" in why.en
    assert "体现：明确拒绝：纵容或隐瞒违规" in rated(model, "我不会睁一只眼闭一只眼。").why.zh
    assert "against it: denies: reports by the rules" in rated(model, "我不会上报领导。").why.en


def test_a_rich_answer_about_something_else_is_not_rated_high(
    model: PositionModel, answers: dict[str, dict[str, str]]
) -> None:
    told = answers["zh_strong"]["q3"].replace("|", "")
    assert rated(model, told).level < rated(model, told, "teamwork", "q3").level - 1
