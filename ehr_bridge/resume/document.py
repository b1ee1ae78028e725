"""A résumé as it was read: lines in reading order, each with the place where it stands.

Lengths and positions are fractions of the page, 0 at its left and upper edge, 1 at its right and lower edge: they hold
for a picture of the page at any size. A document without pages (DOCX) has lines without boxes.
"""

from typing import Literal

import msgspec

Kind = Literal["pdf", "docx", "image"]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


class Line(msgspec.Struct, frozen=True):
    """``page`` counts from 1. ``edges``: where each character begins, and where the last one ends; empty: not known,
    then characters are taken to be equally wide. ``heard``: how sure the recogniser was of a scanned line, 0..1; None:
    the text was in the file. A tab stands where the page has a wide gap."""

    page: int
    text: str
    box: Box | None = None
    edges: tuple[float, ...] = ()
    heard: float | None = None

    def span(self, start: int, end: int) -> Box | None:
        """The box of ``text[start:end]``."""
        if self.box is None or not self.text:
            return self.box
        left, top, right, bottom = self.box
        if len(self.edges) == len(self.text) + 1:
            return self.edges[start], top, self.edges[end], bottom
        wide = (right - left) / len(self.text)
        return left + wide * start, top, left + wide * end, bottom


class Document(msgspec.Struct, frozen=True):
    """``pages``: how many; ``pictures``: of how many of them, from the first on, there is a picture. ``unread``: pages
    that hold nothing but a picture and that nobody could read."""

    kind: Kind
    lines: tuple[Line, ...]
    pages: int = 1
    pictures: int = 0
    unread: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)
