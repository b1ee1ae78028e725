"""Trials as rows. Checks and answers are added, never changed: the newest of each counts."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.acceptance.checks import Check
from scoring.acceptance.questionnaire import Answered, Group
from server.store.tables import interviews, invitations, trial_answers, trial_checks, trial_interviews, trials


class Plan(msgspec.Struct, frozen=True):
    """Decided before the first interview. ``interfaces``: agreed with the employer; ``functions`` and ``terminals``:
    tried beside those of every trial. ``pass_mark``: a BARS level."""

    raters: tuple[str, ...]
    each: int
    pass_mark: float = 3.0
    interfaces: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    terminals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialRow:
    """``configuration``: what was in force when it began. ``decision``: go or no_go; it ends the trial."""

    id: str
    name: str
    position_id: str
    plan: Plan
    configuration: dict[str, str]
    round: int
    created_by: str
    started_at: int
    ended_at: int | None = None
    decision: str | None = None
    reason: str = ""
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """An interview of a trial. ``code`` stands for the candidate wherever people talk about the trial."""

    interview_id: str
    code: str
    phase: str


async def add(connection: AsyncConnection, trial: TrialRow) -> None:
    row = {
        "plan": msgspec.json.encode(trial.plan),
        "configuration": msgspec.json.encode(trial.configuration),
        "round": trial.round,
        "created_by": trial.created_by,
        "started_at": trial.started_at,
    }
    await connection.execute(insert(trials).values(id=trial.id, name=trial.name, position_id=trial.position_id, **row))


async def find(connection: AsyncConnection, trial_id: str) -> TrialRow | None:
    row = (await connection.execute(select(trials).where(trials.c.id == trial_id))).first()
    return _trial(row) if row else None


async def listed(connection: AsyncConnection) -> list[TrialRow]:
    """The newest first."""
    return [_trial(row) for row in await connection.execute(select(trials).order_by(trials.c.started_at.desc()))]


def _trial(row: Row[Any]) -> TrialRow:
    values = row._asdict()
    values["plan"] = msgspec.json.decode(values["plan"], type=Plan)
    values["configuration"] = msgspec.json.decode(values["configuration"], type=dict[str, str])
    return TrialRow(**values)


async def next_round(connection: AsyncConnection, trial_id: str) -> None:
    await connection.execute(update(trials).where(trials.c.id == trial_id).values(round=trials.c.round + 1))


async def decide(connection: AsyncConnection, trial_id: str, decision: str, reason: str, by: str, at: int) -> bool:
    """False: somebody has decided already."""
    open_ = (trials.c.id == trial_id) & trials.c.decision.is_(None)
    values = {"decision": decision, "reason": reason, "decided_by": by, "ended_at": at}
    return (await connection.execute(update(trials).where(open_).values(**values))).rowcount == 1


async def candidates_for(connection: AsyncConnection, position_id: str, since_ms: int) -> list[str]:
    """Interviews for a position, invited since, that belong to no trial yet."""
    query = (
        select(invitations.c.interview_id)
        .outerjoin(trial_interviews, trial_interviews.c.interview_id == invitations.c.interview_id)
        .where(
            invitations.c.position_id == position_id,
            invitations.c.created_at >= since_ms,
            invitations.c.revoked_at.is_(None),
            trial_interviews.c.trial_id.is_(None),
        )
        .order_by(invitations.c.created_at, invitations.c.id)
    )
    return list((await connection.execute(query)).scalars())


async def include(connection: AsyncConnection, trial_id: str, interview_ids: list[str], at: int) -> None:
    count = select(func.count()).where(trial_interviews.c.trial_id == trial_id)
    there = int((await connection.execute(count)).scalar_one())
    rows = [
        {"trial_id": trial_id, "interview_id": interview, "code": f"C{there + number:03}", "added_at": at}
        for number, interview in enumerate(interview_ids, 1)
    ]
    if rows:
        await connection.execute(insert(trial_interviews), rows)


async def subjects(connection: AsyncConnection, trial_id: str) -> list[Subject]:
    query = (
        select(trial_interviews.c.interview_id, trial_interviews.c.code, interviews.c.phase)
        .join(interviews, interviews.c.id == trial_interviews.c.interview_id)
        .where(trial_interviews.c.trial_id == trial_id)
        .order_by(trial_interviews.c.code)
    )
    return [Subject(*row) for row in await connection.execute(query)]


async def trial_of(connection: AsyncConnection, interview_id: str) -> TrialRow | None:
    """The trial that an interview belongs to, while it runs."""
    query = (
        select(trials)
        .join(trial_interviews, trial_interviews.c.trial_id == trials.c.id)
        .where(trial_interviews.c.interview_id == interview_id, trials.c.ended_at.is_(None))
    )
    row = (await connection.execute(query)).first()
    return _trial(row) if row else None


async def check(connection: AsyncConnection, trial_id: str, made: Check) -> None:
    await connection.execute(insert(trial_checks).values(trial_id=trial_id, **msgspec.structs.asdict(made)))


async def checks(connection: AsyncConnection, trial_id: str) -> list[Check]:
    """In the order in which they were made."""
    t = trial_checks.c
    query = select(t.kind, t.name, t.outcome, t.note, t.by, t.at).where(t.trial_id == trial_id).order_by(t.id)
    return [Check(*row) for row in await connection.execute(query)]


async def put_answers(
    connection: AsyncConnection, trial: TrialRow, person: str, group: Group, answered: Answered, at: int
) -> None:
    """``IntegrityError`` when this person has answered in this round."""
    row = {"person": person, "round": trial.round, "group": group, "body": msgspec.json.encode(answered), "at": at}
    await connection.execute(insert(trial_answers).values(trial_id=trial.id, **row))


async def has_answered(connection: AsyncConnection, trial: TrialRow, person: str) -> bool:
    t = trial_answers.c
    query = select(t.at).where(t.trial_id == trial.id, t.person == person, t.round == trial.round)
    return (await connection.execute(query)).first() is not None


async def answers(connection: AsyncConnection, trial_id: str) -> list[tuple[str, Group, int, Answered]]:
    """(person, group, round, answers), by round."""
    t = trial_answers.c
    query = select(t.person, t.group, t.round, t.body).where(t.trial_id == trial_id).order_by(t.round, t.person)
    rows = await connection.execute(query)
    return [(row.person, row.group, row.round, msgspec.json.decode(row.body, type=Answered)) for row in rows]
