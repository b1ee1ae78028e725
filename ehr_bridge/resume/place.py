"""From a place in a text to a source."""

from ehr_bridge.resume.document import Document
from ehr_bridge.resume.facts import Source


def source(document: Document, index: int, start: int = 0, end: int | None = None) -> Source:
    line = document.lines[index]
    end = len(line.text) if end is None else end
    return Source(line.page, index, line.text[start:end], line.span(start, end))
