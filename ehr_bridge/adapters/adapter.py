"""What an adapter's module offers, and how the bridge finds it: every module here with an ``ADAPTER`` is one.

An adapter is one file in this folder and one folder of golden files; docs/how-to/write-an-adapter.md writes one.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from ehr_bridge import adapters
from ehr_bridge.adapters.conversation import Conversation
from ehr_bridge.adapters.destination import Acknowledgement, ReadBack
from ehr_bridge.canonical import Label, ResultPayload, sha256
from ehr_bridge.canonical.payloads import RecordPayload
from ehr_bridge.outbox import Message


class Secret(str):
    """A setting that is never written down: the file of destinations names where it lies. Not shown by ``repr``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class Record:
    """One message as an adapter gets it: read, checked and mapped. ``now_ms`` is the time of this attempt."""

    message: Message
    content: ResultPayload | RecordPayload
    now_ms: int

    @property
    def payload(self) -> ResultPayload:
        """For adapters that take results and nothing else, which is what their ``kinds`` say."""
        assert isinstance(self.content, ResultPayload), self.message.kind
        return self.content

    @property
    def key(self) -> str:
        """The same for every attempt of this message, safe in any header, file name or subject line."""
        return "viva-" + sha256(f"{self.message.source}\n{self.message.id}".encode())[:24]


class Speaker(Protocol):
    """An adapter with its settings. ``paces``: requests a second that the other side documents, by name."""

    @property
    def paces(self) -> Mapping[str, float]: ...

    def deliver(self, record: Record) -> Conversation[Acknowledgement]: ...

    def read_back(self, record: Record) -> Conversation[ReadBack | None]:
        """What the other side holds of this message. Raises ``PermanentFailure("read_back_unsupported")`` if it
        cannot be asked."""
        ...

    def check(self, now_ms: int) -> Conversation[str]:
        """A harmless call that shows that address and credentials are right. Returns what was seen, in English."""
        ...


@dataclass(frozen=True, slots=True)
class Adapter:
    """``kinds``: the messages it can take. ``hosted``: the other system calls us; it gets only what it ordered.
    ``reads_back``: it can be asked what it holds, so comparing is worth a call."""

    title: Label
    settings: type[msgspec.Struct]
    speaker: Callable[[Any], Speaker]
    kinds: tuple[str, ...]
    hosted: bool = False
    reads_back: bool = True


@lru_cache(maxsize=1)
def known() -> dict[str, Adapter]:
    """Every adapter by the name of its module, in alphabetical order."""
    found = {}
    for module in sorted(pkgutil.iter_modules(adapters.__path__), key=lambda one: one.name):
        offered = getattr(importlib.import_module(f"{adapters.__name__}.{module.name}"), "ADAPTER", None)
        if isinstance(offered, Adapter):
            found[module.name] = offered
    return found
