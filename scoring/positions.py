"""Position models: what a job needs, how it is asked for, and what a good answer looks like.

A model is a YAML file (``docs/reference/positions.md``) and data alone: a new position needs no code. A file may pick
competencies from the library; ``examine`` resolves it into a whole ``PositionModel`` and tells all that is wrong, each
with file, line, rule and remedy. What is *stored* is the resolved form: it passed every rule when it was stored and is
read without them, so that a rule made later takes no report away.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import yaml

from scoring.competencies import examine_competency, library, weighted
from scoring.lint.flaw import Flaw, Flaws, flaw_at
from scoring.lint.position import check_position
from scoring.lint.reading_time import shown_s
from scoring.lint.shape import meant, shape
from scoring.position_model import Competency, Pick, PositionFile, PositionModel, Question
from scoring.standard_views import standard_views
from scoring.yaml_source import YamlBroken, read

__all__ = [
    "BUILTIN",
    "Examined",
    "PositionInvalid",
    "PositionModel",
    "builtin",
    "digest",
    "examine",
    "examine_file",
    "load",
    "parse",
    "self_contained",
    "stored",
]

BUILTIN = Path(__file__).parent / "positions"

_ORDER = (
    "format", "id", "version", "title", "summary", "features",
    "glossary", "competencies", "views", "pass_hints", "practice", "questions",
)  # fmt: skip


class PositionInvalid(Exception):
    """A position file cannot be used; the author's to repair. ``errors``: without the warnings."""

    code = "position_invalid"
    retry = False
    fault = "client"

    def __init__(self, errors: tuple[Flaw, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Examined:
    """``model``: None if the file has not even the shape of one. ``picks``: whether it needs the library."""

    model: PositionModel | None
    flaws: tuple[Flaw, ...]
    picks: bool = False

    @property
    def errors(self) -> tuple[Flaw, ...]:
        return tuple(flaw for flaw in self.flaws if flaw.severity == "error")


def load(path: Path | str) -> PositionModel:
    """The model in a file; PositionInvalid with every error, or OSError."""
    path = Path(path)
    return parse(path.read_text(encoding="utf-8"), file=path.name)


def parse(text: str, *, file: str = "position.yaml") -> PositionModel:
    """The model in a text, for a position that came over the wire. PositionInvalid names ``file``."""
    examined = examine(text, file=file)
    if examined.model is None or examined.errors:
        raise PositionInvalid(examined.errors)
    return examined.model


def stored(text: str) -> PositionModel:
    """The model in a text that passed the rules when it was stored. PositionInvalid if it has not the shape of one."""
    examined = _read(text, "stored.yaml", rules=False)
    if examined.model is None:
        raise PositionInvalid(examined.errors)
    return examined.model


def examine(text: str, *, file: str = "position.yaml") -> Examined:
    """The model, if there is one, and everything that is wrong, by line."""
    return _read(text, file, rules=True)


def examine_file(path: Path, *, file: str | None = None) -> Examined:
    """A position file or one of the library, whichever it is. OSError, UnicodeDecodeError."""
    text = path.read_text(encoding="utf-8")
    if _is_competency(text):
        return Examined(None, examine_competency(text, file or path.name)[1])
    return examine(text, file=file or path.name)


def _is_competency(text: str) -> bool:
    try:
        data = read(text).data
    except YamlBroken:
        return False
    return isinstance(data, dict) and "indicators" in data and "questions" not in data


@lru_cache(maxsize=1)
def builtin() -> Mapping[str, PositionModel]:
    """The positions that come with Viva, by id. Read once; a test holds them to the rules."""
    models = (stored(path.read_text(encoding="utf-8")) for path in sorted(BUILTIN.glob("*.yaml")))
    return MappingProxyType({model.id: model for model in models})


def digest(model: PositionModel) -> str:
    """SHA-256 over the canonical JSON of the resolved model: two files that mean the same have the same."""
    canonical = msgspec.json.encode(msgspec.to_builtins(model, str_keys=True), order="deterministic")
    return "sha256:" + hashlib.sha256(canonical).hexdigest()


def self_contained(model: PositionModel) -> str:
    """The resolved model as YAML that needs no library; ``stored`` reads it back."""
    written = _whole_numbers(msgspec.to_builtins(model))
    data = {name: written[name] for name in _ORDER if name in written}
    return yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=110)


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


# --------------------------------------------------------------------------- reading
def _read(text: str, file: str, *, rules: bool) -> Examined:
    try:
        source = read(text)
    except YamlBroken as broken:
        return Examined(None, (flaw_at(file, broken.line, "yaml", broken.problem),))
    flaws = Flaws(file, source)
    for path in source.repeated:
        flaws.add(path, "key_repeated", f"`{path[-1]}` is given twice")
    picked = _shape(source.data, flaws)
    if flaws.errors:
        return Examined(None, flaws.in_order(), bool(picked))
    model = _resolved(msgspec.convert(source.data, PositionFile))
    if rules:
        check_position(model, picked, flaws, library())
    return Examined(model, flaws.in_order(), bool(picked))


def _shape(data: Any, flaws: Flaws) -> frozenset[int]:
    """Checks the shape; the indices of the competencies that are picked from the library."""
    shape(data, PositionFile, (), flaws)
    entries = data.get("competencies") if isinstance(data, dict) else None
    picked: set[int] = set()
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        where = ("competencies", index)
        if not isinstance(entry, dict) or "use" not in entry:
            shape(entry, Competency, where, flaws)
            continue
        picked.add(index)
        before = len(flaws.found)
        shape(entry, Pick, where, flaws)
        if len(flaws.found) == before:
            _find(msgspec.convert(entry, Pick), (*where, "use"), flaws)
    return frozenset(picked)


def _find(pick: Pick, path: tuple[str | int, ...], flaws: Flaws) -> None:
    found = library().get(pick.use)
    if found is None:
        flaws.add(path, "unknown_competency", f"the library has no competency `{pick.use}`{meant(pick.use, library())}")
    elif pick.version and pick.version != found.version:
        told = f"the library has {pick.use} {found.version}, not {pick.version}"
        flaws.add(path, "competency_version", told)


def _resolved(written: PositionFile) -> PositionModel:
    competencies = tuple(_competency(entry) for entry in written.competencies)
    fields = {name: getattr(written, name) for name in PositionFile.__struct_fields__}
    fields |= {
        "competencies": competencies,
        "questions": tuple(_timed(question) for question in written.questions),
        "practice": _timed(written.practice) if written.practice else None,
        "views": written.views or standard_views(competencies),
    }
    return PositionModel(**fields)


def _competency(entry: Any) -> Competency:
    if "use" in entry:
        pick = msgspec.convert(entry, Pick)
        return weighted(library()[pick.use], pick.weight)
    return msgspec.convert(entry, Competency)


def _timed(question: Question) -> Question:
    if question.reading_s:
        return question
    return msgspec.structs.replace(question, reading_s=shown_s(question.text))
