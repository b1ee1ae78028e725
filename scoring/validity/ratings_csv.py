"""Ratings from a CSV file, one of two shapes (``docs/reference/validity-files.md``).

* wide: ``candidate, competency, ai, human1, human2, …``: a line for each candidate and competency
* long: ``candidate, competency, rater, score``: a line for each rating; rater ``ai`` is the machine
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scoring.validity.ratings import HIGHEST, LOWEST, MACHINE, POINTS_PER_LEVEL, Rating
from scoring.validity.tables_csv import Row, Sheet, read

MachineScale = Literal["levels", "points"]
ALIASES = {
    "候选人": "candidate",
    "候选人编号": "candidate",
    "interview_id": "candidate",
    "person_id": "candidate",
    "能力": "competency",
    "能力项": "competency",
    "评委": "rater",
    "评分人": "rater",
    "分数": "score",
    "评分": "score",
    "机器": "ai",
    "machine": "ai",
    "性别": "sex",
    "gender": "sex",
    "民族": "race_ethnicity",
    "种族": "race_ethnicity",
    "race": "race_ethnicity",
    "年龄段": "age_band",
    "残疾": "disability",
    "地区": "region",
    "方言": "dialect",
    "语言": "language",
    **{f"人工{n}": f"human{n}" for n in range(1, 21)},
    **{f"评委{n}": f"human{n}" for n in range(1, 21)},
}
ATTRIBUTES = ("sex", "race_ethnicity", "age_band", "disability", "region", "dialect", "language")
_PERSON = re.compile(r"human_?\w+")
_MACHINE_NAMES = {"ai", "机器", "machine"}


@dataclass(frozen=True, slots=True)
class CsvRatings:
    """A ``RatingSource`` read from a file."""

    _ratings: tuple[Rating, ...]
    _attributes: Mapping[str, Mapping[str, str]]

    def ratings(self) -> Sequence[Rating]:
        return self._ratings

    def attributes(self) -> Mapping[str, Mapping[str, str]]:
        return self._attributes


def load(path: Path, machine_scale: MachineScale = "levels") -> CsvRatings:
    """CsvInvalid with every error, or OSError. ``points``: the machine's column holds 0-100, a level is 20."""
    sheet = read(path, ALIASES)
    sheet.need("candidate", "competency")
    people = tuple(name for name in sheet.headings if _PERSON.fullmatch(name))
    if "rater" in sheet.headings:
        sheet.need("score")
        found = list(_long(sheet, machine_scale))
    else:
        if MACHINE not in sheet.headings and not people:
            sheet.need("rater", "score")
        found = list(_wide(sheet, people, machine_scale))
    ratings = _once(sheet, found)
    attributes = attributes_of(sheet)
    sheet.finish()
    return CsvRatings(ratings, attributes)


def _long(sheet: Sheet, scale: MachineScale) -> Iterator[tuple[Row, Rating]]:
    for row in sheet.rows:
        rater = sheet.text(row, "rater")
        if rater.lower() in _MACHINE_NAMES:
            rater = MACHINE
        level = _machine(sheet, row, "score", scale) if rater == MACHINE else _person(sheet, row, "score")
        candidate, competency = sheet.text(row, "candidate"), sheet.text(row, "competency")
        if level is not None:
            yield row, Rating(candidate, competency, rater, level)


def _wide(sheet: Sheet, people: Sequence[str], scale: MachineScale) -> Iterator[tuple[Row, Rating]]:
    for row in sheet.rows:
        candidate, competency = sheet.text(row, "candidate"), sheet.text(row, "competency")
        level = _machine(sheet, row, MACHINE, scale)
        if level is not None:
            yield row, Rating(candidate, competency, MACHINE, level)
        for person in people:
            level = _person(sheet, row, person)
            if level is not None:
                yield row, Rating(candidate, competency, person, level)


def _machine(sheet: Sheet, row: Row, column: str, scale: MachineScale) -> float | None:
    if scale == "points":
        points = sheet.number(row, column, 0, 100)
        return None if points is None else points / POINTS_PER_LEVEL
    hint = ": BARS levels; if the machine's scores are points of 100, say so (--ai-scale points)"
    return sheet.number(row, column, 0, HIGHEST, hint)


def _person(sheet: Sheet, row: Row, column: str) -> float | None:
    return sheet.number(row, column, LOWEST, HIGHEST, ": people rate in BARS levels")


def _once(sheet: Sheet, found: Sequence[tuple[Row, Rating]]) -> tuple[Rating, ...]:
    seen: dict[tuple[str, str, str], int] = {}
    for row, rating in found:
        key = (rating.candidate, rating.competency, rating.rater)
        if key in seen:
            said = f"{rating.rater} has rated this candidate on {rating.competency} already, in line {seen[key]}"
            sheet.wrong(row.line, "", f"{said}; keep one of them")
        seen.setdefault(key, row.line)
    return tuple(rating for _, rating in found)


def attributes_of(sheet: Sheet) -> dict[str, dict[str, str]]:
    """What the file says of each candidate's groups; two different answers for one candidate are an error."""
    columns = [name for name in sheet.headings if name in ATTRIBUTES or name.startswith("group_")]
    known: dict[str, dict[str, str]] = {}
    for row in sheet.rows:
        mine = known.setdefault(row.cells.get("candidate", ""), {})
        for column in columns:
            value = row.cells.get(column)
            if value and mine.setdefault(column, value) != value:
                sheet.wrong(row.line, column, f"{value} here, {mine[column]} before, for the same candidate")
    return known
