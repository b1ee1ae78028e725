"""Scored interviews over time, from a file: ``candidate, at, competency, score``; and language, model, guards."""

from datetime import date
from pathlib import Path

from scoring.validity.drift import Seen
from scoring.validity.ratings_csv import ALIASES as SCORE_ALIASES
from scoring.validity.tables_csv import Row, Sheet, read

ALIASES = {
    **SCORE_ALIASES,
    "日期": "at",
    "date": "at",
    "模型": "model",
    "质量检查": "guards",
    "ai": "score",
    "机器": "score",
}


def load(path: Path) -> list[Seen]:
    """One for each candidate; guards of all lines together. CsvInvalid, OSError."""
    sheet = read(path, ALIASES)
    sheet.need("candidate", "at", "competency", "score")
    found: dict[str, Seen] = {}
    for row in sheet.rows:
        candidate, competency = sheet.text(row, "candidate"), sheet.text(row, "competency")
        at, score = _day(sheet, row), sheet.number(row, "score", 0, 100)
        guards = frozenset(row.cells.get("guards", "").replace(";", " ").split())
        if at is None:
            continue
        new = Seen(at, row.cells.get("language", ""), row.cells.get("model", ""), {}, guards)
        before = found.get(candidate, new)
        if (before.at, before.language, before.model) != (new.at, new.language, new.model):
            sheet.wrong(row.line, "candidate", f"{candidate} stands above with another date, language or model")
        scores = dict(before.scores)
        if competency in scores:
            sheet.wrong(row.line, "competency", f"{candidate} has a score on {competency} already; keep one of them")
        if score is not None:
            scores[competency] = score
        found[candidate] = Seen(before.at, before.language, before.model, scores, before.guards | guards)
    sheet.finish()
    return list(found.values())


def _day(sheet: Sheet, row: Row) -> date | None:
    text = sheet.text(row, "at")
    try:
        return date.fromisoformat(text[:10].replace("/", "-"))
    except ValueError:
        if text:
            sheet.wrong(row.line, "at", f"{text[:30]!r} is no date like 2026-03-31")
        return None
