"""``viva report`` as an auditor meets it: with a file and perhaps a digest from elsewhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scoring.bilingual import Bilingual
from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.positions import builtin
from scoring.render.pdf import render_pdf
from scoring.report import Report, to_json

Viva = Callable[..., Any]


@pytest.fixture(scope="module")
def report() -> Report:
    """Of an interview that nobody answered."""
    both = Bilingual(zh="柜员", en="Teller")
    facts = InterviewFacts("iv_1", "李晓雨", both, both, "2026-03-02T01:30:00Z", "2026-03-02T01:50:00Z")
    return fold([], builtin()["teller"], policy_for("cn-bank"), interview=facts)


def test_a_report_is_whole_changed_or_another_one(viva: Viva, report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(to_json(report))
    found = viva("report", "verify", str(file))
    assert found.exit_code == 0
    assert f"{file}: whole, version {report.version}, {report.digest}" in found.output
    assert viva("report", "verify", str(file), "--digest", report.digest).exit_code == 0
    other = viva("report", "verify", str(file), "--digest", "sha256:00")
    assert other.exit_code == 1
    assert "whole, but another report" in other.output
    file.write_text(json.dumps(json.loads(to_json(report)) | {"answers_planned": 99}), encoding="utf-8")
    changed = viva("report", "verify", str(file))
    assert changed.exit_code == 1
    assert f"changed: it claims {report.digest}, its contents give sha256:" in changed.output
    refused = viva("report", "render", str(file), "-o", str(tmp_path / "x.pdf"))
    assert refused.exit_code == 1
    assert "changed after it was sealed" in refused.output


def test_a_report_is_drawn_again_with_the_same_bytes(viva: Viva, report: Report, tmp_path: Path) -> None:
    file, paper, page = tmp_path / "report.json", tmp_path / "report.pdf", tmp_path / "report.html"
    file.write_bytes(to_json(report))
    assert viva("report", "render", str(file), "-o", str(paper), "--edition", "candidate").exit_code == 0
    assert paper.read_bytes() == render_pdf(report, edition="candidate")
    assert viva("report", "render", str(file), "-o", str(page), "--language", "en").exit_code == 0
    assert "李晓雨" in page.read_text(encoding="utf-8")


def test_what_is_no_report_is_told_in_a_sentence(viva: Viva, tmp_path: Path) -> None:
    nothing = tmp_path / "none.json"
    assert "No such file" in viva("report", "verify", str(nothing)).output
    for data in (b"", b"{}", b"[1]", b"\xff\xfe", b'{"version":1,"digest":2}'):
        nothing.write_bytes(data)
        found = viva("report", "verify", str(nothing))
        assert found.exit_code == 2
        assert "not a report in JSON" in found.output
    wrong = viva("report", "render", str(nothing), "-o", str(tmp_path / "x.docx"))
    assert "the output ends in .pdf or .html" in wrong.output
