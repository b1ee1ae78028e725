"""The report: everything a person needs to check it, frozen, versioned and sealed by a digest.

``docs/reference/report.md`` explains every field; ``report.schema.json`` beside it is made from these structs.
Scores are 0-100 with one decimal. A score that could not be made from good data is None, never 0.
"""

import hashlib
from typing import Any, Literal

import msgspec

from scoring.bilingual import Bilingual

REPORT_VERSION = "1.2"

EvidenceKind = Literal["indicator", "act", "result", "star", "risk_term", "fault", "stability", "value", "rater"]
Effect = Literal["not_assessable", "capped", "noted"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class CultureUsed(_Part, frozen=True):
    """The employer's phrases that took part (``scoring.culture``)."""

    employer: str
    version: int
    digest: str


class Interview(_Part, frozen=True):
    """``ended``: completed, withdrawn, expired, ended_by_hr, or empty if the log does not say. ``position_digest``: of
    the resolved position. ``features``: what this campaign had switched on."""

    interview_id: str
    applicant_name: str
    position_id: str
    position_version: str
    position: Bilingual
    employer: Bilingual
    language: str
    profile: str
    started_at: str
    ended_at: str
    ended: str
    position_digest: str = ""
    features: tuple[str, ...] = ()
    culture: CultureUsed | None = None


class Engine(_Part, frozen=True):
    """A model that had a part in this report. ``notice``: what must be known about it."""

    role: Literal["speech", "rater", "calibration"]
    name: str
    notice: Bilingual | None = None


class Score(_Part, frozen=True):
    """``value`` 0-100; ``low``/``high``: the range of one assumed rater error; the other scales are exact renderings:
    ``ten`` is value/10, ``stars`` value/20."""

    value: float | None
    low: float | None = None
    high: float | None = None
    ten: float | None = None
    stars: float | None = None


class Segment(_Part, frozen=True):
    """A sentence. Media times for speech, offsets into the typed text for typing; the other pair is None."""

    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    start_char: int | None = None
    end_char: int | None = None


class Evidence(_Part, frozen=True):
    """A verbatim quote. ``supports``: +1 for, -1 against the competency, 0 neither. ``reading``: how it was read."""

    id: str
    question_id: str
    kind: EvidenceKind
    label: Bilingual
    quote: str
    supports: int = 0
    competency_id: str | None = None
    indicator_id: str | None = None
    reading: str = ""
    start_ms: int | None = None
    end_ms: int | None = None
    start_char: int | None = None
    end_char: int | None = None


class Finding(_Part, frozen=True):
    """Something a guard found. ``cap``: the highest BARS level that remains."""

    code: str
    label: Bilingual
    effect: Effect
    cap: int | None = None
    detail: str = ""


class Quality(_Part, frozen=True):
    """``reason``: the code of the finding that made the answer not assessable."""

    assessable: bool
    reason: str | None
    findings: tuple[Finding, ...]


class Delivery(_Part, frozen=True):
    """How it was said: described, never scored. Numbers are None where nothing was measured."""

    description: Bilingual
    pace_per_minute: float | None
    pace_unit: Literal["characters", "words"]
    speaking_ms: int
    pauses: int
    longest_pause_ms: int
    pause_share: float | None
    fillers: int
    loudness_dbfs: float | None
    pitch_hz: float | None = None
    pitch_range_semitones: float | None = None
    face: "FaceMovements | None" = None


class FaceMovements(_Part, frozen=True):
    """Shares 0-1 over the answer. Movements, not emotions."""

    observed_ms: int
    face_share: float
    smile: float
    brow_raise: float
    gaze_on_screen: float


class LeafRating(_Part, frozen=True):
    """What one rater of several said."""

    rater: str
    level: float
    why: Bilingual


class LeafScore(_Part, frozen=True):
    """One competency in one answer. ``level`` BARS 1-5, one decimal; ``spread``: standard deviation between raters;
    ``ratings``: what each of them said, if there were several."""

    competency_id: str
    level: float
    anchor: Bilingual
    why: Bilingual
    evidence: tuple[str, ...]
    spread: float = 0.0
    ratings: tuple[LeafRating, ...] = ()


class AnswerReport(_Part, frozen=True):
    """``transcript``: complete, partial, awaiting, typed or none. ``recording``: key in the object store."""

    question_id: str
    index: int
    question: Bilingual
    kind: str
    mode: Literal["voice", "text"]
    transcript: str
    closed: str
    duration_ms: int
    audio_ms: int
    recording: str | None
    word_count: int
    segments: tuple[Segment, ...]
    delivery: Delivery | None
    quality: Quality
    evidence: tuple[Evidence, ...]
    scores: tuple[LeafScore, ...]
    needs_human: bool = False


class Leaf(_Part, frozen=True):
    question_id: str
    level: float
    weight: float


class CompetencyScore(_Part, frozen=True):
    """``weight``: points of 100. ``leaves``: the answers it was made of."""

    id: str
    dimension: str
    label: Bilingual
    definition: Bilingual
    weight: float
    score: Score
    anchor: Bilingual | None
    leaves: tuple[Leaf, ...]


class PartScore(_Part, frozen=True):
    id: str
    label: Bilingual
    score: Score
    competencies: tuple[str, ...]


class ViewScore(_Part, frozen=True):
    id: str
    label: Bilingual
    parts: tuple[PartScore, ...]


class NonVerbal(_Part, frozen=True):
    """``points``: what the channel added to the total; 0 unless ``mode`` is scored."""

    mode: Literal["off", "described", "scored"]
    cap_share: float
    points: float
    attestation: Bilingual


class Highlight(_Part, frozen=True):
    competency_id: str
    text: Bilingual
    question_id: str
    evidence_id: str
    quote: str


class Suggestion(_Part, frozen=True):
    """``strength`` first, then ``weakness``, then an ``exercise``; ``quote``: the words it starts from."""

    competency_id: str
    strength: Bilingual
    weakness: Bilingual
    exercise: Bilingual
    question_id: str | None = None
    evidence_id: str | None = None
    quote: str = ""


class Note(_Part, frozen=True):
    """Something the reader must know: a request for a human, a withdrawal, an observation."""

    code: str
    text: Bilingual
    audience: Literal["everyone", "hr"] = "everyone"


class Report(_Part, frozen=True):
    """``total`` is what counts; ``total_words_only`` is the same without the non-verbal channel."""

    version: str
    digest: str
    label: Bilingual
    statement: Bilingual
    interview: Interview
    engines: tuple[Engine, ...]
    answers_planned: int
    answers_assessable: int
    total: Score
    total_words_only: Score
    non_verbal: NonVerbal
    views: tuple[ViewScore, ...]
    competencies: tuple[CompetencyScore, ...]
    answers: tuple[AnswerReport, ...]
    highlights: tuple[Highlight, ...]
    suggestions: tuple[Suggestion, ...]
    notes: tuple[Note, ...]


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Report)


def _digest(report: Report) -> str:
    fields = msgspec.to_builtins(report)
    del fields["digest"]
    return _digest_of(fields)


def _digest_of(fields: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON (sorted keys, UTF-8, no spaces) of the report without its digest."""
    return "sha256:" + hashlib.sha256(_encoder.encode(fields)).hexdigest()


def seal(report: Report) -> Report:
    """The same report with its digest."""
    return msgspec.structs.replace(report, digest=_digest(report))


def to_json(report: Report) -> bytes:
    """Canonical JSON: the same report, the same bytes."""
    return _encoder.encode(msgspec.to_builtins(report))


def from_json(data: bytes | str) -> Report:
    """msgspec.ValidationError if it is not a report of this version."""
    return _decoder.decode(data)


class Seal(msgspec.Struct, frozen=True):
    """What a report says its digest is, and what its contents give."""

    version: str
    claimed: str
    computed: str

    @property
    def holds(self) -> bool:
        return self.claimed == self.computed


class _Sealed(msgspec.Struct):
    version: str
    digest: str


def seal_of(data: bytes | str) -> Seal:
    """Of a report of any version, for every version is sealed alike. ``msgspec.DecodeError``: it is none."""
    sealed = msgspec.json.decode(data, type=_Sealed)
    fields = msgspec.json.decode(data, type=dict[str, Any])
    del fields["digest"]
    return Seal(sealed.version, sealed.digest, _digest_of(fields))


def verify(data: bytes | str) -> bool:
    """True if the report is whole: readable by this version, and its digest fits its contents."""
    try:
        from_json(data)
        return seal_of(data).holds
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
