"""``viva validity drift``."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scoring.report import Report
from tests.server.validity.conftest import Viva, report_with

HEADER = "候选人,日期,能力,分数,语言,模型,质量检查"
WINDOWS = ("--reference", "2026-01-01..2026-03-31", "--now", "2026-04-01..2026-04-30")


def _write(folder: Path, now_mean: float) -> None:
    generator = np.random.default_rng(1)
    lines = [HEADER]
    for index in range(260):
        day, mean = ("2026-02-03", 70.0) if index < 160 else ("2026/04/05", now_mean)
        guard = "off_topic" if index % 20 == 0 else ""
        lines.append(f"c{index},{day},risk,{np.clip(generator.normal(mean, 10), 0, 100):.1f},zh,m1,{guard}")
    (folder / "scores.csv").write_text("\n".join(lines), encoding="utf-8-sig")


def test_an_alarm_and_a_steady_month(viva: Viva, tmp_path: Path) -> None:
    _write(tmp_path, 58.0)
    alarm = viva("drift", "scores.csv", *WINDOWS)
    assert alarm.exit_code == 3
    assert "结论：警报" in alarm.output
    assert "没有回答所问的问题 (off_topic)" in alarm.output
    _write(tmp_path, 70.0)
    steady = viva("drift", "scores.csv", *WINDOWS, "--json")
    assert steady.exit_code == 0
    told = json.loads(steady.output)
    assert told["verdict"] == "steady"
    assert told["reference"] == ["2026-01-01", "2026-03-31"]
    assert [row["now"] for row in told["scores"]] == [100]


def test_stored_reports_are_seen_with_their_engines_and_findings(
    viva: Viva, stored: Callable[[list[Report]], list[str]]
) -> None:
    stored([report_with({"communication": 60.0}) for _ in range(4)])  # all of them made on the first day of 1970
    found = json.loads(
        viva(
            "drift", "--position", "client_manager", "--reference", "1969-01-01..1969-12-31",
            "--now", "1970-01-01..1970-01-02", "--json",
        ).output
    )  # fmt: skip
    assert found["verdict"] == "few"
    assert len(found["new_models"]) == 1
    assert "fixture" in found["new_models"][0]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "name files of scores, or --position"),
        (("bad.csv", "--now", "april"), "--now is two dates, like 2026-01-01..2026-03-31"),
        (("bad.csv", "--now", "2026-04-01..2026-03-01"), "--now ends before it begins"),
        (("bad.csv", "--reference", "2026-01-01..2026-04-02", "--now", "2026-04-01..2026-04-30"), "windows overlap"),
        (("bad.csv",), "bad.csv:2: column '日期': 'soon' is no date like 2026-03-31"),
        (("two.csv",), "c1 stands above with another date, language or model"),
        (("two.csv",), "c1 has a score on risk already"),
    ],
)
def test_errors_are_sentences(viva: Viva, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    (tmp_path / "bad.csv").write_text(f"{HEADER}\nc1,soon,risk,70,zh,m1,\n", encoding="utf-8")
    rows = "c1,2026-01-01,risk,70,zh,m1,\nc1,2026-01-02,talk,70,zh,m1,\nc1,2026-01-01,risk,70,zh,m1,\n"
    (tmp_path / "two.csv").write_text(f"{HEADER}\n{rows}", encoding="utf-8")
    refused = viva("drift", *words)
    assert refused.exit_code in (1, 2)
    assert says in " ".join(refused.output.split())
