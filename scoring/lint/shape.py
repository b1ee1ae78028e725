"""Walks value and type together, so that one file tells all its errors and not only the first."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args, get_origin

import msgspec

from scoring.bilingual import Bilingual
from scoring.lint.flaw import Flaws
from scoring.yaml_source import Path


def shape(value: Any, kind: Any, path: Path, flaws: Flaws) -> None:
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        _struct(value, kind, path, flaws)
    elif origin is tuple and isinstance(value, list):
        for index, item in enumerate(value):
            shape(item, get_args(kind)[0], (*path, index), flaws)
    elif origin is dict and isinstance(value, dict):
        for key, item in value.items():
            _convert(key, get_args(kind)[0], (*path, str(key)), flaws)
            shape(item, get_args(kind)[1], (*path, str(key)), flaws)
    else:
        _convert(value, kind, path, flaws)


def _struct(value: dict[Any, Any], kind: type[msgspec.Struct], path: Path, flaws: Flaws) -> None:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for name in sorted(set(map(str, value)) - set(fields)):
        flaws.add((*path, name), "shape", f"unknown field `{name}`{meant(name, fields)}")
    for name, field in fields.items():
        if name in value:
            shape(value[name], _without_none(field.type, value[name]), (*path, name), flaws)
        elif field.required and issubclass(kind, Bilingual):
            flaws.add(path, "language", f"the {name} text is missing")
        elif field.required:
            flaws.add(path, "shape", f"the field `{name}` is missing")


def meant(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about a name that is not there, if another is near it."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _without_none(kind: Any, value: Any) -> Any:
    """``X | None`` with a value there is an X, so that its parts can be looked at."""
    kinds = [one for one in get_args(kind) if one is not type(None)]
    return kinds[0] if type(None) in get_args(kind) and value is not None and len(kinds) == 1 else kind


def _convert(value: Any, kind: Any, path: Path, flaws: Flaws) -> None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        told = str(error).split(" - at `")[0]
        if kind is str and isinstance(value, bool | int | float):
            told += f"; YAML reads this as {str(value).lower()}, put it in quotes"
        flaws.add(path, "shape", told)
