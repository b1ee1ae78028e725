"""Reading CSV that people made: columns by name in either language, three encodings, every error with its place."""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MAX_BYTES = 64_000_000
MAX_ERRORS = 20
_NAME = re.compile(r"[\s\-]+")


@dataclass(frozen=True, slots=True)
class CsvError:
    """``line`` counts from 1, the header's; ``column`` is its heading, empty for a whole line."""

    file: str
    line: int
    column: str
    problem: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" + (f": column {self.column!r}" if self.column else "")
        return f"{where}: {self.problem}"


class CsvInvalid(Exception):
    """A file cannot be used; its author's to repair. All its errors at once, the first twenty of them."""

    code = "csv_invalid"
    retry = False
    fault = "client"

    def __init__(self, errors: Iterable[CsvError]) -> None:
        self.errors = tuple(errors)
        shown = [str(error) for error in self.errors[:MAX_ERRORS]]
        if len(self.errors) > MAX_ERRORS:
            shown.append(f"… and {len(self.errors) - MAX_ERRORS} more")
        super().__init__("\n".join(shown))


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the cells that are not empty, by column name."""

    line: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class Sheet:
    """A table with a header. Problems are gathered in ``errors``; ``finish`` raises them."""

    file: str
    headings: Mapping[str, str]
    """Column name -> heading as it stands in the file."""
    rows: tuple[Row, ...]
    errors: list[CsvError] = field(default_factory=list)

    def wrong(self, line: int, column: str, problem: str) -> None:
        self.errors.append(CsvError(self.file, line, self.headings.get(column, column), problem))

    def need(self, *columns: str) -> None:
        """CsvInvalid at once if a column is missing: nothing else can be said then."""
        missing = [column for column in columns if column not in self.headings]
        if missing:
            have = ", ".join(self.headings.values())
            problem = f"there is no column {', '.join(missing)}; the header has: {have}"
            raise CsvInvalid([CsvError(self.file, 1, "", problem)])

    def text(self, row: Row, column: str) -> str:
        """The cell; an empty one is an error."""
        cell = row.cells.get(column, "")
        if not cell:
            self.wrong(row.line, column, "is empty; fill it in or take the line out")
        return cell

    def number(self, row: Row, column: str, low: float, high: float, hint: str = "") -> float | None:
        """The number in a cell; None where it is empty or wrong, which is noted."""
        cell = row.cells.get(column, "")
        if not cell:
            return None
        try:
            value = float(cell)
        except ValueError:
            self.wrong(row.line, column, f"{_shown(cell)} is not a number; leave the cell empty if there is none")
            return None
        if not math.isfinite(value) or not low <= value <= high:
            self.wrong(row.line, column, f"{cell} is not between {low:g} and {high:g}{hint}")
            return None
        return value

    def finish(self) -> None:
        if self.errors:
            raise CsvInvalid(sorted(self.errors, key=lambda error: error.line))


def read(path: Path, aliases: Mapping[str, str]) -> Sheet:
    """The sheet in a file. ``aliases``: other headings of a column (候选人 -> candidate). Headings are compared
    without case, spaces and hyphens as underscores. CsvInvalid, OSError."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise CsvInvalid([CsvError(path.name, 1, "", f"{size} bytes; at most {MAX_BYTES} are read: split the file")])
    return parse(path.read_bytes(), path.name, aliases)


def parse(data: bytes, file: str, aliases: Mapping[str, str]) -> Sheet:
    text = _decoded(data, file)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header: list[str] = []
    headings: dict[str, str] = {}
    rows: list[Row] = []
    errors: list[CsvError] = []
    try:
        for cells in lines:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not header:
                header = [column_name(cell, aliases) for cell in cells]
                headings = _headings(header, cells, file, errors)
                continue
            if len(cells) > len(header) and any(cells[len(header) :]):
                problem = f"{len(cells)} cells, but the header has {len(header)}; put text with commas in quotes"
                errors.append(CsvError(file, lines.line_num, "", problem))
                continue
            known = zip(header, cells, strict=False)
            rows.append(Row(lines.line_num, {name: cell for name, cell in known if name and cell}))
    except csv.Error as error:
        raise CsvInvalid([CsvError(file, lines.line_num, "", f"not CSV: {error}")]) from None
    if not rows and not errors:
        raise CsvInvalid([CsvError(file, 1, "", "a header and at least one line are needed")])
    return Sheet(file, headings, tuple(rows), errors)


def column_name(heading: str, aliases: Mapping[str, str]) -> str:
    name = _NAME.sub("_", heading.strip().lower())
    return aliases.get(name, name)


def _headings(header: list[str], cells: list[str], file: str, errors: list[CsvError]) -> dict[str, str]:
    headings: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=True):
        if name in headings:
            errors.append(CsvError(file, 1, cell, f"stands twice (as {headings[name]!r} too); keep one of them"))
        elif name:
            headings[name] = cell
    return headings


def _decoded(data: bytes, file: str) -> str:
    """UTF-8 with or without a mark, else GB18030, which Excel in Chinese writes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4096]:
        raise CsvInvalid([CsvError(file, 1, "", "not a text file in UTF-8 or GB18030; save as “CSV UTF-8”")])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
    raise CsvInvalid([CsvError(file, line, "", "neither UTF-8 nor GB18030; save as “CSV UTF-8”")])


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",\t;", key=first.count)


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 30 else cell[:30] + "…")
