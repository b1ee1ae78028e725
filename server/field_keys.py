"""The keys of what the employee records hold encrypted: one for each person, kept and wrapped as those of recordings.

They lie beside the interviews' keys under the name ``person-<id>``: a new master key wraps them too, and destroying one
leaves all of that person's sealed fields unreadable.
"""

import asyncio
import secrets

from cryptography.exceptions import InvalidTag
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.field_keys import FieldKeysUnavailable
from realtime.media.cipher import AES_256_GCM, NONCE_BYTES
from server.master_keys import MasterKeyMissing, MasterKeySource, new_data_key
from server.store import media_keys
from server.store.media_keys import WrappedKey


class PersonKeys:
    """``FieldKeys`` of the database: AES-256-GCM, a random nonce before each text."""

    def __init__(self, masters: MasterKeySource) -> None:
        self._masters = masters

    async def seal(self, connection: AsyncConnection, person_id: str, context: str, plain: bytes) -> bytes:
        name = _name(person_id)
        row = await media_keys.find_key(connection, name)
        if row is None:
            key = new_data_key()
            masters = await asyncio.to_thread(self._masters.current)
            await media_keys.put_key(connection, WrappedKey(name, *masters.wrap(key, name)))
        else:
            key = await self._unwrapped(row)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AES_256_GCM.make(key).encrypt(nonce, plain, context.encode())

    async def open(self, connection: AsyncConnection, person_id: str, context: str, sealed: bytes) -> bytes | None:
        row = await media_keys.find_key(connection, _name(person_id))
        if row is None or row.wrapped is None:
            return None
        cipher = AES_256_GCM.make(await self._unwrapped(row))
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except InvalidTag:
            raise FieldKeysUnavailable("what was sealed was changed") from None

    async def _unwrapped(self, row: WrappedKey) -> bytes:
        if row.wrapped is None:
            raise FieldKeysUnavailable("the key of this person was destroyed")
        masters = await asyncio.to_thread(self._masters.current)
        try:
            return masters.unwrap(row.master_id, row.wrapped, row.interview_id)
        except MasterKeyMissing as error:
            raise FieldKeysUnavailable(str(error)) from None


def _name(person_id: str) -> str:
    return f"person-{person_id}"
