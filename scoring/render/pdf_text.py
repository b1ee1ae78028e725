"""Text for the PDF: one embedded font, and line breaking that knows Chinese and Latin.

ReportLab breaks either at spaces or between any two characters; a bilingual report needs both: Latin words stay
whole, Chinese breaks anywhere except before closing and after opening punctuation (CLREQ 3.1.3).
"""

import re
from functools import lru_cache
from pathlib import Path

from reportlab.lib.colors import Color, HexColor  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from reportlab.platypus import Flowable  # type: ignore[import-untyped]

FONT = "NotoSansSC"
FONT_FILE = Path(__file__).parent / "fonts" / "NotoSansSC-Regular.ttf"
NOT_AT_START = "，。、；：？！）》」』”’…—·,.;:?!)]}%％"
NOT_AT_END = "（《「『“‘([{"
HANGING = 2.0
"""How far marks may stand in the margin, in characters: "。。。。。。" must not run off the page."""
BOLD_STROKE = 0.022
"""Width of the outline that makes bold of the one weight, as a share of the size."""

_TOKEN = re.compile(
    r"[\u2e80-\u9fff\uff00-\uffef\U00020000-\U0003ffff“”‘’…—]|[^\s\u2e80-\u9fff\uff00-\uffef“”‘’…—]+|\s+"
)


@lru_cache(maxsize=1)
def register_font() -> str:
    """Load the font once per process; ReportLab embeds only the glyphs that a document uses."""
    pdfmetrics.registerFont(TTFont(FONT, str(FONT_FILE)))
    return FONT


def width_of(text: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, register_font(), size))


def fitted(text: str, size: float, width: float) -> str:
    """One line no wider than ``width`` points; what is cut off is marked by an ellipsis."""
    text = " ".join(text.split())
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def break_lines(text: str, size: float, width: float) -> list[str]:
    """Lines no wider than ``width`` points; a single word that is wider is cut."""
    lines: list[str] = []
    line = ""
    for token in _tokens(text, size, width):
        if token == "\n":
            lines.append(line.rstrip())
            line = ""
        elif not line or width_of(line + token.rstrip(), size) <= width:
            line = line + token if line else token.lstrip()
        elif token[0] in NOT_AT_START and line[-1:].strip() and width_of(line + token, size) <= width + HANGING * size:
            line += token  # hang the mark into the margin rather than begin a line with it
        else:
            carried = ""
            while line and line[-1] in NOT_AT_END:
                line, carried = line[:-1], line[-1] + carried
            lines.append(line.rstrip())
            line = (carried + token).lstrip()
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _tokens(text: str, size: float, width: float) -> list[str]:
    tokens: list[str] = []
    for token in _TOKEN.findall(text):
        if token.isspace():
            tokens.append("\n" if "\n" in token else " ")
        elif width_of(token, size) > width:
            tokens += list(token)
        else:
            tokens.append(token)
    return tokens


def draw_text(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    size: float,
    colour: str,
    *,
    bold: bool = False,
    anchor: str = "start",
) -> None:
    """One line; ``y`` is the base line, in PDF coordinates."""
    if anchor != "start":
        x -= width_of(text, size) * (0.5 if anchor == "middle" else 1.0)
    ink: Color = HexColor(colour)
    line = canvas.beginText(x, y)
    line.setFont(register_font(), size)
    line.setFillColor(ink)
    if bold:
        line.setTextRenderMode(2)
        canvas.saveState()
        canvas.setStrokeColor(ink)
        canvas.setLineWidth(size * BOLD_STROKE)
    line.textOut(text)
    if bold:
        line.setTextRenderMode(0)
    canvas.drawText(line)
    if bold:
        canvas.restoreState()


class Lines(Flowable):  # type: ignore[misc]
    """A paragraph. ``indent``: points from the left; ``before``: space above."""

    def __init__(
        self,
        text: str,
        *,
        size: float = 9.2,
        colour: str = "#22303c",
        bold: bool = False,
        leading: float = 1.55,
        indent: float = 0.0,
        before: float = 0.0,
        keep_with_next: bool = False,
    ) -> None:
        super().__init__()
        self.text = text
        self.size = size
        self.colour = colour
        self.bold = bold
        self.line_height = size * leading
        self.indent = indent
        self.before = before
        self.keepWithNext = keep_with_next
        self.lines: list[str] | None = None

    def getSpaceBefore(self) -> float:  # the name is ReportLab's
        return self.before

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        if self.lines is None:
            self.lines = break_lines(self.text, self.size, available_width - self.indent)
        self.width, self.height = available_width, len(self.lines) * self.line_height
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list["Lines"]:
        self.wrap(available_width, available_height)
        assert self.lines is not None
        fitting = int(available_height / self.line_height)
        if fitting < 1 or fitting >= len(self.lines):
            return []
        return [self._part(self.lines[:fitting]), self._part(self.lines[fitting:])]

    def _part(self, lines: list[str]) -> "Lines":
        part = Lines(self.text, size=self.size, colour=self.colour, bold=self.bold, indent=self.indent)
        part.line_height = self.line_height
        part.lines = lines
        return part

    def draw(self) -> None:
        for number, line in enumerate(self.lines or ()):
            y = self.height - (number + 1) * self.line_height + self.line_height * 0.28
            draw_text(self.canv, self.indent, y, line, self.size, self.colour, bold=self.bold)
