"""What one interview will ask and under which rules: fixed before it starts, never changed by it."""

from dataclasses import dataclass, field
from typing import Literal

from realtime.protocol.text import AnswerMode, Bilingual, Language


@dataclass(frozen=True, slots=True)
class PlannedQuestion:
    """One question. ``answer_ms`` default 180 000: the source articles leave it open, a bank may set it."""

    id: str
    text: Bilingual
    reading_ms: int = 8_000
    thinking_ms: int = 60_000
    answer_ms: int = 180_000
    modes: tuple[AnswerMode, ...] = ("voice", "text")
    practice: bool = False


@dataclass(frozen=True, slots=True)
class TimingRules:
    """Every wait in the interview, milliseconds. Accommodations multiply those marked (x)."""

    grace_ms: int = 5_000
    """Longest tail after time is up, so that a sentence can end (x)."""
    sentence_end_ms: int = 700
    """Silence that ends the tail early."""
    nobody_speaks_ms: int = 8_000
    closing_ms: int = 3_000
    settle_ms: int = 30_000
    """How long a closed answer waits for its last transcript before it is settled as partial."""
    save_ms: int = 120_000
    """After the last question: how long a device may take to send what is missing of a recording, counted anew
    whenever something comes; then the recording is declared incomplete."""
    save_most_ms: int = 20 * 60_000
    """However much comes, no longer than this."""
    detached_pause_ms: int = 10_000
    """Without a connection for this long the interview is interrupted and its timer stands still."""
    interrupted_limit_ms: int = 24 * 3_600_000
    """An interrupted interview may be resumed for this long, its clocks standing still."""
    after_limit: Literal["expire", "continue"] = "expire"
    """What becomes of it then: it expires, or its clocks go on without the candidate."""
    may_finish_early_share: float = 0.5
    """Share of the answer time after which a fluent answer may be told "you may finish early"."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the job that is likely to be said. ``spoken``: how a recogniser writes it that does not know it."""

    zh: str
    en: str
    spoken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InterviewPlan:
    interview_id: str
    position_id: str
    position_version: str
    position: Bilingual
    employer: Bilingual
    language: Language
    questions: tuple[PlannedQuestion, ...]
    practice: PlannedQuestion | None
    profile: str
    """Name of the jurisdiction profile (docs/reference/profiles.md)."""
    voice_analysis_allowed: bool
    face_analysis_allowed: bool
    time_factor: float | None = 1.0
    timing: TimingRules = field(default_factory=TimingRules)
    speech_notice: Bilingual | None = None
    speech_available: bool = True
    """False: no speech model. Voice is recorded and marked as awaiting transcription."""
    glossary: tuple[Term, ...] = ()
