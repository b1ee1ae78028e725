"""A record through a mapping: the value, every change with its rules, every flaw; there and back without a loss."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.mapping.apply import Change, KindUnknown, apply, read
from ehr_bridge.mapping.files import parse_mapping

OUT = """
mapping: digits_only
title: {zh: 只收数字, en: Digits only}
ids: {employee: {pattern: 'CMB\\d{5}', width: 8, check_digit: true}}
codes: {position: {entries: {client_manager: '0102', teller: '0101'}}}
records:
  person:
    start: copy
    fields:
      - {to: external_id, rules: [{id_digits: employee}]}
      - {to: position.code, from: position.id, rules: [{code: position}]}
      - {to: note, rules: [trim], on_flaw: drop}
  person_back:
    start: copy
    fields:
      - {to: external_id, rules: [{id_letters: employee}]}
      - {to: position.id, from: position.code, rules: [{code_back: position}]}
"""
IN = """
mapping: from_sheet
title: {zh: 表格, en: A sheet}
records:
  training:
    fields:
      - {to: person.external_id, from: 工号, rules: [trim, upper, required]}
      - {to: record.attendance, from: 出勤率, rules: [number, {between: [0, 1]}], on_flaw: drop}
      - {to: record.at, from: 完成.日期, rules: [{time: '%Y/%m/%d'}]}
      - {to: record.phase, rules: {always: pre_job}}
"""


def mapping(text: str) -> Any:
    return parse_mapping(text.encode(), "test.yaml")


def test_a_new_record_and_what_was_done_to_every_value() -> None:
    source = {"工号": " cmb1 ", "出勤率": "85%", "完成.日期": "2024/03/05", "备注": "x"}
    found = apply(mapping(IN), "training", source)
    assert found.value == {
        "person": {"external_id": "CMB1"},
        "record": {"attendance": 0.85, "at": "2024-03-04T16:00:00Z", "phase": "pre_job"},
    }
    assert found.changes[0] == Change("工号", "person.external_id", " cmb1 ", "CMB1", ("trim", "upper"))
    assert found.changes[3] == Change("record.phase", "record.phase", None, "pre_job", ("always",))
    assert (found.flaws, found.unused) == ((), ("备注",))
    assert source["工号"] == " cmb1 "


def test_a_flaw_refuses_the_record_or_only_the_value() -> None:
    dropped = apply(mapping(IN), "training", {"工号": "A", "出勤率": "170%"})
    assert dropped.value == {"person": {"external_id": "A"}, "record": {"phase": "pre_job"}}
    assert [(flaw.to, flaw.rule, flaw.code, flaw.refuses) for flaw in dropped.flaws] == [
        ("record.attendance", "between", "out_of_range", False)
    ]
    refused = apply(mapping(IN), "training", {"出勤率": "1"})
    assert refused.value is None
    assert [(flaw.source, flaw.code, flaw.refuses) for flaw in refused.flaws] == [("工号", "required", True)]


def test_a_copy_with_some_values_changed() -> None:
    person = {"external_id": "CMB00017", "name": "王芳", "position": {"id": "teller"}, "note": ["no text"]}
    before = copy.deepcopy(person)
    found = apply(mapping(OUT), "person", person)
    assert person == before
    assert found.value is not None
    assert found.value["name"] == "王芳"
    assert found.value["position"] == {"id": "teller", "code": "0101"}
    assert found.value["external_id"].isdigit()
    assert "note" not in found.value


@given(number=st.integers(0, 99_999), position=st.sampled_from(["client_manager", "teller"]))
def test_there_and_back(number: int, position: str) -> None:
    both = mapping(OUT)
    person = {"external_id": f"CMB{number:05}", "position": {"id": position}}
    there = apply(both, "person", person).value
    assert there is not None
    there["position"].pop("id")
    back = apply(both, "person_back", there).value
    assert back is not None
    assert back["external_id"] == person["external_id"]
    assert back["position"]["id"] == position


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
                        st.sampled_from(["external_id", "position", "id", "note", "code"]), inner, max_size=4),
                    max_leaves=12).filter(lambda value: isinstance(value, dict)))  # fmt: skip
def test_whatever_comes_is_mapped_or_refused_with_reasons(document: Any) -> None:
    found = apply(mapping(OUT), "person", document)
    assert (found.value is None) == any(flaw.refuses for flaw in found.flaws)


def test_a_kind_it_says_nothing_about() -> None:
    with pytest.raises(KindUnknown, match="from_sheet says nothing about offer"):
        apply(mapping(IN), "offer", {})


def test_paths() -> None:
    document = {"a": {"b": [{"c": 1}]}, "a.b": "by name"}
    assert [read(document, path) for path in ("a.b.0.c", "a.b", "a.b.7", "a.x.y", "q")] == [
        1,
        "by name",
        None,
        None,
        None,
    ]
