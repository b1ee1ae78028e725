"""PDF: the text with the place of each character, and a picture of each page. Runs in the reader's process alone."""

import ctypes
import io
from collections.abc import Iterator

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]
from PIL.Image import Image

from ehr_bridge.resume.document import Line
from ehr_bridge.resume.reasons import MAX_PAGES, Unreadable

DPI = 110
READABLE_DPI = 180
MAX_SIDE_PX = 2200
JPEG_QUALITY = 82
MAX_CHARACTERS = 60_000
FEW_CHARACTERS = 20
WIDE_GAP = 1.2
"""In heights of a line: a gap that a reader sees as two columns."""


class Page:
    """``lines``: as pdfium orders them."""

    def __init__(self, page: pdfium.PdfPage, number: int) -> None:
        self._page = page
        self._number = number

    def lines(self) -> list[Line]:
        width, height = self._page.get_size()
        text = self._page.get_textpage()
        try:
            count = text.count_chars()
            if count > MAX_CHARACTERS:
                raise Unreadable("too_many_pages")
            characters = [_character(text, index) for index in range(count)]
        finally:
            text.close()
        return [_line(self._number, row, width, height) for row in _rows(characters)]

    def picture(self, dpi: int = DPI) -> Image:
        longest_pt = max(self._page.get_size())
        scale = min(dpi / 72, MAX_SIDE_PX / longest_pt)
        # Form fields and notes are drawn: what a person would see is what is shown.
        image: Image = self._page.render(scale=scale).to_pil().convert("RGB")
        return image

    @property
    def has_picture(self) -> bool:
        return any(True for _ in self._page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def jpeg(picture: Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=JPEG_QUALITY)
    return written.getvalue()


def open_pdf(data: bytes) -> pdfium.PdfDocument:
    """Raises ``Unreadable``."""
    try:
        found = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        # PDFium's FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY (fpdfview.h).
        protected = getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise Unreadable("password_protected" if protected else "document_broken") from None
    if len(found) > MAX_PAGES:
        raise Unreadable("too_many_pages")
    if not len(found):
        raise Unreadable("document_broken")
    return found


def pages(document: pdfium.PdfDocument) -> Iterator[Page]:
    for index in range(len(document)):
        try:
            yield Page(document[index], index + 1)
        except pdfium.PdfiumError:
            raise Unreadable("document_broken") from None


_Character = tuple[str, float, float, float, float]
"""The character; left, bottom, right, top in points. Generated ones, such as spaces, may have no size."""


def _character(text: pdfium.PdfTextPage, index: int) -> _Character:
    code = raw.FPDFText_GetUnicode(text, index)
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(text, index, left, right, bottom, top)
    # Half of a surrogate pair, or nothing at all: what a font without a map of its glyphs gives.
    sound = code and not 0xD800 <= code <= 0xDFFF
    return (chr(code) if sound else "\ufffd"), left.value, bottom.value, right.value, top.value


def _rows(characters: list[_Character]) -> Iterator[list[_Character]]:
    row: list[_Character] = []
    for character in characters:
        if character[0] in "\r\n":
            if any(not c[0].isspace() for c in row):
                yield row
            row = []
        else:
            row.append(character)
    if any(not c[0].isspace() for c in row):
        yield row


def _line(number: int, row: list[_Character], width: float, height: float) -> Line:
    drawn = [c for c in row if not c[0].isspace()]
    bottom, top = min(c[2] for c in drawn), max(c[4] for c in drawn)
    tall = max(top - bottom, 1.0)
    text: list[str] = []
    edges: list[float] = []
    last = drawn[0][1]
    for character, left, _, right, _ in row:
        if character.isspace():
            text.append(" ")
            edges.append(last)
            continue
        if text and left - last > WIDE_GAP * tall:
            text.append("\t")
            edges.append(last)
        text.append(character)
        edges.append(left)
        last = max(right, left)
    edges.append(last)
    box = (
        _fraction(drawn[0][1], width),
        1 - _fraction(top, height),
        _fraction(last, width),
        1 - _fraction(bottom, height),
    )
    return Line(number, "".join(text), _rounded(box), tuple(round(_fraction(edge, width), 4) for edge in edges))


def _fraction(value: float, whole: float) -> float:
    return min(1.0, max(0.0, value / whole)) if whole else 0.0


def _rounded(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (round(edge, 4) for edge in box)
    return left, top, right, bottom
