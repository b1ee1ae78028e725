"""An employer's phrases in a score: heard like any other, named in the report, and only where a job has the value."""

from collections.abc import Callable
from typing import Any

import pytest

from scoring.culture import CulturePhrase, CultureSet, culture_set, merged
from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.positions import builtin, digest
from scoring.report import Report

PHRASES = (
    CulturePhrase("compliance", "positive", "zh", "铁规矩"),
    CulturePhrase("compliance", "negative", "zh", "和稀泥"),
    CulturePhrase("compliance", "negative", "en", "smooth~ it over"),
    CulturePhrase("integrity", "positive", "zh", "一身正气"),
)
Score = Callable[[str, CultureSet | None], Report]


@pytest.fixture
def culture() -> CultureSet:
    return culture_set("示例银行", 3, PHRASES)


@pytest.fixture
def score(new_log: Callable[..., Any], model: PositionModel, facts: InterviewFacts) -> Score:
    def fold_one(text: str, culture: CultureSet | None) -> Report:
        log = new_log("zh", ["q3", "q4"]).typed("q4", text)
        return fold(log.ended().lines, model, policy_for("cn-bank"), interview=facts, culture=culture)

    return fold_one


def heard(report: Report, indicator_id: str) -> list[int]:
    return [e.supports for answer in report.answers for e in answer.evidence if e.indicator_id == indicator_id]


def test_the_digest_knows_no_order_and_no_employer() -> None:
    assert culture_set("a", 1, PHRASES).digest == culture_set("b", 9, PHRASES[::-1]).digest
    assert culture_set("a", 1, PHRASES).digest != culture_set("a", 1, PHRASES[1:]).digest


def test_only_culture_competencies_of_the_job_get_them(model: PositionModel, culture: CultureSet) -> None:
    with_them = merged(model, culture)
    assert [i.id for i in with_them.competency("compliance").indicators[-2:]] == ["employer_conduct", "employer_breach"]
    assert with_them.competency("customer_first") == model.competency("customer_first")
    assert with_them.competency("teamwork") == model.competency("teamwork")
    assert merged(model, None) is model
    adviser = merged(builtin()["wealth_adviser"], culture)
    assert adviser.competency("integrity").indicators[-1].id == "employer_conduct"


def test_a_question_that_names_its_indicators_can_show_them_too(culture: CultureSet) -> None:
    trainee = builtin()["management_trainee"]
    asked = trainee.question("safe_account")
    assert asked is not None
    assert asked.measures["compliance"].indicators
    now = merged(trainee, culture)
    again = now.question("safe_account")
    assert again is not None
    assert "employer_breach" in {i.id for i in now.indicators_for(again, "compliance")}


def test_a_phrase_is_heard_with_its_stance(score: Score, culture: CultureSet) -> None:
    said = "我会找到这位同事，因为合规是我们的铁规矩，然后我会上报领导，请他把手续补齐。"
    assert heard(score(said, culture), "employer_conduct") == [1]
    assert heard(score(said, None), "employer_conduct") == []
    soft = "我想大家都是同事，我会和稀泥，这件事情我们自己商量一下就可以了，不用说出去。"
    assert heard(score(soft, culture), "employer_breach") == [-1]
    firm = "我不会和稀泥，我会当面提醒这位同事，并且上报领导，按照规定把手续补齐。"
    assert heard(score(firm, culture), "employer_breach") == [1]


def test_the_report_names_position_and_set_by_digest(score: Score, culture: CultureSet, model: PositionModel) -> None:
    report = score("我会提醒同事并且上报领导，因为规定就是规定，不能因为是朋友就不管。", culture)
    assert report.interview.position_digest == digest(model)
    named = report.interview.culture
    assert named is not None
    assert (named.employer, named.version, named.digest) == ("示例银行", 3, culture.digest)
    assert score("我会提醒同事并且上报领导，因为规定就是规定。", None).interview.culture is None
