"""Decision support of this installation: the whole record is read, the pure room computes, HR reads and decides.

Reading everybody costs a second at ten thousand persons, and pages ask for the same again and again: a picture of the
record is kept for a minute. Requirements come from the newest version of each position.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.canonical import Label
from ehr_bridge.insight import funnel, hints, leaving, outcomes, placing, plans, pool, retention
from ehr_bridge.insight.book import Book
from ehr_bridge.insight.lives import Life, lives
from ehr_bridge.insight.requirements import Asked, Requirements
from ehr_bridge.insight.traits import traits
from ehr_bridge.store import ehr_application
from scoring.position_model import PositionModel
from scoring.positions import stored
from scoring.report import from_json
from server.profiles import named
from server.settings import Settings
from server.store import interviews
from server.store.tables import interviews as interview_table
from server.store.tables import invitations, processes, reports, resumes

KEPT_MS = 60_000
MOST_REPORTS = 2000


@dataclass(frozen=True, slots=True)
class Picture:
    """The record as of ``at_ms``."""

    at_ms: int
    lives: list[Life]
    by_id: dict[str, Life]
    positions: dict[str, Requirements]
    waiting: list[tuple[str, str]]
    """Position and channel of everybody who was invited, or whose résumé is here, and whose interview is not."""


@dataclass(slots=True)
class Insights:
    engine: AsyncEngine
    settings: Settings
    book: Book
    now_ms: Callable[[], int]
    _picture: Picture | None = None
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def may_predict(self) -> bool:
        """Whether the law of this place lets HR see predictions about people."""
        return named(self.settings.profile).prediction == "advice"

    async def picture(self) -> Picture:
        async with self._reading:
            now = self.now_ms()
            if self._picture is None or now - self._picture.at_ms > KEPT_MS:
                async with self.engine.connect() as store:
                    people = await lives(store)
                    positions = {row.id: required(stored(row.source_yaml)) for row in await _positions(store)}
                    waiting = await _waiting(store)
                self._picture = Picture(now, people, {life.person_id: life for life in people}, positions, waiting)
            return self._picture

    async def funnel(self, by: str, pass_mark: float) -> dict[str, Any]:
        there = await self.picture()

        def count() -> dict[str, Any]:
            ways = funnel.ways(there.lives, pass_mark)
            for position_id, channel in there.waiting:
                asked = there.positions.get(position_id)
                label = asked.title if asked else Label(position_id, position_id)
                ways.append(funnel.waiting(position_id, label, channel))
            return {"funnels": funnel.funnels(ways, by), "alarms": funnel.alarms(ways, pass_mark)}

        return await asyncio.to_thread(count) | {"pass_mark": pass_mark, "least": funnel.LEAST}

    async def pool(
        self, text: str, strong: list[str], position_id: str, least_total: float | None
    ) -> list[pool.Talent]:
        there = await self.picture()
        return await asyncio.to_thread(
            lambda: pool.search(pool.pool(there.lives), text, strong, position_id, least_total)
        )

    async def person(self, person_id: str) -> dict[str, Any] | None:
        """Everything that is suggested about one person; predictions only where they may be made."""
        there = await self.picture()
        life = there.by_id.get(person_id)
        if life is None:
            return None
        one = life.interviewed
        asked = there.positions.get(one.position_id) if one else None
        steps = plans.plan(life, asked, self.book) if asked else ()
        advice = [*hints.hints(life, self.book), *placing.suggestions(life, there.positions, self.book)]
        advice += plans.pushes(life, steps)
        if one is not None:
            advice += plans.passed_exams(one, steps)
        return {
            "person_id": life.person_id,
            "name": life.name,
            "position": one.position if one else None,
            "total": one.total if one else None,
            "tags": pool.tags(one) if one else (),
            "plan": steps,
            "fits": placing.fits(one, there.positions)[:5] if one else (),
            "advice": advice,
            "prediction": await self._prediction(life) if self.may_predict else None,
            "may_predict": self.may_predict,
        }

    async def _prediction(self, life: Life) -> dict[str, Any] | None:
        if life.hired_at_ms is None or life.left_at_ms is not None:
            return None
        model = await self._model()
        who = traits(life, self.now_ms())
        probability = model.probability(who)
        risk = leaving.at_risk(life, self.now_ms())
        return {
            "probability": probability,
            "fitted": model.fitted,
            "advice": None if probability is None else retention.advice(life, who, probability),
            "risk": risk,
        }

    async def _model(self) -> retention.Model:
        there = await self.picture()
        return await asyncio.to_thread(lambda: retention.fit(retention.observed(there.lives, there.at_ms)))

    async def retention(self) -> dict[str, Any]:
        """Everybody who works here, the least likely to stay first, and what the model is worth."""
        there, model = await self.picture(), await self._model()

        def rows() -> list[dict[str, Any]]:
            found = []
            for life in there.lives:
                if life.hired_at_ms is None or life.left_at_ms is not None:
                    continue
                who = traits(life, there.at_ms)
                probability = model.probability(who)
                if probability is not None:
                    risk = leaving.at_risk(life, there.at_ms) is not None
                    found.append(
                        {
                            "person_id": life.person_id,
                            "name": life.name,
                            "probability": probability,
                            "band": retention.band(probability),
                            "risk": risk,
                            "inputs": who.inputs,
                        }
                    )
            return sorted(found, key=lambda row: (row["probability"], row["person_id"]))

        return {"model": model, "employees": await asyncio.to_thread(rows)}

    async def outcomes(self) -> dict[str, Any]:
        there = await self.picture()

        def count() -> dict[str, Any]:
            quality = outcomes.quality(there.lives)
            profiles = []
            for each in quality:
                rows = outcomes.high_performers(there.lives, each.position_id)
                standards = outcomes.standards(rows, each.position_id, len(each.hires))
                profiles.append({"position_id": each.position_id, "rows": rows, "standards": standards})
            return {"quality": quality, "profiles": profiles}

        return await asyncio.to_thread(count) | {
            "titles": {key: each.title for key, each in there.positions.items()},
            "improvements": await self._improvements(there),
        }

    async def _improvements(self, there: Picture) -> dict[str, Any]:
        async with self.engine.connect() as store:
            query = (
                select(reports.c.body)
                .join(interview_table, interview_table.c.report_id == reports.c.id)
                .order_by(reports.c.created_at.desc())
                .limit(MOST_REPORTS)
            )
            bodies = [bytes(body) for body in (await store.execute(query)).scalars()]
        labels = {key: asked.label for each in there.positions.values() for key, asked in each.asked.items()}
        found, count = await asyncio.to_thread(
            lambda: outcomes.improvements([_suggested(body) for body in bodies], labels, self.book)
        )
        return {"items": found, "reports": count}


def _suggested(body: bytes) -> list[str]:
    """Of a report that this version does not read: none."""
    try:
        return [suggestion.competency_id for suggestion in from_json(body).suggestions]
    except msgspec.ValidationError:
        return []


async def _waiting(store: AsyncConnection) -> list[tuple[str, str]]:
    """The employee record learns of an application with its interview; until then only this server knows of it."""
    arrived = set((await store.execute(select(ehr_application.c.source_id))).scalars())
    columns = invitations.c
    invited = (await store.execute(select(columns.id, columns.applicant_id, columns.position_id))).all()
    done = {(row.applicant_id, row.position_id) for row in invited if row.id in arrived}
    open_ones = {(row.applicant_id, row.position_id) for row in invited}
    moved = await store.execute(select(processes.c.applicant_id, processes.c.position_id))
    open_ones |= {(row.applicant_id, row.position_id) for row in moved}
    columns = resumes.c
    handed_in = select(columns.applicant_id, columns.position_id, columns.uploaded_by).order_by(columns.uploaded_at)
    channels: dict[str, str] = {}
    for row in await store.execute(handed_in.where(columns.state != "deleted", columns.position_id != "")):
        open_ones.add((row.applicant_id, row.position_id))
        channels[row.applicant_id] = "candidate" if row.uploaded_by == "candidate" else "hr"
    return [(position, channels.get(applicant, "")) for applicant, position in sorted(open_ones - done)]


async def _positions(store: AsyncConnection) -> list[interviews.PositionRow]:
    return await interviews.list_positions(store)


def required(model: PositionModel) -> Requirements:
    """A hint of the position about a competency is what it asks for."""
    hints_of = {hint.of: hint.at_least for hint in model.pass_hints}
    asked = {
        each.id: Asked(Label(each.label.zh, each.label.en), each.weight, hints_of.get(each.id))
        for each in model.competencies
    }
    return Requirements(model.id, Label(model.title.zh, model.title.en), asked)
