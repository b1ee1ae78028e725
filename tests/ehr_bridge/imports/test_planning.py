"""What rows would become, and why some would not."""

import pytest

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import Performance
from ehr_bridge.imports.csv_rows import read_sheet
from ehr_bridge.imports.planning import Planned, plan
from ehr_bridge.mapping.apply import KindUnknown
from ehr_bridge.mapping.files import parse_mapping

MAPPING = parse_mapping(
    """
mapping: old
title: {zh: 旧, en: Old}
codes: {grade: {entries: {优: excellent, 坏: terrible}}}
records:
  person:
    fields:
      - {to: person.external_id, from: 工号, rules: trim}
      - {to: person.name, from: 姓名, rules: [half_width, trim]}
      - {to: person.phone, from: 手机, rules: phone, on_flaw: drop}
  performance:
    fields:
      - {to: person.external_id, from: 工号}
      - {to: key, from: 编号}
      - {to: record.at, from: 日期, rules: [{time: '%Y-%m-%d'}, required]}
      - {to: record.period, from: 期间, rules: required}
      - {to: record.grade, from: 等级, rules: {code: grade}}
      - {to: record.score, from: 分数, rules: number}
""".encode(),
    "old.yaml",
)


def planned(kind: str, text: str) -> list[Planned]:
    return plan(MAPPING, kind, read_sheet(text.encode()).rows)


def why(row: Planned) -> list[tuple[str, str]]:
    return [(flaw.to, flaw.code) for flaw in row.flaws]


def test_persons() -> None:
    rows = planned("person", "工号,姓名,手机\nA1, 王芳 ,138 0013 8000\nA2,李雷,12\n,无名,\nA1,又来,\n")
    assert rows[0].person == PersonFacts("王芳", "", "+8613800138000", "A1")
    assert (rows[1].person, why(rows[1])) == (PersonFacts("李雷", "", "", "A2"), [("person.phone", "not_a_phone")])
    assert [row.person for row in rows[2:]] == [None, None]
    assert [why(row) for row in rows[2:]] == [[("person", "person_unnamed")], [("key", "twice_in_file")]]


def test_records() -> None:
    rows = planned(
        "performance",
        "工号,编号,日期,期间,等级,分数\nA1,p1,2025-12-31,2025,优,92\nA1,p2,2025-12-31,2025,坏,1\nA1,,2025-12-31,2025,优,\nA1,p4,gestern,2025,优,\n",
    )
    body = rows[0].body
    assert isinstance(body, Performance)
    assert (body.grade, body.score, body.at.isoformat()) == ("excellent", 92.0, "2025-12-30T16:00:00+00:00")
    assert [why(row) for row in rows[1:]] == [
        [("record.grade", "shape")],
        [("key", "key_missing")],
        [("record.at", "not_a_date")],
    ]
    assert "terrible" not in rows[1].flaws[0].problem


def test_rows_that_could_not_be_read_and_kinds_that_are_not_for_import() -> None:
    assert why(planned("person", "工号,姓名,手机\nA1\n")[0]) == [("", "row_width")]
    for kind in ("offer", "decision", "nonsense"):
        with pytest.raises(KindUnknown):
            planned(kind, "a,b\n1,2\n")
