"""What a position file must satisfy: first its shape, part by part, then its sense.

Every rule has a name. All broken rules are collected; a file is judged once, not once per error.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec

from scoring.analysis.phrases import compile_patterns
from scoring.bilingual import Language
from scoring.position_model import Competency, Phrases, PositionModel, Question, View

Path = tuple[str | int, ...]
Lines = dict[Path, int]

READING_S_LIMIT = 20
"""A question that takes longer to read loses the listener."""
ZH_CHARACTERS_PER_S = 5.0
EN_WORDS_PER_S = 3.5
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_REPEATED_GROUP = re.compile(r"\)\s*[+{]")


class PositionError(msgspec.Struct, frozen=True):
    """One thing that is wrong. ``line`` counts from 1; ``rule`` is stable."""

    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


class _Collector:
    def __init__(self, file: str, lines: Lines) -> None:
        self.file = file
        self.lines = lines
        self.errors: list[PositionError] = []

    def add(self, path: Path, rule: str, message: str) -> None:
        self.errors.append(PositionError(self.file, self.line(path), rule, message))

    def line(self, path: Path) -> int:
        """The line of the value, or of the nearest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def convert(self, value: Any, kind: Any, path: Path) -> None:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            self.add(path, "shape", str(error).split(" - at `")[0])


def check(data: Any, lines: Lines, file: str) -> tuple[PositionModel | None, list[PositionError]]:
    """The model, if it has the shape of one, and everything that is wrong, by line."""
    collector = _Collector(file, lines)
    _shape(data, PositionModel, (), collector)
    model = None
    if not collector.errors:
        model = msgspec.convert(data, PositionModel)
        _sense(model, collector)
    return model, sorted(collector.errors, key=lambda error: (error.line, error.rule, error.message))


def _shape(value: Any, kind: Any, path: Path, collector: _Collector) -> None:
    """Walk value and type together, so that one file tells all its errors and not only the first."""
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        for name in sorted(set(map(str, value)) - set(fields)):
            collector.add((*path, name), "shape", f"unknown field `{name}`")
        for name, field in fields.items():
            if name in value:
                _shape(value[name], field.type, (*path, name), collector)
            elif field.required:
                collector.add(path, "shape", f"the field `{name}` is missing")
    elif origin is tuple and isinstance(value, list):
        for index, item in enumerate(value):
            _shape(item, get_args(kind)[0], (*path, index), collector)
    elif origin is dict and isinstance(value, dict):
        for key, item in value.items():
            collector.convert(key, get_args(kind)[0], (*path, str(key)))
            _shape(item, get_args(kind)[1], (*path, str(key)), collector)
    else:
        collector.convert(value, kind, path)


def _sense(model: PositionModel, collector: _Collector) -> None:
    _identity(model, collector)
    _weights(model, collector)
    for index, competency in enumerate(model.competencies):
        _competency(competency, ("competencies", index), collector)
    for index, question in enumerate(model.questions):
        _question(model, question, ("questions", index), collector)
    for index, view in enumerate(model.views):
        _view(model, view, ("views", index), collector)
    asked = {competency for question in model.questions for competency in question.measures}
    for index, competency in enumerate(model.competencies):
        if competency.id not in asked:
            collector.add(
                ("competencies", index, "id"), "competency_not_asked", f"no question asks about {competency.id}"
            )


def _identity(model: PositionModel, collector: _Collector) -> None:
    if not _IDENTIFIER.fullmatch(model.id):
        collector.add(("id",), "identifier", "an id is lower case letters, digits and _, at most 40")
    if not _VERSION.fullmatch(model.version):
        collector.add(("version",), "version", "a version is three numbers: 1.0.0")
    for path, repeated in _repeated(model):
        collector.add(path, "id_repeated", f"the id `{repeated}` is used twice")


def _repeated(model: PositionModel) -> Iterator[tuple[Path, str]]:
    groups: list[tuple[Path, list[str]]] = [
        (("competencies",), [competency.id for competency in model.competencies]),
        (("questions",), [question.id for question in model.questions]),
        (("views",), [view.id for view in model.views]),
    ]
    groups += [
        (("competencies", index, "indicators"), [indicator.id for indicator in competency.indicators])
        for index, competency in enumerate(model.competencies)
    ]
    for path, ids in groups:
        for repeated, count in Counter(ids).items():
            if count > 1:
                last = max(index for index, value in enumerate(ids) if value == repeated)
                yield (*path, last, "id"), repeated


def _weights(model: PositionModel, collector: _Collector) -> None:
    total = sum(competency.weight for competency in model.competencies)
    if abs(total - 100) > 1e-6:
        collector.add(("competencies",), "weights", f"the weights of the competencies add up to {total:g}, not 100")
    for index, competency in enumerate(model.competencies):
        if competency.weight <= 0:
            collector.add(("competencies", index, "weight"), "weights", "a weight is above 0")


def _competency(competency: Competency, path: Path, collector: _Collector) -> None:
    if sorted(competency.anchors) != [1, 2, 3, 4, 5]:
        collector.add((*path, "anchors"), "anchors", "BARS anchors are given for the levels 1, 2, 3, 4 and 5")
    if not any(indicator.sign == "positive" for indicator in competency.indicators):
        collector.add((*path, "indicators"), "indicators", f"{competency.id} has no positive indicator")
    for index, indicator in enumerate(competency.indicators):
        where = (*path, "indicators", index)
        if not indicator.phrases.zh or not indicator.phrases.en:
            collector.add((*where, "phrases"), "bilingual", f"{indicator.id} needs phrases in zh and en")
        _phrases(indicator.phrases, (*where, "phrases"), collector)
        if not 1 <= indicator.min_hits <= 5:
            collector.add((*where, "min_hits"), "indicators", "min_hits is 1 to 5")


def _phrases(phrases: Phrases, path: Path, collector: _Collector) -> None:
    """What would break a report, or the server that makes it, is refused here, where its author can repair it."""
    by_language: dict[Language, tuple[str, ...]] = {"zh": phrases.zh, "en": phrases.en}
    for language, patterns in by_language.items():
        for index, pattern in enumerate(patterns):
            where = (*path, language, index)
            if _REPEATED_GROUP.search(pattern):
                collector.add(where, "pattern", f"`{pattern}` repeats a group: one sentence could take years to search")
                continue
            try:
                compiled = compile_patterns((pattern,), language)
            except (re.error, OverflowError, RecursionError) as error:
                collector.add(where, "pattern", f"`{pattern}` is no pattern: {error}")
                continue
            if compiled.search(""):
                collector.add(where, "pattern", f"`{pattern}` finds nothing at all, and so is found everywhere")


def _question(model: PositionModel, question: Question, path: Path, collector: _Collector) -> None:
    if not question.measures:
        collector.add((*path, "id"), "question_without_indicator", f"{question.id} is tied to no competency")
    known = {competency.id: competency for competency in model.competencies}
    for name, measure in question.measures.items():
        where = (*path, "measures", name)
        if name not in known:
            collector.add(where, "unknown_competency", f"there is no competency `{name}`")
            continue
        if measure.weight <= 0:
            collector.add(where, "weights", "a weight is above 0")
        ids = {indicator.id for indicator in known[name].indicators}
        for missing in sorted(set(measure.indicators) - ids):
            collector.add(where, "unknown_indicator", f"{name} has no indicator `{missing}`")
    if question.measures and question.dimension not in {
        known[name].dimension for name in question.measures if name in known
    }:
        collector.add((*path, "dimension"), "dimension", f"{question.id} measures nothing of `{question.dimension}`")
    _phrases(question.topic, (*path, "topic"), collector)
    if reading_s(question) > READING_S_LIMIT:
        collector.add((*path, "text"), "question_too_long", f"takes longer than {READING_S_LIMIT} s to read")
    for name, low, high in (("reading_s", 0, 60), ("thinking_s", 0, 600), ("answer_s", 30, 900)):
        if not low <= getattr(question, name) <= high:
            collector.add((*path, name), "seconds", f"{name} is {low} to {high}")


def _view(model: PositionModel, view: View, path: Path, collector: _Collector) -> None:
    known = {competency.id for competency in model.competencies}
    for index, part in enumerate(view.parts):
        where = (*path, "parts", index, "weights")
        if not part.weights or any(weight <= 0 for weight in part.weights.values()):
            collector.add(where, "weights", f"{part.id} needs weights above 0")
        for missing in sorted(set(part.weights) - known):
            collector.add((*where, missing), "unknown_competency", f"there is no competency `{missing}`")


def reading_s(question: Question) -> float:
    """How long the slower of the two languages takes to read."""
    return max(len(question.text.zh) / ZH_CHARACTERS_PER_S, len(question.text.en.split()) / EN_WORDS_PER_S)
