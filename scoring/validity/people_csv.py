"""Who belongs to which group: ``candidate``, groups, and if wanted ``score`` and ``selected``."""

from pathlib import Path

from scoring.validity.bias import Person
from scoring.validity.ratings_csv import ALIASES as SCORE_ALIASES
from scoring.validity.ratings_csv import ATTRIBUTES
from scoring.validity.tables_csv import Row, Sheet, read

ALIASES = {
    **SCORE_ALIASES,
    "总分": "score",
    "total": "score",
    "是否入选": "selected",
    "入选": "selected",
    "录用": "selected",
    "是否录用": "selected",
}
_YES = {"1", "yes", "y", "true", "是"}
_NO = {"0", "no", "n", "false", "否"}


def load(path: Path) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """The people and the group columns of the file. CsvInvalid, OSError."""
    sheet = read(path, ALIASES)
    sheet.need("candidate")
    attributes = tuple(name for name in sheet.headings if name in ATTRIBUTES or name.startswith("group_"))
    if not attributes:
        sheet.need("sex", "race_ethnicity")
    people = []
    first: dict[str, int] = {}
    for row in sheet.rows:
        name = sheet.text(row, "candidate")
        if name in first:
            sheet.wrong(row.line, "candidate", f"{name} stands in line {first[name]} already; keep one of them")
        first.setdefault(name, row.line)
        groups = {attribute: row.cells[attribute] for attribute in attributes if attribute in row.cells}
        people.append(Person(name, groups, sheet.number(row, "score", -1e9, 1e9), _selected(sheet, row)))
    sheet.finish()
    return tuple(people), attributes


def _selected(sheet: Sheet, row: Row) -> bool | None:
    cell = row.cells.get("selected", "").lower()
    if cell in _YES | _NO:
        return cell in _YES
    if cell:
        sheet.wrong(row.line, "selected", f"{cell[:30]!r} is neither yes nor no (1/0, yes/no, 是/否)")
    return None
