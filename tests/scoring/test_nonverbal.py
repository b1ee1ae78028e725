"""The non-verbal channel is shut, described, or capped, as the law of the place says."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scoring.fold import InterviewFacts, fold
from scoring.policy import NONVERBAL_CAP_LIMIT, ScoringPolicy, policy_for
from scoring.position_model import PositionModel
from scoring.report import Report, to_json

ROOT = Path(__file__).parent.parent.parent
LOG = Path(__file__).parent / "golden" / "interview.ndjson"


def take(model: PositionModel, facts: InterviewFacts, policy: ScoringPolicy, smile: float = 0.4) -> Report:
    lines = LOG.read_bytes().replace(b'"smile": 0.4', f'"smile": {smile}'.encode()).splitlines()
    return fold(lines, model, policy, interview=facts)


def scored(cap: float) -> ScoringPolicy:
    return ScoringPolicy(profile="cn-bank", nonverbal="scored", nonverbal_cap=cap)


def test_off_means_not_loaded_and_not_read(model: PositionModel, facts: InterviewFacts) -> None:
    code = (
        "import sys; from pathlib import Path; from scoring.fold import *; from scoring.positions import builtin;"
        "from scoring.policy import policy_for; from scoring.bilingual import Bilingual as B;"
        f"lines = Path({str(LOG)!r}).read_bytes().splitlines();"
        "facts = InterviewFacts('i', 'n', B(zh='', en=''), B(zh='', en=''), '', '');"
        "report = fold(lines, builtin()['client_manager'], policy_for('eu'), interview=facts);"
        "print(report.non_verbal.mode, 'scoring.nonverbal' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["off", "False"]
    report = take(model, facts, policy_for("eu"))
    deliveries = [answer.delivery for answer in report.answers if answer.delivery]
    assert all(d.face is None and d.pitch_hz is None and d.pitch_range_semitones is None for d in deliveries)
    assert "disabled" in report.non_verbal.attestation.en
    assert to_json(report).replace(b"0.4", b"") == to_json(take(model, facts, policy_for("eu"), 0.9)).replace(
        b"0.4", b""
    )


def test_described_adds_nothing(model: PositionModel, facts: InterviewFacts) -> None:
    report = take(model, facts, policy_for("cn-bank"))
    delivery = report.answers[0].delivery
    assert delivery is not None
    assert delivery.face is not None
    assert delivery.face.smile == 0.4
    assert (report.non_verbal.points, report.total) == (0.0, report.total_words_only)


@pytest.mark.parametrize("smile", [0.0, 0.5, 1.0])
def test_scored_stays_within_its_cap_and_apart(model: PositionModel, facts: InterviewFacts, smile: float) -> None:
    report = take(model, facts, scored(0.10), smile)
    assert report.total.value is not None
    assert report.total_words_only.value is not None
    assert report.total_words_only == take(model, facts, policy_for("cn-bank")).total
    assert abs(report.non_verbal.points) <= 5.0
    assert report.total.value - report.total_words_only.value == pytest.approx(report.non_verbal.points, abs=0.11)


def test_no_policy_exceeds_the_limit(model: PositionModel, facts: InterviewFacts) -> None:
    assert scored(0.9).nonverbal_share == NONVERBAL_CAP_LIMIT
    assert ScoringPolicy(nonverbal="described", nonverbal_cap=0.1).nonverbal_share == 0.0
    assert take(model, facts, scored(0.9)).non_verbal.cap_share == NONVERBAL_CAP_LIMIT


@pytest.mark.parametrize("profile", ["eu", "us-il", "us-nyc", "default", "nowhere"])
def test_everywhere_else_it_is_off(profile: str) -> None:
    policy: Any = policy_for(profile)
    assert (policy.nonverbal, policy.profile) == ("off", profile)
