"""The asyncio shell around scheduler and engines: many callers, one engine thread.

    caller ──► Item with a future ──► Scheduler ──► _run (one task) ──► executor (one thread) ──► futures

Engines are synchronous and use all the cores they were given; a second thread would only make two batches fight
for them. The event loop never computes: it forms batches and hands out results.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import cast

from realtime.inference.bus import (
    InferenceError,
    InferenceStatistics,
    InferenceUnavailable,
    Place,
    RequestFailed,
    Superseded,
)
from realtime.inference.engine import (
    SAMPLE_RATE,
    EngineDescription,
    FaceEngine,
    FaceRequest,
    FaceResult,
    Shaped,
    SpeechEngine,
    SpeechRequest,
    SpeechResult,
    Spent,
    Timed,
    Wide,
)
from realtime.inference.lag_meter import LagMeter
from realtime.inference.measures import Measures
from realtime.inference.scheduler import Batch, Item, Policy, Scheduler, Shape

logger = logging.getLogger(__name__)

Request = SpeechRequest | FaceRequest
Result = SpeechResult | FaceResult
Clock = Callable[[], float]
FACE_BATCH = 32
"""Where the engine does not say how many it likes."""
BUSY_SPAN_S = 10.0
STUCK_S = 30.0
"""A batch that is longer in the engine than this is not coming out, unless warming up has shown that this engine is so
slow: then the limit is ``STUCK_FACTOR`` full batches of what warming up took."""
STUCK_FACTOR = 3.0


@dataclass(slots=True, eq=False)
class _Job:
    request: Request
    future: asyncio.Future[Result]
    asked_at: float


@dataclass(frozen=True, slots=True)
class _Step:
    """One batch in the engine. ``stages_s``: what the engine says of it; ``spent_s``: what it took by our clock."""

    outcomes: "Sequence[Result | RequestFailed]"
    stages_s: dict[str, float]
    spent_s: float


class LocalInference:
    """``Inference`` inside this process. Either engine may be missing: what it would do is then unavailable."""

    def __init__(
        self,
        speech: SpeechEngine | None,
        face: FaceEngine | None,
        policy: Policy | None = None,
        clock: Clock = time.monotonic,
        warm_batches: Sequence[int] = (),
    ) -> None:
        self._speech = speech
        self._face = face
        self._clock = clock
        self._scheduler: Scheduler[_Job] = Scheduler(policy or Policy(batch_limits=limits(face)))
        self._wake = asyncio.Event()
        self._executor: ThreadPoolExecutor | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = False
        self._answered = self._failed = 0
        self._busy_s = self._audio_s = 0.0
        self._waits_s: deque[float] = deque(maxlen=512)
        self._warm_batches = tuple(warm_batches)
        self._step_limit_s = STUCK_S
        self._lag = LagMeter()
        self._steps: deque[tuple[float, float]] = deque()
        """From when to when the engine was at work, lately."""
        self._step_began: float | None = None
        self._measures = Measures()

    @property
    def ready(self) -> bool:
        return self._ready and self._step_s(self._clock()) < self._step_limit_s

    @property
    def reasons(self) -> list[str]:
        stuck_s = self._step_s(self._clock())
        return [f"a batch has been in the engine for {stuck_s:.0f} s"] if stuck_s >= self._step_limit_s else []

    @property
    def speech(self) -> EngineDescription | None:
        return self._speech.description if self._speech else None

    @property
    def face(self) -> EngineDescription | None:
        return self._face.description if self._face else None

    @property
    def face_batch(self) -> int:
        """How many pictures are gathered at most."""
        return self._scheduler.policy.batch_limit("face")

    async def start(self) -> None:
        """Runs every engine once (seconds, off the loop); only then ``ready``."""
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")
        loop = asyncio.get_running_loop()
        if self._speech is not None:
            began = self._clock()
            await loop.run_in_executor(self._executor, self._speech.warm_up)
            warm_s = self._clock() - began
            self._step_limit_s = max(STUCK_S, STUCK_FACTOR * warm_s * self._scheduler.policy.batch_limit("speech"))
            if self._warm_batches:
                await loop.run_in_executor(self._executor, self._speech.warm_up, self._warm_batches)
        if self._face is not None:
            await loop.run_in_executor(self._executor, self._face.warm_up)
        self._ready = True
        self._task = asyncio.create_task(self._run(), name="inference")

    async def stop(self) -> None:
        """The batch in the engine is finished and answered; what still waits is told so."""
        self._ready = False
        if self._task is not None:
            self._wake.set()
            await self._task
            self._task = None
        if self._executor is not None:
            self._executor.shutdown(wait=True)
            self._executor = None

    async def transcribe(self, request: SpeechRequest) -> SpeechResult:
        if self._speech is None:
            raise InferenceUnavailable("no_speech_engine", retry=False)
        window, prompt = self._speech.shape(request) if isinstance(self._speech, Shaped) else (0, 0)
        shape = Shape("speech", window, prompt, request.kind)
        return cast(SpeechResult, await self._ask(shape, request, group=request.utterance_id))

    async def analyse(self, request: FaceRequest) -> FaceResult:
        if self._face is None:
            raise InferenceUnavailable("no_face_engine", retry=False)
        return cast(FaceResult, await self._ask(Shape("face", 0, 0, "partial"), request))

    def statistics(self) -> InferenceStatistics:
        counts, waits, now = self._scheduler.counts, sorted(self._waits_s), self._clock()
        lag = self._lag.lag(self._scheduler.lag(now), now)
        return InferenceStatistics(
            submitted=counts.submitted,
            answered=self._answered,
            failed=self._failed,
            coalesced=counts.coalesced,
            stale=counts.stale,
            refused=counts.refused,
            withdrawn=counts.withdrawn,
            batches=counts.batches,
            waiting=self._scheduler.waiting,
            mean_batch=counts.taken / counts.batches if counts.batches else 0.0,
            queue_wait_p50_ms=_percentile(waits, 0.50) * 1e3,
            queue_wait_p95_ms=_percentile(waits, 0.95) * 1e3,
            busy_ms=self._busy_s * 1e3,
            audio_s=self._audio_s,
            stage_ms=self._stage_ms(),
            refused_finals=counts.refused_finals,
            busy_share=self._busy_share(now),
            step_s=self._step_s(now),
            step_limit_s=self._step_limit_s,
            partial_lag_s=lag.partial_s,
            final_lag_s=lag.final_s,
        )

    def places(self) -> dict[str, Place]:
        return {"": Place(self.statistics(), self._measures)}

    def _stage_ms(self) -> dict[str, float]:
        return self._speech.stage_ms() if isinstance(self._speech, Timed) else {}

    def _step_s(self, now: float) -> float:
        return 0.0 if self._step_began is None else now - self._step_began

    def _busy_share(self, now: float) -> float:
        since = now - BUSY_SPAN_S
        while self._steps and self._steps[0][1] < since:
            self._steps.popleft()
        busy_s = sum(ended - max(began, since) for began, ended in self._steps) + min(self._step_s(now), BUSY_SPAN_S)
        return min(1.0, busy_s / BUSY_SPAN_S)

    async def _ask(self, shape: Shape, request: Request, group: str = "") -> Result:
        if not self._ready:
            raise InferenceUnavailable("stopped", retry=True)
        job = _Job(request, asyncio.get_running_loop().create_future(), self._clock())
        item = Item((shape.engine, request.session_id), shape, job, group)
        submitted = self._scheduler.submit(item, job.asked_at)
        if submitted.replaced is not None:
            _fail(submitted.replaced.payload, Superseded("replaced"))
        if submitted.refused is not None:
            raise InferenceUnavailable(submitted.refused, retry=True)
        self._wake.set()
        try:
            return await job.future
        finally:
            if job.future.cancelled():
                self._scheduler.withdraw(item)

    async def _run(self) -> None:
        try:
            while self._ready:
                now = self._clock()
                for item in self._scheduler.expire(now):
                    _fail(item.payload, Superseded("stale"))
                batch = self._scheduler.take(now)
                if batch is None:
                    await self._sleep_until(self._scheduler.next_deadline(), now)
                else:
                    await self._compute(batch)
        finally:
            self._ready = False
            self._refuse_the_rest()

    async def _sleep_until(self, deadline: float | None, now: float) -> None:
        """Until something is submitted, or until gathering is over."""
        self._wake.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), None if deadline is None else max(0.0, deadline - now))

    async def _compute(self, batch: Batch[_Job]) -> None:
        began, kind = self._clock(), _kind(batch.shape)
        self._waits_s.extend(batch.waited_s)
        for waited_s in batch.waited_s:
            self._measures.observe("queue_wait", kind, waited_s)
            if kind != "face":
                self._lag.taken(batch.shape.kind, waited_s, began)
        self._measures.observe("batch", kind, len(batch.items))
        requests = [item.payload.request for item in batch.items]
        self._step_began = began
        try:
            step = await asyncio.get_running_loop().run_in_executor(self._executor, self._step, requests)
        finally:
            self._step_began = None
        now = self._clock()
        self._steps.append((began, now))
        self._busy_s += now - began
        self._measures.observe("step", kind, now - began)
        for stage, spent_s in step.stages_s.items():
            self._measures.observe("stage", stage, spent_s)
        self._audio_s += sum(r.samples / SAMPLE_RATE for r in requests if isinstance(r, SpeechRequest))
        self._scheduler.done(batch)
        for item, outcome in zip(batch.items, step.outcomes, strict=True):
            if isinstance(outcome, SpeechResult):
                outcome = replace(outcome, spent=self._spent(item.payload, batch, step, began, now))
            self._settle(item.payload, outcome)

    def _spent(self, job: _Job, batch: Batch[_Job], step: _Step, began: float, now: float) -> Spent:
        """From being asked to the answer, without a gap. ``engine``: the batch's time that no stage accounts for;
        ``handover``: from the loop to the engine's thread and back."""
        waited_s = began - job.asked_at
        gather_s = min(waited_s, self._scheduler.policy.gather_s)
        parts_s = {"gather": gather_s, "queue": waited_s - gather_s, **step.stages_s}
        parts_s["engine"] = step.spent_s - sum(step.stages_s.values())
        parts_s["handover"] = now - began - step.spent_s
        return Spent({part: spent * 1e3 for part, spent in parts_s.items()}, len(batch.items), batch.shape.window)

    def _settle(self, job: _Job, outcome: "Result | RequestFailed") -> None:
        if isinstance(outcome, RequestFailed):
            self._failed += 1
            _fail(job, outcome)
            return
        self._answered += 1
        kind = job.request.kind if isinstance(job.request, SpeechRequest) else "face"
        self._measures.observe("answer", kind, self._clock() - job.asked_at)
        if not job.future.done():
            job.future.set_result(outcome)

    def _step(self, requests: Sequence[Request]) -> _Step:
        """In the engine thread."""
        began, before = self._clock(), self._stage_ms()
        outcomes = self._call_engine(requests)
        spent_s, after = self._clock() - began, self._stage_ms()
        stages_s = {stage: (total - before.get(stage, 0.0)) / 1e3 for stage, total in after.items()}
        return _Step(outcomes, {stage: spent for stage, spent in stages_s.items() if spent > 0}, spent_s)

    def _call_engine(self, requests: Sequence[Request]) -> "Sequence[Result | RequestFailed]":
        """In the engine thread. A batch that raises is computed again one by one, so that only the request
        that is poison fails."""
        try:
            return self._batch(requests)
        except Exception:
            # The boundary of the engine's work: whatever a model library raises must not end the service.
            logger.exception("an engine failed on a batch of %d", len(requests))
            if len(requests) == 1:
                return [RequestFailed()]
            return [outcome for request in requests for outcome in self._call_engine([request])]

    def _batch(self, requests: Sequence[Request]) -> Sequence[Result]:
        faces = [request for request in requests if isinstance(request, FaceRequest)]
        if faces:
            assert self._face is not None
            return self._face.analyse(faces)
        assert self._speech is not None
        return self._speech.transcribe([request for request in requests if isinstance(request, SpeechRequest)])

    def _refuse_the_rest(self) -> None:
        while (batch := self._scheduler.take(float("inf"))) is not None:
            for item in batch.items:
                _fail(item.payload, InferenceUnavailable("stopped", retry=True))


def limits(face: FaceEngine | None) -> dict[str, int]:
    """What a policy's ``batch_limits`` should be for this engine."""
    return {"face": face.largest_batch if isinstance(face, Wide) else FACE_BATCH}


def _kind(shape: Shape) -> str:
    return "face" if shape.engine == "face" else shape.kind


def _fail(job: _Job, error: InferenceError) -> None:
    if not job.future.done():
        job.future.set_exception(error)


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
