"""Position files: the built-in one is sound, and a bad one tells everything that is wrong, by line."""

from pathlib import Path

import pytest

from scoring.position_model import PositionModel
from scoring.position_rules import reading_s
from scoring.positions import BUILTIN, PositionInvalid, builtin, load, parse

SOURCE = (BUILTIN / "client_manager.yaml").read_text(encoding="utf-8")


def test_the_client_manager_asks_the_four_questions(model: PositionModel) -> None:
    assert [question.id for question in model.questions] == ["q1", "q2", "q3", "q4"]
    assert model.question("q2").text.zh == "客户因理财产品收益未达预期投诉，你会如何处理？"  # type: ignore[union-attr]
    assert {competency.dimension for competency in model.competencies} == {"professional", "general", "culture"}
    assert model.practice is not None
    assert all(60 <= question.thinking_s <= 120 for question in model.questions)


def test_every_competency_is_in_every_dimension_view_once(model: PositionModel) -> None:
    dimensions = next(view for view in model.views if view.id == "dimensions")
    names = [name for part in dimensions.parts for name in part.weights]
    assert sorted(names) == sorted(competency.id for competency in model.competencies)


def test_every_pattern_compiles_and_no_question_is_long(model: PositionModel) -> None:
    from scoring.analysis.phrases import compile_patterns

    for competency in model.competencies:
        for indicator in competency.indicators:
            assert not compile_patterns(indicator.phrases.zh, "zh").search("")
            assert not compile_patterns(indicator.phrases.en, "en").search("")
    assert all(reading_s(question) <= 20 for question in model.questions)


def test_builtin_is_read_once() -> None:
    assert builtin() is builtin()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("weight: 8\n", "weight: 9\n", "weights"),
        ("version: 1.0.0", "version: one", "version"),
        ("      customer_first: {weight: 1}\n", "      charm: {weight: 1}\n", "unknown_competency"),
        ("indicators: [calms, offers_solution", "indicators: [sings, offers_solution", "unknown_indicator"),
        ("  - id: q2\n", "  - id: q1\n", "id_repeated"),
        ("    dimension: culture\n    text:", "    dimension: professional\n    text:", "dimension"),
        ("      zh: 请描述一次你在团队中遇到的最大挑战。", "      zh: " + "请描述一次挑战。" * 20, "question_too_long"),
        ("thinking_s: 60", "thinking_s: 6000", "seconds"),
        ("      1: {zh: 推诿", "      6: {zh: 推诿", "anchors"),
        ("summary:\n", "sumary:\n", "shape"),
        ("[主动询问, ", '["主动询问(", ', "pattern"),
        ("[主动询问, ", '["(询问+)+客户", ', "pattern"),
        ("[主动询问, ", '["(询问)?", ', "pattern"),
    ],
)
def test_a_broken_rule_is_named_with_its_line(old: str, new: str, rule: str, tmp_path: Path) -> None:
    assert old in SOURCE
    path = tmp_path / "bank.yaml"
    path.write_text(SOURCE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PositionInvalid) as caught:
        load(path)
    errors = [error for error in caught.value.errors if error.rule == rule]
    assert errors, caught.value
    assert errors[0].file == "bank.yaml"
    assert f"bank.yaml:{errors[0].line}: {rule}: " in str(caught.value)


def test_the_line_is_the_line_of_the_mistake() -> None:
    broken = SOURCE.replace("thinking_s: 60", "thinking_s: 6000", 1)
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if "6000" in text)
    with pytest.raises(PositionInvalid) as caught:
        parse(broken)
    assert [error.line for error in caught.value.errors] == [line]


def test_all_errors_come_at_once() -> None:
    broken = SOURCE.replace("kind: scenario", "kind: riddle").replace("weight: 14", "weight: heavy", 1)
    with pytest.raises(PositionInvalid) as caught:
        parse(broken)
    assert [error.rule for error in caught.value.errors] == ["shape"] * 3


@pytest.mark.parametrize("text", ["", "[]", "id: [", "a: *b", "x: 1", "- 1\n- 2", "&a [*a]", "? {a: 1}\n: 2"])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(PositionInvalid):
        parse(text)


def test_aliases_that_stand_for_a_billion_values_are_refused_at_once() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]\n" for n in range(1, 10))
    with pytest.raises(PositionInvalid, match="yaml: more than"):
        parse(bomb)


def test_a_competency_nobody_asks_about_is_found() -> None:
    broken = SOURCE.replace("      teamwork: {weight: 3}\n", "").replace(
        "      teamwork: {weight: 1, indicators: [cooperates, supports, takes_share, blames_team]}\n", ""
    )
    with pytest.raises(PositionInvalid) as caught:
        parse(broken)
    assert [error.rule for error in caught.value.errors] == ["competency_not_asked"]
