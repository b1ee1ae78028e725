"""What each row of a sheet would become. Pure: mapped, shaped into the canonical record, and refused with reasons.

A mapping for imports fills ``person.*`` (name, email, phone, external_id), ``key`` (the old system's own id of the
record) and ``record.*``; for the kind ``person`` only the first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import KINDS, OURS, Record
from ehr_bridge.imports.csv_rows import Row
from ehr_bridge.mapping.apply import Change, Document, Flaw, KindUnknown, apply
from ehr_bridge.mapping.model import Mapping

PERSON = "person"
IMPORTED = (PERSON, *(kind for kind in KINDS if kind not in OURS))
"""Persons first: everything else is about one."""
LONGEST_KEY = 160


@dataclass(frozen=True, slots=True)
class Planned:
    """``person`` None: refused, and ``flaws`` says why. ``body`` None for a row about the person alone."""

    line: int
    key: str
    person: PersonFacts | None
    body: Record | None = None
    changes: tuple[Change, ...] = ()
    flaws: tuple[Flaw, ...] = ()


def plan(mapping: Mapping, kind: str, rows: Iterable[Row]) -> list[Planned]:
    """In the order of the rows. Raises ``KindUnknown``."""
    if kind not in IMPORTED or kind not in mapping.records:
        raise KindUnknown(f"the mapping {mapping.name} says nothing about {kind}")
    planned, taken = [], set[str]()
    for row in rows:
        one = _planned(mapping, kind, row)
        if one.person is not None and one.key in taken:
            flaw = Flaw("key", "key", "once", "twice_in_file", "an earlier row of this file has the same key", True)
            one = Planned(row.line, one.key, None, None, one.changes, (*one.flaws, flaw))
        taken.add(one.key)
        planned.append(one)
    return planned


def _planned(mapping: Mapping, kind: str, row: Row) -> Planned:
    if row.flaw:
        return _refused(row, "", Flaw("", "", "row", row.code, row.flaw, True))
    mapped = apply(mapping, kind, row.values)
    if mapped.value is None:
        return Planned(row.line, "", None, None, mapped.changes, mapped.flaws)
    shaped = _shaped(kind, mapped.value)
    if isinstance(shaped, Flaw):
        return Planned(row.line, "", None, None, mapped.changes, (*mapped.flaws, shaped))
    person, key, body = shaped
    return Planned(row.line, key, person, body, mapped.changes, mapped.flaws)


def _shaped(kind: str, document: Document) -> tuple[PersonFacts, str, Record | None] | Flaw:
    try:
        person = msgspec.convert(document.get("person", {}), PersonFacts)
        body = None if kind == PERSON else msgspec.convert(document.get("record", {}), KINDS[kind])
    except msgspec.ValidationError as error:
        return _misfit(error)
    named = person.external_id or (person.name and (person.email or person.phone))
    if not named:
        problem = "a number, or a name with an e-mail address or telephone number, was expected"
        return Flaw("person", "person", "shape", "person_unnamed", problem, True)
    key = str(document.get("key", "")) or (person.external_id if kind == PERSON else "")
    if kind == PERSON and not key:
        key = f"{person.email or person.phone}"
    if not 1 <= len(key) <= LONGEST_KEY:
        return Flaw("key", "key", "shape", "key_missing", f"a key of 1 to {LONGEST_KEY} characters was expected", True)
    return person, key, body


def _misfit(error: msgspec.ValidationError) -> Flaw:
    """msgspec's words without the value they may quote."""
    problem, _, where = str(error).partition(" - at `$")
    path = where.rstrip("`").lstrip(".")
    return Flaw("", f"record.{path}" if path else "record", "shape", "shape", re.sub(r"'[^']*'", "…", problem), True)


def _refused(row: Row, key: str, flaw: Flaw) -> Planned:
    return Planned(row.line, key, None, None, (), (flaw,))
