"""What happened, what the rules made of it, what people said to that, and where each application stands."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.rules.decide import Outcome, Suggestion
from ehr_bridge.rules.inputs import Event, Value
from ehr_bridge.rules.rulebook import STAGES
from server.clock import wall_ms
from server.ids import new_id
from server.store.tables import applicants, process_events, processes, rule_runs, rulebooks, suggestions


@dataclass(frozen=True, slots=True)
class ProcessEvent:
    id: str
    event: Event
    applicant_id: str
    position_id: str


@dataclass(frozen=True, slots=True)
class RulebookRow:
    version: int
    digest: str
    source_yaml: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """``state``: open; confirmed or declined by somebody; done by a rule itself; overtaken by a later event."""

    id: str
    event_id: str
    applicant_id: str
    position_id: str
    suggestion: Suggestion
    state: str
    reason: str
    by: str
    made_at: int
    settled_at: int | None


@dataclass(frozen=True, slots=True)
class RunRow:
    event: ProcessEvent
    at: int
    rulebook: str
    inputs: dict[str, Value]
    outcome: Outcome


async def promise(store: AsyncConnection, event: Event, subject: str, *, applicant_id: str, position_id: str) -> None:
    """The rules will look at this, once: in the transaction of what happened. The same subject twice is once."""
    make = sqlite.insert if store.dialect.name == "sqlite" else postgresql.insert
    row = {"id": f"{event}:{subject}", "event": event, "applicant_id": applicant_id, "position_id": position_id}
    await store.execute(make(process_events).values(**row, at=wall_ms()).on_conflict_do_nothing())


async def unhandled(store: AsyncConnection, limit: int = 50) -> list[ProcessEvent]:
    columns = process_events.c
    query = select(columns.id, columns.event, columns.applicant_id, columns.position_id)
    query = query.where(columns.handled_at.is_(None)).order_by(columns.at, columns.id).limit(limit)
    return [ProcessEvent(*row) for row in await store.execute(query)]


async def handled(
    store: AsyncConnection, event: ProcessEvent, rulebook: str, inputs: dict[str, Value], outcome: Outcome
) -> None:
    """Raises ``IntegrityError`` when another process has handled it: then nothing of this transaction may stay."""
    now = wall_ms()
    await store.execute(
        insert(rule_runs).values(
            event_id=event.id,
            at=now,
            rulebook=rulebook,
            inputs=msgspec.json.encode(inputs),
            outcome=msgspec.json.encode(outcome),
        )
    )
    await store.execute(update(process_events).where(process_events.c.id == event.id).values(handled_at=now))


async def overtake(store: AsyncConnection, event: ProcessEvent) -> None:
    """What was suggested of the same application before and is still open: the newer look replaces it."""
    open_ones = update(suggestions).where(
        suggestions.c.applicant_id == event.applicant_id,
        suggestions.c.position_id == event.position_id,
        suggestions.c.state == "open",
    )
    await store.execute(open_ones.values(state="overtaken", settled_at=wall_ms()))


async def suggest(store: AsyncConnection, event: ProcessEvent, suggestion: Suggestion, state: str) -> str:
    now = wall_ms()
    suggestion_id = new_id("sg", now)
    await store.execute(
        insert(suggestions).values(
            id=suggestion_id,
            event_id=event.id,
            applicant_id=event.applicant_id,
            position_id=event.position_id,
            rule=suggestion.rule,
            effect=suggestion.effect,
            body=msgspec.json.encode(suggestion),
            state=state,
            reason="",
            by="viva" if state == "done" else "",
            made_at=now,
            settled_at=None if state == "open" else now,
        )
    )
    return suggestion_id


def _suggestion(row: object) -> SuggestionRow:
    values = {name: getattr(row, name) for name in SuggestionRow.__slots__ if name != "suggestion"}
    return SuggestionRow(**values, suggestion=msgspec.json.decode(row.body, type=Suggestion))  # type: ignore[attr-defined]


async def list_suggestions(
    store: AsyncConnection, *, state: str, before: str | None, limit: int
) -> list[tuple[SuggestionRow, str]]:
    """The newest first, each with the applicant's name."""
    query = select(suggestions, applicants.c.name.label("applicant_name"))
    query = query.join(applicants, applicants.c.id == suggestions.c.applicant_id).where(suggestions.c.state == state)
    if before is not None:
        query = query.where(suggestions.c.id < before)
    found = await store.execute(query.order_by(suggestions.c.id.desc()).limit(limit))
    return [(_suggestion(row), row.applicant_name) for row in found]


async def find_suggestion(store: AsyncConnection, suggestion_id: str) -> SuggestionRow | None:
    row = (await store.execute(select(suggestions).where(suggestions.c.id == suggestion_id))).first()
    return _suggestion(row) if row else None


async def settle_suggestion(store: AsyncConnection, suggestion_id: str, state: str, by: str, reason: str) -> bool:
    """False: it is not open any more."""
    mine = update(suggestions).where(suggestions.c.id == suggestion_id, suggestions.c.state == "open")
    done = await store.execute(mine.values(state=state, by=by, reason=reason, settled_at=wall_ms()))
    return bool(done.rowcount)


async def runs(store: AsyncConnection, *, limit: int, event_id: str | None = None) -> list[RunRow]:
    """Past cases, the newest first."""
    query = select(rule_runs, process_events).join(process_events, process_events.c.id == rule_runs.c.event_id)
    if event_id is not None:
        query = query.where(rule_runs.c.event_id == event_id)
    query = query.order_by(rule_runs.c.at.desc(), rule_runs.c.event_id).limit(limit)
    return [
        RunRow(
            ProcessEvent(row.event_id, row.event, row.applicant_id, row.position_id),
            row.at,
            row.rulebook,
            msgspec.json.decode(row.inputs, type=dict[str, float | str | tuple[str, ...] | bool | None]),
            msgspec.json.decode(row.outcome, type=Outcome),
        )
        for row in await store.execute(query)
    ]


async def stage_of(store: AsyncConnection, applicant_id: str, position_id: str) -> str:
    here = processes.c.applicant_id == applicant_id, processes.c.position_id == position_id
    return (await store.execute(select(processes.c.stage).where(*here))).scalar_one_or_none() or STAGES[0]


async def move(store: AsyncConnection, applicant_id: str, position_id: str, stage: str, by: str) -> bool:
    """Ahead only. False: it is there already, or further."""
    now = await stage_of(store, applicant_id, position_id)
    if STAGES.index(stage) <= STAGES.index(now):
        return False
    await _put(store, applicant_id, position_id, by, stage=stage)
    return True


async def tag(store: AsyncConnection, applicant_id: str, position_id: str, name: str, by: str) -> None:
    """Of the talent pool; the same tag twice is once."""
    here = processes.c.applicant_id == applicant_id, processes.c.position_id == position_id
    kept = (await store.execute(select(processes.c.tags).where(*here))).scalar_one_or_none() or ""
    names = dict.fromkeys([*filter(None, kept.split("\n")), name])
    await _put(store, applicant_id, position_id, by, tags="\n".join(names))


async def _put(store: AsyncConnection, applicant_id: str, position_id: str, by: str, **values: str) -> None:
    make = sqlite.insert if store.dialect.name == "sqlite" else postgresql.insert
    changed = {**values, "moved_by": by, "moved_at": wall_ms()}
    first = {"applicant_id": applicant_id, "position_id": position_id, "stage": STAGES[0], "tags": ""} | changed
    keys = [processes.c.applicant_id, processes.c.position_id]
    await store.execute(make(processes).values(**first).on_conflict_do_update(index_elements=keys, set_=changed))


async def newest_rulebook(store: AsyncConnection) -> RulebookRow | None:
    row = (await store.execute(select(rulebooks).order_by(rulebooks.c.version.desc()).limit(1))).first()
    return RulebookRow(row.version, row.digest, row.source_yaml, row.by, row.at) if row else None


async def put_rulebook(store: AsyncConnection, version: int, digest: str, source_yaml: str, by: str) -> None:
    """Raises ``IntegrityError`` when somebody else made this version."""
    await store.execute(
        insert(rulebooks).values(version=version, digest=digest, source_yaml=source_yaml, by=by, at=wall_ms())
    )


async def tallies(store: AsyncConnection) -> dict[str, int]:
    """``invite.confirmed`` -> how many: plain counts by effect and by what became of them."""
    query = select(suggestions.c.effect, suggestions.c.state, func.count().label("number"))
    rows = await store.execute(query.group_by(suggestions.c.effect, suggestions.c.state))
    return {f"{row.effect}.{row.state}": row.number for row in rows}
