"""Lives to try decision support on."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ehr_bridge.canonical import Label
from ehr_bridge.canonical.records import Leave, Onboarding, Performance, Record, Resume, Training
from ehr_bridge.insight.lives import Applied, Interviewed, Life
from ehr_bridge.records import KnownRecord

DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)
POSITION = Label("客户经理", "client manager")
LABELS = {
    "communication": Label("沟通表达", "communication"),
    "risk_identification": Label("风险识别", "risk identification"),
    "learning_agility": Label("学习能力", "learning agility"),
    "commitment": Label("稳定性", "commitment"),
    "dimensions.professional": Label("专业能力", "professional ability"),
    "dimensions.culture": Label("文化适配", "culture fit"),
}


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def interviewed(total: float | None = 70.0, position_id: str = "client_manager", **scores: float) -> Interviewed:
    """``dimensions_culture=…`` is a part, others are competencies."""
    parts = {key.replace("_", ".", 1): value for key, value in scores.items() if key.startswith("dimensions_")}
    own = {key: value for key, value in scores.items() if not key.startswith("dimensions_")}
    return Interviewed("R1", "iv_1", position_id, POSITION, True, ms(START), total, own, parts, LABELS)


def known(body: Record) -> KnownRecord:
    return KnownRecord("E1", 1, body.kind, "P1", None, "hr", "x", ms(body.at), ms(body.at), body)


def life(*bodies: Record, person_id: str = "P1", interview: Interviewed | None = None, **changes: Any) -> Life:
    applied = (Applied(interview.position_id if interview else "client_manager", POSITION, ms(START)),)
    interviews = (interview,) if interview else ()
    made = {"applications": applied, "interviews": interviews, "records": tuple(map(known, bodies))} | changes
    return Life(person_id, f"名{person_id}", "", **made)


def joined(day: int = 10) -> Onboarding:
    return Onboarding(START + day * DAY, "done", hired_at=START + day * DAY)


def left(day: int, cause: Any = "resignation") -> Leave:
    return Leave(START + day * DAY, cause)


def course(attendance: float | None = None, day: int = 40, **changes: Any) -> Training:
    return Training(START + day * DAY, changes.pop("course_id", "risk_control"), attendance=attendance, **changes)


def review(score: float | None = None, day: int = 60, **changes: Any) -> Performance:
    return Performance(START + day * DAY, changes.pop("period", "2024Q1"), score=score, **changes)


def resume(*skills: str, channel: str = "") -> Resume:
    return Resume(START, skills=list(skills), channel=channel)
