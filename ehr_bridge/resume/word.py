"""DOCX: paragraphs and the cells of tables, in the order of the document. Runs in the reader's process alone."""

import io
import zipfile
from collections.abc import Iterator

import docx
from docx.document import Document as WordDocument
from docx.table import Table
from docx.text.paragraph import Paragraph

from ehr_bridge.resume.document import Line
from ehr_bridge.resume.reasons import Unreadable
from ehr_bridge.resume.sniff import check_container

MAX_LINES = 4000
MAX_DEPTH = 4


def lines_of(data: bytes) -> list[Line]:
    """A table's row is one line, its cells parted by tabs. Raises ``Unreadable``."""
    check_container(data)
    _no_entities(data)
    found = []
    try:
        for text in _texts(docx.Document(io.BytesIO(data))):
            if text.strip():
                found.append(Line(1, text.strip()))
            if len(found) > MAX_LINES:
                raise Unreadable("too_many_pages")
    # lxml's errors are SyntaxErrors; an element where another belongs lacks python-docx's attributes.
    except (AttributeError, KeyError, ValueError, zipfile.BadZipFile, SyntaxError):
        raise Unreadable("document_broken") from None
    return found


def _no_entities(data: bytes) -> None:
    """An OOXML part "shall not contain a DTD" (ECMA-376 part 2, 8.2.1)."""
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        for entry in container.infolist():
            if entry.filename.endswith((".xml", ".rels")):
                with container.open(entry) as part:
                    if b"<!DOCTYPE" in part.read(4096):
                        raise Unreadable("document_broken")


def _texts(document: WordDocument) -> Iterator[str]:
    for section in document.sections[:1]:
        yield from _inside(section.header.iter_inner_content(), 0)
    yield from _inside(document.iter_inner_content(), 0)


def _inside(content: Iterator[Paragraph | Table], depth: int) -> Iterator[str]:
    for part in content:
        if isinstance(part, Paragraph):
            yield from part.text.split("\n")
        elif depth < MAX_DEPTH:
            yield from _rows(part, depth)


def _rows(table: Table, depth: int) -> Iterator[str]:
    for row in table.rows:
        cells: list[str] = []
        several: list[str] = []
        seen = set()
        for cell in row.cells:
            if id(cell._tc) in seen:  # a merged cell stands once
                continue
            seen.add(id(cell._tc))
            texts = [text for text in _inside(cell.iter_inner_content(), depth + 1) if text.strip()]
            if len(texts) == 1:
                cells.append(texts[0].strip())
            else:
                several += texts
        if cells:
            yield "\t".join(cells)
        yield from several
