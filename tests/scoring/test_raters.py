"""The rubric rater's table, and what an ensemble makes of disagreement."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from scoring.analysis.reading import read_answer
from scoring.analysis.transcript import typed
from scoring.bilingual import Bilingual
from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.raters import LEVELS, AnswerToRate, Rating, RubricRater, combine


@dataclass(frozen=True)
class Fixed:
    level: float
    name: str = "fixed 1"

    def rate(self, answer: AnswerToRate) -> Sequence[Rating]:
        return [Rating(name, self.level, Bilingual(zh="定", en="fixed")) for name in answer.question.measures]


def asked(model: PositionModel, text: str, question_id: str = "q4") -> AnswerToRate:
    question = model.question(question_id)
    assert question is not None
    return AnswerToRate(model, question, read_answer(typed(text), model, question))


def level(model: PositionModel, text: str, competency_id: str, question_id: str = "q4") -> float:
    ratings = RubricRater().rate(asked(model, text, question_id))
    return next(rating.level for rating in ratings if rating.competency_id == competency_id)


def test_more_behaviour_and_more_support_never_lower_a_level() -> None:
    for row, following in pairwise(LEVELS):
        assert all(upper >= lower for lower, upper in zip(row, following, strict=True))
    assert all(list(row) == sorted(row) for row in LEVELS)


def test_claims_without_support_end_at_three(model: PositionModel) -> None:
    assert max(row[0] for row in LEVELS) == 3
    assert level(model, "提醒同事并且上报上级，坚持原则", "compliance") == 3


def test_one_critical_phrase_caps_all_the_good_ones(model: PositionModel, answers: dict[str, dict[str, str]]) -> None:
    good = answers["zh_strong"]["q4"].replace("|", "")
    assert level(model, good, "compliance") == 5
    assert level(model, good + "不过有时候我也会睁一只眼闭一只眼。", "compliance") <= 2


def test_the_reasons_name_what_was_heard(model: PositionModel) -> None:
    rating = RubricRater().rate(asked(model, "我会提醒同事，因为怕得罪人。"))[0]
    assert "提醒并制止" in rating.why.zh
    assert "相反表现：纵容或隐瞒违规" in rating.why.zh
    assert "against it: looks away or covers up" in rating.why.en


def test_what_was_refused_is_named_as_refused(model: PositionModel) -> None:
    refused = RubricRater().rate(asked(model, "我不会睁一只眼闭一只眼。"))[0]
    assert "体现：明确拒绝：纵容或隐瞒违规" in refused.why.zh
    denied = RubricRater().rate(asked(model, "我不会上报领导。"))[0]
    assert denied.why.en == "No such behaviour heard; against it: denies: reports by the rules; no support."


def test_an_ensemble_takes_the_mean_and_shows_the_spread(model: PositionModel) -> None:
    combined = combine([Fixed(2), Fixed(3)], asked(model, "我会提醒同事"))
    assert {(c.level, c.spread, c.needs_human) for c in combined} == {(2.5, 0.5, False)}
    assert all(c.needs_human for c in combine([Fixed(1), Fixed(5)], asked(model, "我会提醒同事")))


def test_a_torn_ensemble_sends_the_answer_to_a_human(
    new_log: type, model: PositionModel, facts: InterviewFacts, answers: dict[str, dict[str, str]]
) -> None:
    lines = new_log().typed("q4", answers["zh_strong"]["q4"]).lines
    report = fold(lines, model, policy_for("eu"), interview=facts, raters=[Fixed(1), Fixed(5)])
    assert report.answers[3].needs_human
    assert {leaf.spread for leaf in report.answers[3].scores} == {2.0}
    assert [engine.name for engine in report.engines if engine.role == "rater"] == ["fixed 1", "fixed 1"]
