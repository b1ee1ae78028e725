"""The report's seal, its schema, and a golden report that must not change by accident.

``VIVA_UPDATE_GOLDEN=1 pytest tests/scoring/test_report.py`` writes the golden report anew.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.report import REPORT_VERSION, Report, from_json, seal, seal_of, to_json, verify
from scoring.schema import DEFAULT, schema, schema_json

GOLDEN = Path(__file__).parent / "golden"
Interview = Callable[..., Report]


def test_the_digest_seals_every_part(interview: Interview) -> None:
    report = interview("zh_medium")
    data = to_json(report)
    assert verify(data)
    assert verify(json.dumps(json.loads(data), indent=2, ensure_ascii=False).encode())
    assert from_json(data) == report
    assert to_json(from_json(data)) == data
    tampered = data.replace(b'"ended":"completed"', b'"ended":"withdrawn"')
    assert tampered != data
    assert not verify(tampered)
    forged = msgspec.structs.replace(report, answers_assessable=0)
    assert not verify(to_json(forged))
    assert verify(to_json(seal(forged)))


def test_a_report_of_another_version_is_checked_over_its_file(interview: Interview) -> None:
    fields = json.loads(to_json(interview("zh_strong")))
    del fields["digest"], fields["notes"]
    fields["version"], fields["of_the_future"] = "1.9", [1.5, "字"]
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
    data = json.dumps({"digest": digest, **fields}, indent=1).encode()
    assert seal_of(data).holds
    assert not verify(data), "whole, but not readable here"
    assert not seal_of(data.replace(b"of_the_future", b"of_the_suture")).holds


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b'{"version":"9"}'])
def test_what_is_no_report_does_not_verify(data: bytes) -> None:
    assert not verify(data)


@pytest.mark.parametrize("name", ["zh_strong", "en_weak", "zh_echo", "zh_short"])
def test_reports_follow_the_published_schema(interview: Interview, name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for typed in (False, True):
        jsonschema.validate(json.loads(to_json(interview(name, typed=typed))), schema())


def test_the_published_schema_is_current() -> None:
    assert DEFAULT.read_bytes() == schema_json(), "run: python -m scoring.schema"


def test_the_version_is_semantic(interview: Interview) -> None:
    assert interview("zh_short").version == REPORT_VERSION == "1.2"


def test_the_golden_report_has_not_moved(model: PositionModel, facts: InterviewFacts) -> None:
    """A stored log from which the same bytes must come: the regression test and the audit answer."""
    lines = (GOLDEN / "interview.ndjson").read_bytes().splitlines()
    made = msgspec.json.format(to_json(fold(lines, model, policy_for("cn-bank"), interview=facts)), indent=1)
    stored = GOLDEN / "interview.report.json"
    if os.environ.get("VIVA_UPDATE_GOLDEN") == "1":
        stored.write_bytes(made)
    assert made == stored.read_bytes()


def test_a_human_decides_and_the_label_says_who_wrote_it(interview: Interview) -> None:
    report = interview("zh_strong")
    assert (report.label.zh, report.label.en) == ("AI 生成", "AI-generated")
    assert "A human decides" in report.statement.en
    assert "由人决定" in report.statement.zh
