"""Who encrypts what is never stored readable. The server has the keys; the bridge knows only this protocol."""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection


class FieldKeys(Protocol):
    """A key for each person, so that destroying one key makes all of that person's sealed fields unreadable."""

    async def seal(self, connection: AsyncConnection, person_id: str, context: str, plain: bytes) -> bytes:
        """Under the person's key, which is made if there is none, in the caller's transaction. ``context`` is
        authenticated: what was sealed for one record does not open in another. Raises ``FieldKeysUnavailable``."""
        ...

    async def open(self, connection: AsyncConnection, person_id: str, context: str, sealed: bytes) -> bytes | None:
        """None: the person's key was destroyed. Raises ``FieldKeysUnavailable``."""
        ...


class NoFieldKeys:
    """Where nothing sensitive is written: what has no key cannot be sealed, and is not stored readable instead."""

    async def seal(self, _connection: AsyncConnection, _person_id: str, _context: str, _plain: bytes) -> bytes:
        raise FieldKeysUnavailable("there are no keys for sensitive fields here")

    async def open(self, _connection: AsyncConnection, _person_id: str, _context: str, _sealed: bytes) -> bytes | None:
        raise FieldKeysUnavailable("there are no keys for sensitive fields here")


class FieldKeysUnavailable(Exception):
    """The master key is not here, or what was sealed was changed: nothing is stored, nothing is shown."""

    code = "field_keys_unavailable"
    retry = True
    fault = "server"
