"""``viva validity bias`` and ``audit-age``."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scoring.report import Report
from tests.server.validity.conftest import Viva, report_with

MEN = [62, 70, 71, 75, 80, 84, 90, 91]
WOMEN = [55, 60, 65, 72, 73, 74, 83, 88]
ROWS = [*((f"m{i}", s, "男") for i, s in enumerate(MEN)), *((f"f{i}", s, "女") for i, s in enumerate(WOMEN))]


def _write(folder: Path) -> None:
    lines = ["候选人,总分,性别,民族,是否入选"]
    lines += [
        f"{name},{score},{sex},{'甲' if score % 2 else '乙'},{'是' if score > 80 else '否'}"
        for name, score, sex in ROWS
    ]
    (folder / "people.csv").write_text("\n".join(lines), encoding="gb18030")


def test_tables_on_the_terminal_and_as_csv(viva: Viva, tmp_path: Path) -> None:
    _write(tmp_path)
    shown = viva("bias", "people.csv")
    assert shown.exit_code == 0, shown.output
    assert "全样本分数中位数 73.50" in shown.output
    assert "不是地方法 144 号的合格线" in shown.output
    assert "没有写明审计方" in shown.output
    assert "性别 × 种族/民族 · 入选率 · 类别未知 0 人" in shown.output
    viva("bias", "people.csv", "--language", "en", "-o", "bias.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "bias.csv").read_text(encoding="utf-8-sig"))))
    scoring = next(i for i, row in enumerate(rows) if row and row[0].startswith("sex · scoring rate"))
    women = next(row for row in rows[scoring + 2 :] if row[0] == "女")
    assert women[:4] == ["女", "8", "50.0 %", "3"]
    assert women[5].startswith("0.60 [")
    assert "below 0.8 (custom)" in women[6]


def test_other_groups_and_intersections(viva: Viva, tmp_path: Path) -> None:
    lines = ["candidate,score,sex,age_band,group_school"]
    lines += [f"c{i},{i},{'FM'[i % 2]},{('<30', '30+')[i % 3 > 0]},{'AB'[i % 2]}" for i in range(60)]
    (tmp_path / "p.csv").write_text("\n".join(lines), encoding="utf-8")
    found = json.loads(viva("bias", "p.csv", "--intersect", "sex,age_band", "--json").output)
    assert [table["attributes"] for table in found["tables"]] == [
        ["sex"],
        ["age_band"],
        ["group_school"],
        ["sex", "age_band"],
    ]


def test_scores_of_stored_reports(viva: Viva, tmp_path: Path, stored: Callable[[list[Report]], list[str]]) -> None:
    ids = stored([report_with({"communication": 50.0 + n}) for n in range(6)])
    (tmp_path / "g.csv").write_text(
        "interview_id,sex\n" + "".join(f"{name},{'FM'[n % 2]}\n" for n, name in enumerate(ids[:5])), encoding="utf-8"
    )
    found = json.loads(viva("bias", "g.csv", "--position", "client_manager", "--json").output)
    assert found["median"] == 52.5
    assert (found["tables"][0]["persons"], found["tables"][0]["unknown"]) == (5, 1)


def test_an_audit_is_recorded_and_its_age_is_told(
    viva: Viva, tmp_path: Path, audited: Callable[[], list[tuple[str, str, str, str]]]
) -> None:
    _write(tmp_path)
    missing = viva("audit-age", "--profile", "us-nyc", "--language", "en")
    assert missing.exit_code == 3
    assert "must not be used" in missing.output
    viva("bias", "people.csv", "--auditor", "独立审计所")
    assert audited() == [("viva validity", "bias_audit", "", '{"auditor": "独立审计所", "persons": 16}')]
    assert viva("audit-age", "--profile", "us-nyc").exit_code == 0
    assert viva("audit-age").exit_code == 0  # cn-bank asks for none
    old = (datetime.now(UTC) - timedelta(days=400)).date().isoformat()
    assert viva("audit-age", "--profile", "us-nyc+eu", "--last", old).exit_code == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("bias", "none.csv"), "there is no column sex, race_ethnicity"),
        (("bias", "noscore.csv"), "nobody has a score or a selection"),
        (("bias", "twice.csv"), "twice.csv:3: column 'candidate': a stands in line 2 already"),
        (("bias", "maybe.csv"), "maybe.csv:2: column 'selected': 'maybe' is neither yes nor no"),
        (("bias", "noscore.csv", "--intersect", "sex,height"), "--intersect sex,height: name two or more of sex"),
        (("bias", "noscore.csv", "--position", "client_manager"), "there is no report for position"),
        (("audit-age", "--last", "yesterday"), "--last is a date like 2026-03-31"),
        (("audit-age", "--profile", "atlantis"), "--profile is one of"),
    ],
)
def test_errors_are_sentences(viva: Viva, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    (tmp_path / "none.csv").write_text("candidate,score\na,1\n", encoding="utf-8")
    (tmp_path / "noscore.csv").write_text("candidate,sex\na,F\n", encoding="utf-8")
    (tmp_path / "twice.csv").write_text("candidate,sex,score\na,F,1\na,F,1\n", encoding="utf-8")
    (tmp_path / "maybe.csv").write_text("candidate,sex,selected\na,F,maybe\n", encoding="utf-8")
    refused = viva(*words)
    assert refused.exit_code in (1, 2)
    assert says in " ".join(refused.output.split())
