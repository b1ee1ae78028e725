"""Résumés in: taken at the door, kept encrypted, read one after the other in a process of their own, forgotten in time.

    take ─► object store + row "queued" ─► claim ─► ResumeReader ─► facts ─► "read" | "unread" with its reason

A row that says "queued" is the promise to read it: what a killed server left is read by the next one.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import PurePath

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.resume.reader import ReadFailed, ResumeReader
from ehr_bridge.resume.sniff import kind_of, media_type_of, named_otherwise
from realtime.media.errors import MediaError
from realtime.media.sealed_store import SealedStore
from server.clock import rfc3339, wall_ms
from server.resume_records import drop_record
from server.settings import Settings
from server.store import media_keys, people, resumes
from server.store.resumes import ReadResume, ResumeRow
from server.store.tables import applicants

log = logging.getLogger("viva.resumes")

DAY_MS = 24 * 3_600_000
POLL_S = 2.0
SWEEP_EVERY_S = 3600.0
CLAIM_MS = 10 * 60_000
MOST_ATTEMPTS = 2
PIECE_BYTES = 1 << 20
MAX_NAME = 120

AfterRead = Callable[[AsyncConnection, ReadResume], Awaitable[None]]


class QueueFull(Exception):
    """As many wait as are allowed. ``waiting``: how many."""

    code = "resume_queue_full"
    retry = True
    fault = "server"

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} résumés wait")
        self.waiting = waiting


async def _nothing(_store: AsyncConnection, _resume: ReadResume) -> None:
    return


def _nobody() -> None:
    return


class ResumeIntake:
    """``after_read``: called in the transaction that stores the facts, so that what follows from them is promised with
    them or not at all; ``promised``: afterwards, when it is committed."""

    def __init__(
        self,
        settings: Settings,
        engine: AsyncEngine,
        objects: SealedStore,
        reader: ResumeReader,
        after_read: AfterRead = _nothing,
        promised: Callable[[], None] = _nobody,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._objects = objects
        self.reader = reader
        self.after_read = after_read
        self.promised = promised
        self.refused_full = 0
        self._nudged = asyncio.Event()

    # ------------------------------------------------------------------ in
    async def take(
        self, data: bytes, *, filename: str, applicant_id: str | None, position_id: str, by: str
    ) -> tuple[ResumeRow, bool]:
        """The record, and whether it is a new one: the same bytes for the same position are the same résumé. Raises
        ``Unreadable`` for what is not to be opened, ``QueueFull``, ``MediaError``. Without an applicant one is made,
        with the file's name until the résumé has told theirs."""
        media_type = media_type_of(data)
        digest = hashlib.sha256(data).hexdigest()
        async with self._engine.connect() as store:
            same = await resumes.find_same(store, digest, applicant_id, position_id)
            if same is not None:
                return same, False
            waiting = await resumes.waiting(store)
        if waiting >= self._settings.resume_queue:
            self.refused_full += 1
            raise QueueFull(waiting)
        row = resumes.resume_row(
            applicant_id=applicant_id or "",
            position_id=position_id,
            fills_applicant=applicant_id is None,
            filename=filename[:MAX_NAME],
            media_type=media_type,
            size_bytes=len(data),
            sha256=digest,
            uploaded_by=by,
            keep_ms=self._settings.resume_days * DAY_MS,
            notes="wrong_extension" if named_otherwise(filename, kind_of(media_type)) else "",
        )
        await self._keep(original(row.id), data)
        async with self._engine.begin() as store:
            if applicant_id is None:
                made = await people.add_applicant(store, name=PurePath(filename).stem[:MAX_NAME] or "?")
                row = replace(row, applicant_id=made.id)
            await resumes.add(store, row)
            await people.note(store, by, "uploaded_resume", row.id, f"applicant {row.applicant_id}")
        self._nudged.set()
        return row, True

    async def _keep(self, key: str, data: bytes) -> None:
        writer = self._objects.create(key)
        for start in range(0, len(data), PIECE_BYTES):
            writer.append(data[start : start + PIECE_BYTES])
        await writer.close()

    # ------------------------------------------------------------------ reading
    async def run(self) -> None:
        """Reads what waits, until cancelled. The owner keeps the task."""
        if self._settings.leases == "local":  # nobody else can be reading
            await self._put_back(wall_ms() + 1)
        while True:
            self._nudged.clear()
            try:
                await self._put_back(wall_ms() - CLAIM_MS)
                while await self.read_one():
                    self.promised()
            except (SQLAlchemyError, MediaError, OSError) as error:  # also when no process can be started just now
                log.warning("résumés wait: %s", type(error).__name__)
            try:
                async with asyncio.timeout(POLL_S):
                    await self._nudged.wait()
            except TimeoutError:
                continue

    def nudge(self) -> None:
        self._nudged.set()

    async def _put_back(self, claimed_before_ms: int) -> None:
        async with self._engine.begin() as store:
            await resumes.put_back(store, claimed_before_ms, MOST_ATTEMPTS)

    async def read_one(self) -> bool:
        """False: nothing waits."""
        async with self._engine.begin() as store:
            row = await resumes.claim(store, wall_ms())
        if row is None:
            return False
        data = b"".join([piece async for piece in self._objects.read(original(row.id))])
        try:
            reading = await self.reader.read(data, row.media_type, rfc3339(row.uploaded_at)[:10])
        except ReadFailed as error:
            await self._keep_pictures(row, error.pictures)
            async with self._engine.begin() as store:
                await resumes.settle(
                    store, row.id, document=None, facts=None, reason=error.code, notes=row.notes,
                    pictures=len(error.pictures),
                )  # fmt: skip
                await people.note(store, "viva", "left_resume_unread", row.id, error.code)
                if (resume := await resumes.read(store, row.id)) is not None:
                    await self.after_read(store, resume)
            return True
        await self._keep_pictures(row, reading.pictures)
        notes = " ".join(filter(None, (row.notes, *reading.document.notes)))
        async with self._engine.begin() as store:
            there = await resumes.settle(
                store, row.id, document=reading.document, facts=reading.facts, reason="", notes=notes,
                pictures=len(reading.pictures),
            )  # fmt: skip
            if there:
                await self._told(store, row)
        return True

    async def _told(self, store: AsyncConnection, row: ResumeRow) -> None:
        resume = await resumes.read(store, row.id)
        assert resume is not None
        if row.fills_applicant:
            told = {kind: resume.facts.first(kind) for kind in ("name", "email", "phone")}
            values = {name: value for name, value in told.items() if value}
            if values:
                await store.execute(update(applicants).where(applicants.c.id == row.applicant_id).values(**values))
        await people.note(store, "viva", "read_resume", row.id, f"{len(resume.facts.facts)} facts")
        await self.after_read(store, resume)

    async def _keep_pictures(self, row: ResumeRow, pictures: tuple[bytes, ...]) -> None:
        for number, picture in enumerate(pictures, 1):
            await self._keep(page(row.id, number), picture)

    # ------------------------------------------------------------------ out
    async def content(self, key: str) -> bytes:
        """Raises ``MediaError``."""
        return b"".join([piece async for piece in self._objects.read(key)])

    async def forget(self, resume_id: str, by: str) -> None:
        """Its key is destroyed first: from then on no copy of the files can be read, wherever it lies."""
        async with self._engine.begin() as store:
            await media_keys.destroy_key(store, resume_id)
            await drop_record(store, resume_id)
            await resumes.forget(store, resume_id)
            await people.note(store, by, "deleted_resume", resume_id)
        async with self._engine.connect() as store:
            await media_keys.wipe_the_journal(store)
        await self._objects.delete(f"resumes/{resume_id}")

    async def sweep(self) -> None:
        """Goes on for ever: what has been kept long enough goes."""
        while True:
            try:
                async with self._engine.connect() as store:
                    over = await resumes.overdue(store, wall_ms())
                for resume_id in over:
                    await self.forget(resume_id, "viva")
            except (SQLAlchemyError, MediaError) as error:
                log.warning("old résumés wait to be deleted: %s", type(error).__name__)
            await asyncio.sleep(SWEEP_EVERY_S)


def original(resume_id: str) -> str:
    return f"resumes/{resume_id}/original"


def page(resume_id: str, number: int) -> str:
    return f"resumes/{resume_id}/page-{number}.jpg"
