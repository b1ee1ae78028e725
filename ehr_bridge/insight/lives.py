"""What is known of each person, in one value: applications, interview results, and the records of a life."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical import InterviewResult, Label, milliseconds
from ehr_bridge.canonical.records import (
    KINDS,
    Decision,
    Leave,
    Offer,
    Onboarding,
    Performance,
    Record,
    Resume,
    SecondInterview,
    Training,
    WrittenTest,
)
from ehr_bridge.records import KnownRecord, records
from ehr_bridge.store import ehr_application, ehr_interview_result, ehr_person

MOST_PERSONS = 50_000
_PAGE = 2000
USED = tuple(
    kind.kind for kind in (Resume, WrittenTest, SecondInterview, Offer, Onboarding, Training, Performance, Leave)
)
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Interviewed:
    """The newest version of one result, as it holds after what people decided over it. ``scores``: points of 100 by
    competency, those that could be assessed; ``parts``: by "view.part", the report's own."""

    result_id: str
    interview_id: str
    position_id: str
    position: Label
    completed: bool
    at_ms: int
    total: float | None
    scores: dict[str, float]
    parts: dict[str, float]
    labels: dict[str, Label]


@dataclass(frozen=True, slots=True)
class Applied:
    position_id: str
    position: Label
    at_ms: int


@dataclass(frozen=True, slots=True)
class Life:
    """``records``: the latest version of each, in the order in which things happened."""

    person_id: str
    name: str
    external_id: str
    applications: tuple[Applied, ...] = ()
    interviews: tuple[Interviewed, ...] = ()
    records: tuple[KnownRecord, ...] = field(default=(), repr=False)

    def of(self, kind: type[R]) -> list[R]:
        return [known.body for known in self.records if isinstance(known.body, kind)]

    @property
    def interviewed(self) -> Interviewed | None:
        """The newest completed one."""
        return next((one for one in reversed(self.interviews) if one.completed), None)

    @property
    def hired_at_ms(self) -> int | None:
        for each in reversed(self.of(Onboarding)):
            if each.hired_at is not None:
                return milliseconds(each.hired_at)
        return None

    @property
    def left_at_ms(self) -> int | None:
        left = self.of(Leave)
        return milliseconds(left[-1].at) if left else None


async def lives(connection: AsyncConnection, person_ids: Collection[str] = ()) -> list[Life]:
    """Everybody, or those; by id. The caller writes the audit line."""
    wanted = ehr_person.c.id.in_(person_ids) if person_ids else ehr_person.c.position > 0
    people = select(ehr_person.c.id, ehr_person.c.name, ehr_person.c.external_id).where(wanted)
    rows = (await connection.execute(people.order_by(ehr_person.c.position).limit(MOST_PERSONS))).all()
    applied, interviewed = await _applied(connection), await _interviewed(connection)
    recorded = await _recorded(connection)
    return [
        Life(
            row.id,
            row.name,
            row.external_id or "",
            tuple(applied[row.id]),
            tuple(interviewed[row.id]),
            tuple(recorded[row.id]),
        )
        for row in rows
    ]


async def _applied(connection: AsyncConnection) -> dict[str, list[Applied]]:
    found: dict[str, list[Applied]] = defaultdict(list)
    table = ehr_application.c
    query = select(table.person_id, table.position_id, table.body, table.applied_at_ms)
    for row in await connection.execute(query.order_by(table.applied_at_ms, table.id)):
        label = msgspec.json.decode(row.body, type=Label)
        found[row.person_id].append(Applied(row.position_id, label, row.applied_at_ms))
    return found


async def _interviewed(connection: AsyncConnection) -> dict[str, list[Interviewed]]:
    newest: dict[str, tuple[str, Interviewed]] = {}
    decided = await _decided(connection)
    table = ehr_interview_result.c
    query = (
        select(table.id, table.person_id, table.body, table.received_at_ms, ehr_application.c.position_id,
               ehr_application.c.body.label("application"))
        .join(ehr_application, ehr_application.c.id == table.application_id)
        .order_by(table.position)
    )  # fmt: skip
    for row in await connection.execute(query):
        newest[row.id] = (row.person_id, _result(row, decided))
    found: dict[str, list[Interviewed]] = defaultdict(list)
    for person_id, one in newest.values():
        found[person_id].append(one)
    for many in found.values():
        many.sort(key=lambda one: one.at_ms)
    return found


async def _decided(connection: AsyncConnection) -> dict[tuple[str, str], list[Decision]]:
    """By interview and report, oldest first: a report that was scored again has none of its predecessor's."""
    found: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    after = 0
    while page := await records(connection, (Decision.kind,), after=after, limit=_PAGE):
        for _, known in page:
            if isinstance(known.body, Decision):
                found[known.body.interview_id, known.body.report_digest].append(known.body)
        after = page[-1][0]
    for many in found.values():
        many.sort(key=lambda one: one.version)
    return found


def holding(one: Interviewed, decisions: list[Decision]) -> Interviewed:
    """What holds after these decisions over this result; one that was taken back leaves the report's own score."""
    scores = dict(one.scores)
    for competency, value in {each.competency_id: each.value for each in decisions if each.competency_id}.items():
        if value is not None:
            scores[competency] = value
    return replace(one, scores=scores, total=decisions[-1].holds if decisions else one.total)


def _result(row: Any, decided: dict[tuple[str, str], list[Decision]]) -> Interviewed:
    result = msgspec.json.decode(row.body, type=InterviewResult)
    lines = [line for line in result.attributes if isinstance(line.value, int | float)]
    scores = {line.key: float(line.value or 0) for line in lines if line.group == "competency"}
    own = Interviewed(
        result_id=row.id,
        interview_id=result.interview_id,
        position_id=row.position_id,
        position=msgspec.json.decode(row.application, type=Label),
        completed=result.status == "COMPLETED",
        at_ms=milliseconds(result.completed_at) if result.completed_at else row.received_at_ms,
        total=result.score,
        scores=scores,
        parts={f"{line.group}.{line.key}": float(line.value or 0) for line in lines if line.group != "competency"},
        labels={line.key if line.group == "competency" else f"{line.group}.{line.key}": line.label for line in lines},
    )
    return holding(own, decided.get((result.interview_id, result.report_digest), []))


async def _recorded(connection: AsyncConnection) -> dict[str, list[KnownRecord]]:
    found: dict[str, list[KnownRecord]] = defaultdict(list)
    after = 0
    while page := await records(connection, USED, after=after, limit=_PAGE):
        for _, known in page:
            found[known.person_id].append(known)
        after = page[-1][0]
    for many in found.values():
        many.sort(key=lambda known: (known.at_ms, list(KINDS).index(known.kind)))
    return found
