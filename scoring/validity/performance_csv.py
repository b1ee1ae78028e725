"""How people who were hired do at work: ``candidate, performance`` (any scale, more is better)."""

import math
from pathlib import Path

from scoring.validity.ratings_csv import ALIASES as SCORE_ALIASES
from scoring.validity.tables_csv import read

ALIASES = {
    **SCORE_ALIASES,
    "绩效": "performance",
    "绩效评分": "performance",
    "绩效分": "performance",
    "员工编号": "candidate",
}
_WIDEST = 1e9


def load(path: Path) -> dict[str, float]:
    """Person -> performance; a person without a value is left out. CsvInvalid, OSError."""
    sheet = read(path, ALIASES)
    sheet.need("candidate", "performance")
    found: dict[str, float] = {}
    first: dict[str, int] = {}
    for row in sheet.rows:
        person = sheet.text(row, "candidate")
        value = sheet.number(row, "performance", -_WIDEST, _WIDEST)
        if person in first:
            sheet.wrong(row.line, "candidate", f"{person} stands in line {first[person]} already; keep one of them")
        first.setdefault(person, row.line)
        if value is not None and math.isfinite(value):
            found[person] = value
    sheet.finish()
    return found
