"""Requests and results as bytes: a msgpack header, and the sound or picture next to it.

Sound travels as 16-bit integers, a picture as JPEG: a half and a twentieth of what is held in memory. Where a window's
log-mel frames are kept, they travel in place of its sound: half of that again, and the worker need not compute them.
"""

import io
from typing import Literal, cast

import msgspec
import numpy as np
from PIL import Image

from realtime.inference.bus import (
    InferenceError,
    InferenceStatistics,
    InferenceUnavailable,
    RequestFailed,
    Superseded,
)
from realtime.inference.engine import EngineDescription, FaceRequest, FaceResult, Picture, SpeechRequest, SpeechResult
from realtime.inference.log_mel import HOP_SAMPLES, MelWindow, RingWindow
from realtime.inference.measures import Measures

Region = tuple[float, float, float, float]
JPEG_QUALITY = 92
MOST_PIXELS = 64_000_000
"""Twice an 8K picture. Pillow has a limit too, but whoever shares the process may have lifted it."""


class Envelope(msgspec.Struct, frozen=True):
    """What every request carries: its own id, which is also its content's name, and the stream on which the answer is
    awaited."""

    id: str
    reply_to: str


class MelHeader(msgspec.Struct, frozen=True):
    """Of a body that is not sound but ``MelWindow.steps``: uint16, little-endian, (mels, frames)."""

    mels: int
    samples: int
    voiced_ms: tuple[int, int]


class SpeechHeader(msgspec.Struct, frozen=True, tag="speech"):
    envelope: Envelope
    session_id: str
    utterance_id: str
    revision: int
    kind: Literal["partial", "final"]
    language: str | None
    previous_text: str
    hot_words: tuple[str, ...]
    mel: MelHeader | None = None
    timed: bool = False


class FaceHeader(msgspec.Struct, frozen=True, tag="face"):
    envelope: Envelope
    session_id: str
    media_ms: int
    region: Region | None


class SpeechReply(msgspec.Struct, frozen=True, tag="speech"):
    id: str
    result: SpeechResult


class FaceReply(msgspec.Struct, frozen=True, tag="face"):
    """``landmarks``: float32, little-endian, (468, 3)."""

    id: str
    session_id: str
    media_ms: int
    landmarks: bytes | None
    presence: float
    faces: int | None
    region: Region | None


class ErrorReply(msgspec.Struct, frozen=True, tag="error"):
    id: str
    kind: Literal["superseded", "unavailable", "failed"]
    code: str
    retry: bool


class WorkerCard(msgspec.Struct, frozen=True):
    """What a worker says of itself, as long as it lives. ``wire``: the version of the bus it speaks; 1 did not say."""

    name: str
    speech: EngineDescription | None
    face: EngineDescription | None
    wire: int = 1
    statistics: InferenceStatistics = InferenceStatistics()
    measures: Measures = msgspec.field(default_factory=Measures)


Header = SpeechHeader | FaceHeader
Reply = SpeechReply | FaceReply | ErrorReply

encode = msgspec.msgpack.Encoder().encode
_headers = msgspec.msgpack.Decoder(Header)
_replies = msgspec.msgpack.Decoder(Reply)
_cards = msgspec.msgpack.Decoder(WorkerCard)


def read_header(data: bytes) -> Header:
    """Raises ``msgspec.DecodeError``."""
    return cast(Header, _headers.decode(data))


def read_reply(data: bytes) -> Reply:
    """Raises ``msgspec.DecodeError``."""
    return cast(Reply, _replies.decode(data))


def read_card(data: bytes) -> WorkerCard:
    return _cards.decode(data)


def pack(request: SpeechRequest | FaceRequest, envelope: Envelope) -> tuple[bytes, bytes]:
    """Header and body."""
    if isinstance(request, FaceRequest):
        picture = io.BytesIO()
        Image.fromarray(request.picture).save(picture, "jpeg", quality=JPEG_QUALITY)
        face = FaceHeader(envelope, request.session_id, request.media_ms, request.region)
        return encode(face), picture.getvalue()
    mel, body = _packed_sound(request)
    header = SpeechHeader(
        envelope,
        request.session_id,
        request.utterance_id,
        request.revision,
        request.kind,
        request.language,
        request.previous_text,
        request.hot_words,
        mel,
        request.timed,
    )
    return encode(header), body


def _packed_sound(request: SpeechRequest) -> tuple[MelHeader | None, bytes]:
    window = request.features.of(request.audio) if isinstance(request.features, RingWindow) else request.features
    if window is None:
        return None, (np.clip(request.audio, -1, 1) * 32767).astype("<i2").tobytes()
    return MelHeader(window.mels, window.samples, window.voiced_ms), window.steps.astype("<u2").tobytes()


def unpack(header: Header, body: bytes) -> SpeechRequest | FaceRequest:
    """Raises ``ValueError`` or ``OSError`` for a body that is not what the header says."""
    if isinstance(header, FaceHeader):
        return FaceRequest(header.session_id, header.media_ms, _unpacked_picture(body), header.region)
    return SpeechRequest(
        session_id=header.session_id,
        utterance_id=header.utterance_id,
        revision=header.revision,
        kind=header.kind,
        audio=np.frombuffer(b"" if header.mel else body, "<i2").astype(np.float32) / 32767,
        language=header.language,
        previous_text=header.previous_text,
        hot_words=header.hot_words,
        features=_unpacked_mel(header.mel, body) if header.mel else None,
        timed=header.timed,
    )


def _unpacked_picture(body: bytes) -> Picture:
    try:
        picture = Image.open(io.BytesIO(body), formats=("JPEG",))
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError(f"a picture of {picture.width} x {picture.height}")
        return np.asarray(picture.convert("RGB"))
    except (
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        SyntaxError,
    ) as error:  # neither is the ValueError it ought to be
        raise ValueError(f"a picture that cannot be opened: {error}") from error


def _unpacked_mel(mel: MelHeader, body: bytes) -> MelWindow:
    if mel.mels < 1 or not body:
        raise ValueError("features without a band or a frame")
    steps = np.frombuffer(body, "<u2").reshape(mel.mels, -1)
    if not 0 < mel.samples <= steps.shape[1] * HOP_SAMPLES:
        raise ValueError("features of another length than their sound")
    return MelWindow(steps.astype(np.uint16), mel.samples, mel.voiced_ms)


def reply_of(id: str, outcome: SpeechResult | FaceResult | InferenceError) -> Reply:
    if isinstance(outcome, SpeechResult):
        return SpeechReply(id, outcome)
    if isinstance(outcome, FaceResult):
        landmarks = None if outcome.landmarks is None else outcome.landmarks.astype("<f4").tobytes()
        return FaceReply(
            id, outcome.session_id, outcome.media_ms, landmarks, outcome.presence, outcome.faces, outcome.region
        )
    kind: Literal["superseded", "unavailable", "failed"] = "failed"
    if isinstance(outcome, Superseded):
        kind = "superseded"
    elif isinstance(outcome, InferenceUnavailable):
        kind = "unavailable"
    return ErrorReply(id, kind, outcome.code, outcome.retry)


def outcome_of(reply: Reply) -> SpeechResult | FaceResult | InferenceError:
    match reply:
        case SpeechReply(result=result):
            return result
        case FaceReply():
            landmarks = None if reply.landmarks is None else np.frombuffer(reply.landmarks, "<f4").reshape(-1, 3)
            return FaceResult(reply.session_id, reply.media_ms, landmarks, reply.presence, reply.faces, reply.region)
        case ErrorReply(kind="superseded"):
            return Superseded(reply.code)
        case ErrorReply(kind="unavailable"):
            return InferenceUnavailable(reply.code, retry=reply.retry)
        case ErrorReply():
            return RequestFailed(reply.code)
