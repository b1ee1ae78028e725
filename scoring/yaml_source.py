"""YAML with the line of every value, so that an author can be told where a mistake is.

Parsed once, by libyaml. What YAML lets pass and no author means (a key that is there twice) is an error here.
"""

from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str | int, ...]
Lines = dict[Path, int]

MAX_VALUES = 20_000
"""Of one document, aliases counted as often as they are used: ten lines of them can stand for a billion values."""


@dataclass(frozen=True, slots=True)
class Source:
    """``lines``: where each value begins, ``("questions", 0, "id") -> 12``, from 1. ``repeated``: keys given twice."""

    data: Any
    lines: Lines
    repeated: tuple[Path, ...]

    def line(self, path: Path) -> int:
        """The line of the value, or of the nearest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class YamlBroken(Exception):
    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


def read(text: str) -> Source:
    """Raises ``YamlBroken`` for what is no YAML, more than one document, or too much of it."""
    try:
        loader = yaml.CSafeLoader(text)
        try:
            root = loader.get_single_node()
            lines, repeated = _walk(root)
            data = loader.construct_document(root) if root is not None else None
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise YamlBroken(_line(error, text), getattr(error, "problem", None) or _words(error)) from None
    return Source(data, lines, repeated)


def _words(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]


def _line(error: Exception, text: str) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    position = getattr(error, "position", None)  # a character that YAML does not allow
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


def _walk(root: yaml.Node | None) -> tuple[Lines, tuple[Path, ...]]:
    lines: Lines = {}
    repeated: list[Path] = []

    def walk(node: yaml.Node, path: Path) -> None:
        if len(lines) >= MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES} values")
        lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                lines[(*path, name)] = key.start_mark.line + 1
                if name in seen and name != "<<":
                    repeated.append((*path, name))
                seen.add(name)
                walk(value, (*path, name))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                walk(value, (*path, index))

    if root is not None:
        walk(root, ())
    return lines, tuple(repeated)
