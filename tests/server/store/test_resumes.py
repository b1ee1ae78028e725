"""Résumés in the store: one reader each, put back when it dies, forgotten without a trace of what was said."""

from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.resume.corrections import Correction
from ehr_bridge.resume.document import Document, Line
from ehr_bridge.resume.facts import Fact, ResumeFacts
from server.clock import wall_ms
from server.ids import new_id
from server.store import people, resumes
from server.store.resumes import ResumeRow

DOCUMENT = Document("docx", (Line(1, "李明"),))
FACTS = ResumeFacts((Fact("f1", "name", "李明"),))
READ = {"document": DOCUMENT, "facts": FACTS, "reason": "", "notes": "", "pictures": 0}


async def sent(store: AsyncEngine) -> ResumeRow:
    async with store.begin() as connection:
        applicant = await people.add_applicant(connection, name="李明")
        row = resumes.resume_row(
            applicant_id=applicant.id,
            position_id="client_manager",
            fills_applicant=False,
            filename="李明.pdf",
            media_type="application/pdf",
            size_bytes=3,
            sha256=new_id("sha", wall_ms()),
            uploaded_by="admin",
            keep_ms=1000,
        )
        await resumes.add(connection, row)
    return row


async def emptied(store: AsyncEngine) -> None:
    """Tests share one store: what others left waiting is read away."""
    async with store.begin() as connection:
        while (row := await resumes.claim(connection, 1)) is not None:
            await resumes.settle(connection, row.id, **READ)  # type: ignore[arg-type]


async def test_one_reader_a_resume_and_the_facts_that_hold(store: AsyncEngine) -> None:
    await emptied(store)
    row = await sent(store)
    async with store.begin() as connection:
        assert await resumes.waiting(connection) == 1
        claimed = await resumes.claim(connection, 5)
        assert claimed is not None
        assert claimed.id == row.id
        assert await resumes.claim(connection, 6) is None
        assert await resumes.settle(connection, row.id, **READ)  # type: ignore[arg-type]
        assert not await resumes.settle(connection, row.id, **READ)  # type: ignore[arg-type]
        await resumes.correct(connection, row.id, 1, Correction("name", "f1", "李铭"), "hr")
        read = await resumes.read(connection, row.id)
    assert read is not None
    assert (read.row.state, read.document, read.found) == ("read", DOCUMENT, FACTS)
    assert read.facts.first("name") == "李铭"
    assert read.corrections[0].by == "hr"


async def test_what_a_killed_reader_left_is_read_again_but_not_for_ever(store: AsyncEngine) -> None:
    await emptied(store)
    row = await sent(store)
    async with store.begin() as connection:
        for _ in range(2):
            await resumes.claim(connection, 100)
            assert await resumes.put_back(connection, 100, 2) == 0  # not old enough yet
            await resumes.put_back(connection, 101, 2)
        left = await resumes.find(connection, row.id)
        assert left is not None
        assert (left.state, left.reason, left.attempts) == ("unread", "reader_crashed", 2)
        assert await resumes.queue_again(connection, row.id)
        assert not await resumes.queue_again(connection, row.id)
    await emptied(store)


async def test_the_same_file_is_found(store: AsyncEngine) -> None:
    row = await sent(store)
    async with store.connect() as connection:
        assert await resumes.find_same(connection, row.sha256, None, "client_manager") == row
        assert await resumes.find_same(connection, row.sha256, row.applicant_id, "client_manager") == row
        assert await resumes.find_same(connection, row.sha256, "ap_other", "client_manager") is None
        assert await resumes.find_same(connection, row.sha256, None, "teller") is None
    await emptied(store)


async def test_what_is_forgotten_leaves_only_that_it_was(store: AsyncEngine) -> None:
    row = await sent(store)
    await emptied(store)
    async with store.begin() as connection:
        await resumes.correct(connection, row.id, 1, Correction("name", "f1", "李铭"), "hr")
        assert row.id in await resumes.overdue(connection, row.delete_after)
        await resumes.forget(connection, row.id)
        assert await resumes.find(connection, row.id) is None
        assert await resumes.read(connection, row.id) is None
        assert await resumes.corrections_of(connection, row.id) == []
        assert row.id not in await resumes.overdue(connection, row.delete_after)
        assert (await resumes.counts(connection))["deleted"] >= 1
