"""The evidence log: everything a report may be made of, append-only.

``realtime`` writes it and ``scoring`` reads it; they share this wire format and no code. The format is
``docs/reference/evidence-log.md``; one JSON object a line, tag ``kind``. Times ending in ``_ms``: ``at_ms`` is
the interview clock, ``start_ms``/``end_ms`` are media time from the start of that answer.
"""

from typing import Literal

import msgspec

from realtime.protocol.messages import ConsentItems, FaceState, VoiceState, Word
from realtime.protocol.missing import MissingSound
from realtime.protocol.text import AnswerMode, Bilingual, Language

FORMAT_VERSION = "1.1"


class InterviewStarted(msgspec.Struct, frozen=True, tag_field="kind", tag="interview_started"):
    interview_id: str
    position_id: str
    position_version: str
    position: Bilingual
    language: Language
    profile: str
    questions: list[str]
    speech_engine: str = ""
    speech_notice: Bilingual | None = None
    format_version: str = FORMAT_VERSION


class ConsentGiven(msgspec.Struct, frozen=True, tag_field="kind", tag="consent_given"):
    items: ConsentItems
    text_version: str
    language: Language


class AnswerOpened(msgspec.Struct, frozen=True, tag_field="kind", tag="answer_opened"):
    question_id: str
    attempt: int
    mode: AnswerMode


class UtteranceFinal(msgspec.Struct, frozen=True, tag_field="kind", tag="utterance"):
    question_id: str
    utterance_id: str
    language: str
    text: str
    start_ms: int
    end_ms: int
    words: list[Word]
    engine: str = ""


class TextAnswered(msgspec.Struct, frozen=True, tag_field="kind", tag="text_answer"):
    """The last saved text of a typed answer, written when the answer closes."""

    question_id: str
    text: str
    revisions: int
    typing_ms: int


class SpeechSpan(msgspec.Struct, frozen=True, tag_field="kind", tag="speech_span"):
    """Voice activity from start to end; the pauses are what lies between two spans."""

    question_id: str
    start_ms: int
    end_ms: int


class VoiceWindow(msgspec.Struct, frozen=True, tag_field="kind", tag="voice_window"):
    question_id: str
    start_ms: int
    end_ms: int
    pitch_hz: float | None
    pitch_range_semitones: float | None
    voiced_share: float
    state: VoiceState


class FaceWindow(msgspec.Struct, frozen=True, tag_field="kind", tag="face_window"):
    question_id: str
    start_ms: int
    end_ms: int
    frames: int
    face_share: float
    several_share: float
    state: FaceState


class LevelWindow(msgspec.Struct, frozen=True, tag_field="kind", tag="level_window"):
    """At the close of an answer: how good its sound was."""

    question_id: str
    speech_dbfs: float | None
    noise_dbfs: float | None
    clipped_share: float


class GapFound(msgspec.Struct, frozen=True, tag_field="kind", tag="gap"):
    question_id: str
    start_ms: int
    end_ms: int
    cause: str


class PromptGiven(msgspec.Struct, frozen=True, tag_field="kind", tag="prompt"):
    question_id: str
    prompt: str


class Observation(msgspec.Struct, frozen=True, tag_field="kind", tag="observation"):
    observed: str
    question_id: str = ""
    detail: str = ""


class HrAction(msgspec.Struct, frozen=True, tag_field="kind", tag="hr_action"):
    actor: str
    action: str
    detail: str = ""


class AccommodationChanged(msgspec.Struct, frozen=True, tag_field="kind", tag="accommodation"):
    time_factor: float | None
    actor: str
    reason: str = ""


class HumanAskedFor(msgspec.Struct, frozen=True, tag_field="kind", tag="human_requested"):
    note: str = ""


class AnswerEnded(msgspec.Struct, frozen=True, tag_field="kind", tag="answer_closed"):
    """The candidate stopped: finished, time_up, skipped (nothing given) or ended (the interview ended)."""

    question_id: str
    reason: Literal["finished", "time_up", "skipped", "ended"]
    mode: AnswerMode
    duration_ms: int


class AnswerSavedRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="answer_saved"):
    """The recording stands. ``source`` take: the sound as the device made it, complete but for ``missing``, which
    takes the place of every ``gap`` before; live: what was heard live, and the gaps stand."""

    question_id: str
    attempt: int
    take: int
    source: Literal["take", "live"]
    complete: bool
    packets: int | None
    audio_ms: int
    missing: list[MissingSound]
    recording: str | None = None


class TranscriptReplacedRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="transcript_replaced"):
    """The complete recording was transcribed: utterances and speech spans of this answer before here are void."""

    question_id: str
    engine: str = ""


class AnswerSettledRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="answer_settled"):
    """Nothing about this answer comes after this, save a later transcription of an awaiting one."""

    question_id: str
    transcript: Literal["complete", "partial", "awaiting", "typed", "none"]
    audio_ms: int
    recording: str | None = None


class InterviewEnded(msgspec.Struct, frozen=True, tag_field="kind", tag="interview_ended"):
    reason: Literal["completed", "withdrawn", "expired", "ended_by_hr"]


EvidenceBody = (
    InterviewStarted
    | ConsentGiven
    | AnswerOpened
    | UtteranceFinal
    | TextAnswered
    | SpeechSpan
    | VoiceWindow
    | FaceWindow
    | LevelWindow
    | GapFound
    | PromptGiven
    | Observation
    | HrAction
    | AccommodationChanged
    | HumanAskedFor
    | AnswerEnded
    | AnswerSavedRecord
    | TranscriptReplacedRecord
    | AnswerSettledRecord
    | InterviewEnded
)


class EvidenceRecord(msgspec.Struct, frozen=True):
    """One line of the log. ``seq`` 1, 2, 3 … without a hole; ``at_ms`` never goes back."""

    seq: int
    at_ms: int
    body: EvidenceBody


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(EvidenceRecord)


def encode(record: EvidenceRecord) -> bytes:
    """One JSON object, no newline."""
    return _encoder.encode(record)


def decode(line: bytes | str) -> EvidenceRecord:
    return _decoder.decode(line)
