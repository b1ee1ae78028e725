"""Delivery is described in media time and never scored."""

from typing import Any

import pytest

from scoring.answers import merged_ms
from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.report import Delivery


def delivery(log: Any, model: PositionModel, facts: InterviewFacts, profile: str = "cn-bank") -> Delivery | None:
    return fold(log.lines, model, policy_for(profile), interview=facts).answers[3].delivery


def test_pace_pauses_and_loudness(new_log: Any, model: PositionModel, facts: InterviewFacts) -> None:
    log = new_log().spoken("q4", "我会先提醒同事注意流程|然后我会上报上级领导处理")
    told = delivery(log, model, facts)
    assert told is not None
    assert (told.pauses, told.longest_pause_ms, told.pace_unit) == (1, 1200, "characters")
    assert told.pace_per_minute == pytest.approx(300, abs=1)
    assert told.loudness_dbfs == -24.0
    assert told.pitch_hz == 180.0
    assert "语速较快" in told.description.zh
    assert told.description.en.startswith("Brisk pace")


def test_a_typed_answer_has_no_delivery(new_log: Any, model: PositionModel, facts: InterviewFacts) -> None:
    assert delivery(new_log().typed("q4", "我会上报"), model, facts) is None


def test_spans_merge() -> None:
    assert merged_ms([(5, 9), (0, 3), (3, 4), (8, 12), (7, 7)]) == [(0, 4), (5, 12)]
