"""What decision support knows of the employer: courses, thresholds, hints. A YAML file, checked with file and line."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec

from ehr_bridge.canonical import Label
from scoring.yaml_source import YamlBroken, read

Points = Annotated[float, msgspec.Meta(ge=0, le=100)]
Names = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Course(_Part, frozen=True):
    id: str
    competencies: Names
    title: Label


class Growth(_Part, frozen=True):
    """Whoever scores ``from_score`` in ``competency`` may fit where one learns fast."""

    competency: str
    from_score: Points
    positions: Names


class Limit(_Part, frozen=True):
    """``key``: a competency or "view.part"."""

    key: str
    points: Points


class Hint(_Part, frozen=True):
    """Everything that is named must hold. ``written_from``: share of the written test's points."""

    id: str
    text: Label
    resume_says: tuple[str, ...] = ()
    score_below: Limit | None = None
    score_from: Limit | None = None
    written_from: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None


class Book(_Part, frozen=True):
    required_score: Points
    push_course_below: Points
    growth: Growth
    courses: tuple[Course, ...]
    hints: tuple[Hint, ...]

    def course_for(self, competency: str) -> Course | None:
        return next((course for course in self.courses if competency in course.competencies), None)


class BookInvalid(Exception):
    code = "insight_book_invalid"
    retry = False
    fault = "client"


def load(path: Path | None = None) -> Book:
    """What comes with Viva, an operator's keys in place of its own. Raises ``BookInvalid``, OSError."""
    text = files("ehr_bridge.insight").joinpath("book.yaml").read_text(encoding="utf-8")
    data = _data(text, "book.yaml")
    if path is not None:
        data |= _data(path.read_text(encoding="utf-8-sig"), path.name)
    try:
        return msgspec.convert(data, Book)
    except msgspec.ValidationError as error:
        raise BookInvalid(f"{path.name if path else 'book.yaml'}: {error}") from None


def _data(text: str, file: str) -> dict[str, object]:
    try:
        source = read(text)
    except YamlBroken as error:
        raise BookInvalid(f"{file}:{error.line}: {error.problem}") from None
    if source.repeated:
        raise BookInvalid(f"{file}:{source.line(source.repeated[0])}: {source.repeated[0][-1]} is there twice")
    if not isinstance(source.data, dict):
        raise BookInvalid(f"{file}:1: keys with values were expected")
    return source.data
