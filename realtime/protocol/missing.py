"""What a recording lacks, and why: the same on the wire and in the evidence log."""

from typing import Literal

import msgspec

MissingCause = Literal["capture_paused", "other_device", "not_sent", "not_taken"]
"""Why sound is missing from a recording: the device declared a pause; another device holds it; it never came before
the limit; the server could not keep it."""


class MissingSound(msgspec.Struct, frozen=True):
    """Media time from the start of the answer, the end not included."""

    start_ms: int
    end_ms: int
    cause: MissingCause
