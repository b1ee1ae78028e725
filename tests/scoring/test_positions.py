"""Position files: resolved from the library, and a bad one tells everything that is wrong, by line."""

from pathlib import Path

import msgspec
import pytest

from scoring.competencies import library
from scoring.position_model import PositionModel
from scoring.positions import (
    BUILTIN,
    PositionInvalid,
    builtin,
    digest,
    examine,
    examine_file,
    load,
    parse,
    self_contained,
    stored,
)

SOURCE = (BUILTIN / "client_manager.yaml").read_text(encoding="utf-8")
WHOLE = self_contained(builtin()["client_manager"])


def test_the_client_manager_asks_the_four_questions(model: PositionModel) -> None:
    assert [question.id for question in model.questions if not question.reserve] == ["q1", "q2", "q3", "q4"]
    assert model.question("q2").text.zh == "客户因理财产品收益未达预期投诉，你会如何处理？"  # type: ignore[union-attr]
    assert {competency.dimension for competency in model.competencies} == {"professional", "general", "culture"}
    assert model.practice is not None


def test_a_pick_becomes_the_whole_competency(model: PositionModel) -> None:
    picked = model.competency("compliance")
    assert picked.weight == 12
    assert picked.indicators == library()["compliance"].indicators
    assert picked.version == library()["compliance"].version


def test_the_resolved_form_needs_no_library_and_means_the_same(model: PositionModel) -> None:
    assert "use:" not in WHOLE
    assert stored(WHOLE) == model
    assert parse(WHOLE) == model
    assert digest(stored(WHOLE)) == digest(model)
    assert not examine(WHOLE).picks


def test_the_digest_follows_the_meaning_and_not_the_text(model: PositionModel) -> None:
    assert digest(parse(SOURCE + "\n# a remark\n")) == digest(model)
    assert digest(parse(SOURCE.replace("thinking_s: 90", "thinking_s: 91", 1))) != digest(model)
    assert digest(parse(SOURCE.replace("version: 1.2.0", "version: 1.2.1", 1))) != digest(model)


def test_a_file_of_the_first_format_still_loads(model: PositionModel) -> None:
    old = parse(WHOLE.replace("format: 2\n", "", 1))
    assert msgspec.structs.replace(old, format=2) == model


def test_reading_time_is_counted_where_it_is_not_given() -> None:
    counted = parse(SOURCE.replace("    reading_s: 8\n", "", 1)).question("q1")
    assert counted is not None
    assert counted.reading_s == 9  # 31 words of English at 228 a minute, rounded up; the file says 8


def test_the_usual_views_are_filled_in() -> None:
    start, end = SOURCE.index("views:\n"), SOURCE.index("practice:\n")
    views = {view.id: view for view in parse(SOURCE[:start] + SOURCE[end:]).views}
    assert list(views) == ["core", "dimensions", "match"]
    parts = {part.id: part.weights for part in views["dimensions"].parts}
    assert parts["culture"] == {"compliance": 12, "customer_first": 8}
    assert {part.id for part in views["core"].parts} == {"communication", "problem_solving", "customer_service"}
    assert sorted(name for part in views["match"].parts for name in part.weights) == sorted(
        name for part in parts.values() for name in part
    )


def test_builtin_is_read_once() -> None:
    assert builtin() is builtin()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("{use: compliance, weight: 12}", "{use: complience, weight: 12}", "unknown_competency"),
        ("{use: compliance, weight: 12}", "{use: compliance, version: 0.9.0, weight: 12}", "competency_version"),
        ("{use: compliance, weight: 12}", "{use: compliance}", "shape"),
        ("{use: compliance, weight: 12}", "{use: compliance, weigth: 12}", "shape"),
        ("{use: compliance, weight: 12}", "compliance", "shape"),
        ("{use: compliance, weight: 12}", "{use: 7, weight: 12}", "shape"),
    ],
)
def test_a_bad_pick_is_named_with_its_line(old: str, new: str, rule: str) -> None:
    broken = SOURCE.replace(old, new, 1)
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if new in text)
    with pytest.raises(PositionInvalid) as caught:
        parse(broken)
    assert (rule, line) in {(error.rule, error.line) for error in caught.value.errors}


def test_an_error_names_the_file_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    path.write_text(SOURCE.replace("thinking_s: 60", "thinking_s: 6000", 1), encoding="utf-8")
    with pytest.raises(PositionInvalid) as caught:
        load(path)
    [error] = caught.value.errors
    assert str(error) == f"bank.yaml:{error.line}: seconds: thinking_s is 6000, not 60 to 120. {error.remedy}"
    assert "60 to 120 s" in error.remedy


def test_all_errors_come_at_once() -> None:
    broken = SOURCE.replace("kind: scenario", "kind: riddle").replace("weight: 14", "weight: heavy", 1)
    with pytest.raises(PositionInvalid) as caught:
        parse(broken)
    assert [error.rule for error in caught.value.errors] == ["shape"] * 3


@pytest.mark.parametrize(
    "text", ["", "[]", "id: [", "a: *b", "x: 1", "- 1\n- 2", "&a [*a]", "? {a: 1}\n: 2", "a: 1\n---\nb: 2", "x: \x07"]
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(PositionInvalid):
        parse(text)


def test_aliases_that_stand_for_a_billion_values_are_refused_at_once() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]\n" for n in range(1, 10))
    with pytest.raises(PositionInvalid, match="yaml: more than"):
        parse(bomb)


def test_a_rule_made_later_takes_no_stored_position_away() -> None:
    loose = WHOLE.replace("thinking_s: 90", "thinking_s: 300", 1)
    with pytest.raises(PositionInvalid, match="seconds"):
        parse(loose)
    assert stored(loose).id == "client_manager"


def test_a_competency_file_is_told_from_a_position(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("id: own\nindicators: []\n", encoding="utf-8")
    found = examine_file(path)
    assert found.model is None
    assert "the field `anchors` is missing" in {flaw.message for flaw in found.flaws}
