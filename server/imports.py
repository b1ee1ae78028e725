"""Imports of this installation: a file is tried, applied, undone, verified. The file is kept for 90 days, sealed, so
that any of it can be done again and a pass compares with what really came."""

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.field_keys import FieldKeys
from ehr_bridge.imports.csv_rows import FileRefused, read_sheet
from ehr_bridge.imports.planning import IMPORTED, Planned, plan
from ehr_bridge.imports.running import Outcome, Undone, apply_rows, try_rows, undo_rows
from ehr_bridge.imports.verifying import CLEAN_PASSES, verify
from ehr_bridge.mapping.apply import KindUnknown
from ehr_bridge.mapping.model import Mapping as FieldMapping
from server.ids import new_id
from server.store import imports, people

log = logging.getLogger("viva.imports")

KEPT_MS = 90 * 24 * 3_600_000
SWEEP_EVERY_S = 3600.0
ACTIONS = ("new", "changed", "same", "refused")


class ImportRefused(Exception):
    """``code``: import_unknown, import_state, import_file_gone, mapping_unknown, mapping_changed, or the file's own."""

    retry = False
    fault = "client"

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code


@dataclass(frozen=True, slots=True)
class Tried:
    """An import with its table: what every row would do, or did."""

    row: imports.ImportRow
    planned: list[Planned]
    outcomes: list[Outcome]
    encodings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Importer:
    engine: AsyncEngine
    keys: FieldKeys
    mappings: Mapping[str, FieldMapping]
    now_ms: Callable[[], int]

    @property
    def offered(self) -> list[dict[str, object]]:
        """What may be imported, by mapping, in the order in which it should be: base data first."""
        found: list[dict[str, object]] = []
        for name, mapping in self.mappings.items():
            kinds = [kind for kind in IMPORTED if kind in mapping.records]
            if kinds:
                found.append({"name": name, "title": mapping.title, "kinds": kinds})
        return found

    async def try_file(self, file: bytes, file_name: str, mapping_name: str, kind: str, by: str) -> Tried:
        """A dry run, kept under an id. Raises ``ImportRefused``."""
        mapping, now = self._mapping(mapping_name), self.now_ms()
        planned, encodings = await asyncio.to_thread(_planned, mapping, kind, file)
        outcomes = await try_rows(self.engine, self.keys, mapping_name, kind, planned, now)
        digest = hashlib.sha256(file).hexdigest()
        row = imports.ImportRow(
            id=new_id("im", now),
            kind=kind,
            mapping=mapping_name,
            mapping_digest=mapping.digest,
            file_name=file_name[:200],
            file_sha256=digest,
            kept=True,
            state="tried",
            counts=_counts(outcomes),
            created_by=by,
            created_at_ms=now,
            applied_at_ms=None,
            undone_at_ms=None,
        )
        async with self.engine.begin() as store:
            await imports.add(store, self.keys, row, file)
            await people.note(store, by, "tried_import", row.id, f"{kind}, {len(outcomes)} rows")
        return Tried(row, planned, outcomes, encodings)

    async def table(self, import_id: str, by: str) -> Tried:
        """The table of an import that was tried, computed anew: what it would do now."""
        row = await self._found(import_id)
        planned, encodings = await self._again(row)
        outcomes = await try_rows(self.engine, self.keys, row.mapping, row.kind, planned, self.now_ms())
        async with self.engine.begin() as store:
            await people.note(store, by, "read_import", row.id, f"{len(outcomes)} rows")
        return Tried(row, planned, outcomes, encodings)

    async def apply(self, import_id: str, by: str) -> imports.ImportRow:
        """Also goes on with one whose process was killed. Raises ``ImportRefused``."""
        row = await self._found(import_id)
        planned, _ = await self._again(row)
        await self._move(row, "applying", ("tried", "applying"), by, "applied_import")
        outcomes = await apply_rows(self.engine, self.keys, row.id, row.mapping, row.kind, planned, self.now_ms())
        counts = _counts(outcomes)
        async with self.engine.begin() as store:
            await imports.move(store, row.id, "applied", ("applying",), counts=counts, applied_at_ms=self.now_ms())
        return await self._found(import_id)

    async def undo(self, import_id: str, by: str) -> Undone:
        """Raises ``ImportRefused``."""
        row = await self._found(import_id)
        await self._move(row, "undoing", ("applying", "applied", "undoing"), by, "undid_import")
        undone = await undo_rows(self.engine, self.keys, row.id, self.now_ms())
        async with self.engine.begin() as store:
            await imports.move(store, row.id, "undone", ("undoing",), undone_at_ms=self.now_ms())
        return undone

    async def verify(self, import_id: str, by: str) -> imports.CheckRow:
        """One more pass over every row. Raises ``ImportRefused``."""
        row = await self._found(import_id)
        if row.state != "applied":
            raise ImportRefused("import_state", f"it is {row.state}; what was applied can be verified")
        planned, _ = await self._again(row)
        found = await verify(self.engine, self.keys, row.mapping, row.kind, planned)
        async with self.engine.begin() as store:
            check = await imports.note_check(store, row.id, found, by, self.now_ms())
            detail = f"pass {check.number}: {found.compared} rows, {found.missing} missing, {found.different} different"
            await people.note(store, by, "verified_import", row.id, detail)
        return check

    async def checks(self, import_id: str) -> tuple[list[imports.CheckRow], bool]:
        """All passes, and whether enough of them were clean."""
        async with self.engine.connect() as store:
            found = await imports.checks(store, import_id)
        return found, sum(check.found.clean for check in found) >= CLEAN_PASSES

    async def sweep(self) -> None:
        """Until cancelled: files whose time is over are forgotten."""
        while True:
            try:
                async with self.engine.begin() as store:
                    gone = await imports.expire(store, self.now_ms() - KEPT_MS)
            except SQLAlchemyError as error:
                log.warning("files of old imports stay for now: %s", type(error).__name__)
            else:
                if gone:
                    log.info("the files of %d imports were kept for 90 days and are gone", gone)
            await asyncio.sleep(SWEEP_EVERY_S)

    def _mapping(self, name: str) -> FieldMapping:
        if name not in self.mappings:
            known = ", ".join(self.mappings)
            raise ImportRefused("mapping_unknown", f"there is no mapping {name!r}; there are {known}")
        return self.mappings[name]

    async def _found(self, import_id: str) -> imports.ImportRow:
        async with self.engine.connect() as store:
            row = await imports.find(store, import_id)
        if row is None:
            raise ImportRefused("import_unknown", "there is no such import")
        return row

    async def _again(self, row: imports.ImportRow) -> tuple[list[Planned], Mapping[str, int]]:
        mapping = self._mapping(row.mapping)
        if mapping.digest != row.mapping_digest:
            raise ImportRefused("mapping_changed", f"the mapping {row.mapping} was changed since; try the file again")
        async with self.engine.begin() as store:
            file = await imports.file_of(store, self.keys, row)
        if file is None:
            raise ImportRefused("import_file_gone", "the file was kept for 90 days and is gone")
        return await asyncio.to_thread(_planned, mapping, row.kind, file)

    async def _move(self, row: imports.ImportRow, to: str, allowed: tuple[str, ...], by: str, action: str) -> None:
        async with self.engine.begin() as store:
            if not await imports.move(store, row.id, to, allowed):
                raise ImportRefused("import_state", f"it is {row.state}")
            await people.note(store, by, action, row.id, row.kind)


def _planned(mapping: FieldMapping, kind: str, file: bytes) -> tuple[list[Planned], Mapping[str, int]]:
    """In a thread: a hundred thousand rows take seconds."""
    try:
        sheet = read_sheet(file)
        return plan(mapping, kind, sheet.rows), sheet.encodings
    except FileRefused as refused:
        raise ImportRefused(refused.code, str(refused)) from None
    except KindUnknown as unknown:
        raise ImportRefused(unknown.code, str(unknown)) from None


def _counts(outcomes: list[Outcome]) -> dict[str, int]:
    counted = Counter(outcome.action for outcome in outcomes)
    return {action: counted[action] for action in ACTIONS}
