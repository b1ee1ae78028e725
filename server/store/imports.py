"""Imports as rows: what was tried, by whom, and how often it was verified."""

import zlib
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.field_keys import FieldKeys
from ehr_bridge.imports.verifying import Found
from ehr_bridge.store import ehr_import, ehr_import_check


@dataclass(frozen=True, slots=True)
class ImportRow:
    """``counts``: rows by action, as of the last try. ``kept``: the file itself is still here."""

    id: str
    kind: str
    mapping: str
    mapping_digest: str
    file_name: str
    file_sha256: str
    kept: bool
    state: str
    counts: dict[str, int]
    created_by: str
    created_at_ms: int
    applied_at_ms: int | None
    undone_at_ms: int | None


@dataclass(frozen=True, slots=True)
class CheckRow:
    number: int
    by: str
    at_ms: int
    found: Found


async def add(connection: AsyncConnection, keys: FieldKeys, row: ImportRow, file: bytes) -> None:
    """The file is compressed and sealed under a key of its own, which can be destroyed with it."""
    sealed = await keys.seal(connection, _key(row.id), row.file_sha256, zlib.compress(file))
    values = {name: getattr(row, name) for name in ImportRow.__slots__ if name not in ("kept", "counts")}
    counts = msgspec.json.encode(row.counts)
    await connection.execute(insert(ehr_import).values(**values, counts=counts, file=sealed))


async def file_of(connection: AsyncConnection, keys: FieldKeys, row: ImportRow) -> bytes | None:
    """None: its time is over."""
    sealed = (await connection.execute(select(ehr_import.c.file).where(ehr_import.c.id == row.id))).scalar_one()
    plain = await keys.open(connection, _key(row.id), row.file_sha256, sealed) if sealed else None
    return zlib.decompress(plain) if plain else None


def _key(import_id: str) -> str:
    return f"import:{import_id}"


async def find(connection: AsyncConnection, import_id: str) -> ImportRow | None:
    row = (await connection.execute(_shown().where(ehr_import.c.id == import_id))).one_or_none()
    return _import(row) if row else None


async def listed(connection: AsyncConnection, limit: int = 200) -> list[ImportRow]:
    """The newest first."""
    query = _shown().order_by(ehr_import.c.created_at_ms.desc(), ehr_import.c.id.desc()).limit(limit)
    return [_import(row) for row in await connection.execute(query)]


def _shown() -> Any:
    table = ehr_import.c
    columns = [column for column in table if column.name != "file"]
    return select(*columns, table.file.is_not(None).label("kept"))


def _import(row: Row[Any]) -> ImportRow:
    values = row._asdict()
    values["counts"] = msgspec.json.decode(values["counts"], type=dict[str, int])
    values["kept"] = bool(values["kept"])
    return ImportRow(**values)


async def move(connection: AsyncConnection, import_id: str, to: str, allowed: tuple[str, ...], **values: Any) -> bool:
    """False: it is in no state from which this may be done."""
    if "counts" in values:
        values["counts"] = msgspec.json.encode(values["counts"])
    this = (ehr_import.c.id == import_id) & ehr_import.c.state.in_(allowed)
    return (await connection.execute(update(ehr_import).where(this).values(state=to, **values))).rowcount == 1


async def note_check(connection: AsyncConnection, import_id: str, found: Found, by: str, at_ms: int) -> CheckRow:
    table = ehr_import_check.c
    last = (await connection.execute(select(func.max(table.number)).where(table.import_id == import_id))).scalar_one()
    number = (last or 0) + 1
    row = {"compared": found.compared, "missing": found.missing, "different": found.different, "by": by, "at_ms": at_ms}
    differences = msgspec.json.encode(found.differences)
    await connection.execute(
        insert(ehr_import_check).values(import_id=import_id, number=number, differences=differences, **row)
    )
    return CheckRow(number, by, at_ms, found)


async def checks(connection: AsyncConnection, import_id: str) -> list[CheckRow]:
    table = ehr_import_check.c
    query = select(ehr_import_check).where(table.import_id == import_id).order_by(table.number)
    return [
        CheckRow(
            row.number,
            row.by,
            row.at_ms,
            Found(
                row.compared,
                row.missing,
                row.different,
                msgspec.json.decode(row.differences, type=tuple[tuple[int, str], ...]),
            ),
        )
        for row in await connection.execute(query)
    ]


async def expire(connection: AsyncConnection, before_ms: int) -> int:
    """Files of imports older than that are forgotten; what was imported stays. How many there were."""
    old = (ehr_import.c.created_at_ms < before_ms) & ehr_import.c.file.is_not(None)
    return (await connection.execute(update(ehr_import).where(old).values(file=None))).rowcount
