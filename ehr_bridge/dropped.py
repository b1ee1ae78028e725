"""A CSV that another system has dropped, read row by row: what is good goes on, what is not says why. Pure.

    kind,id,external_id,name,email,phone,at,…          the fields of that kind of record (docs/reference/ehr.md)
    onboarding,emp-17,CMB00017,王芳,,,2026-12-01,done

Files of old systems are pasted together: here a part from one program, there from another, each in its encoding. The
file's own is that of its first row that is not plain ASCII: UTF-8, with or without a mark, or GB18030. A row in
another one is refused and named; a row that could be either is read as the file's. What cannot be known stays
unknown: Latin-1 bytes are often valid GB18030, and then make another word without a mistake.

Splitting comes before decoding. It may: line feed and quotation mark are never part of another character, neither in
UTF-8 nor in GB18030 (its second bytes begin at 0x30, and 0x30–0x39 only in four-byte forms).
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import KINDS, OURS, Record

Encoding = Literal["utf-8", "gb18030"]
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "gb18030")
MARK = b"\xef\xbb\xbf"
OTHER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
PERSON = ("external_id", "name", "email", "phone")
NEEDED = ("kind", "id")
MAX_ROWS, MAX_ROW_BYTES, MAX_ID = 100_000, 64 * 1024, 160


@dataclass(frozen=True, slots=True)
class Row:
    """``number``: of the row in the file, the header is 1."""

    number: int
    id: str
    person: PersonFacts
    body: Record


@dataclass(frozen=True, slots=True)
class BadRow:
    """``code`` is stable; ``problem`` says what to do and quotes no cell."""

    number: int
    code: str
    problem: str


class DropUnreadable(Exception):
    """Not one row can be read."""

    retry = False
    fault = "client"

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code


def read_rows(content: bytes) -> Iterator[Row | BadRow]:
    """Every row after the header, in order. Raises ``DropUnreadable`` before the first."""
    if content[:2] in OTHER_MARKS:
        raise DropUnreadable("drop_encoding_unknown", "the file is UTF-16; save it as UTF-8 or GB18030")
    rows = _split(content.removeprefix(MARK))
    header_bytes = next(rows, b"")
    encoding = _encoding(content)
    header = _header(header_bytes, encoding)
    for number, raw in enumerate(rows, start=2):
        if number > MAX_ROWS:
            yield BadRow(number, "drop_too_long", f"more than {MAX_ROWS} rows; split the file")
            return
        if raw.strip():
            yield _row(number, raw, header, encoding)


def _split(content: bytes) -> Iterator[bytes]:
    """Records, by line feeds outside quotation marks."""
    start, quoted = 0, False
    for position, byte in enumerate(content):
        if byte == 0x22:
            quoted = not quoted
        elif byte == 0x0A and not quoted:
            yield content[start:position].rstrip(b"\r")
            start = position + 1
    if start < len(content):
        yield content[start:].rstrip(b"\r")


def _encoding(content: bytes) -> Encoding:
    if content.startswith(MARK):
        return "utf-8"
    for raw in _split(content):
        if not raw.isascii():
            return "utf-8" if _decoded(raw, "utf-8") is not None else "gb18030"
    return "utf-8"


def _header(raw: bytes, encoding: Encoding) -> list[str]:
    text = _decoded(raw, encoding)
    names = [name.strip().lower() for name in next(csv.reader([text or ""]), [])]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise DropUnreadable("drop_header_unknown", f"the first row has no column {' and no '.join(missing)}")
    if len(set(names)) < len(names):
        raise DropUnreadable("drop_header_unknown", "a column is there twice")
    return names


def _row(number: int, raw: bytes, header: Sequence[str], encoding: Encoding) -> Row | BadRow:
    if len(raw) > MAX_ROW_BYTES:
        return BadRow(number, "drop_row_too_long", f"more than {MAX_ROW_BYTES} bytes; is a quotation mark left open?")
    text = _decoded(raw, encoding)
    if text is None or _looks_like_utf8(raw, encoding):
        return BadRow(number, "drop_row_encoding", _other(raw, encoding))
    try:
        (cells,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        return BadRow(number, "drop_row_malformed", "quotation marks do not match")
    if len(cells) != len(header):
        return BadRow(number, "drop_row_malformed", f"{len(cells)} cells under {len(header)} columns")
    return _record(number, dict(zip(header, (cell.strip() for cell in cells), strict=True)))


def _record(number: int, cells: dict[str, str]) -> Row | BadRow:
    kind, record_id = cells.pop("kind"), cells.pop("id")
    if kind not in KINDS or kind in OURS:
        known = ", ".join(name for name in KINDS if name not in OURS)
        return BadRow(number, "drop_kind_unknown", f"kinds are {known}")
    if not 0 < len(record_id) <= MAX_ID:
        return BadRow(number, "drop_id_missing", f"id has 1 to {MAX_ID} characters")
    person = PersonFacts(**{name: unguarded(cells.pop(name, "")) for name in PERSON})
    if not any((person.external_id, person.email, person.phone)):
        return BadRow(number, "drop_person_unknown", "nothing says whom it is about: external_id, email or phone")
    unknown = [name for name in cells if name not in KINDS[kind].__struct_fields__ and cells[name]]
    if unknown:
        return BadRow(number, "drop_field_unknown", f"{kind} has no field {', '.join(unknown)[:120]}")
    fields = {name: unguarded(value) for name, value in cells.items() if value}
    if "at" in fields and len(fields["at"]) == len("2026-12-01"):
        fields["at"] += "T00:00:00+08:00"
    try:
        return Row(number, record_id, person, msgspec.convert(fields, KINDS[kind], strict=False))
    except msgspec.ValidationError as error:
        return BadRow(number, "drop_field_invalid", _without_values(str(error)))


def unguarded(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running a cell."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _without_values(problem: str) -> str:
    """msgspec quotes what it was given only for enumerations; a cell may be anybody's."""
    return problem if "Invalid enum value" not in problem else f"not one of its words{problem[problem.find(' - at') :]}"


def _decoded(raw: bytes, encoding: Encoding) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _looks_like_utf8(raw: bytes, encoding: Encoding) -> bool:
    """In a GB18030 file, a row whose every byte above ASCII is part of a three-byte UTF-8 character. Two Chinese
    characters of GB18030 are four bytes, which are valid UTF-8 once in some ten thousand pairs."""
    if encoding != "gb18030" or raw.isascii():
        return False
    text = _decoded(raw, "utf-8")
    return text is not None and any("\u3000" <= letter <= "\uffef" for letter in text)


def _other(raw: bytes, encoding: Encoding) -> str:
    shown = {"utf-8": "UTF-8", "gb18030": "GB18030"}
    fits = [shown[one] for one in ENCODINGS if one != encoding and _decoded(raw, one) is not None]
    found = f"it reads as {fits[0]}" if fits else "it reads as nothing that is known here"
    return f"not {shown[encoding]}, as the file began; {found}. Save the whole file in one encoding"
