"""Reading the evidence log.

The format is ``docs/reference/evidence-log.md``: one JSON object a line, ``{"seq", "at_ms", "body"}``, the body
tagged by ``kind``. Only the fields that a report can be made of are declared here; unknown fields are ignored and
a record of an unknown kind is read as ``None``, so that a newer writer never breaks an older reader.

``at_ms`` is the interview clock; ``start_ms`` and ``end_ms`` are media time from the start of that answer.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from scoring.bilingual import Bilingual

AnswerMode = Literal["voice", "text"]
TranscriptState = Literal["complete", "partial", "awaiting", "typed", "none"]


class Word(msgspec.Struct, frozen=True):
    """A Chinese character or an English word."""

    text: str
    start_ms: int
    end_ms: int
    probability: float = 1.0


class InterviewStarted(msgspec.Struct, frozen=True, tag_field="kind", tag="interview_started"):
    interview_id: str
    position_id: str
    position_version: str
    position: Bilingual
    language: str
    profile: str
    questions: list[str]
    speech_engine: str = ""
    speech_notice: Bilingual | None = None
    format_version: str = "1.0"


class ConsentItems(msgspec.Struct, frozen=True):
    recording: bool = False
    speech_to_text: bool = False
    voice_analysis: bool = False
    face_analysis: bool = False


class ConsentGiven(msgspec.Struct, frozen=True, tag_field="kind", tag="consent_given"):
    items: ConsentItems
    text_version: str = ""


class AnswerOpened(msgspec.Struct, frozen=True, tag_field="kind", tag="answer_opened"):
    question_id: str
    attempt: int = 1
    mode: AnswerMode = "voice"


class Utterance(msgspec.Struct, frozen=True, tag_field="kind", tag="utterance"):
    question_id: str
    utterance_id: str
    text: str
    start_ms: int
    end_ms: int
    language: str = ""
    words: list[Word] = []
    engine: str = ""


class TextAnswer(msgspec.Struct, frozen=True, tag_field="kind", tag="text_answer"):
    question_id: str
    text: str


class SpeechSpan(msgspec.Struct, frozen=True, tag_field="kind", tag="speech_span"):
    question_id: str
    start_ms: int
    end_ms: int


class VoiceState(msgspec.Struct, frozen=True):
    pitch_hz: float = 0.0
    loudness_dbfs: float = 0.0
    pace_per_minute: float = 0.0
    pause_share: float = 0.0


class VoiceWindow(msgspec.Struct, frozen=True, tag_field="kind", tag="voice_window"):
    question_id: str
    start_ms: int
    end_ms: int
    state: VoiceState
    pitch_hz: float | None = None
    pitch_range_semitones: float | None = None
    voiced_share: float = 0.0


class FaceState(msgspec.Struct, frozen=True):
    """Movements 0-1 and head angles in degrees. Movements, not emotions."""

    faces: int = 0
    smile: float = 0.0
    brow_raise: float = 0.0
    eye_openness: float = 0.0
    gaze_on_screen: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0


class FaceWindow(msgspec.Struct, frozen=True, tag_field="kind", tag="face_window"):
    question_id: str
    start_ms: int
    end_ms: int
    state: FaceState
    frames: int = 0
    face_share: float = 0.0
    several_share: float = 0.0


class LevelWindow(msgspec.Struct, frozen=True, tag_field="kind", tag="level_window"):
    question_id: str
    speech_dbfs: float | None = None
    noise_dbfs: float | None = None
    clipped_share: float = 0.0


class GapFound(msgspec.Struct, frozen=True, tag_field="kind", tag="gap"):
    question_id: str
    start_ms: int
    end_ms: int
    cause: str = ""


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
    actor: str = ""
    reason: str = ""


class HumanRequested(msgspec.Struct, frozen=True, tag_field="kind", tag="human_requested"):
    note: str = ""


class AnswerClosed(msgspec.Struct, frozen=True, tag_field="kind", tag="answer_closed"):
    question_id: str
    reason: str
    mode: AnswerMode = "voice"
    duration_ms: int = 0


class MissingSound(msgspec.Struct, frozen=True):
    start_ms: int
    end_ms: int
    cause: str = ""


class AnswerSaved(msgspec.Struct, frozen=True, tag_field="kind", tag="answer_saved"):
    """``source`` take: the recording holds all sound but ``missing``, whatever was lost on the way to the live
    transcript; live: it is what was heard live."""

    question_id: str
    source: Literal["take", "live"]
    complete: bool
    missing: list[MissingSound]


class TranscriptReplaced(msgspec.Struct, frozen=True, tag_field="kind", tag="transcript_replaced"):
    question_id: str


class AnswerSettled(msgspec.Struct, frozen=True, tag_field="kind", tag="answer_settled"):
    question_id: str
    transcript: TranscriptState
    audio_ms: int = 0
    recording: str | None = None


class InterviewEnded(msgspec.Struct, frozen=True, tag_field="kind", tag="interview_ended"):
    reason: str


class PromptGiven(msgspec.Struct, frozen=True, tag_field="kind", tag="prompt"):
    question_id: str
    prompt: str


EvidenceBody = (
    InterviewStarted
    | ConsentGiven
    | AnswerOpened
    | Utterance
    | TextAnswer
    | SpeechSpan
    | VoiceWindow
    | FaceWindow
    | LevelWindow
    | GapFound
    | PromptGiven
    | Observation
    | HrAction
    | AccommodationChanged
    | HumanRequested
    | AnswerClosed
    | AnswerSaved
    | TranscriptReplaced
    | AnswerSettled
    | InterviewEnded
)

KINDS = frozenset(str(struct.__struct_config__.tag) for struct in EvidenceBody.__args__)


class EvidenceRecord(msgspec.Struct, frozen=True):
    seq: int
    at_ms: int
    body: EvidenceBody


class EvidenceInvalid(Exception):
    """The log is damaged: a line of a known kind that does not follow the format. Never retryable as it is."""

    code = "evidence_invalid"
    retry = False
    fault = "server"

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"evidence log, line {line}: {reason}")
        self.line = line


class _BodyKind(msgspec.Struct, frozen=True):
    kind: str = ""


class _Envelope(msgspec.Struct, frozen=True):
    body: _BodyKind


_decoder = msgspec.json.Decoder(EvidenceRecord)
_peek = msgspec.json.Decoder(_Envelope)


def decode(line: bytes | str) -> EvidenceRecord | None:
    """One line of the log; None if it is of a kind that this reader does not know."""
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError:
        if _peek.decode(line).body.kind in KINDS:
            raise
        return None


def read(lines: Iterable[bytes]) -> list[EvidenceRecord]:
    """The records of known kinds, ordered by ``seq``; a record that arrives twice counts once."""
    records: dict[int, EvidenceRecord] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # ValidationError is the first's
            raise EvidenceInvalid(number, str(error)) from None
        if record is not None:
            records[record.seq] = record
    return [records[seq] for seq in sorted(records)]
