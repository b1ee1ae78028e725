"""Where messages go besides the embedded EHR: what an operator writes down about each destination. Pure.

Secrets are named, never written: ``{env: NAME}`` or ``{file: PATH}`` stands where an adapter has a ``Secret``.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from ehr_bridge.adapters.adapter import Adapter, Secret, known

Where = tuple[str | int, ...]
NAME = "^[a-z][a-z0-9-]{0,39}$"
RESERVED = ("embedded",)
_AT = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")


class SettingsInvalid(Exception):
    """``where``: the way to the value below the destination's ``settings``."""

    def __init__(self, where: Where, problem: str) -> None:
        super().__init__(problem)
        self.where = where
        self.problem = problem


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One destination as it is written down. ``kinds`` None: all that the adapter can take. ``mapping``: the name of a
    mapping that makes the employer's codes of ours; empty: as it is."""

    name: Annotated[str, msgspec.Meta(pattern=NAME)]
    adapter: str
    enabled: bool = True
    kinds: Annotated[list[str], msgspec.Meta(min_length=1)] | None = None
    mapping: str = ""
    settings: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Configured:
    """An entry that was understood."""

    name: str
    adapter: Adapter
    enabled: bool
    kinds: tuple[str, ...]
    mapping: str
    settings: Any
    adapter_name: str = ""

    def takes(self, kind: str) -> bool:
        return self.enabled and kind in self.kinds


def short(kind: str) -> str:
    """``viva.interview_result.v1`` as people write it: ``interview_result``."""
    return kind.removeprefix("viva.").rpartition(".")[0] or kind


def read_settings(
    adapter: Adapter,
    written: object,
    environment: Mapping[str, str],
    read_file: Callable[[str], str] = lambda path: Path(path).read_text(),
) -> Any:
    """The adapter's own struct, secrets looked up. Raises ``SettingsInvalid``; no message quotes a secret."""
    return convert_with_secrets(written, adapter.settings, environment, read_file)


def convert_with_secrets(
    written: object,
    wanted: type,
    environment: Mapping[str, str],
    read_file: Callable[[str], str] = lambda path: Path(path).read_text(),
) -> Any:
    """``wanted``, with every ``Secret`` in it looked up. Raises ``SettingsInvalid``; no message quotes a secret."""

    def secret(kind: type, value: object) -> Any:
        if kind is not Secret:
            raise NotImplementedError
        match value:
            case {"env": str(name), **more} if not more:
                found = environment.get(name, "")
                if not found:
                    raise ValueError(f"the environment has no {name}")
            case {"file": str(path), **more} if not more:
                try:
                    found = read_file(path).strip()
                except (OSError, UnicodeDecodeError) as error:
                    raise ValueError(f"{path} cannot be read: {getattr(error, 'strerror', 'no text')}") from None
                if not found:
                    raise ValueError(f"{path} is empty")
            case _:
                raise ValueError("a secret is named, never written down: {env: NAME} or {file: PATH}")
        return Secret(found)

    try:
        return msgspec.convert(written, wanted, dec_hook=secret)
    except msgspec.ValidationError as error:
        raise SettingsInvalid(*_located(str(error))) from None


def convert(written: object, kind: type) -> Any:
    """As ``msgspec.convert``. Raises ``SettingsInvalid`` with the way to the value."""
    try:
        return msgspec.convert(written, kind)
    except msgspec.ValidationError as error:
        raise SettingsInvalid(*_located(str(error))) from None


def _located(text: str) -> tuple[Where, str]:
    """msgspec's "… - at `$.a[0]`" taken apart."""
    found = _AT.search(text)
    steps: list[str | int] = []
    if found is not None:
        steps = [int(index) if index else name for name, index in _STEP.findall(found[1])]
        text = text[: found.start()]
    unknown = re.search(r"unknown field `([^`]+)`", text)
    if unknown:
        steps.append(unknown[1])
    return tuple(steps), text


def understand(entry: Entry, environment: Mapping[str, str], mappings: Collection[str] = ()) -> Configured:
    """``mappings``: the names there are. Raises ``SettingsInvalid``; its way begins at the entry."""
    adapters = known()
    adapter = adapters.get(entry.adapter)
    if adapter is None:
        raise SettingsInvalid(("adapter",), f"there is no adapter {entry.adapter!r}; there are {', '.join(adapters)}")
    if entry.name in RESERVED:
        raise SettingsInvalid(("name",), f"{entry.name} is the name of the EHR inside, which is always there")
    if entry.mapping and entry.mapping not in mappings:
        raise SettingsInvalid(("mapping",), f"there is no mapping {entry.mapping!r}")
    by_short = {short(kind): kind for kind in adapter.kinds}
    for index, kind in enumerate(entry.kinds or ()):
        if kind not in by_short:
            takes = ", ".join(by_short)
            raise SettingsInvalid(("kinds", index), f"{entry.adapter} takes no {kind!r}; it takes {takes}")
    kinds = tuple(by_short[kind] for kind in entry.kinds) if entry.kinds else adapter.kinds
    try:
        settings = read_settings(adapter, entry.settings, environment)
    except SettingsInvalid as invalid:
        raise SettingsInvalid(("settings", *invalid.where), invalid.problem) from None
    return Configured(entry.name, adapter, entry.enabled, kinds, entry.mapping, settings, entry.adapter)


def takers(destinations: Sequence[Configured], kind: str) -> tuple[str, ...]:
    """Who gets every message of this kind: not those who get only what they ordered."""
    return tuple(one.name for one in destinations if one.takes(kind) and not one.adapter.hosted)
