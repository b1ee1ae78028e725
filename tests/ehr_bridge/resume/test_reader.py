"""A process for each file, whatever the file does to it."""

import importlib.util
import io
import sys
from pathlib import Path

import pypdfium2
import pytest

from ehr_bridge.resume.child import Limits
from ehr_bridge.resume.reader import ReadFailed, ResumeReader
from tests.ehr_bridge.resume.papers import CHINESE, pdf, word

DAY = "2026-11-25"
PDF = "application/pdf"


def pretending(code: str, **limits: float) -> ResumeReader:
    """A reader whose child does something else."""
    confined = "import sys, os, msgspec; from ehr_bridge.resume.child import *; "
    confined += "confine(msgspec.json.decode(sys.argv[3], type=Limits)); "
    return ResumeReader(Limits(**limits), command=(sys.executable, "-c", confined + code))  # type: ignore[arg-type]


async def refused(reader: ResumeReader, data: bytes = b"x", media_type: str = PDF) -> ReadFailed:
    with pytest.raises(ReadFailed) as raised:
        await reader.read(data, media_type, DAY)
    return raised.value


async def test_a_pdf_is_read_with_its_picture_and_facts() -> None:
    reader = ResumeReader()
    reading = await reader.read(pdf(), PDF, DAY)
    assert len(reading.document.lines) == len(CHINESE)
    assert reading.pictures[0][:3] == b"\xff\xd8\xff"
    assert reading.facts.first("name") == "李明"
    assert reader.read_total == 1


async def test_a_refusal_comes_through_and_is_counted() -> None:
    reader = ResumeReader()
    assert (await refused(reader, pdf(password="geheim"))).code == "password_protected"
    assert reader.failed == {"password_protected": 1}


async def test_a_crash_is_a_reason_and_the_next_file_is_read() -> None:
    error = await refused(pretending("os.abort()"))
    assert (error.code, error.retry, error.fault) == ("reader_crashed", True, "server")


async def test_one_that_hangs_is_killed() -> None:
    assert (await refused(pretending("import time; time.sleep(60)", wall_s=0.7))).code == "reading_took_too_long"


async def test_one_that_computes_for_ever_is_ended() -> None:
    code = (await refused(pretending("\nwhile True: pass", cpu_s=1, wall_s=30))).code
    assert code == "reading_took_too_long"


async def test_one_that_grows_is_held() -> None:
    grows = (
        "\ntry: bytearray(1 << 31)\nexcept MemoryError: Frames(sys.stdout.buffer).refused('reading_needed_too_much')"
    )
    assert (await refused(pretending(grows, memory_mib=512))).code == "reading_needed_too_much"


async def test_rubbish_and_floods_are_no_documents() -> None:
    assert (await refused(pretending("print('{}' * 100)"))).code == "reader_crashed"
    flood = pretending("\nwhile True: sys.stdout.buffer.write(bytes(1 << 20))", result_mib=1, wall_s=20)
    assert (await refused(flood)).code == "reader_crashed"


async def test_pictures_that_came_before_the_end_are_kept() -> None:
    told = "f = Frames(sys.stdout.buffer); f.picture(b'page one'); os.abort()"
    assert (await refused(pretending(told))).pictures == (b"page one",)


async def test_the_child_knows_no_secret_and_writes_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIVA_SECRET", "nobody's business")
    shows = "assert 'VIVA_SECRET' not in os.environ, 'told'\n"
    shows += f"try: os.write(os.open('{tmp_path}/never', os.O_CREAT | os.O_WRONLY), b'x')\n"
    shows += "except OSError: Frames(sys.stdout.buffer).refused('no_text')"
    assert (await refused(pretending("\n" + shows))).code == "no_text"
    assert (tmp_path / "never").stat().st_size == 0


def mixed() -> bytes:
    """A page of text, and the same page as a picture of it."""
    before = pypdfium2.PdfDocument(pdf())
    page = io.BytesIO()
    before[0].render(scale=2).to_pil().convert("RGB").save(page, "PDF", resolution=144)
    both = pypdfium2.PdfDocument.new()
    both.import_pages(before)
    both.import_pages(pypdfium2.PdfDocument(page.getvalue()))
    written = io.BytesIO()
    both.save(written)
    return written.getvalue()


async def test_of_text_and_scan_mixed_each_is_read_as_far_as_it_goes() -> None:
    reading = await ResumeReader().read(mixed(), PDF, DAY)
    assert len(reading.pictures) == 2
    assert [line.page for line in reading.document.lines[:3]] == [1, 1, 1]
    if importlib.util.find_spec("rapidocr") is None:
        assert (reading.document.unread, reading.document.notes) == ((2,), ("pages_not_readable",))
    else:
        assert reading.document.notes == ("pages_recognised",)
        assert any(line.page == 2 and "招商银行" in line.text for line in reading.document.lines)


async def test_a_word_file() -> None:
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    reading = await ResumeReader().read(word(), media_type, DAY)
    assert reading.document.kind == "docx"
    assert reading.pictures == ()
    assert reading.facts.first("email") == "liming@example.com"
