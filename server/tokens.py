"""Signed links and tokens. Nothing is looked up to know that one is forged; the store says if it was revoked.

Each purpose has its own salt, so that a recording's URL can never be used as a sign-in.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer

Purpose = Literal["link", "session", "sign_in", "recording", "contact"]


class TokenForged(Exception):
    """Not signed by this server, or signed for another purpose."""


class TokenExpired(Exception):
    """Signed by this server, but its time is over."""


@dataclass(frozen=True, slots=True)
class Token:
    subject: str
    expires_at_ms: int
    extra: str = ""


class Signer:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def _serializer(self, purpose: Purpose) -> URLSafeSerializer:
        # SHA-256 is pinned: a newer library default must not invalidate links already sent to candidates.
        return URLSafeSerializer(
            self._secret,
            salt=f"viva.{purpose}",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )

    def sign(self, purpose: Purpose, token: Token) -> str:
        return str(self._serializer(purpose).dumps([token.subject, token.expires_at_ms, token.extra]))

    def read(self, purpose: Purpose, text: str, now_ms: int) -> Token:
        """Raises ``TokenForged`` or ``TokenExpired``."""
        try:
            subject, expires_at_ms, extra = self._serializer(purpose).loads(text)
        except (BadSignature, ValueError, TypeError):
            raise TokenForged(purpose) from None
        if now_ms >= expires_at_ms:
            raise TokenExpired(purpose)
        return Token(subject=subject, expires_at_ms=expires_at_ms, extra=extra)
