"""A dropped CSV into the EHR inside: each row by itself, and a file beside it that says what became of each."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.dropped import BadRow, Row, read_rows
from ehr_bridge.field_keys import FieldKeys
from ehr_bridge.records import New, RecordRefused, record
from server.clock import wall_ms
from server.store import people

ACTOR = "viva ehr read-drop"
LARGEST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """``code`` empty: taken. ``problem``: what to do, without anybody's data."""

    number: int
    id: str
    code: str
    problem: str
    changed: bool = False


async def read_drop(engine: AsyncEngine, keys: FieldKeys, content: bytes, source: str) -> list[Outcome]:
    """Raises ``DropUnreadable``. The same file again changes nothing: a row is known by source, kind and id."""
    return [await _taken(engine, keys, row, source) for row in read_rows(content)]


async def _taken(engine: AsyncEngine, keys: FieldKeys, row: Row | BadRow, source: str) -> Outcome:
    if isinstance(row, BadRow):
        return Outcome(row.number, "", row.code, row.problem)
    new = New(source, row.id, row.person, row.body)
    try:
        async with engine.begin() as store:
            stored = await record(store, keys, new, wall_ms())
            if stored.changed:
                detail = f"{stored.id} version {stored.version}"
                await people.note(store, ACTOR, f"wrote_{row.body.kind}", stored.person_id, detail)
    except RecordRefused as refused:
        return Outcome(row.number, row.id, refused.code, "the record's person or application is not known")
    return Outcome(row.number, row.id, "", "", stored.changed)


def acknowledgement(outcomes: list[Outcome]) -> bytes:
    """What became of each row, as CSV with a byte order mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("row", "id", "outcome", "code", "problem"))
    for one in outcomes:
        taken = "taken" if one.changed else "unchanged"
        writer.writerow((one.number, one.id, "refused" if one.code else taken, one.code, one.problem))
    return text.getvalue().encode("utf-8-sig")


def acknowledgement_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}.ack.csv")
