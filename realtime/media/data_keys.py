"""The key that everything of one interview lies under. Without it nothing of that interview can be read, wherever a
copy of the files may be: deleting the key is deleting the interview's media, backups too."""

import secrets
from typing import Protocol

from realtime.media.cipher import DATA_KEY_BYTES
from realtime.media.errors import MediaError


class DataKeys(Protocol):
    """Keys of 32 bytes. Errors are ``MediaError`` store_unavailable (retry)."""

    async def obtain(self, interview_id: str) -> bytes:
        """To write: made, and durable, when it is asked for first. Raises ``MediaError`` media_shredded."""

    async def find(self, interview_id: str) -> bytes | None:
        """To read. None: this interview never had one, so its objects lie as they are. Raises ``MediaError``
        media_shredded."""


def shredded() -> MediaError:
    return MediaError("media_shredded", "the key of this interview was destroyed")


def interview_of(key: str) -> str:
    """Whose an object or log is: ``interviews/<id>/…``, ``resumes/<id>/…``, or else the first name."""
    parts = key.split("/")
    return parts[1] if parts[0] in ("interviews", "resumes") and len(parts) > 2 else parts[0]


class KeysInMemory:
    """For tests and benchmarks: what was written is gone with the process."""

    def __init__(self, **known: bytes) -> None:
        self._keys: dict[str, bytes | None] = dict(known)

    async def obtain(self, interview_id: str) -> bytes:
        key = self._keys.setdefault(interview_id, secrets.token_bytes(DATA_KEY_BYTES))
        if key is None:
            raise shredded()
        return key

    async def find(self, interview_id: str) -> bytes | None:
        return await self.obtain(interview_id) if interview_id in self._keys else None

    def shred(self, interview_id: str) -> None:
        self._keys[interview_id] = None
