"""The file of destinations (``VIVA_DESTINATIONS``): read once, every mistake told with file, line, rule and remedy."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from ehr_bridge.destinations import Configured, Entry, SettingsInvalid, convert, understand
from scoring.lint.flaw import Flaw
from scoring.yaml_source import Source, YamlBroken, read

REMEDIES = {
    "yaml": "Repair the YAML at this line; quote texts that contain a colon, a hash or a bracket",
    "key_repeated": "Keep one of the two: YAML would silently take the last",
    "shape": "docs/reference/adapters.md lists every field and its type",
    "adapter": "`viva ehr adapters` lists what there is",
    "name": "Give each destination its own name: lower case letters, digits and -, a letter first",
    "kinds": "Leave kinds out to send everything that the adapter takes",
    "mapping": "Leave mapping out to send records as they are, or name one that this installation has",
    "settings": "docs/reference/adapters.md lists this adapter's settings",
}


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    destinations: Annotated[list[Any], msgspec.Meta(max_length=50)]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """``flaws``: what is wrong, in the order of lines; with one, nothing of the file is used."""

    destinations: tuple[Configured, ...]
    flaws: tuple[Flaw, ...]


def read_file(path: Path, environment: Mapping[str, str], mappings: Collection[str] = ()) -> ReadFile:
    """``mappings``: the names there are. Raises ``OSError`` where there is no such file."""
    try:
        return read_text(path.read_bytes().decode(), str(path), environment, mappings)
    except UnicodeDecodeError:
        return ReadFile((), (Flaw(str(path), 1, "yaml", "error", "the file is not UTF-8", REMEDIES["yaml"]),))


def read_text(text: str, file: str, environment: Mapping[str, str], mappings: Collection[str] = ()) -> ReadFile:
    try:
        source = read(text)
    except YamlBroken as error:
        return ReadFile((), (Flaw(file, error.line, "yaml", "error", error.problem, REMEDIES["yaml"]),))
    reader = _Reader(file, source, environment, mappings)
    found = reader.destinations()
    flaws = tuple(sorted(reader.flaws, key=lambda flaw: (flaw.line, flaw.rule)))
    return ReadFile(() if flaws else tuple(found), flaws)


class _Reader:
    def __init__(self, file: str, source: Source, environment: Mapping[str, str], mappings: Collection[str]) -> None:
        self._file = file
        self._source = source
        self._environment = environment
        self._mappings = mappings
        self.flaws: list[Flaw] = []

    def destinations(self) -> list[Configured]:
        for repeated in self._source.repeated:
            self._add(repeated, "key_repeated", f"{repeated[-1]} is given twice")
        try:
            whole = convert(self._source.data, File)
        except SettingsInvalid as error:
            self._add(error.where, "shape", error.problem)
            return []
        found: list[Configured] = []
        for index, written in enumerate(whole.destinations):
            one = self._one(("destinations", index), written)
            if one is not None and one.name in [other.name for other in found]:
                self._add(("destinations", index, "name"), "name", f"{one.name} is taken")
            elif one is not None:
                found.append(one)
        return found

    def _one(self, at: tuple[str | int, ...], written: object) -> Configured | None:
        try:
            entry: Entry = convert(written, Entry)
        except SettingsInvalid as error:
            self._add((*at, *error.where), "name" if error.where == ("name",) else "shape", error.problem)
            return None
        try:
            return understand(entry, self._environment, self._mappings)
        except SettingsInvalid as error:
            self._add((*at, *error.where), str(error.where[0]), error.problem)
            return None

    def _add(self, at: tuple[str | int, ...], rule: str, problem: str) -> None:
        way = ".".join(str(step) for step in at[2:] if not isinstance(step, int))
        message = f"{way}: {problem}" if way else problem
        self.flaws.append(Flaw(self._file, self._source.line(at), rule, "error", message, REMEDIES[rule]))
