"""The destinations of this installation: the EHR inside, and those of the operator's file, built and asked."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.adapters.destination import DeliveryFailed, Destination
from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.adapters.performing import Performer
from ehr_bridge.adapters.remote import RemoteDestination
from ehr_bridge.destinations import Configured, takers
from ehr_bridge.egress import Egress
from ehr_bridge.mapping.outgoing import KIND, Content, outgoing
from server.clock import wall_ms
from server.destination_file import read_file
from server.hosting import HouseOf, Welcome, nobody_is_told
from server.mappings import mappings_of
from server.settings import SettingInvalid, Settings
from server.store import orders

Outgoing = Callable[[Content], Content]
"""What makes this employer's codes and formats of ours."""


@dataclass(frozen=True, slots=True)
class Destinations:
    """``remotes``: one for each that is enabled, by name. What was promised to one that is switched off later waits
    for it as for one that is ill."""

    configured: tuple[Configured, ...]
    embedded: EmbeddedEhr
    remotes: Mapping[str, RemoteDestination]

    @property
    def all(self) -> Sequence[Destination]:
        return [self.embedded, *self.remotes.values()]

    @property
    def readable(self) -> Sequence[Destination]:
        """Those that can be asked what they hold."""
        mute = {one.name for one in self.configured if not one.adapter.reads_back}
        return [one for one in self.all if one.name not in mute]

    @property
    def hosted(self) -> Mapping[str, RemoteDestination]:
        """Those that call us, by name."""
        return {one.name: self.remotes[one.name] for one in self.configured if one.enabled and one.adapter.hosted}

    def names_for(self, kind: str) -> tuple[str, ...]:
        """To whom every message of this kind is promised. Whoever gets only what it ordered is not among them."""
        return (self.embedded.name, *takers(self.configured, kind))

    async def orderer(self, store: AsyncConnection, interview_id: str) -> tuple[str, ...]:
        """The one of those that call us that ordered this interview, or none."""
        name = await orders.orderer_of(store, interview_id)
        return (name,) if name is not None and name in self.hosted else ()


@dataclass(frozen=True, slots=True)
class Checked:
    """``code`` empty: it answered. ``said``: what was seen, or why not; English, without personal data."""

    name: str
    code: str
    said: str


def configured(settings: Settings, environment: Mapping[str, str] = os.environ) -> tuple[Configured, ...]:
    """Raises ``SettingInvalid`` with every flaw of the file."""
    if not settings.destinations:
        return ()
    try:
        found = read_file(Path(settings.destinations), environment, outgoing_mappings(settings))
    except OSError as error:
        raise SettingInvalid("VIVA_DESTINATIONS", f"{settings.destinations}: {error.strerror}") from None
    if found.flaws:
        raise SettingInvalid("VIVA_DESTINATIONS", "\n".join(["the file has flaws", *map(str, found.flaws)]))
    return found.destinations


def outgoing_mappings(settings: Settings) -> dict[str, Outgoing]:
    """By the name that a destination's ``mapping`` gives: those that say something about interview results. Raises
    ``SettingInvalid``."""
    known = mappings_of(settings)
    return {name: outgoing(mapping) for name, mapping in known.items() if KIND in mapping.records}


def build(
    settings: Settings,
    engine: AsyncEngine,
    egress: Egress,
    announce: Callable[[str], None] = lambda _interview_id: None,
    welcome: Welcome = nobody_is_told,
) -> Destinations:
    """``announce`` and ``welcome``: as in ``HouseOf``. Raises ``SettingInvalid``."""
    found, mappings = configured(settings), outgoing_mappings(settings)
    remotes = {
        one.name: remote(one, Performer(egress, HouseOf(one.name, engine, settings, announce, welcome)), mappings)
        for one in found
        if one.enabled
    }
    return Destinations(found, EmbeddedEhr(engine, wall_ms), remotes)


def remote(one: Configured, performer: Performer, mappings: Mapping[str, Outgoing]) -> RemoteDestination:
    speaker = one.adapter.speaker(one.settings)
    mapping = mappings.get(one.mapping, as_it_is)
    return RemoteDestination(one.name, speaker, performer, wall_ms, mapping)


def as_it_is(payload: Content) -> Content:
    return payload


async def check(destination: RemoteDestination) -> Checked:
    """One harmless call."""
    try:
        return Checked(destination.name, "", await destination.check())
    except DeliveryFailed as failure:
        return Checked(destination.name, failure.code, failure.detail)
