"""A pass over a whole import: the file mapped again and compared with what is stored, field by field.

Three clean passes at least before an import counts as verified: one right after, others when business has gone
on. A pass that finds a difference is kept too, and starts nothing anew: the number of clean ones counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.field_keys import FieldKeys
from ehr_bridge.imports.planning import Planned
from ehr_bridge.imports.running import CHUNK_ROWS, compared, content_of, source_of
from ehr_bridge.merging import MergeKeys
from ehr_bridge.records import find_named, revealed
from ehr_bridge.store import ehr_person

CLEAN_PASSES = 3
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Found:
    """``differences``: line and path of the first ones; values are people's and stay where they are."""

    compared: int
    missing: int
    different: int
    differences: tuple[tuple[int, str], ...]

    @property
    def clean(self) -> bool:
        return self.compared > 0 and not self.missing and not self.different


async def verify(engine: AsyncEngine, keys: FieldKeys, mapping: str, kind: str, rows: Sequence[Planned]) -> Found:
    """Rows that were refused are not compared: they were never stored."""
    missing = different = 0
    shown: list[tuple[int, str]] = []
    wanted = [row for row in rows if row.person is not None]
    for start in range(0, len(wanted), CHUNK_ROWS):
        async with engine.connect() as connection:
            for row in wanted[start : start + CHUNK_ROWS]:
                paths = await _differences(connection, keys, mapping, kind, row)
                missing += paths is None
                different += bool(paths)
                shown += [(row.line, path) for path in (("",) if paths is None else paths)]
    return Found(len(wanted), missing, different, tuple(shown[:MOST_SHOWN]))


async def _differences(
    connection: AsyncConnection, keys: FieldKeys, mapping: str, kind: str, row: Planned
) -> list[str] | None:
    """None: it is not there."""
    assert row.person is not None
    if row.body is None:
        return await _of_person(connection, row.person)
    known = await find_named(connection, source_of(mapping), kind, row.key)
    whole = await revealed(connection, keys, known.id) if known else None
    if whole is None:
        return None
    return [difference.path for difference in compared(content_of(whole.body), content_of(row.body), "record")]


async def _of_person(connection: AsyncConnection, facts: PersonFacts) -> list[str] | None:
    """What the file knows of somebody is what is stored; what it does not know, others may."""
    keys = MergeKeys.of(external_id=facts.external_id, name=facts.name, email=facts.email, phone=facts.phone)
    by = (
        ehr_person.c.external_id == keys.external_id
        if keys.external_id
        else (ehr_person.c.name_key == keys.name)
        & ((ehr_person.c.email_key == keys.email) if keys.email else (ehr_person.c.phone_key == keys.phone))
    )
    row = (await connection.execute(select(ehr_person).where(by).limit(1))).one_or_none()
    if row is None:
        return None
    wanted = {"name": keys.name, "email": keys.email, "phone": keys.phone}
    stored = {"name": row.name_key, "email": row.email_key, "phone": row.phone_key}
    return [f"person.{name}" for name, value in wanted.items() if value and stored[name] != value]
