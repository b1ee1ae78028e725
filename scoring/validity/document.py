"""What a report of this room is made of: a title, sentences, tables. Rendered as text, Markdown, HTML or CSV.

Numbers become text here and nowhere else, so that every rendering shows the same digits.
"""

import csv
import html
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scoring.bilingual import Language
from scoring.validity.intervals import Interval

Format = Literal["text", "markdown", "html"]
NOTHING = "—"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    language: Language
    blocks: tuple[str | Table, ...]

    def render(self, form: Format) -> str:
        return {"text": _as_text, "markdown": _as_markdown, "html": _as_html}[form](self)

    def tables(self) -> tuple[Table, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Table))


def number(value: float | None, digits: int = 2) -> str:
    return NOTHING if value is None else f"{value + 0.0:.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{100 * value:.{digits}f} %"


def with_interval(interval: Interval, *, as_percent: bool = False, digits: int = 2) -> str:
    """0.85 [0.79, 0.89]; the point alone where there is no interval."""
    scale, places, unit = (100.0, 1, " %") if as_percent else (1.0, digits, "")
    if interval.value is None or interval.low is None or interval.high is None:
        return NOTHING if interval.value is None else number(interval.value * scale, places) + unit
    value, low, high = (number(bound * scale, places) for bound in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]{unit}"


def to_csv(table: Table) -> str:
    """UTF-8 with a mark is the caller's (Excel wants it). A text that a spreadsheet would run as a formula is quoted
    with an apostrophe; numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_inert(cell) for cell in table.columns)
    writer.writerows([_inert(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _inert(cell: str) -> str:
    if not cell.startswith(_FORMULA) or cell == NOTHING:
        return cell
    try:
        float(cell.removesuffix(" %"))
    except ValueError:
        return "'" + cell
    return cell


def _as_text(document: Document) -> str:
    parts = [document.title, "=" * _width(document.title), ""]
    for block in document.blocks:
        parts += [block, ""] if isinstance(block, str) else [block.title, *_lines(block), ""]
    return "\n".join(parts)


def _lines(table: Table) -> list[str]:
    rows = [table.columns, *table.rows]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(table.columns))]
    lines = ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _as_markdown(document: Document) -> str:
    parts = [f"# {document.title}", ""]
    for block in document.blocks:
        if isinstance(block, str):
            parts += [_plain(block), ""]
        else:
            parts += [f"## {block.title}", "", *_pipes(block), ""]
    return "\n".join(parts)


def _pipes(table: Table) -> list[str]:
    rows = [[_plain(cell).replace("|", "\\|") for cell in row] for row in (table.columns, *table.rows)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(table.columns), *lines[1:]]


def _plain(text: str) -> str:
    return html.escape(" ".join(text.split()), quote=False)


_STYLE = (
    "body{font:16px/1.6 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:72rem;margin:2rem auto;"
    "padding:0 1rem;color:#1d2733}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}"
    "table{border-collapse:collapse;"
    "width:100%}"
    "th,td{border-bottom:1px solid #cfd6dd;padding:.35rem .6rem;text-align:left;vertical-align:top}"
    "th{background:#f1f4f7}.scroll{overflow-x:auto}.short{white-space:nowrap}"
)


def _as_html(document: Document) -> str:
    language = "zh-CN" if document.language == "zh" else "en"
    body = [f"<h1>{html.escape(document.title)}</h1>"]
    for block in document.blocks:
        body += [f"<p>{html.escape(block)}</p>"] if isinstance(block, str) else _html_table(block)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(document.title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _html_table(table: Table) -> list[str]:
    def cells(row: Sequence[str], tag: str, scope: str = "") -> str:
        return "<tr>" + "".join(f"<{tag}{scope}{_short(cell)}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>"

    return [
        f"<h2>{html.escape(table.title)}</h2>",
        '<div class="scroll"><table><thead>' + cells(table.columns, "th", ' scope="col"') + "</thead><tbody>",
        *(cells(row, "td") for row in table.rows),
        "</tbody></table></div>",
    ]


def _short(cell: str) -> str:
    """A number with its interval stays on one line."""
    return ' class="short"' if len(cell) <= 28 else ""
