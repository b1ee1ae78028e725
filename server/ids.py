"""Identifiers: a prefix that says what it names, then 26 characters that sort by the time they were made.

The 26 characters are a ULID (github.com/ulid/spec): 48 bits of milliseconds, 80 random bits, Crockford base 32.
"""

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str, now_ms: int) -> str:
    number = (now_ms << 80) | secrets.randbits(80)
    digits = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(digits)}"
