"""``viva validity readiness``."""

import json
from pathlib import Path

import pytest

from tests.server.validity.conftest import Viva

COUNTS = ("--synced", "1498/1500", "--conflicts", "0/120", "--integrated", "20/20", "--up", "43195/43200")


def _survey(folder: Path, satisfied: int) -> None:
    lines = [f"p{i},HR,报告可读性,{5 if i < satisfied else 2}" for i in range(100)]
    (folder / "survey.csv").write_text("编号,角色,题目,评分\n" + "\n".join(lines), encoding="utf-8")


def test_from_a_trial_a_survey_and_counts(viva: Viva, tmp_path: Path) -> None:
    viva("example", "made.csv")
    assert viva("trial", "made.csv", "-o", "trial.json").exit_code == 0
    _survey(tmp_path, 92)
    go = viva("readiness", "--trial", "trial.json", "--survey", "survey.csv", *COUNTS)
    assert go.exit_code == 0, go.output
    assert "全部门槛达到，可以推广" in go.output
    _survey(tmp_path, 80)
    told = viva("readiness", "--trial", "trial.json", "--survey", "survey.csv", *COUNTS, "--json")
    assert told.exit_code == 3
    missed = [gate for gate in json.loads(told.output)["gates"] if gate["verdict"] == "missed"]
    assert [(gate["phase"], gate["about"]) for gate in missed] == [("experience", "HR")]


def test_nothing_known_is_no_go(viva: Viva) -> None:
    shown = viva("readiness", "--language", "en")
    assert shown.exit_code == 3
    assert "No-go: 6 gates are missed or have no figures." in shown.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--synced", "99 %"), "--synced is a count of a whole, like 1496/1500"),
        (("--up", "5/4"), "--up is a count of a whole"),
        (("--conflicts", "0/0"), "--conflicts is a count of a whole"),
        (("--trial", "bad.json"), "bad.json: not what `viva validity trial --json` writes"),
        (("--trial", "none.json"), "none.json: No such file"),
        (("--survey", "bad.json"), "there is no column"),
    ],
)
def test_errors_are_sentences(viva: Viva, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    (tmp_path / "bad.json").write_text("[1]\n[2]\n", encoding="utf-8")
    refused = viva("readiness", *words)
    assert refused.exit_code in (1, 2)
    assert says in " ".join(refused.output.split())
