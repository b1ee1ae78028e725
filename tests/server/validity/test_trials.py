"""``viva validity trial`` and ``power`` as somebody meets them who has a CSV file and a question."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scoring.report import Report
from scoring.validity.simulate import Population, make
from tests.server.validity.conftest import Viva, report_with

GOOD = Population(reliability=0.97, machine_noise=0.15, severity_sd=0.0, competencies=("communication",))


def _write(path: Path, population: Population, candidates: int, encoding: str = "utf-8") -> None:
    lines = ["候选人,能力,评委,分数"]
    for rating in make(population, candidates, 1).ratings():
        lines.append(f"{rating.candidate},{rating.competency},{rating.rater},{rating.level}")
    path.write_bytes("\n".join(lines).encode(encoding))


def test_a_trial_that_passes_and_one_that_does_not(viva: Viva, tmp_path: Path) -> None:
    _write(tmp_path / "good.csv", GOOD, 210)
    passed = viva("trial", "good.csv", "--language", "en")
    assert passed.exit_code == 0, passed.output
    assert "Required consistency: passed. Of 8 gates beside it, 0 are missed or undetermined." in passed.output
    _write(tmp_path / "bad.csv", Population(machine_noise=1.5, reliability=0.44), 60)
    failed = viva("trial", "bad.csv")
    assert failed.exit_code == 3
    assert "一致性要求：未通过" in failed.output
    assert "人工评分之间的一致性低于 80%：communication" in failed.output
    assert "先培训评分员" in failed.output


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_json_and_every_kind_of_file_say_the_same(viva: Viva, tmp_path: Path, encoding: str) -> None:
    _write(tmp_path / "s.csv", GOOD, 40, encoding)
    told = json.loads(viva("trial", "s.csv", "--json").output)
    share = told["overall"]["machine"]["consistency"]["value"]
    assert told["passed"] is (told["overall"]["machine"]["consistency"]["low"] >= 0.75)
    for name in ("t.html", "t.md", "t.txt", "t.csv", "t.json"):
        assert viva("trial", "s.csv", "--language", "en", "-o", name).output == f"{name}\n"
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert (str(share) if name == "t.json" else f"{100 * share:.1f} [") in text
    assert (tmp_path / "t.html").read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="en">')
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_machines_side_comes_from_stored_reports(
    viva: Viva,
    tmp_path: Path,
    stored: Callable[[list[Report]], list[str]],
    audited: Callable[[], list[tuple[str, str, str, str]]],
) -> None:
    ids = stored([report_with({"communication": points}) for points in (80.0, 60.0, 90.0, 40.0)])
    people = [(4, 4), (3, 3), (4, 5), (4, 4)]
    lines = [f"{name},communication,{a},{b}" for name, (a, b) in zip(ids, people, strict=True)]
    (tmp_path / "people.csv").write_text("\n".join(["interview_id,competency,human1,human2", *lines]), encoding="utf-8")
    found = json.loads(viva("trial", "people.csv", "--position", "client_manager", "--json").output)
    assert found["results"][0]["machine"]["consistency"]["value"] == 0.75
    assert found["results"][0]["candidates"] == 4
    read = [line for line in audited() if line[1] == "read_report"]
    assert [line[2] for line in read] == ids
    assert {line[3] for line in read} == {"trial"}


def test_errors_are_sentences(viva: Viva, tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("candidate,competency,ai,human1\nc1,risk,82,4\n", encoding="utf-8")
    wrong = viva("trial", "wrong.csv")
    assert wrong.exit_code == 1
    assert "wrong.csv:2: column 'ai': 82 is not between 0 and 5" in wrong.output
    assert (
        "no candidate has a machine score and 2 human ones" in viva("trial", "wrong.csv", "--ai-scale", "points").output
    )
    assert "nothing.csv: No such file" in viva("trial", "nothing.csv").output
    assert (
        "there is no report for position 'pilot'"
        in viva("trial", "wrong.csv", "--ai-scale", "points", "--position", "pilot").output
    )
    for words, says in (
        (("--language", "fr"), "--language is zh or en"),
        (("--ai-scale", "stars"), "--ai-scale is levels or points"),
        (("--pass-mark", "60"), "--pass-mark is a BARS level"),
        (("--min-raters", "0"), "--min-raters is 1 or more"),
    ):
        refused = viva("trial", "wrong.csv", *words)
        assert refused.exit_code == 2
        assert says in refused.output
    _write(tmp_path / "s.csv", GOOD, 30)
    assert "the ending says the format" in viva("trial", "s.csv", "-o", "t.docx").output
    assert "No such file" in viva("trial", "s.csv", "-o", "no/such/folder.md").output


def test_power_is_a_table(viva: Viva) -> None:
    shown = viva("power", "--language", "en")
    assert shown.exit_code == 0
    row = next(line for line in shown.output.splitlines() if line.startswith("85 %"))
    assert " ".join(row.split()) == "85 % 36 % 67 % 87 % 93 % 98 % 99 % 100 % 150"
    assert viva("power", "--competencies", "0").exit_code == 2
    assert "What raters do to it" in shown.output


def test_an_example_can_be_tried_at_once(viva: Viva, tmp_path: Path) -> None:
    assert viva("example", "made.csv", "--candidates", "60").exit_code == 0
    first = (tmp_path / "made.csv").read_bytes()
    assert viva("trial", "made.csv", "--language", "en").exit_code == 3
    viva("example", "made.csv", "--candidates", "60")
    assert (tmp_path / "made.csv").read_bytes() == first
    assert viva("example", "made.csv", "--candidates", "1").exit_code == 2
    assert "No such file" in viva("example", "no/such/made.csv").output
