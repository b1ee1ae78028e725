"""What an ensemble makes of disagreement."""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.analysis.reading import read_answer
from scoring.analysis.transcript import typed
from scoring.bilingual import Bilingual
from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.raters import AnswerToRate, Rating, combine


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
