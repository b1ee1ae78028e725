"""Rows out of a CSV file whose writers did not agree: each row in its own encoding, each flaw at its line.

Quotes, commas and line ends are never part of a longer character in UTF-8 or GB18030 (GB 18030-2022, table of code
ranges: second bytes are 0x40–0xFE, the digits of four-byte forms 0x30–0x39), so the file is cut into records as bytes
and every record is read on its own: UTF-8 if it is that, else GB18030. RFC 4180 otherwise. GB18030 gives a text for
nearly all bytes, so what looks like Big5 under it is refused rather than stored as another name.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field

LARGEST_BYTES = 16 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_LINES_OF_A_ROW = 50
DELIMITERS = ",\t;"


class FileRefused(Exception):
    """Nothing of the file can be used. ``code``: file_empty, file_too_large, file_no_header, header_repeated."""

    retry = False
    fault = "client"

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code


@dataclass(frozen=True, slots=True)
class Row:
    """``line``: where it begins, from 1. ``values`` by column; empty with a ``flaw`` and its ``code``."""

    line: int
    values: dict[str, str] = field(default_factory=dict, repr=False)
    encoding: str = ""
    flaw: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """``encodings``: how many rows were written in each."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    encodings: dict[str, int]


def read_sheet(data: bytes) -> Sheet:
    """Raises ``FileRefused``; a row that cannot be read is a row with a flaw."""
    if len(data) > LARGEST_BYTES:
        raise FileRefused("file_too_large", f"larger than {LARGEST_BYTES} bytes; send it in parts")
    lines = _as_bytes(data).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise FileRefused("file_empty", "there is no row in the file")
    columns, delimiter = _columns(lines[first])
    rows: list[Row] = []
    encodings: dict[str, int] = {}
    for row in _rows(lines, first + 1, columns, delimiter):
        if len(rows) == MOST_ROWS:
            raise FileRefused("file_too_large", f"more than {MOST_ROWS} rows; send it in parts")
        encodings[row.encoding] = encodings.get(row.encoding, 0) + 1
        rows.append(row)
    return Sheet(columns, tuple(rows), encodings)


def _as_bytes(data: bytes) -> bytes:
    """UTF-16, which spreadsheets call "Unicode text", as UTF-8; the mark of UTF-8 is taken off."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16").encode()
        except UnicodeDecodeError:
            raise FileRefused("file_encoding", "begins like UTF-16 and is not") from None
    return data.removeprefix(b"\xef\xbb\xbf")


def _rows(lines: list[bytes], at: int, columns: tuple[str, ...], delimiter: str) -> Iterator[Row]:
    """A row ends with the line in which its last quote is closed. One that is never closed, or that makes no sense with
    the lines it would swallow, spoils its own line only."""
    while at < len(lines):
        end, quotes = at + 1, lines[at].count(b'"')
        while quotes % 2 and end < len(lines) and end - at < MOST_LINES_OF_A_ROW:
            quotes += lines[end].count(b'"')
            end += 1
        row = _row(at + 1, b"\n".join(lines[at:end]), columns, delimiter)
        if row is not None and row.flaw and end - at > 1:
            end = at + 1
        at = end
        if row is not None:
            yield row


def _row(line: int, raw: bytes, columns: tuple[str, ...], delimiter: str) -> Row | None:
    """None: there is nothing in it."""
    text, encoding = _decoded(raw)
    if text is None:
        return Row(line, {}, encoding, "written in an encoding that is neither UTF-8 nor GB18030", "row_encoding")
    if "\0" in text:
        return Row(line, {}, encoding, "has a character of value 0 in it", "row_null")
    try:
        cells = [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, strict=True))]
    except StopIteration:
        return None
    except csv.Error:
        return Row(line, {}, encoding, "a quote is not closed, or stands where it may not", "row_quotes")
    if not any(cells):
        return None
    if len(cells) != len(columns):
        return Row(line, {}, encoding, f"{len(cells)} cells, and the header has {len(columns)}", "row_width")
    return Row(line, dict(zip(columns, cells, strict=True)), encoding)


def _decoded(raw: bytes) -> tuple[str | None, str]:
    try:
        return raw.decode("utf-8"), "ascii" if raw.isascii() else "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None, "unknown"
    return (None, "unknown") if _rather_big5(raw, text) else (text, "gb18030")


def _rather_big5(raw: bytes, text: str) -> bool:
    """Bytes of Big5 come out of GB18030 as private-use characters, or as rare ones where Big5 has common ones
    (its level 1: lead bytes A4 to C6; its signs before that)."""
    if any("\ue000" <= character <= "\uf8ff" for character in text):
        return True
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        try:
            return all(character.encode("big5")[0] <= 0xC6 for character in raw.decode("big5"))
        except UnicodeDecodeError:
            return False
    return False


def _columns(raw: bytes) -> tuple[tuple[str, ...], str]:
    header, _ = _decoded(raw)
    if header is None or "\0" in header:
        raise FileRefused("file_no_header", "the first row is neither UTF-8 nor GB18030")
    delimiter = max(DELIMITERS, key=header.count)
    try:
        columns = tuple(cell.strip() for cell in next(csv.reader([header], delimiter=delimiter, strict=True)))
    except (csv.Error, StopIteration):
        raise FileRefused("file_no_header", "the first row is no header") from None
    if not all(columns) or len(columns) > MOST_COLUMNS:
        raise FileRefused("file_no_header", f"the first row names 1 to {MOST_COLUMNS} columns, none of them empty")
    if len(set(columns)) != len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise FileRefused("header_repeated", f"the column {twice} is there twice")
    return columns, delimiter
