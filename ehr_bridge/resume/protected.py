"""What the law protects, recognised in order to be left out of all that selects; ``words.yaml`` names the laws."""

from typing import cast

from ehr_bridge.resume import words
from ehr_bridge.resume.document import Document
from ehr_bridge.resume.facts import Protected, Withheld

LONG_LINE = 200
"""A sentence of prose speaks of many things; labels stand in short lines."""


def protected_spans(text: str) -> list[tuple[Protected, int, int]]:
    """Kind, beginning and end, in the order of the text."""
    found = [
        (cast(Protected, kind), match.start(), match.end())
        for kind, pattern in words.patterns("protected")
        for match in pattern.finditer(text[:LONG_LINE])
    ]
    return sorted(found, key=lambda span: (span[1], span[2]))


def masked(text: str) -> str:
    """The text with every protected word blanked: its length stays, so that places still hold."""
    shown = list(text)
    for _, start, end in protected_spans(text):
        shown[start:end] = " " * (end - start)
    return "".join(shown)


def withheld(document: Document) -> tuple[Withheld, ...]:
    return tuple(
        Withheld(kind, line.page, index, line.span(start, end))
        for index, line in enumerate(document.lines)
        for kind, start, end in protected_spans(line.text)
    )
