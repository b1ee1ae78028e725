"""Position models: what a job needs, how it is asked for, and what a good answer looks like.

A model is a YAML file (``docs/reference/positions.md``) and data alone: a new position needs no code.
``load`` refuses a file with *all* its errors at once, each with file, line and rule.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from scoring.position_model import PositionModel
from scoring.position_rules import PositionError, check

__all__ = ["PositionError", "PositionInvalid", "PositionModel", "builtin", "load", "parse"]

BUILTIN = Path(__file__).parent / "positions"
MAX_VALUES = 20_000
"""Of one document, aliases counted as often as they are used: ten lines of them can stand for a billion values."""


class PositionInvalid(Exception):
    """A position file cannot be used; the author's to repair."""

    code = "position_invalid"
    retry = False
    fault = "client"

    def __init__(self, errors: tuple[PositionError, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def load(path: Path | str) -> PositionModel:
    """The model in a file; PositionInvalid with every error, or OSError."""
    path = Path(path)
    return parse(path.read_text(encoding="utf-8"), file=path.name)


def parse(text: str, *, file: str = "position.yaml") -> PositionModel:
    """The model in a text, for a position that came over the wire. PositionInvalid names ``file``."""
    try:
        data = yaml.safe_load(text)
        lines = line_numbers(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark is not None else 1
        raise PositionInvalid((PositionError(file, line, "yaml", str(problem)),)) from None
    model, errors = check(data, lines, file)
    if model is None or errors:
        raise PositionInvalid(tuple(errors))
    return model


@lru_cache(maxsize=1)
def builtin() -> Mapping[str, PositionModel]:
    """The positions that come with Viva, by id. Read once."""
    models = (load(path) for path in sorted(BUILTIN.glob("*.yaml")))
    return {model.id: model for model in models}


def line_numbers(text: str) -> dict[tuple[str | int, ...], int]:
    """Where each value of a YAML document begins: ``("questions", 0, "id") -> 12``. ValueError: too many of them."""
    lines: dict[tuple[str | int, ...], int] = {}

    def walk(node: yaml.Node, path: tuple[str | int, ...]) -> None:
        if len(lines) >= MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES} values")
        lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = yaml.safe_load(yaml.serialize(key)) if not isinstance(key, yaml.ScalarNode) else key.value
                lines[(*path, str(name))] = key.start_mark.line + 1
                walk(value, (*path, str(name)))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                walk(value, (*path, index))

    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is not None:
        walk(root, ())
    return lines
