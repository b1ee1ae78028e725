"""What an engine is. Engines are stateless, synchronous and take a batch of many sessions at once.

The scheduler forms the batches; a runner calls the engine off the event loop. Session state (what is
committed, where a face was) lives with the session and travels inside the request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from realtime.inference.log_mel import MelWindow, RingWindow
from realtime.protocol.text import Bilingual

Pcm = npt.NDArray[np.float32]
"""16 kHz mono, -1..1."""
Picture = npt.NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

SAMPLE_RATE = 16_000


@dataclass(frozen=True, slots=True)
class RecognisedWord:
    """A word (Latin script) or a character (Chinese). Times in ms from the start of the request's audio."""

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One window of one session's speech.

    ``kind``: a *partial* may be replaced by a newer one of the same session, a *final* is never dropped.
    ``language`` None: let the model say. ``previous_text``: what was committed just before, as context.
    ``features``: where the window's frames are kept, or the frames themselves; then there may be no ``audio``, so how
    much sound there is, is asked of ``samples``.
    ``timed``: true word times are wanted although it is a partial; a final has them always.
    """

    session_id: str
    utterance_id: str
    revision: int
    kind: Literal["partial", "final"]
    audio: Pcm
    language: str | None
    previous_text: str = ""
    hot_words: tuple[str, ...] = ()
    features: RingWindow | MelWindow | None = None
    timed: bool = False

    @property
    def samples(self) -> int:
        return self.features.samples if isinstance(self.features, MelWindow) else len(self.audio)


@dataclass(frozen=True, slots=True)
class Spent:
    """Where an answer's time went: milliseconds by the name of the part, in order; they add up to the time from asking
    to having the answer. ``batch``: how many were computed together. ``worker``: empty inside the server's process."""

    parts_ms: dict[str, float]
    batch: int
    window_s: int
    worker: str = ""

    @property
    def total_ms(self) -> float:
        return sum(self.parts_ms.values())


@dataclass(frozen=True, slots=True)
class SpeechResult:
    """``words`` are timed when ``kind`` was final; for a partial the times may be proportional estimates.
    ``rejected``: the name of the guard that threw the text away (``guards.Guard``), or why there was nothing to
    recognise (invalid_audio, audio_too_long, other_features) or to write down (other_language).
    ``credits_cut``: credits stood behind what was said, and were taken off. ``engine``: the description of the model
    that said it."""

    session_id: str
    utterance_id: str
    revision: int
    kind: Literal["partial", "final"]
    text: str
    language: str
    words: tuple[RecognisedWord, ...]
    mean_log_probability: float
    no_speech_probability: float
    rejected: str | None = None
    credits_cut: bool = False
    engine: str = ""
    spent: Spent | None = None


@dataclass(frozen=True, slots=True)
class EngineDescription:
    """What the evidence log says about a model. ``notice``: shown wherever the engine is used.
    ``mels``: the bands of the features it takes in place of a partial's sound; 0: it wants the sound.
    ``partials``: the model of the live captions, where that is another."""

    name: str
    version: str
    digest: str
    languages: tuple[str, ...]
    notice: Bilingual | None = None
    mels: int = 0
    partials: str = ""

    def __str__(self) -> str:
        return f"{self.name}/{self.version}@{self.digest[:12]}"


class SpeechEngine(Protocol):
    @property
    def description(self) -> EngineDescription: ...

    def warm_up(self, batches: Sequence[int] = (1,)) -> None:
        """Run every shape once in each of these batch sizes; readiness is declared after this."""

    def transcribe(self, requests: list[SpeechRequest]) -> list[SpeechResult]:
        """One result a request, in order. One bad request (NaN, empty) never spoils its neighbours."""


@runtime_checkable
class Shaped(Protocol):
    """An engine that can tell, cheaply, what it could compute together."""

    def shape(self, request: SpeechRequest) -> tuple[int, int]:
        """(window in seconds, tokens of previous text)."""


@runtime_checkable
class Timed(Protocol):
    """An engine that keeps account of its stages."""

    def stage_ms(self) -> dict[str, float]: ...


@dataclass(frozen=True, slots=True)
class FaceRequest:
    """One picture of one session. ``region``: where the face was last time (None: look for it).

    ``region`` is (centre x, centre y, size, rotation in radians), pixels.
    """

    session_id: str
    media_ms: int
    picture: Picture
    region: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class FaceResult:
    """``landmarks``: (468, 3) pixels, z in the same scale; None when no face was found.
    ``region``: what to pass with the next picture. ``faces``: how many the detector saw; it runs when
    ``region`` was None, so ``faces`` is None on tracked pictures."""

    session_id: str
    media_ms: int
    landmarks: npt.NDArray[np.float32] | None
    presence: float
    faces: int | None
    region: tuple[float, float, float, float] | None


@runtime_checkable
class Wide(Protocol):
    """A face engine that knows how many pictures are worth gathering for one step."""

    @property
    def largest_batch(self) -> int: ...


class FaceEngine(Protocol):
    @property
    def description(self) -> EngineDescription: ...

    def warm_up(self) -> None: ...

    def analyse(self, requests: list[FaceRequest]) -> list[FaceResult]:
        """One result a request, in order. A broken picture yields presence 0, never an exception."""
