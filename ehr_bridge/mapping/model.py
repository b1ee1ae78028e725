"""What a mapping consists of, checked and ready to be applied."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Literal

from ehr_bridge.mapping.ids import IdFormat

OnFlaw = Literal["refuse", "drop", "keep"]
Start = Literal["empty", "copy"]


@dataclass(frozen=True, slots=True)
class CodeTable:
    """``unknown``: what happens to a code that is not in it. ``other``: the value for ``unknown: other``."""

    name: str
    entries: MappingOf[str, str]
    unknown: Literal["refuse", "keep", "other"] = "refuse"
    other: str = ""

    @property
    def two_way(self) -> bool:
        return len(set(self.entries.values())) == len(self.entries)

    def reversed(self) -> "CodeTable":
        return CodeTable(self.name, {value: key for key, value in self.entries.items()}, self.unknown, self.other)


@dataclass(frozen=True, slots=True)
class Step:
    """One rule with what it was given: a number, a text, names of a table."""

    rule: str
    argument: object = None


@dataclass(frozen=True, slots=True)
class FieldMap:
    """``source`` "": the value that is at ``to`` already, in a record that starts as a copy. ``on_flaw``: whether a
    value that a rule refuses refuses the record, is left out, or stays as it was."""

    to: str
    source: str
    steps: tuple[Step, ...] = ()
    on_flaw: OnFlaw = "refuse"
    line: int = 0


@dataclass(frozen=True, slots=True)
class RecordMap:
    """``start``: a new record, or the old one with some values changed."""

    kind: str
    fields: tuple[FieldMap, ...]
    start: Start = "empty"


@dataclass(frozen=True, slots=True)
class Mapping:
    """``digest``: of the file it was read from."""

    name: str
    title: MappingOf[str, str]
    records: MappingOf[str, RecordMap]
    codes: MappingOf[str, CodeTable] = field(default_factory=dict)
    ids: MappingOf[str, IdFormat] = field(default_factory=dict)
    digest: str = ""
