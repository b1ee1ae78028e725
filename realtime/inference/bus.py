"""How the rest of the server asks for inference, and how it is told no.

``LocalInference`` (runner.py) answers inside the process; ``RemoteInference`` (redis_bus.py) carries the same
two calls to worker processes. The caller cannot tell them apart, and must not need to.
"""

from dataclasses import dataclass, field
from typing import Protocol

from realtime.inference.engine import EngineDescription, FaceRequest, FaceResult, SpeechRequest, SpeechResult
from realtime.inference.measures import Measures
from realtime.protocol.text import Fault


class InferenceError(Exception):
    """``code`` is stable; ``retry``: the same request may succeed later; ``fault``: whose it was."""

    def __init__(self, code: str, *, retry: bool, fault: Fault = Fault.SERVER) -> None:
        super().__init__(code)
        self.code = code
        self.retry = retry
        self.fault = fault

    @property
    def tried(self) -> bool:
        """An engine had it, or had the time for it."""
        return True


class Superseded(InferenceError):
    """Never computed, and nobody needs it: ``replaced`` by a newer window of the same session, or ``stale``."""

    def __init__(self, code: str = "replaced") -> None:
        super().__init__(code, retry=False)


class InferenceUnavailable(InferenceError):
    """Nobody computes it now: ``no_speech_engine``, ``no_face_engine``, ``no_worker``, ``queue_full``, ``timed_out``,
    ``bus_down``, ``content_gone`` (it expired on the bus before anybody read it), ``stopped``."""

    @property
    def tried(self) -> bool:
        """False: no engine had a chance, so it is no reason to give up asking."""
        return self.code == "timed_out"


class RequestFailed(InferenceError):
    """The engine could not digest this one request (``engine_failed``, ``poison``); its neighbours were answered."""

    def __init__(self, code: str = "engine_failed") -> None:
        super().__init__(code, retry=False)


@dataclass(frozen=True, slots=True)
class InferenceStatistics:
    """Totals since the start, and the recent past where a total says nothing. Times in ms unless they end in ``_s``.

    ``stage_ms``: what the engine says it spent on features, encode, generate and align, summed. ``busy_share``: of the
    last ten seconds, 0-1. ``step_s``: how long the batch that is in the engine now has been there,
    ``step_limit_s``: how long one may be. ``partial_lag_s``, ``final_lag_s``: how long what waits has waited
    (``lag_meter``). ``lost``: asked again, because the bus forgot them.
    """

    submitted: int = 0
    answered: int = 0
    failed: int = 0
    coalesced: int = 0
    stale: int = 0
    refused: int = 0
    withdrawn: int = 0
    batches: int = 0
    waiting: int = 0
    mean_batch: float = 0.0
    queue_wait_p50_ms: float = 0.0
    queue_wait_p95_ms: float = 0.0
    busy_ms: float = 0.0
    audio_s: float = 0.0
    stage_ms: dict[str, float] = field(default_factory=dict)
    refused_finals: int = 0
    busy_share: float = 0.0
    step_s: float = 0.0
    step_limit_s: float = 0.0
    partial_lag_s: float = 0.0
    final_lag_s: float = 0.0
    lost: int = 0
    poison: int = 0
    workers: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where requests are answered: in this process, or in one of the workers."""

    statistics: InferenceStatistics
    measures: Measures


class Inference(Protocol):
    """Implemented by ``LocalInference`` and ``RemoteInference``."""

    @property
    def ready(self) -> bool:
        """Warmed up, and able to answer whatever it has an engine for."""

    @property
    def reasons(self) -> list[str]:
        """What keeps engines from answering, for operators: sentences."""

    @property
    def speech(self) -> EngineDescription | None:
        """What transcribes, for the evidence log; None: nothing does."""

    @property
    def face(self) -> EngineDescription | None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def transcribe(self, request: SpeechRequest) -> SpeechResult:
        """Raises ``Superseded``, ``InferenceUnavailable`` or ``RequestFailed``."""

    async def analyse(self, request: FaceRequest) -> FaceResult:
        """Raises ``Superseded``, ``InferenceUnavailable`` or ``RequestFailed``."""

    def statistics(self) -> InferenceStatistics: ...

    def places(self) -> dict[str, Place]:
        """By worker; the empty name is this process, with engines of its own or with what it asked of workers."""
