"""The answers that the virtual candidates speak get sensible evidence and scores, with and without punctuation."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel

CATALOGUE = Path(__file__).parent.parent.parent / "loadtest" / "voices" / "catalogue.yaml"
QUESTIONS = {"returns": "q1", "complaint": "q2", "challenge": "q3", "compliance": "q4"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("marks", [True, False])
def test_demo_answers_are_assessable_and_good(
    new_log: Any, model: PositionModel, facts: InterviewFacts, language: str, marks: bool
) -> None:
    catalogue = yaml.load(CATALOGUE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    texts = {utterance["id"]: utterance["text"] for utterance in catalogue["utterances"]}
    log = new_log(language)
    for answer in catalogue["answers"].values():
        if answer["language"] == language and answer["question"] in QUESTIONS:
            said = "|".join(texts[name] for name in answer["utterances"])
            log.spoken(QUESTIONS[answer["question"]], said, marks=marks)
    report = fold(log.ended().lines, model, policy_for("cn-bank"), interview=facts)
    assert [answer.quality.findings for answer in report.answers] == [()] * 4
    assert report.total.value is not None
    assert report.total.value >= 70
    for answer in report.answers:
        assert sum(evidence.supports > 0 for evidence in answer.evidence) >= 3
        assert not any(evidence.supports < 0 for evidence in answer.evidence)
