"""Answers that the word lists were not written for: the honest place to see what lexical rules miss.

``unseen.yaml`` was written after the lists were frozen and stays out of their making; adding to the lists because an
answer here fails would make this test worthless.
"""

from pathlib import Path
from typing import Any

import yaml

from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel

UNSEEN = yaml.safe_load((Path(__file__).parent / "unseen.yaml").read_text(encoding="utf-8"))


def total(new_log: Any, model: PositionModel, facts: InterviewFacts, language: str, kind: str) -> float:
    log = new_log(language)
    for question_id, pair in UNSEEN[language].items():
        log.typed(question_id, pair[kind])
    report = fold(log.lines, model, policy_for("eu"), interview=facts)
    assert all(answer.quality.assessable for answer in report.answers)
    assert report.total.value is not None
    return report.total.value


def test_good_answers_stand_well_above_poor_ones(new_log: Any, model: PositionModel, facts: InterviewFacts) -> None:
    for language in ("zh", "en"):
        good = total(new_log, model, facts, language, "good")
        poor = total(new_log, model, facts, language, "poor")
        assert good >= poor + 20, (language, good, poor)


def test_no_good_answer_is_rated_below_its_poor_twin(new_log: Any, model: PositionModel, facts: InterviewFacts) -> None:
    for language, questions in UNSEEN.items():
        for question_id, pair in questions.items():
            means = []
            for kind in ("good", "poor"):
                log = new_log(language).typed(question_id, pair[kind])
                report = fold(log.lines, model, policy_for("eu"), interview=facts)
                answer = next(answer for answer in report.answers if answer.question_id == question_id)
                means.append(sum(leaf.level for leaf in answer.scores) / len(answer.scores))
            assert means[0] > means[1] + 0.5, (language, question_id, means)
