"""The keys that interviews' data keys are wrapped under: of a setting, or of a file that is made at the first start.

Several at once, newest first: the newest wraps, all unwrap. So a master key is replaced without touching a single
recording.
"""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag

from realtime.media.cipher import AES_256_GCM, DATA_KEY_BYTES, NONCE_BYTES

MASTER_KEY_BYTES = 32


class MasterKeyMissing(Exception):
    """A data key is wrapped under a master key that is not here; ``id`` names it, and gives nothing of it away."""

    def __init__(self, master_id: str) -> None:
        super().__init__(f"the master key {master_id} is not among those of this server")
        self.id = master_id


@dataclass(frozen=True, slots=True)
class MasterKey:
    key: bytes

    @property
    def id(self) -> str:
        return hashlib.sha256(b"viva master key " + self.key).hexdigest()[:16]

    @property
    def text(self) -> str:
        return base64.b64encode(self.key).decode()


def parse(text: str) -> MasterKey:
    """Raises ``ValueError``, which does not repeat the text."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a master key is 32 bytes in base64 (`openssl rand -base64 32`)") from None
    if len(key) != MASTER_KEY_BYTES:
        raise ValueError(f"a master key has 32 bytes, this one has {len(key)} (`openssl rand -base64 32`)")
    return MasterKey(key)


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Newest first; at least one."""

    keys: tuple[MasterKey, ...]

    @property
    def newest(self) -> MasterKey:
        return self.keys[0]

    def wrap(self, data_key: bytes, interview_id: str) -> tuple[str, bytes]:
        """The master key's id, and the data key wrapped for this interview alone (AES-256-GCM, a random nonce before
        it: far fewer than the 2**32 that NIST SP 800-38D, 8.3 allows under one key)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AES_256_GCM.make(self.newest.key).encrypt(nonce, data_key, interview_id.encode())
        return self.newest.id, nonce + sealed

    def unwrap(self, master_id: str, wrapped: bytes, interview_id: str) -> bytes:
        """Raises ``MasterKeyMissing``; also when what is wrapped belongs to another interview, or was changed."""
        for master in self.keys:
            if master.id == master_id:
                try:
                    return AES_256_GCM.make(master.key).decrypt(
                        wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], interview_id.encode()
                    )
                except InvalidTag:
                    break
        raise MasterKeyMissing(master_id)


def new_data_key() -> bytes:
    return secrets.token_bytes(DATA_KEY_BYTES)


class MasterKeyFile:
    """One key a line, newest first, for this user alone. It is read again when it has changed, so that a running server
    follows ``viva admin media rotate``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_at: tuple[int, int] = (0, 0)
        self._keys: MasterKeys | None = None

    def current(self) -> MasterKeys:
        """Made when it is not there. Raises ``ValueError`` for a file that cannot be used."""
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._write([MasterKey(secrets.token_bytes(MASTER_KEY_BYTES))], new=True)
        status = self.path.stat()
        stamp = (status.st_mtime_ns, status.st_ino)
        if self._keys is None or stamp != self._read_at:
            lines = [line for line in self.path.read_text().splitlines() if line.strip()]
            if not lines:
                raise ValueError("there is no key in it")
            self._keys, self._read_at = MasterKeys(tuple(map(parse, lines))), stamp
        return self._keys

    def add(self) -> MasterKeys:
        """A new newest key."""
        self._write([MasterKey(secrets.token_bytes(MASTER_KEY_BYTES)), *self.current().keys])
        return self.current()

    def keep(self, ids: Iterable[str], among: MasterKeys) -> MasterKeys:
        """Only the newest of ``among``, and those that are named."""
        wanted, (newest, *older) = set(ids), among.keys
        self._write([newest, *(key for key in older if key.id in wanted)])
        return self.current()

    def _write(self, keys: list[MasterKey], *, new: bool = False) -> None:
        """In one step: a file that is half written would be an installation without keys."""
        part = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("".join(f"{key.text}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        if new:
            try:
                os.link(part, self.path)  # two processes that start at once agree on one of the two
            except FileExistsError:
                pass
            finally:
                part.unlink()
        else:
            part.replace(self.path)


class FixedMasterKeys:
    """Of the setting: comma-separated, newest first."""

    def __init__(self, text: str) -> None:
        """Raises ``ValueError``."""
        self._keys = MasterKeys(tuple(map(parse, text.split(","))))

    def current(self) -> MasterKeys:
        return self._keys


MasterKeySource = MasterKeyFile | FixedMasterKeys
