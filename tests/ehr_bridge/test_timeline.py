"""One line for each kind of record, and the order of a life."""

from datetime import UTC, datetime

import msgspec
import pytest

from ehr_bridge.canonical import Label, milliseconds
from ehr_bridge.canonical.records import (
    KINDS,
    Decision,
    Leave,
    Offer,
    Onboarding,
    OnboardingStep,
    PanelResult,
    Performance,
    Record,
    Resume,
    Training,
)
from ehr_bridge.records import KnownRecord
from ehr_bridge.timeline import entry, in_order, titled

AT = datetime(2026, 3, 1, tzinfo=UTC)
STEPS = [OnboardingStep("medical_check", "done"), OnboardingStep("contract")]


def known(body: Record, withheld: tuple[str, ...] = ()) -> KnownRecord:
    at_ms = milliseconds(body.at)
    return KnownRecord("E1", 2, body.kind, "P1", None, "hr", "x-1", at_ms, at_ms, body, withheld)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (Resume(AT, school="北京大学", subject="金融学", certificates=["CFA"]), {"detail": "北京大学, 金融学, CFA"}),
        (Offer(AT, "accepted", position_id="teller"), {"state": "accepted", "position_id": "teller"}),
        (Onboarding(AT, steps=STEPS), {"state": "open", "detail": "1/2"}),
        (Training(AT, "risk", exam_score=78.0, passed=True), {"score": 78.0, "state": "passed"}),
        (Training(AT, "risk", passed=False), {"score": None, "state": "failed"}),
        (Training(AT, "risk"), {"state": ""}),
        (Performance(AT, "2026Q1", score=4.5, max_score=5.0, grade="good"), {"score": 4.5, "max_score": 5.0}),
        (Leave(AT, "retirement"), {"state": "retirement"}),
        (Decision(AT, "iv_1", "d", holds=90.0, reason="看录像"), {"score": 90.0, "interview_id": "iv_1"}),
        (PanelResult(AT, "iv_1", raters=3, score=80.0), {"score": 80.0, "detail": "3", "interview_id": "iv_1"}),
    ],
)
def test_each_record_says_its_own_in_one_line(body: Record, said: dict[str, object]) -> None:
    line = entry(known(body))
    assert {name: getattr(line, name) for name in said} == said
    assert (line.at, line.kind, line.ref, line.version) == (AT, body.kind, "E1", 2)


def test_nothing_sensitive_can_be_in_a_line() -> None:
    """Not even if a record came with it: the line is made of named fields, and none of them is sensitive."""
    body = Leave(AT, "resignation", reason="照顾母亲")
    assert "照顾" not in msgspec.json.encode(entry(known(body, ("reason",)))).decode()


def test_a_title_says_what_it_is_and_which() -> None:
    assert titled("training", Label("风险管控", "Risk control")) == Label("培训：风险管控", "Training: Risk control")
    assert titled("training", Label("风险管控")) == Label("培训：风险管控", "Training: 风险管控")
    assert titled("training", Label()) == Label("培训", "Training")


def test_of_one_moment_the_earlier_stage_of_a_life_comes_first() -> None:
    made = {"training": {"course_id": "x"}, "performance": {"period": "x"}}
    made |= {"interaction": {"channel": "x", "direction": "to_person"}}
    made |= {kind: {"interview_id": "x", "report_digest": "x"} for kind in ("decision", "panel_result")}
    bodies = [msgspec.convert({"at": AT, **made.get(kind, {})}, struct) for kind, struct in KINDS.items()]
    told = [each.kind for each in in_order(entry(known(body)) for body in reversed(bodies))]
    assert told.index("resume") < told.index("offer") < told.index("onboarding") < told.index("leave")
