"""Mapping files: YAML read with the line of every value, judged as a whole, each flaw with its line, rule and remedy.

```yaml
mapping: old_hr
title: {zh: 旧人事系统, en: The old HR system}
ids:
  employee: {pattern: '[A-Z]{2}\\d{6}', width: 10, check_digit: true}
codes:
  grade: {unknown: refuse, entries: {优: excellent, 良: good, 中: average, 差: poor}}
records:
  performance:
    fields:
      - {to: person.external_id, from: 工号, rules: [trim, {id_letters: employee}, required]}
      - {to: record.grade, from: 等级, rules: [trim, {code: grade}]}
```
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ehr_bridge.mapping.ids import FormatInvalid, IdFormat, parse
from ehr_bridge.mapping.model import CodeTable, FieldMap, Mapping, RecordMap, Step
from ehr_bridge.mapping.rules import RULES, argument_flaw
from scoring.yaml_source import Path as At
from scoring.yaml_source import Source, YamlBroken, read

LARGEST_BYTES = 1024 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PATH = re.compile(r"[A-Za-z0-9_一-鿿]+(\.[A-Za-z0-9_]+)*")


@dataclass(frozen=True, slots=True)
class FileFlaw:
    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


class MappingInvalid(Exception):
    code = "mapping_invalid"
    retry = False
    fault = "client"

    def __init__(self, flaws: Iterable[FileFlaw]) -> None:
        self.flaws = tuple(sorted(flaws, key=lambda flaw: (flaw.line, flaw.rule)))
        super().__init__("\n".join(map(str, self.flaws)))


def load(path: Path) -> Mapping:
    """Raises ``MappingInvalid``, ``OSError``."""
    if path.stat().st_size > LARGEST_BYTES:
        raise MappingInvalid([FileFlaw(path.name, 1, "size", f"larger than {LARGEST_BYTES} bytes")])
    return parse_mapping(path.read_bytes(), path.name)


def load_all(folders: Iterable[Path]) -> dict[str, Mapping]:
    """Every ``*.yaml`` in the folders, by name; a later folder's mapping replaces an earlier one's. Raises
    ``MappingInvalid`` with the flaws of all files."""
    found: dict[str, Mapping] = {}
    flaws: list[FileFlaw] = []
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            try:
                mapping = load(path)
            except MappingInvalid as error:
                flaws += error.flaws
            else:
                found[mapping.name] = mapping
    if flaws:
        raise MappingInvalid(flaws)
    return found


def parse_mapping(content: bytes, file: str) -> Mapping:
    """Raises ``MappingInvalid``."""
    try:
        source = read(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise MappingInvalid([FileFlaw(file, 1, "encoding", "the file is not UTF-8")]) from None
    except YamlBroken as error:
        raise MappingInvalid([FileFlaw(file, error.line, "yaml", error.problem)]) from None
    judge = _Judge(file, source)
    mapping = judge.mapping(hashlib.sha256(content).hexdigest())
    if judge.flaws:
        raise MappingInvalid(judge.flaws)
    return mapping


class _Judge:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, file: str, source: Source) -> None:
        self.file, self.source = file, source
        self.flaws: list[FileFlaw] = []
        self.broken: set[str] = set()  # tables and formats whose own flaw is told already
        for path in source.repeated:
            self.add(path, "repeated", f"{path[-1]} is there twice")

    def add(self, at: At, rule: str, message: str) -> None:
        self.flaws.append(FileFlaw(self.file, self.source.line(at), rule, message))

    def mapping(self, digest: str) -> Mapping:
        data = self.known(self.source.data, (), ("mapping", "title", "ids", "codes", "records"))
        name = data.get("mapping")
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            self.add(("mapping",), "name", "mapping: a name of lower-case letters, digits and _ was expected")
        title = self.known(data.get("title"), ("title",), ("zh", "en"))
        if not all(isinstance(title.get(language), str) and title[language].strip() for language in ("zh", "en")):
            self.add(("title",), "title", "a title in zh and en was expected")
        self.broken = {key for name in ("ids", "codes") for key, _ in self.named(data.get(name), (name,))}
        ids = {key: form for key, each in self.named(data.get("ids"), ("ids",)) if (form := self.id_format(key, each))}
        codes = {
            key: table for key, each in self.named(data.get("codes"), ("codes",)) if (table := self.codes(key, each))
        }
        self.broken -= ids.keys() | codes.keys()
        partial = Mapping(str(name), title, {}, codes, ids, digest)
        records = {key: self.record(partial, key, each) for key, each in self.named(data.get("records"), ("records",))}
        if not records:
            self.add(("records",), "records", "a mapping says something about at least one kind of record")
        return Mapping(str(name), title, records, codes, ids, digest)

    def known(self, value: Any, at: At, names: tuple[str, ...]) -> dict[str, Any]:
        """A mapping with no other keys than these; {} in place of anything else."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.add(at, "shape", f"{_word(at)}: keys with values were expected")
            return {}
        for key in value:
            if key not in names:
                self.add((*at, str(key)), "unknown", f"{key} is not known here; known are {', '.join(names)}")
        return value

    def named(self, value: Any, at: At) -> list[tuple[str, Any]]:
        if value is None:
            return []
        if not isinstance(value, dict):
            self.add(at, "shape", f"{_word(at)}: names with values were expected")
            return []
        return [(str(key), each) for key, each in value.items()]

    def id_format(self, name: str, value: Any) -> IdFormat | None:
        at = ("ids", name)
        data = self.known(value, at, ("pattern", "width", "check_digit"))
        pattern, width, check = data.get("pattern"), data.get("width"), data.get("check_digit", False)
        if not isinstance(pattern, str) or not (width is None or isinstance(width, int)) or not isinstance(check, bool):
            self.add(
                at, "id_format", "pattern (a text), width (a number) and check_digit (true or false) were expected"
            )
            return None
        try:
            return parse(pattern, width, check_digit=check)
        except FormatInvalid as error:
            self.add((*at, "pattern"), "id_format", str(error))
            return None

    def codes(self, name: str, value: Any) -> CodeTable | None:
        at = ("codes", name)
        data = self.known(value, at, ("unknown", "other", "entries"))
        entries, unknown = data.get("entries"), data.get("unknown", "refuse")
        if not isinstance(entries, dict) or not entries:
            self.add((*at, "entries"), "codes", "a code table has entries")
            return None
        if unknown not in ("refuse", "keep", "other"):
            self.add((*at, "unknown"), "codes", "unknown is refuse, keep or other")
            return None
        if (unknown == "other") != ("other" in data):
            self.add(at, "codes", "unknown: other and the value of other belong together")
        return CodeTable(name, {str(k): str(v) for k, v in entries.items()}, unknown, str(data.get("other", "")))

    def record(self, mapping: Mapping, kind: str, value: Any) -> RecordMap:
        at: At = ("records", kind)
        data = self.known(value, at, ("start", "fields"))
        start = data.get("start", "empty")
        if start not in ("empty", "copy"):
            self.add((*at, "start"), "start", "start is empty (a new record) or copy (the old one, changed)")
            start = "empty"
        fields = data.get("fields")
        if not isinstance(fields, list) or not fields:
            self.add((*at, "fields"), "fields", "a list of fields was expected")
            fields = []
        found = [self.field(mapping, (*at, "fields", index), each, start) for index, each in enumerate(fields)]
        taken: set[str] = set()
        for index, each in enumerate(found):
            if each is not None and each.to in taken:
                self.add((*at, "fields", index), "twice", f"{each.to} is filled twice")
            taken |= {each.to} if each else set()
        return RecordMap(kind, tuple(each for each in found if each), start)

    def field(self, mapping: Mapping, at: At, value: Any, start: str) -> FieldMap | None:
        data = self.known(value, at, ("to", "from", "rules", "on_flaw"))
        to, source, on_flaw = data.get("to"), data.get("from", ""), data.get("on_flaw", "refuse")
        if not isinstance(to, str) or not _PATH.fullmatch(to):
            self.add(at, "to", "to: a path like person.name was expected")
            return None
        if not isinstance(source, str | int):
            self.add((*at, "from"), "from", "from: the name of a field or column was expected")
            return None
        if on_flaw not in ("refuse", "drop", "keep"):
            self.add((*at, "on_flaw"), "on_flaw", "on_flaw is refuse, drop or keep")
        steps = self.steps(mapping, at, data.get("rules"))
        if start == "empty" and source == "" and not any(step.rule == "always" for step in steps):
            self.add(at, "from", f"{to} comes from nowhere: a new record needs from, or the rule always")
        return FieldMap(to, str(source), steps, on_flaw, self.source.line(at))

    def steps(self, mapping: Mapping, at: At, value: Any) -> tuple[Step, ...]:
        rules = [value] if isinstance(value, str | dict) else value or []
        if not isinstance(rules, list):
            self.add((*at, "rules"), "rules", "rules: a list was expected")
            return ()
        found = []
        for index, each in enumerate(rules):
            step = self.step(mapping, (*at, "rules", index), each)
            if step is not None:
                found.append(step)
        return tuple(found)

    def step(self, mapping: Mapping, at: At, each: Any) -> Step | None:
        if isinstance(each, dict) and len(each) == 1:
            ((name, argument),) = each.items()
        else:
            name, argument = each, None
        if not isinstance(name, str) or name not in RULES:
            self.add(at, "rule", f"{name!r} is no rule; there are {', '.join(RULES)}")
            return None
        flaw = argument_flaw(name, argument, mapping)
        if flaw is not None and isinstance(argument, str) and argument in self.broken:
            return None
        if flaw is not None:
            self.add(at, "argument", f"{name} {flaw}")
            return None
        return Step(name, argument)


def _word(at: At) -> str:
    return ".".join(map(str, at)) or "the file"
