"""A record through a mapping. Pure: the same record and the same mapping give the same result, with its reasons."""

import copy
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Any

from ehr_bridge.mapping.model import FieldMap, Mapping
from ehr_bridge.mapping.rules import RULES, ValueRefused, is_empty

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A value that came to be at ``to``. ``rules``: those that changed it; none for a value that only moved."""

    source: str
    to: str
    before: Any
    after: Any
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flaw:
    """A value that a rule refused. ``refuses``: the whole record with it."""

    source: str
    to: str
    rule: str
    code: str
    problem: str
    refuses: bool


@dataclass(frozen=True, slots=True)
class Mapped:
    """``value`` None: refused. ``unused``: fields of the source that no rule looked at, if it began empty."""

    value: Document | None
    changes: tuple[Change, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    unused: tuple[str, ...] = ()


class KindUnknown(Exception):
    """The mapping says nothing about this kind of record."""

    code = "mapping_kind_unknown"
    retry = False
    fault = "client"


@dataclass(slots=True)
class _Work:
    source: MappingOf[str, Any]
    target: Document
    changes: list[Change] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)


def apply(mapping: Mapping, kind: str, source: MappingOf[str, Any]) -> Mapped:
    """Raises ``KindUnknown``. What a rule refuses is a flaw in the result, never an exception."""
    found = mapping.records.get(kind)
    if found is None:
        raise KindUnknown(f"the mapping {mapping.name} says nothing about {kind}")
    work = _Work(source, copy.deepcopy(dict(source)) if found.start == "copy" else {})
    for each in found.fields:
        _field(mapping, each, work)
    refused = any(flaw.refuses for flaw in work.flaws)
    used = {each.source for each in found.fields}
    unused = () if found.start == "copy" else tuple(sorted(name for name in source if name not in used))
    return Mapped(None if refused else work.target, tuple(work.changes), tuple(work.flaws), unused)


def _field(mapping: Mapping, each: FieldMap, work: _Work) -> None:
    before = value = read(work.source, each.source or each.to)
    changed: list[str] = []
    for step in each.steps:
        rule = RULES[step.rule]
        if is_empty(value) and not rule.on_empty:
            continue
        try:
            after = rule.apply(value, step.argument, mapping)
        except ValueRefused as refused:
            work.flaws.append(_flaw(each, step.rule, refused))
            if each.on_flaw != "keep":
                remove(work.target, each.to)
                return
            continue
        if after != value or type(after) is not type(value):
            changed.append(step.rule)
        value = after
    if is_empty(value):
        remove(work.target, each.to)
    else:
        try:
            write(work.target, each.to, value)
        except ValueRefused as refused:
            work.flaws.append(_flaw(each, "to", refused))
            return
    moved = each.source not in ("", each.to)
    if changed or (moved and not is_empty(value)):
        work.changes.append(Change(each.source or each.to, each.to, before, value, tuple(changed)))


def _flaw(each: FieldMap, rule: str, refused: ValueRefused) -> Flaw:
    return Flaw(each.source or each.to, each.to, rule, refused.code, str(refused), each.on_flaw == "refuse")


def read(document: MappingOf[str, Any], path: str) -> Any:
    """None: nothing there. A column whose own name has dots in it is found by its name."""
    if path in document:
        return document[path]
    value: Any = document
    for name in path.split("."):
        if isinstance(value, MappingOf):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def write(document: Document, path: str, value: Any) -> None:
    """Makes what is missing on the way. Raises ``ValueRefused`` where something else stands in the way."""
    *parents, last = path.split(".")
    inside: Any = document
    try:
        for name in parents:
            inside = inside[int(name)] if isinstance(inside, list) else inside.setdefault(name, {})
        inside[int(last) if isinstance(inside, list) else last] = value
    except (AttributeError, TypeError, ValueError, IndexError):
        raise ValueRefused("no_such_place", f"there is no place {path} in this record") from None


def remove(document: Document, path: str) -> None:
    *parents, last = path.split(".")
    inside: Any = read(document, ".".join(parents)) if parents else document
    if isinstance(inside, dict):
        inside.pop(last, None)
