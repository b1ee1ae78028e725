"""WXBizMsgCrypt: how WeCom signs and encrypts what it calls back with (developer.work.weixin.qq.com, doc 90968).

    plaintext  = 16 random bytes ‖ length of the message, 4 bytes big-endian ‖ message ‖ receive id
    ciphertext = base64(AES-256-CBC(plaintext padded by PKCS#7 to blocks of *32* bytes, key, IV = key[:16]))
    signature  = SHA-1 over token, timestamp, nonce and ciphertext, sorted and joined

The receive id is the corp id for an app of one's own. Pure: randomness is an argument.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK_BYTES = 32
AES_BLOCK_BYTES = 16
RANDOM_BYTES = 16
KEY_CHARACTERS = 43

REASONS = {
    -40001: "the signature does not match",
    -40002: "the XML cannot be read",
    -40003: "the signature cannot be computed",
    -40004: "the EncodingAESKey is not 43 characters of base64",
    -40005: "the receive id is another one",
    -40006: "encryption failed",
    -40007: "decryption failed",
    -40008: "the decrypted bytes have not the right shape",
    -40009: "encoding in base64 failed",
    -40010: "decoding from base64 failed",
}
"""The return codes of the official samples."""


class CryptError(Exception):
    """``code``: one of ``REASONS``. Its text never holds what was decrypted."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code}: {REASONS[code]}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is entered in WeCom's console for one callback. Raises ``CryptError`` -40004 for a key of another form."""

    token: str
    encoding_aes_key: str = field(repr=False)
    receive_id: str

    def __post_init__(self) -> None:
        self.key()

    def key(self) -> bytes:
        if len(self.encoding_aes_key) != KEY_CHARACTERS:
            raise CryptError(-40004)
        try:
            # 43 characters carry 258 bits for 256: the last two are whatever the console drew.
            return base64.b64decode(self.encoding_aes_key + "=", validate=True)
        except binascii.Error:
            raise CryptError(-40004) from None


def signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    joined = "".join(sorted((token, timestamp, nonce, encrypted)))
    return hashlib.sha1(joined.encode()).hexdigest()


def open_sealed(secrets: Secrets, msg_signature: str, timestamp: str, nonce: str, encrypted: str) -> bytes:
    """Verifies and decrypts one ``echostr`` or ``Encrypt``. Raises ``CryptError``."""
    expected = signature(secrets.token, timestamp, nonce, encrypted)
    if not hmac.compare_digest(expected.encode(), msg_signature.encode()):
        raise CryptError(-40001)
    return decrypt(secrets, encrypted)


def decrypt(secrets: Secrets, encrypted: str) -> bytes:
    """The message, without looking at a signature. Raises ``CryptError``."""
    try:
        sealed = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        raise CryptError(-40010) from None
    if not sealed or len(sealed) % AES_BLOCK_BYTES:
        raise CryptError(-40007)
    decryptor = _cipher(secrets).decryptor()
    return _message(decryptor.update(sealed) + decryptor.finalize(), secrets.receive_id)


def _message(padded: bytes, receive_id: str) -> bytes:
    pad = padded[-1]
    if not 1 <= pad <= BLOCK_BYTES or padded[-pad:] != bytes([pad]) * pad:
        raise CryptError(-40008)
    plain = padded[RANDOM_BYTES:-pad]
    length = int.from_bytes(plain[:4], "big")
    if len(plain) < 4 or len(plain) < 4 + length:
        raise CryptError(-40008)
    if plain[4 + length :] != receive_id.encode():
        raise CryptError(-40005)
    return plain[4 : 4 + length]


def encrypt(secrets: Secrets, message: bytes, random: bytes) -> str:
    """``random``: 16 bytes of the caller's."""
    if len(random) != RANDOM_BYTES:
        raise CryptError(-40006)
    plain = random + len(message).to_bytes(4, "big") + message + secrets.receive_id.encode()
    pad = BLOCK_BYTES - len(plain) % BLOCK_BYTES
    encryptor = _cipher(secrets).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def _cipher(secrets: Secrets) -> Cipher[modes.CBC]:
    key = secrets.key()
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
