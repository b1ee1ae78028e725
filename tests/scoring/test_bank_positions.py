"""The twelve positions of a bank: without a flaw, complete in both languages, with every question of the source."""

import re
from pathlib import Path

import pytest
import yaml

from scoring.analysis.reading import Reading, read_answer
from scoring.analysis.transcript import Transcript
from scoring.bilingual import Bilingual
from scoring.competencies import library
from scoring.position_model import Measure, PositionModel, Question
from scoring.positions import BUILTIN, builtin, examine_file
from scoring.raters import AnswerToRate
from scoring.rubric import RubricRater

POSITIONS = (
    "branch_manager", "call_centre", "client_manager", "compliance_officer", "credit_officer", "data_analyst",
    "management_trainee", "operations", "risk_manager", "technology_engineer", "teller", "wealth_adviser",
)  # fmt: skip
RED_LINES: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "red_lines.yaml").read_text(encoding="utf-8")
)

PAIRS: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "bank_pairs.yaml").read_text(encoding="utf-8"))

ASKED_OF_OLD = [
    # position, the question word for word
    ("client_manager", "遇到一位对收益稳定性存疑的中年客户,你会如何沟通?请详细描述你的思路与话术。"),
    ("client_manager", "客户因理财产品收益未达预期投诉,你会如何处理?"),
    ("client_manager", "请描述一次你在团队中遇到的最大挑战"),
    ("client_manager", "假设你发现同事在办理业务时违反了合规流程,你会如何处理?"),
    ("teller", "你最近一年学习了哪些新技能?请描述你如何将这些技能应用到工作中。"),
    ("teller", "客户办理挂失业务,你如何引导"),
    ("teller", "遇到客户投诉时,你会如何处理?"),
    ("teller", "客户因排队时间长而投诉,你会如何处理?"),
    ("technology_engineer", "请解释一下你对区块链技术的理解"),
]

MUST_ASK = [
    # position, kind, competency, indicators that the question must be able to show
    ("risk_manager", "behavioural", "risk_identification", "uses_method"),
    ("risk_manager", "behavioural", "risk_response", "takes_measures"),
    ("teller", "behavioural", "carefulness", "verifies"),
    ("teller", "scenario", "service_awareness", "receives"),
    ("client_manager", "scenario", "needs_discovery", "asks_for_needs"),
    ("client_manager", "scenario", "product_explanation", "explains_return"),
    ("client_manager", "scenario", "objection_handling", "offers_solution"),
    ("client_manager", "behavioural", "customer_first", "satisfied_client"),
    ("client_manager", "behavioural", "teamwork", "cooperates"),
]


def bare(text: str) -> str:
    """Without the width of punctuation marks, and the last one."""
    return re.sub(r"\W", "", text.translate(str.maketrans("，？。", ",?.")))


def test_all_twelve_are_there() -> None:
    assert tuple(sorted(builtin())) == POSITIONS


@pytest.mark.parametrize("position_id", POSITIONS)
def test_a_position_has_not_even_a_warning(position_id: str) -> None:
    examined = examine_file(BUILTIN / f"{position_id}.yaml")
    assert [str(flaw) for flaw in examined.flaws] == []
    assert examined.model == builtin()[position_id]


@pytest.mark.parametrize("position_id", POSITIONS)
def test_six_scored_questions_and_a_practice(position_id: str) -> None:
    model = builtin()[position_id]
    assert len(model.questions) >= 6
    assert sum(not question.reserve for question in model.questions) >= 4
    assert model.practice is not None
    kinds = {question.kind for question in model.questions}
    assert {"scenario", "behavioural", "culture"} <= kinds
    assert {competency.dimension for competency in model.competencies} == {"professional", "general", "culture"}
    assert {view.id for view in model.views} == {"core", "dimensions", "match"}


@pytest.mark.parametrize(("position_id", "wording"), ASKED_OF_OLD)
def test_a_question_of_the_source_is_asked_word_for_word(position_id: str, wording: str) -> None:
    asked = {bare(question.text.zh) for question in builtin()[position_id].questions}
    assert bare(wording) in asked


@pytest.mark.parametrize(("position_id", "kind", "competency_id", "indicator_id"), MUST_ASK)
def test_what_a_job_must_be_asked(position_id: str, kind: str, competency_id: str, indicator_id: str) -> None:
    model = builtin()[position_id]
    assert any(
        question.kind == kind
        and competency_id in question.measures
        and indicator_id in {indicator.id for indicator in model.indicators_for(question, competency_id)}
        for question in model.questions
    )


def test_every_competency_of_the_library_is_used() -> None:
    used = {competency.id for model in builtin().values() for competency in model.competencies}
    assert used == set(library())


def test_the_same_question_means_the_same_in_every_job() -> None:
    seen: dict[str, Bilingual] = {}
    for model in builtin().values():
        for question in model.questions:
            assert seen.setdefault(question.text.zh, question.text) == question.text


def test_ids_are_short_enough_to_be_read_aloud_in_a_report() -> None:
    assert all(len(question.id) <= 24 for model in builtin().values() for question in model.questions)


# --------------------------------------------------------------------------- what is heard
def heard(competency_id: str, text: str) -> Reading:
    """An answer read for one competency alone."""
    model: PositionModel = next(
        model for model in builtin().values() if any(c.id == competency_id for c in model.competencies)
    )
    question = Question(
        id="q", kind="scenario", text=Bilingual(zh="题", en="q"), measures={competency_id: Measure(weight=1)}
    )
    return read_answer(Transcript(text), model, question)


def test_there_is_a_sentence_for_every_red_line() -> None:
    negative = {
        f"{competency.id}.{indicator.id}"
        for competency in library().values()
        for indicator in competency.indicators
        if indicator.sign == "negative"
    }
    assert set(RED_LINES) == negative


@pytest.mark.parametrize("name", RED_LINES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_red_line_is_heard(name: str, language: str) -> None:
    competency_id, indicator_id = name.split(".")
    hits = heard(competency_id, RED_LINES[name][language]).hits
    assert [hit.supports for hit in hits if hit.indicator_id == indicator_id][:1] == [-1], hits


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("confidentiality.leaks", "我不会把密码发给他"),
        ("confidentiality.leaks", "I would never give him the password"),
        ("aml_vigilance.helps_evade", "我不会建议客户分几次存"),
        ("integrity.takes_advantage", "我不会替客户操作"),
        ("integrity.takes_advantage", "I would not accept the card"),
        ("due_diligence.falsifies", "我不会帮他代签"),
        ("responsibility.shifts_blame", "我不会把责任推给同事"),
        ("data_analysis.bends_data", "I would not tweak the numbers"),
        ("incident_handling.hides_incident", "I would never quietly fix it"),
    ],
)
def test_a_red_line_refused_speaks_for(name: str, text: str) -> None:
    competency_id, indicator_id = name.split(".")
    hits = heard(competency_id, text).hits
    assert [hit.supports for hit in hits if hit.indicator_id == indicator_id][:1] == [1], hits


# --------------------------------------------------------------------------- good above poor
def weighted_level(position_id: str, question_id: str, text: str) -> float:
    model = builtin()[position_id]
    question = model.question(question_id)
    assert question is not None
    ratings = RubricRater().rate(AnswerToRate(model, question, read_answer(Transcript(text), model, question)))
    weights = {name: measure.weight for name, measure in question.measures.items()}
    return sum(weights[rating.competency_id] * rating.level for rating in ratings) / sum(weights.values())


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['position']}-{pair['question']}")
def test_a_good_answer_stands_a_level_above_a_poor_one(pair: dict[str, str]) -> None:
    good, poor = (weighted_level(pair["position"], pair["question"], pair[name]) for name in ("good", "poor"))
    assert good >= poor + 1
