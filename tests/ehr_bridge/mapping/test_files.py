"""Mapping files: what is read, and that every mistake is named with its line."""

from pathlib import Path

import pytest

from ehr_bridge.mapping.files import MappingInvalid, load_all, parse_mapping
from ehr_bridge.mapping.model import FieldMap, Step

GOOD = """
mapping: old_hr
title: {zh: 旧人事系统, en: The old HR system}
ids:
  employee: {pattern: '[A-Z]{2}\\d{6}', width: 10, check_digit: true}
codes:
  grade: {unknown: refuse, entries: {优: excellent, 良: good}}
records:
  performance:
    fields:
      - {to: person.external_id, from: 工号, rules: [trim, {id_letters: employee}, required]}
      - {to: record.grade, from: 等级, rules: [trim, {code: grade}], on_flaw: drop}
      - {to: record.cycle, rules: {always: year}}
"""


def flaws(text: str) -> list[tuple[int, str]]:
    with pytest.raises(MappingInvalid) as caught:
        parse_mapping(text.encode(), "test.yaml")
    assert all(str(flaw).startswith(f"test.yaml:{flaw.line}: ") for flaw in caught.value.flaws)
    return [(flaw.line, flaw.rule) for flaw in caught.value.flaws]


def test_a_good_file() -> None:
    mapping = parse_mapping(GOOD.encode(), "test.yaml")
    assert mapping.name == "old_hr"
    assert mapping.ids["employee"].width == 10
    assert mapping.codes["grade"].two_way
    fields = mapping.records["performance"].fields
    assert fields[1] == FieldMap("record.grade", "等级", (Step("trim"), Step("code", "grade")), "drop", 12)
    assert fields[2].steps == (Step("always", "year"),)
    assert mapping.digest == parse_mapping(GOOD.encode(), "other.yaml").digest


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("mapping: old_hr", "mapping: Old HR", (2, "name")),
        ("en: The old HR system", "en: ''", (3, "title")),
        ("width: 10", "width: 5", (5, "id_format")),
        ("[A-Z]{2}", "(A|B)", (5, "id_format")),
        ("unknown: refuse", "unknown: explode", (7, "codes")),
        ("unknown: refuse", "unknown: other", (7, "codes")),
        ("{code: grade}", "{code: colour}", (12, "argument")),
        ("trim, {id_letters", "polish, {id_letters", (11, "rule")),
        ("required]", "{longest: long}]", (11, "argument")),
        ("required]", "{pattern: '('}]", (11, "argument")),
        ("required]", "{time: {zone: Mars/Base}}]", (11, "argument")),
        ("required]", "{between: [1]}]", (11, "argument")),
        ("on_flaw: drop", "on_flaw: cry", (12, "on_flaw")),
        ("rules: {always: year}", "rules: trim", (13, "from")),
        ("record.cycle", "record.grade", (13, "twice")),
        ("to: record.cycle", "to: 'record cycle'", (13, "to")),
        ("  performance:", "  performance:\n    stop: empty", (10, "unknown")),
        ("entries: {优: excellent, 良: good}", "entries: {优: excellent, 良: excellent}", None),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, expected: tuple[int, str] | None) -> None:
    text = GOOD.replace(old, new)
    assert text != GOOD
    if expected is None:
        assert not parse_mapping(text.encode(), "test.yaml").codes["grade"].two_way
    else:
        assert flaws(text) == [expected]


def test_a_way_back_needs_one_code_a_value() -> None:
    text = GOOD.replace("良: good", "良: excellent").replace("{code: grade}", "{code_back: grade}")
    assert flaws(text) == [(12, "argument")]


def test_what_is_no_mapping_at_all() -> None:
    assert flaws("records: [") == [(1, "yaml")] or flaws("records: [")[0][1] == "yaml"
    assert {rule for _, rule in flaws("[]")} == {"shape", "name", "title", "records"}
    with pytest.raises(MappingInvalid, match="not UTF-8"):
        parse_mapping("mapping: 旧".encode("gb18030"), "test.yaml")


def test_a_later_folder_replaces_an_earlier_one(tmp_path: Path) -> None:
    for folder, title in (("a", "One"), ("b", "Two")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "old.yaml").write_text(GOOD.replace("The old HR system", title))
    assert load_all([tmp_path / "a", tmp_path / "b"])["old_hr"].title["en"] == "Two"
    (tmp_path / "a" / "bad.yaml").write_text("mapping: x")
    (tmp_path / "b" / "worse.yaml").write_text("}")
    with pytest.raises(MappingInvalid) as caught:
        load_all([tmp_path / "a", tmp_path / "b"])
    assert {flaw.file for flaw in caught.value.flaws} == {"bad.yaml", "worse.yaml"}
