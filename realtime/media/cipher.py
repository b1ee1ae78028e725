"""The cipher that media lie under, and how keys follow from one another. Pure: bytes in, bytes out.

Every file has a key of its own, made from its interview's data key and 32 random bytes that open the file (HKDF, RFC
5869). Below that key a nonce is a number that is used once: a record's number in a log, a chunk's index in a sealed
object. So a nonce never meets its key twice, whatever crashes, and no counter has to be remembered between processes.

A house with another cipher (SM4-GCM, say) adds a ``Suite`` with a number of its own; files name the suite they lie
under.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DATA_KEY_BYTES = 32
SALT_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class Damaged(Exception):
    """Does not authenticate: another key, another place, or other bytes than were written."""


class Aead(Protocol):
    """Authenticated encryption with a nonce of 12 bytes and a tag of 16 at the end (RFC 5116)."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Suite:
    """``number`` is written into every file, and never given to another cipher."""

    number: int
    name: str
    key_bytes: int
    make: Callable[[bytes], Aead]


AES_256_GCM = Suite(1, "AES-256-GCM", 32, AESGCM)
SUITES = {suite.number: suite for suite in (AES_256_GCM,)}


class FileCipher:
    """One file's cipher. ``purpose`` and ``name`` keep the files of one interview apart: what lies under one name is
    not accepted under another."""

    def __init__(self, data_key: bytes, salt: bytes, purpose: bytes, name: str, suite: Suite = AES_256_GCM) -> None:
        if len(data_key) != DATA_KEY_BYTES or len(salt) != SALT_BYTES:
            raise ValueError("a data key and a salt have 32 bytes each")
        info = purpose + b"\0" + name.encode()
        self._aead = suite.make(HKDF(SHA256(), suite.key_bytes, salt, info).derive(data_key))

    def encrypt(self, number: int, data: bytes, about: bytes = b"") -> bytes:
        """``number`` may be used once for this file. ``about`` is not kept, but must be the same to decrypt."""
        return self._aead.encrypt(number.to_bytes(NONCE_BYTES, "big"), data, about)

    def decrypt(self, number: int, data: bytes, about: bytes = b"") -> bytes:
        """Raises ``Damaged``."""
        try:
            return self._aead.decrypt(number.to_bytes(NONCE_BYTES, "big"), data, about)
        except InvalidTag:
            raise Damaged from None
