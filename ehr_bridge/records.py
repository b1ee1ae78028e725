"""Records of a person's life, written and read: one append-only table, one version a row.

    stored = await record(connection, keys, New("feishu", "offer-77", PersonFacts(external_id="CMB00017"), offer), now)

- ``(source, kind, external_id)`` names a record for ever. The same content again changes nothing; another content is
  the next version, and the former stays readable.
- Whose record it is follows from the merge keys, as for a report; a person nobody knew is made.
- Sensitive fields (``canonical.classes``) leave the body before it is stored and are encrypted beside it, under a key
  of this person's own. Reading gives them back only to ``revealed``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical import PersonFacts, milliseconds, sensitive_fields
from ehr_bridge.canonical.persons import same_major
from ehr_bridge.canonical.records import KINDS, Record
from ehr_bridge.field_keys import FieldKeys
from ehr_bridge.persons import upsert_person
from ehr_bridge.store import ehr_application, ehr_person, ehr_record, next_position

SENSITIVE = {kind: sensitive_fields(struct) for kind, struct in KINDS.items()}


class RecordRefused(Exception):
    """``code``: person_unknown, person_unnamed or application_unknown. Nothing was stored."""

    retry = False
    fault = "client"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class New:
    """``person``: the EHR's id, or what is known of the person. ``application``: the sender's own name of the
    application this is about, or ""; it must be known."""

    source: str
    external_id: str
    person: str | PersonFacts
    body: Record
    application: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """``changed`` False: it was stored before, with this very content."""

    id: str
    version: int
    person_id: str
    changed: bool


class KnownRecord(msgspec.Struct, frozen=True):
    """``body``: without its sensitive fields; ``withheld`` names those that have a value."""

    id: str
    version: int
    kind: str
    person_id: str
    application_id: str | None
    source: str
    external_id: str
    at_ms: int
    received_at_ms: int
    body: Record
    withheld: tuple[str, ...] = ()


async def record(connection: AsyncConnection, keys: FieldKeys, new: New, now_ms: int) -> Stored:
    """Stores a record, in the caller's transaction. Raises ``RecordRefused``, ``FieldKeysUnavailable``."""
    position = await next_position(connection, "ehr")
    person_id = await _person(connection, new.person, position, now_ms)
    application_id = await _application(connection, new, person_id)
    body, secret = _parted(new.body)
    last = await _last(connection, new)
    if last is not None and last.latest and await _unchanged(connection, keys, last, new.body, person_id, secret):
        return Stored(last.id, last.version, person_id, changed=False)
    if last is not None:
        await connection.execute(update(ehr_record).where(_named(new)).values(latest=False))
    record_id, version = (f"E{position}", 1) if last is None else (last.id, last.version + 1)
    sealed = await keys.seal(connection, person_id, context_of(record_id, version), secret) if secret else None
    row = {
        "position": position,
        "id": record_id,
        "version": version,
        "latest": True,
        "kind": new.body.kind,
        "source": new.source,
        "external_id": new.external_id,
        "person_id": person_id,
        "application_id": application_id,
        "at_ms": milliseconds(new.body.at),
        "body": body,
        "sealed": sealed,
        "received_at_ms": now_ms,
    }
    await connection.execute(ehr_record.insert().values(**row))
    return Stored(record_id, version, person_id, changed=True)


async def withdraw(connection: AsyncConnection, record_id: str) -> bool:
    """It was never meant to be here: no list shows it any more, its versions stay readable by their numbers, and the
    same record may come again as the next version. False: it is not there, or withdrawn already."""
    await next_position(connection, "ehr")
    this = (ehr_record.c.id == record_id) & ehr_record.c.latest
    return bool((await connection.execute(update(ehr_record).where(this).values(latest=False))).rowcount)


async def find_named(connection: AsyncConnection, source: str, kind: str, external_id: str) -> KnownRecord | None:
    """The latest version of the record with this name."""
    table = ehr_record.c
    where = and_(table.source == source, table.kind == kind, table.external_id == external_id, table.latest)
    row = (await connection.execute(select(ehr_record).where(where))).one_or_none()
    return None if row is None else _known(row)


async def records_of(
    connection: AsyncConnection, person_id: str, kinds: Sequence[str] = (), *, versions: bool = False
) -> list[KnownRecord]:
    """A person's records in the order in which things happened; with ``versions`` also what they were before."""
    where = and_(ehr_record.c.person_id == person_id, true() if versions else ehr_record.c.latest, _of(kinds))
    rows = await connection.execute(select(ehr_record).where(where).order_by(ehr_record.c.at_ms, ehr_record.c.position))
    return [_known(row) for row in rows]


async def records(
    connection: AsyncConnection, kinds: Sequence[str] = (), *, after: int = 0, limit: int = 200
) -> list[tuple[int, KnownRecord]]:
    """The latest version of everybody's records, with their positions, in the order in which they came."""
    where = and_(ehr_record.c.latest, ehr_record.c.position > after, _of(kinds))
    rows = await connection.execute(select(ehr_record).where(where).order_by(ehr_record.c.position).limit(limit))
    return [(row.position, _known(row)) for row in rows]


async def find_record(connection: AsyncConnection, record_id: str, version: int | None = None) -> KnownRecord | None:
    row = await _row(connection, record_id, version)
    return None if row is None else _known(row)


async def revealed(
    connection: AsyncConnection, keys: FieldKeys, record_id: str, version: int | None = None
) -> KnownRecord | None:
    """With its sensitive fields, unless the person's key was destroyed. The caller writes the audit line.

    Raises ``FieldKeysUnavailable``."""
    row = await _row(connection, record_id, version)
    if row is None:
        return None
    known = _known(row)
    secret = await _opened(connection, keys, row)
    if not secret:
        return known
    fields = {**msgspec.json.decode(row.body), **msgspec.json.decode(secret)}
    return msgspec.structs.replace(known, body=msgspec.convert(fields, KINDS[row.kind]), withheld=())


async def _row(connection: AsyncConnection, record_id: str, version: int | None) -> Any:
    which = ehr_record.c.latest if version is None else ehr_record.c.version == version
    return (await connection.execute(select(ehr_record).where(ehr_record.c.id == record_id, which))).one_or_none()


async def _person(connection: AsyncConnection, person: str | PersonFacts, position: int, now_ms: int) -> str:
    if isinstance(person, PersonFacts):
        if not (person.external_id.strip() or (person.name.strip() and (person.email.strip() or person.phone.strip()))):
            raise RecordRefused("person_unnamed")
        return await upsert_person(connection, person, position, now_ms)
    row = (await connection.execute(select(ehr_person).where(ehr_person.c.id == person))).one_or_none()
    if row is None:
        raise RecordRefused("person_unknown")
    return str(row.joined_to or row.id)


async def _application(connection: AsyncConnection, new: New, person_id: str) -> str | None:
    if not new.application:
        return None
    same = and_(ehr_application.c.source_id == new.application, ehr_application.c.person_id == person_id)
    found = await connection.execute(select(ehr_application.c.id).where(same).order_by(ehr_application.c.id).limit(1))
    application_id = found.scalar_one_or_none()
    if application_id is None:
        raise RecordRefused("application_unknown")
    return str(application_id)


async def _last(connection: AsyncConnection, new: New) -> Any:
    newest = ehr_record.c.version.desc()
    return (await connection.execute(select(ehr_record).where(_named(new)).order_by(newest).limit(1))).one_or_none()


def _named(new: New) -> ColumnElement[bool]:
    table = ehr_record.c
    return and_(table.source == new.source, table.kind == new.body.kind, table.external_id == new.external_id)


def _of(kinds: Sequence[str]) -> ColumnElement[bool]:
    return ehr_record.c.kind.in_(kinds) if kinds else true()


def context_of(record_id: str, version: int) -> str:
    """What a sealed field is bound to: this version of this record."""
    return f"{record_id}.{version}"


def _parted(body: Record) -> tuple[bytes, bytes]:
    """The body without its sensitive fields, and those that say something, as JSON; b"" if none does."""
    fields = msgspec.to_builtins(body)
    secret = {name: value for name in SENSITIVE[body.kind] if (value := fields.pop(name, None))}
    return msgspec.json.encode(fields, order="sorted"), msgspec.json.encode(secret, order="sorted") if secret else b""


async def _unchanged(
    connection: AsyncConnection, keys: FieldKeys, row: Any, body: Record, person_id: str, secret: bytes
) -> bool:
    """Compared as structs: a field that a later version of the schema added is no change of what was said."""
    known = _known(row).body
    readable = {name: getattr(known, name) for name in SENSITIVE[body.kind]}
    before = msgspec.structs.replace(known, schema_version=body.schema_version)
    if row.person_id != person_id or before != msgspec.structs.replace(body, **readable):
        return False
    return secret == await _opened(connection, keys, row)


async def _opened(connection: AsyncConnection, keys: FieldKeys, row: Any) -> bytes:
    if row.sealed is None:
        return b""
    return await keys.open(connection, row.person_id, context_of(row.id, row.version), row.sealed) or b""


def _known(row: Any) -> KnownRecord:
    body = msgspec.json.decode(row.body, type=KINDS[row.kind])
    same_major(body.schema_version)
    return KnownRecord(
        id=row.id,
        version=row.version,
        kind=row.kind,
        person_id=row.person_id,
        application_id=row.application_id,
        source=row.source,
        external_id=row.external_id,
        at_ms=row.at_ms,
        received_at_ms=row.received_at_ms,
        body=body,
        withheld=SENSITIVE[row.kind] if row.sealed is not None else (),
    )
