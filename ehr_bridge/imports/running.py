"""An import's rows into the record and out again. Each chunk of rows is one transaction, so that deliveries and live
interviews get their turn between chunks and a killed process leaves whole chunks behind.

``try_rows`` does exactly what ``apply_rows`` does and rolls back: what a dry run shows is what will happen. Applying
twice is applying once, because ``(source, kind, key)`` names a record and the same content is no new version.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import Record
from ehr_bridge.field_keys import FieldKeys
from ehr_bridge.imports.planning import Planned
from ehr_bridge.merging import MergeKeys
from ehr_bridge.persons import upsert_person
from ehr_bridge.records import SENSITIVE, New, RecordRefused, find_named, find_record, record, revealed, withdraw
from ehr_bridge.store import ehr_application, ehr_import_row, ehr_person, ehr_record, next_position

CHUNK_ROWS = 200
MASK = "•••"
_FACTS = ("name", "email", "phone", "external_id", "name_key", "email_key", "phone_key")


@dataclass(frozen=True, slots=True)
class Difference:
    """``before`` None: there was nothing."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """``action``: new, changed, same or refused; ``reason`` of a refusal that only the store could know."""

    line: int
    action: str
    differences: tuple[Difference, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Undone:
    """``kept``: rows that somebody changed since, or persons others refer to; they stay as they are."""

    taken_back: int
    kept: int


def source_of(mapping_name: str) -> str:
    """The sender of every record of a mapping: the same file again is the same records."""
    return f"import:{mapping_name}"


async def try_rows(
    engine: AsyncEngine, keys: FieldKeys, mapping: str, kind: str, rows: Sequence[Planned], now_ms: int
) -> list[Outcome]:
    """What applying would do. Nothing is kept."""
    found: list[Outcome] = []
    for start in range(0, len(rows), CHUNK_ROWS):
        async with engine.connect() as connection, connection.begin() as transaction:
            for row in rows[start : start + CHUNK_ROWS]:
                found.append((await _one(connection, keys, mapping, kind, row, now_ms))[0])
            await transaction.rollback()
    return found


async def apply_rows(
    engine: AsyncEngine, keys: FieldKeys, import_id: str, mapping: str, kind: str, rows: Sequence[Planned], now_ms: int
) -> list[Outcome]:
    """Goes on where an earlier try was cut off: lines that are noted are not done again."""
    found: list[Outcome] = []
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = rows[start : start + CHUNK_ROWS]
        async with engine.begin() as connection:
            done = await _noted(connection, import_id, chunk[0].line, chunk[-1].line)
            for row in chunk:
                if row.line in done:
                    found.append(Outcome(row.line, done[row.line]))
                    continue
                outcome, note = await _one(connection, keys, mapping, kind, row, now_ms)
                if outcome.action in ("new", "changed"):
                    values = {"import_id": import_id, "line": row.line, "action": outcome.action, **note}
                    await connection.execute(insert(ehr_import_row).values(**values))
                found.append(outcome)
    return found


async def _noted(connection: AsyncConnection, import_id: str, first: int, last: int) -> dict[int, str]:
    table = ehr_import_row.c
    where = (table.import_id == import_id) & table.line.between(first, last)
    return {row.line: row.action for row in await connection.execute(select(table.line, table.action).where(where))}


async def _one(
    connection: AsyncConnection, keys: FieldKeys, mapping: str, kind: str, row: Planned, now_ms: int
) -> tuple[Outcome, dict[str, Any]]:
    if row.person is None:
        flaw = next(flaw for flaw in row.flaws if flaw.refuses)
        return Outcome(row.line, "refused", reason=flaw.code), {}
    if row.body is None:
        return await _person(connection, row.line, row.person, now_ms)
    person_id = await _known(connection, row.person)
    if person_id is None:
        return Outcome(row.line, "refused", reason="person_unknown"), {}
    name = (source_of(mapping), kind, row.key)
    before = await find_named(connection, *name)
    whole = await revealed(connection, keys, before.id) if before else None
    try:
        stored = await record(connection, keys, New(name[0], row.key, person_id, row.body), now_ms)
    except RecordRefused as refused:
        return Outcome(row.line, "refused", reason=refused.code), {}
    if not stored.changed:
        return Outcome(row.line, "same"), {}
    differences = masked(compared(content_of(whole.body) if whole else {}, content_of(row.body), "record"), kind)
    note = {
        "person_id": person_id,
        "person_new": False,
        "record_id": stored.id,
        "version": stored.version,
        "version_before": before.version if before else 0,
    }
    return Outcome(row.line, "changed" if before else "new", differences), note


async def _known(connection: AsyncConnection, facts: PersonFacts) -> str | None:
    """The person a row is about: by the number alone, for base data come before what is about them."""
    if not facts.external_id:
        return None
    query = select(ehr_person.c.id).where(ehr_person.c.external_id == facts.external_id.strip())
    return (await connection.execute(query)).scalar_one_or_none()


async def _person(
    connection: AsyncConnection, line: int, facts: PersonFacts, now_ms: int
) -> tuple[Outcome, dict[str, Any]]:
    position = await next_position(connection, "ehr")
    rows = {row.id: row for row in await connection.execute(select(ehr_person).where(_similar(facts)))}
    person_id = await upsert_person(connection, facts, position, now_ms)
    new = person_id not in rows
    before = {} if new else _facts(rows.get(person_id))
    after = _facts((await connection.execute(select(ehr_person).where(ehr_person.c.id == person_id))).one())
    differences = tuple(d for d in compared(before, after, "person") if not d.path.endswith("_key"))
    note = {
        "person_id": person_id,
        "person_new": new,
        "person_before": None if new else msgspec.json.encode(before),
        "person_after": msgspec.json.encode(after),
    }
    action = "new" if new else "changed" if differences else "same"
    return Outcome(line, action, differences), note


def _similar(facts: PersonFacts) -> Any:
    keys = MergeKeys.of(external_id=facts.external_id, name=facts.name, email=facts.email, phone=facts.phone)
    table = ehr_person.c
    return (
        ((table.external_id == keys.external_id) & (keys.external_id != ""))
        | ((table.email_key == keys.email) & (keys.email != ""))
        | ((table.phone_key == keys.phone) & (keys.phone != ""))
    )


def _facts(row: Any) -> dict[str, Any]:
    return {} if row is None else {name: getattr(row, name) for name in _FACTS}


def content_of(body: Record) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(body)
    found.pop("schema_version", None)
    return found


def masked(differences: tuple[Difference, ...], kind: str) -> tuple[Difference, ...]:
    """What a table may show: that a sensitive field differs, not what it says."""
    hidden = {f"record.{name}" for name in SENSITIVE.get(kind, ())}
    return tuple(
        Difference(d.path, d.before and MASK, d.after and MASK) if d.path in hidden else d for d in differences
    )


def compared(before: dict[str, Any], after: dict[str, Any], path: str) -> tuple[Difference, ...]:
    """Field by field, in the order of ``after``; empty fields on both sides are no difference."""
    found = []
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name), after.get(name)
        if old != new and (old or new or old in (0, False) or new in (0, False)):
            found.append(Difference(f"{path}.{name}", old, new))
    return tuple(found)


async def undo_rows(engine: AsyncEngine, keys: FieldKeys, import_id: str, now_ms: int) -> Undone:
    """Takes back what the import wrote, the last line first. What somebody has changed since stays."""
    counted = {"taken_back": 0, "kept": 0}
    while True:
        async with engine.begin() as connection:
            table = ehr_import_row.c
            open_ = (table.import_id == import_id) & (table.undone == "")
            query = select(ehr_import_row).where(open_).order_by(table.line.desc()).limit(CHUNK_ROWS)
            rows = (await connection.execute(query)).all()
            for row in rows:
                fine = await (_record_back if row.record_id else _person_back)(connection, keys, row, now_ms)
                result = "taken_back" if fine else "kept"
                counted[result] += 1
                this = (table.import_id == import_id) & (table.line == row.line)
                await connection.execute(update(ehr_import_row).where(this).values(undone=result))
            if not rows:
                return Undone(**counted)


async def _record_back(connection: AsyncConnection, keys: FieldKeys, row: Any, now_ms: int) -> bool:
    latest = await find_record(connection, row.record_id)
    if latest is None or latest.version != row.version:
        return False
    if row.version_before == 0:
        return await withdraw(connection, row.record_id)
    before = await revealed(connection, keys, row.record_id, row.version_before)
    assert before is not None  # versions are never deleted
    new = New(latest.source, latest.external_id, latest.person_id, before.body)
    return (await record(connection, keys, new, now_ms)).changed


async def _person_back(connection: AsyncConnection, _keys: FieldKeys, row: Any, now_ms: int) -> bool:
    this = ehr_person.c.id == row.person_id
    now = (await connection.execute(select(ehr_person).where(this))).one_or_none()
    if now is None or _facts(now) != msgspec.json.decode(row.person_after):
        return False
    if row.person_new:
        if await _referred_to(connection, row.person_id):
            return False
        return bool((await connection.execute(delete(ehr_person).where(this))).rowcount)
    before = msgspec.json.decode(row.person_before)
    await connection.execute(update(ehr_person).where(this).values(**before, updated_at_ms=now_ms))
    return True


async def _referred_to(connection: AsyncConnection, person_id: str) -> bool:
    for table in (ehr_application, ehr_record):
        query = select(table.c.person_id).where(table.c.person_id == person_id).limit(1)
        if (await connection.execute(query)).first() is not None:
            return True
    return False
