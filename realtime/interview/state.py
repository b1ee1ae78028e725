"""The whole memory of an interview, as one struct: what is in the snapshot is all there is."""

from typing import Literal

import msgspec

from realtime.interview.answers import Answer
from realtime.interview.permissions import Permissions
from realtime.interview.resume import Presence
from realtime.interview.timers import PhaseTimer
from realtime.protocol.messages import Transport
from realtime.protocol.text import AnswerMode, Language, Phase

Outcome = Literal["completed", "withdrawn", "expired", "ended_by_hr"]

SEATED = frozenset(
    {
        Phase.CONSENT,
        Phase.DEVICE_CHECK,
        Phase.PRACTICE,
        Phase.GUIDE,
        Phase.READING,
        Phase.THINKING,
        Phase.ANSWERING,
        Phase.GRACE,
        Phase.HUMAN_REQUESTED,
    }
)
"""The candidate is expected to be there; losing the connection here interrupts."""
ASKING = frozenset({Phase.READING, Phase.THINKING, Phase.ANSWERING, Phase.GRACE})
"""A question is on the screen and its clock runs."""
HELD = frozenset({Phase.INTERRUPTED, Phase.PAUSED})
"""Standing still on top of another phase, ``SessionState.held``."""
OVER = frozenset({Phase.SCORING, Phase.REPORTED, Phase.WITHDRAWN, Phase.EXPIRED})
"""Nothing more is asked of the candidate, and no timer of theirs runs."""


class SessionState(msgspec.Struct):
    """``now_ms``: the latest moment that was handled. ``index``: 0 before the first question."""

    language: Language
    time_factor: float | None
    phase: Phase = Phase.INVITED
    held: Phase | None = None
    reason: str = ""
    now_ms: int = 0
    clock_start_ms: int | None = None
    index: int = 0
    practising: bool = False
    practice_attempts: int = 0
    mode: AnswerMode = "voice"
    timer: PhaseTimer | None = None
    presence: Presence = msgspec.field(default_factory=Presence)
    permissions: Permissions = msgspec.field(default_factory=Permissions)
    transport: Transport = "none"
    media_connected: bool = False
    answer: Answer | None = None
    closed: list[Answer] = []
    evidence_seq: int = 0
    prompts_given: int = 0
    takes_given: int = 0
    notes_taken: int = 0
    human_requested: bool = False
    outcome: Outcome | None = None
    closing_until_ms: int = 0
    finished: bool = False
    report_id: str | None = None


_decoder = msgspec.json.Decoder(SessionState)


def encode(state: SessionState) -> bytes:
    return msgspec.json.encode(state)


def decode(snapshot: bytes) -> SessionState:
    """Raises ``msgspec.DecodeError`` for bytes that no ``encode`` made."""
    return _decoder.decode(snapshot)
