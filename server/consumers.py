"""Whose record a consumer's key opens: the real one, every access audited, or the sandbox, where nobody is real."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from ehr_bridge.field_keys import FieldKeys
from server.access import consumer
from server.house import house
from server.store import people


@dataclass(frozen=True, slots=True)
class Opened:
    """``store``: a transaction in the record that this key opens."""

    key: people.ApiKey
    store: AsyncConnection
    keys: FieldKeys

    @property
    def actor(self) -> str:
        return f"key {self.key.name}"

    async def note(self, action: str, subject: str, detail: str = "") -> None:
        """Of made-up persons nothing is noted."""
        if not self.key.sandbox:
            await people.note(self.store, self.actor, action, subject, detail)


@asynccontextmanager
async def opened(request: Request, *scopes: str) -> AsyncIterator[Opened]:
    """Raises ``Problem`` for a key that has not all of these scopes."""
    key = await consumer(request, *scopes)
    rooms = house(request)
    if key.sandbox:
        sandbox = await rooms.sandbox.ready()
        async with sandbox.begin() as store:
            yield Opened(key, store, rooms.field_keys)
    else:
        async with rooms.engine.begin() as store:
            yield Opened(key, store, rooms.field_keys)
