"""The sandbox of the consumer API: a record of its own with made-up persons, the same doors in front of it.

A file beside the store, made when a sandbox key first asks and made anew when it asks for that. Persons and results
come in by the same way as real ones, so what a consumer sees here is what it will see there; writing works too. The
doors, limits, cursors and errors are the real ones; the only difference is whose life it is.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge import store as bridge
from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.canonical import ApplicantFacts, Label, PersonFacts, result_message
from ehr_bridge.canonical.records import Money, Offer, Onboarding, Performance, Record, Resume, Training
from ehr_bridge.field_keys import FieldKeys
from ehr_bridge.records import New, record
from scoring.bilingual import Bilingual
from scoring.position_model import PositionModel
from scoring.positions import builtin
from scoring.report import (
    REPORT_VERSION,
    CompetencyScore,
    Interview,
    NonVerbal,
    PartScore,
    Report,
    Score,
    ViewScore,
    seal,
    to_json,
)  # fmt: skip
from server.store.database import open_database
from server.store.tables import media_keys, metadata

SOURCE = "sandbox"
BEGAN = datetime(2026, 1, 5, 2, tzinfo=UTC)
NAMES = ("沙箱甲", "沙箱乙", "沙箱丙", "Sandbox Dee", "沙箱戊", "Sandbox Eff", "沙箱庚",
         "沙箱辛", "Sandbox Eye", "沙箱癸")  # fmt: skip
POSITIONS = ("client_manager", "teller", "risk_manager")
NOTICE = Bilingual("沙箱数据，纯属虚构", "Sandbox data, all made up")


class Sandbox:
    """One per process. Several processes share the file; the first that asks fills it."""

    def __init__(self, path: Path, keys: FieldKeys, now_ms: Callable[[], int]) -> None:
        self._path = path
        self._keys = keys
        self._now_ms = now_ms
        self._engine: AsyncEngine | None = None
        self._opening = asyncio.Lock()

    async def ready(self) -> AsyncEngine:
        async with self._opening:
            if self._engine is None:
                self._engine = open_database(f"sqlite+aiosqlite:///{self._path}")
                async with self._engine.begin() as connection:
                    await connection.run_sync(bridge.metadata.create_all)
                    await connection.run_sync(metadata.create_all, tables=[media_keys])
                await self._fill(self._engine)
            return self._engine

    async def reset(self) -> None:
        """Everything that was written is gone; the made-up persons are there again, under the same ids."""
        engine = await self.ready()
        async with self._opening:
            async with engine.begin() as connection:
                for table in reversed(bridge.metadata.sorted_tables):
                    await connection.execute(table.delete())
            await self._fill(engine)

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()

    async def _fill(self, engine: AsyncEngine) -> None:
        """Idempotent: the same messages and records again change nothing."""
        ehr = EmbeddedEhr(engine, self._now_ms)
        for number, name in enumerate(NAMES):
            facts = _applicant(number, name)
            await ehr.deliver(result_message(_report(number, facts), facts, SOURCE, self._now_ms()))
            async with engine.begin() as connection:
                for made in _life(number):
                    await self._put(connection, facts.person, number, made)

    async def _put(self, connection: AsyncConnection, person: PersonFacts, number: int, made: Record) -> None:
        await record(connection, self._keys, New(SOURCE, f"{made.kind}-{number}", person, made), self._now_ms())


def _applicant(number: int, name: str) -> ApplicantFacts:
    model = builtin()[POSITIONS[number % len(POSITIONS)]]
    return ApplicantFacts(
        applicant_id=f"sandbox-{number}",
        application_id=f"sandbox-application-{number}",
        position_id=model.id,
        applied_at=BEGAN + timedelta(days=number),
        name=name,
        email=f"sandbox{number}@example.com",
        phone=f"+86139000000{number:02}",
        external_id=f"SB{number:06}",
        position=Label(model.title.zh, model.title.en),
    )


def _points(number: int, index: int) -> float:
    """Between 40 and 95, the same every time."""
    return 40.0 + (number * 37 + index * 23) % 56


def _report(number: int, facts: ApplicantFacts) -> bytes:
    model = builtin()[facts.position_id]
    competencies = tuple(
        CompetencyScore(
            id=each.id,
            dimension=each.dimension,
            label=each.label,
            definition=each.definition,
            weight=each.weight,
            score=_score(_points(number, index)),
            anchor=None,
            leaves=(),
        )
        for index, each in enumerate(model.competencies)
    )
    total = sum(c.weight * (c.score.value or 0) for c in competencies) / sum(c.weight for c in competencies)
    ended = (facts.applied_at + timedelta(days=3)).isoformat()
    interview = Interview(
        interview_id=f"sandbox-interview-{number}",
        applicant_name=facts.name,
        position_id=model.id,
        position_version=model.version,
        position=model.title,
        employer=NOTICE,
        language="zh",
        profile="default",
        started_at=ended,
        ended_at=ended,
        ended="completed",
    )
    made = Report(
        version=REPORT_VERSION,
        digest="",
        label=NOTICE,
        statement=NOTICE,
        interview=interview,
        engines=(),
        answers_planned=0,
        answers_assessable=0,
        total=_score(round(total, 1)),
        total_words_only=_score(round(total, 1)),
        non_verbal=NonVerbal("off", 0.0, 0.0, NOTICE),
        views=_views(model, competencies),
        competencies=competencies,
        answers=(),
        highlights=(),
        suggestions=(),
        notes=(),
    )
    return to_json(seal(made))


def _views(model: PositionModel, competencies: tuple[CompetencyScore, ...]) -> tuple[ViewScore, ...]:
    scores = {each.id: each.score.value or 0.0 for each in competencies}
    views = []
    for view in model.views:
        parts = []
        for part in view.parts:
            whole = sum(part.weights.values())
            value = sum(scores[key] * weight for key, weight in part.weights.items()) / whole
            parts.append(PartScore(part.id, part.label, _score(round(value, 1)), tuple(part.weights)))
        views.append(ViewScore(view.id, view.label, tuple(parts)))
    return tuple(views)


def _score(value: float) -> Score:
    return Score(value, max(0.0, value - 10), min(100.0, value + 10), round(value / 10, 2), round(value / 20, 2))


def _life(number: int) -> list[Record]:
    """A third was hired; one of those is in training, one has a review."""
    applied = BEGAN + timedelta(days=number)
    years = 1.0 + number % 5
    made: list[Record] = [Resume(applied, "bachelor", "示例大学", "金融学", years, skills=["Excel"], channel="campus")]
    if number % 3 == 0:
        hired = applied + timedelta(days=20)
        offered = applied + timedelta(days=10)
        made.append(Offer(offered, "accepted", position_id="client_manager", salary=Money(1_000_000)))
        made.append(Onboarding(hired, "done", employee_id=f"SB{number:06}", hired_at=hired))
        made.append(Training(hired + timedelta(days=14), "risk_control", attendance=0.9, exam_score=80.0, passed=True))
    if number % 6 == 0:
        made.append(Performance(applied + timedelta(days=110), "2026Q1", "quarter", 78.0))
    return made
