"""Stored opinions in a report: mean, spread, the flag, and the same bytes again."""

from typing import Any

import pytest

from scoring.analysis.transcript import typed
from scoring.bilingual import Bilingual
from scoring.fold import InterviewFacts, fold
from scoring.outside.opinions import Opinion, OpinionRating, digest_of, encode
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.report import Report, to_json, verify

TEXT = "我会先提醒同事停下来，核实情况，再报告给主管和合规部，并且留好记录，下周再复查一遍。"
WHY = Bilingual(zh="说到了上报", en="Speaks of reporting")


def said(level: float, quote: str = "再报告给主管和合规部", text: str = TEXT, failure: str = "") -> bytes:
    ratings = () if failure else (OpinionRating("compliance", level, (quote,), WHY),)
    return encode(Opinion("q4", "llm 1 judge", "judge-7b", digest_of(typed(text)), ratings, failure))


@pytest.fixture
def made(new_log: Any, model: PositionModel, facts: InterviewFacts) -> Any:
    lines = new_log().typed("q4", TEXT).lines

    def make(*opinions: bytes, text: str = "") -> Report:
        log = new_log().typed("q4", text).lines if text else lines
        return fold(log, model, policy_for("eu"), interview=facts, said=opinions)

    return make


def compliance(report: Report) -> Any:
    return next(leaf for leaf in report.answers[3].scores if leaf.competency_id == "compliance")


def codes(report: Report) -> list[str]:
    return [found.code for found in report.answers[3].quality.findings]


def test_the_level_is_the_mean_and_everybodys_word_is_shown(made: Any) -> None:
    alone, both = compliance(made()), compliance(made(said(alone_level := 4.0)))
    assert alone.ratings == ()
    assert both.level == pytest.approx((alone.level + alone_level) / 2, abs=0.051)
    assert [(one.rater, one.level) for one in both.ratings] == [("rubric 2.0", alone.level), ("llm 1 judge", 4.0)]
    report = made(said(4))
    quoted = next(item for item in report.answers[3].evidence if item.kind == "rater")
    assert quoted.quote == "再报告给主管和合规部"
    assert quoted.id in both.evidence
    assert TEXT[quoted.start_char : quoted.end_char] == quoted.quote
    assert "llm 1 judge (judge-7b)" in [engine.name for engine in report.engines]


def test_more_than_a_step_apart_goes_to_a_human_by_name(made: Any) -> None:
    assert codes(made(said(4))) == []
    torn = made(said(1))
    assert codes(torn) == ["raters_disagree"]
    assert torn.answers[3].needs_human


def test_an_invented_quote_changes_nothing_but_the_engines(made: Any) -> None:
    assert compliance(made(said(1, quote="我会帮他隐瞒这件事"))) == compliance(made())


def test_an_opinion_on_another_transcript_does_not_count(made: Any) -> None:
    assert compliance(made(said(1, text="别的话"))) == compliance(made())


def test_a_rater_that_failed_is_named(made: Any) -> None:
    report = made(said(1, failure="rater_timeout"))
    assert codes(report) == ["rater_unavailable"]
    assert report.answers[3].quality.findings[0].detail == "llm 1 judge: rater_timeout"
    assert compliance(report) == compliance(made())


def test_a_guard_caps_the_ensemble_too(made: Any) -> None:
    stuffed = (
        "坚持原则，合规底线，上报上级，提醒同事，风险防控，客户至上，内部控制，反洗钱，操作风险，流程规范，团队协作。"
    )
    assert compliance(made(said(5, quote="坚持原则，合规底线", text=stuffed), text=stuffed)).level <= 2


def test_the_same_evidence_and_opinions_give_the_same_bytes(made: Any) -> None:
    first = to_json(made(said(4)))
    assert first == to_json(made(said(4)))
    assert verify(first)
