"""What can happen to an interview: frozen, past tense. ``InterviewEvent`` is matched exhaustively.

What the candidate sends arrives as the message itself (``CandidateMessage``); what HR sends as ``HrMessage``.
The rest is what the shell observed.
"""

from dataclasses import dataclass
from typing import Literal

from realtime.protocol.messages import (
    CandidateMessage,
    FaceState,
    HrMessage,
    Transport,
    VoiceState,
    Word,
)
from realtime.protocol.missing import MissingSound


@dataclass(frozen=True, slots=True)
class CandidateJoined:
    """A connection said hello and was let in. ``epoch`` grows with each one; the first starts the clock."""

    epoch: int


@dataclass(frozen=True, slots=True)
class CandidateLeft:
    """The connection of ``epoch`` closed or fell silent. One of an older epoch means nothing."""

    epoch: int


@dataclass(frozen=True, slots=True)
class CandidateHushed:
    """Nothing has come on the connection of ``epoch`` for 3 s; with ``silent`` false: something came again."""

    epoch: int
    silent: bool


@dataclass(frozen=True, slots=True)
class CandidateSaid:
    message: CandidateMessage


@dataclass(frozen=True, slots=True)
class HrSaid:
    actor: str
    message: HrMessage


@dataclass(frozen=True, slots=True)
class MediaChanged:
    transport: Transport
    connected: bool


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Voice activity began; media time within the open answer."""

    question_id: str
    media_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    question_id: str
    media_ms: int


@dataclass(frozen=True, slots=True)
class CaptionChanged:
    """The words of one utterance so far. ``final`` true: they will not change again."""

    question_id: str
    utterance_id: str
    revision: int
    committed: str
    partial: str
    language: str
    start_ms: int
    end_ms: int
    final: bool
    words: tuple[Word, ...] = ()
    engine: str = ""
    """Name, version and digest of the model, for the evidence log."""
    no_speech: bool = False
    """A guard (silence, loop, hallucination) threw the text away; ``committed`` is empty."""
    other_language: bool = False
    """It was spoken in a language that the model does not write; ``committed`` is empty."""


@dataclass(frozen=True, slots=True)
class LevelMeasured:
    """Once a second of media while an answer is open."""

    question_id: str
    media_ms: int
    speech_dbfs: float | None
    """Loudness of the speech in the last seconds; None while nobody speaks."""
    noise_dbfs: float
    clipped_share: float
    pace_per_minute: float | None
    high_band_db: float | None = None
    """The speech's power above 4 kHz against the telephone's band; None while nobody speaks."""


@dataclass(frozen=True, slots=True)
class LossMeasured:
    """Once a second of answer time: how much of the sound did not come, or was guessed at by the decoder."""

    question_id: str
    media_ms: int
    lost_share: float


@dataclass(frozen=True, slots=True)
class PictureMeasured:
    """About once a second while there is a camera. ``light``: 0 black to 1 white; None where nothing is decoded."""

    question_id: str
    media_ms: int
    frozen: bool
    light: float | None


@dataclass(frozen=True, slots=True)
class VoiceMeasured:
    """A finished window of speech."""

    question_id: str
    start_ms: int
    end_ms: int
    pitch_hz: float | None
    pitch_range_semitones: float | None
    voiced_share: float
    state: VoiceState


@dataclass(frozen=True, slots=True)
class FaceMeasured:
    """About a second of frames, summarised."""

    question_id: str
    start_ms: int
    end_ms: int
    frames: int
    face_share: float
    several_share: float
    state: FaceState


@dataclass(frozen=True, slots=True)
class MediaGap:
    """Audio that never came, as a value: it is neither silence nor shortened time."""

    question_id: str
    start_ms: int
    end_ms: int
    cause: Literal["loss", "disconnected", "overload"]


@dataclass(frozen=True, slots=True)
class TakeGrew:
    """More of a closed answer's take is durable than before; told at most once a second."""

    question_id: str


@dataclass(frozen=True, slots=True)
class AnswerSaved:
    """The recording of a closed answer stands: complete, or with what it lacks. ``from_take`` False: no take ever came,
    and the recording is what was heard live."""

    question_id: str
    take: int
    from_take: bool
    complete: bool
    packets: int | None
    audio_ms: int
    recording: str | None
    """Key in the object store; None: nothing to record, or it could not be written."""
    missing: tuple[MissingSound, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerHeardAgain:
    """The whole take was transcribed: all finals and all speech of the answer, in place of what was heard live."""

    question_id: str
    captions: tuple[CaptionChanged, ...]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class AnswerTranscribed:
    """The shell has the last words of a closed answer, or knows that none will come."""

    question_id: str
    transcript: Literal["complete", "partial", "awaiting", "none"]
    audio_ms: int


@dataclass(frozen=True, slots=True)
class ReportStored:
    report_id: str
    total: float | None


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The deadline from ``InterviewSession.next_deadline_ms`` has come. Harmless at any time."""


InterviewEvent = (
    CandidateJoined
    | CandidateLeft
    | CandidateHushed
    | CandidateSaid
    | HrSaid
    | MediaChanged
    | SpeechStarted
    | SpeechEnded
    | CaptionChanged
    | LevelMeasured
    | LossMeasured
    | PictureMeasured
    | VoiceMeasured
    | FaceMeasured
    | MediaGap
    | TakeGrew
    | AnswerSaved
    | AnswerHeardAgain
    | AnswerTranscribed
    | ReportStored
    | TimePassed
)
