"""The line from candidates through one stream to workers, each with a real scheduler and one calculated GPU.

Virtual time, one heap of moments. What is real: ``Scheduler``, ``LagMeter`` and ``Ladder``, and the processor time that
they take. What is calculated: the GPUs' steps, a constant way over the network, and how long a dead worker's requests
lie before another claims them.
"""

import heapq
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.scheduler.step_times import SMALL, TURBO, step_s
from bench.scheduler.talk import Asked, Candidate
from realtime.inference.ladder import Ladder, Rung
from realtime.inference.lag_meter import LagMeter
from realtime.inference.scheduler import Batch, Item, Lag, Policy, Scheduler, Shape

WAY_S = 0.002
"""From a server to a worker or back, with packing."""
CLAIM_S = 1.65
"""How long a dead worker's requests lie until somebody takes them over, at worst."""
BEAM = {"partial": 1, "final": 5}
LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    sessions: int
    gpus: int
    utilisation: float
    seconds: float
    dies_at: float | None = None
    seed: int = 1
    patience_s: float = 0.25


@dataclass(slots=True)
class Found:
    partial_lag_s: list[float] = field(default_factory=list)
    final_lag_s: list[float] = field(default_factory=list)
    interval_s: list[float] = field(default_factory=list)
    finals_asked: int = 0
    partials_asked: int = 0
    superseded: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    scheduler_cpu_s: float = 0.0
    busy_s: float = 0.0
    batches: Counter[int] = field(default_factory=Counter)
    windows: Counter[int] = field(default_factory=Counter)
    rungs: list[tuple[float, str]] = field(default_factory=list)
    rung_s: Counter[str] = field(default_factory=Counter)
    ended_at: float = 0.0


@dataclass(slots=True, eq=False)
class Worker:
    capacity: int
    scheduler: Scheduler[Asked]
    meter: LagMeter = field(default_factory=LagMeter)
    held: dict[int, Asked] = field(default_factory=dict)
    busy: bool = False
    alive: bool = True


class Simulation:
    def __init__(self, case: Case, *, max_batch: int = 32) -> None:
        self.case = case
        self.found = Found()
        self.now = 0.0
        self._numbers = 0
        self._moments: list[tuple[float, int, Callable[[], None]]] = []
        self._finals: deque[tuple[float, Asked]] = deque()
        self._partials: deque[tuple[float, Asked]] = deque()
        self._workers = [
            Worker(2 * max_batch, Scheduler(Policy(max_batch=max_batch, final_patience_s=case.patience_s)))
            for _ in range(case.gpus)
        ]
        self._answered: set[int] = set()
        self._ladder = Ladder()
        rng = random.Random(case.seed)
        self._candidates = [Candidate(id, random.Random(rng.random())) for id in range(case.sessions)]
        for candidate in self._candidates:
            self._at(rng.uniform(0, 16), lambda candidate=candidate: self._speaks(candidate))  # type: ignore[misc]
        self._at(LOOK_S, self._look)
        if case.dies_at is not None:
            self._at(case.dies_at, self._dies)

    def run(self) -> Found:
        """To the end of the case, and on until the last final has come: nobody speaks any more then."""
        while self._moments:
            self.now, _, what = heapq.heappop(self._moments)
            if self.now > self.case.seconds and len(self.found.final_lag_s) == self.found.finals_asked:
                break
            if self.now > self.case.seconds + 60:
                break
            what()
        self.found.ended_at = self.now
        return self.found

    def _at(self, when: float, what: Callable[[], None]) -> None:
        self._numbers += 1
        heapq.heappush(self._moments, (when, self._numbers, what))

    # ------------------------------------------------------------------ candidates
    def _speaks(self, candidate: Candidate) -> None:
        if self.now > self.case.seconds:
            return
        candidate.begin(self.now)
        self._at(candidate.ends, lambda: self._pauses(candidate))
        self._wants(candidate)

    def _pauses(self, candidate: Candidate) -> None:
        self.found.finals_asked += 1
        self._send(candidate.final(self._next(), self.now))
        self._at(self.now + candidate.rng.uniform(3.0, 13.0), lambda: self._speaks(candidate))

    def _wants(self, candidate: Candidate) -> None:
        """Looks again when the next partial is due, or when the ladder may have moved."""
        utterance, allowance = candidate.utterance, self._ladder.allowance
        due = candidate.due_at(allowance)
        if due is None:
            if candidate.asked is None and self.now + LOOK_S < candidate.ends:
                self._at(self.now + LOOK_S, lambda: self._wants_still(candidate, utterance))
        elif due <= self.now:
            self.found.partials_asked += 1
            self._send(candidate.partial(self._next(), self.now, allowance))
        else:
            self._at(due, lambda: self._wants_still(candidate, utterance))

    def _wants_still(self, candidate: Candidate, utterance: int) -> None:
        if candidate.utterance == utterance and self.now < candidate.ends and candidate.asked is None:
            self._wants(candidate)

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers

    # ------------------------------------------------------------------ the stream
    def _send(self, asked: Asked) -> None:
        self.found.windows[asked.window_s] += asked.kind == "partial"
        self._at(self.now + WAY_S, lambda: self._arrives(asked))

    def _arrives(self, asked: Asked) -> None:
        (self._finals if asked.kind == "final" else self._partials).append((self.now, asked))
        for worker in sorted(self._workers, key=lambda worker: len(worker.held)):
            self._reads(worker)

    def _reads(self, worker: Worker) -> None:
        while worker.alive and len(worker.held) < worker.capacity and (self._finals or self._partials):
            arrived, asked = (self._finals or self._partials).popleft()
            if asked.kind == "partial" and self.now - arrived > worker.scheduler.policy.stale_after_s:
                self._comes_to_nothing(asked)
                continue
            self._takes(worker, asked)
        self._wakes(worker)

    def _takes(self, worker: Worker, asked: Asked) -> None:
        worker.held[asked.number] = asked
        shape = Shape("speech", asked.window_s, asked.prompt, "final" if asked.kind == "final" else "partial")
        item = Item(asked.session.id, shape, asked, str(asked.utterance))
        began = time.thread_time()
        submitted = worker.scheduler.submit(item, self.now)
        self.found.scheduler_cpu_s += time.thread_time() - began
        if submitted.replaced is not None:
            self._leaves(worker, submitted.replaced.payload)
            self._comes_to_nothing(submitted.replaced.payload)
        if submitted.refused is not None:
            self.found.refused[asked.kind] += 1
            self._leaves(worker, asked)
            self._arrives_again(asked)

    def _arrives_again(self, asked: Asked) -> None:
        """A refused final is asked for again after half a second, as a session does; a partial is let go."""
        if asked.kind == "final":
            self._at(self.now + 0.5, lambda: self._arrives(asked))
        else:
            self._comes_to_nothing(asked)

    # ------------------------------------------------------------------ a worker
    def _wakes(self, worker: Worker) -> None:
        if worker.busy or not worker.alive:
            return
        began = time.thread_time()
        stale = worker.scheduler.expire(self.now)
        batch = worker.scheduler.take(self.now)
        again = None if batch else worker.scheduler.next_deadline()
        self.found.scheduler_cpu_s += time.thread_time() - began
        for item in stale:
            self._leaves(worker, item.payload)
            self._comes_to_nothing(item.payload)
        if batch is not None:
            self._computes(worker, batch)
        elif again is not None:
            self._at(max(again, self.now + 1e-6), lambda: self._wakes(worker))

    def _computes(self, worker: Worker, batch: Batch[Asked]) -> None:
        kind = batch.shape.kind
        for waited_s in batch.waited_s:
            worker.meter.taken(kind, waited_s, self.now)
        took_s = step_s(
            SMALL if kind == "partial" else TURBO,
            batch.shape.window,
            len(batch.items),
            max(item.payload.tokens for item in batch.items),
            beam=BEAM[kind],
            utilisation=self.case.utilisation,
        )
        worker.busy = True
        self.found.busy_s += took_s
        self.found.batches[len(batch.items)] += 1
        self._at(self.now + took_s, lambda: self._computed(worker, batch))

    def _computed(self, worker: Worker, batch: Batch[Asked]) -> None:
        if not worker.alive:
            return
        worker.busy = False
        began = time.thread_time()
        worker.scheduler.done(batch)
        self.found.scheduler_cpu_s += time.thread_time() - began
        for item in batch.items:
            self._leaves(worker, item.payload)
            self._at(self.now + WAY_S, lambda asked=item.payload: self._answers(asked))  # type: ignore[misc]
        self._reads(worker)

    def _leaves(self, worker: Worker, asked: Asked) -> None:
        worker.held.pop(asked.number, None)

    def _dies(self) -> None:
        worker = self._workers[-1]
        worker.alive = False
        for asked in worker.held.values():
            self._at(self.now + CLAIM_S, lambda asked=asked: self._arrives(asked))  # type: ignore[misc]

    # ------------------------------------------------------------------ answers
    def _answers(self, asked: Asked) -> None:
        if asked.number in self._answered:
            return
        self._answered.add(asked.number)
        candidate = asked.session
        if asked.kind == "final":
            self.found.final_lag_s.append(self.now - asked.at)
        elif candidate.asked == asked.number:
            self.found.partial_lag_s.append(self.now - asked.at)
            if candidate.shown:
                self.found.interval_s.append(self.now - candidate.shown[-1])
            candidate.shown.append(self.now)
            candidate.asked = None
            self._wants(candidate)

    def _comes_to_nothing(self, asked: Asked) -> None:
        self.found.superseded += 1
        if asked.session.asked == asked.number:
            asked.session.asked = None
            self._wants_still(asked.session, asked.session.utterance)

    # ------------------------------------------------------------------ the ladder
    def _look(self) -> None:
        began = time.thread_time()
        before = self._ladder.rung
        rung = self._ladder.heard(self._lag(), self.now)
        self.found.scheduler_cpu_s += time.thread_time() - began
        self.found.rung_s[rung.name] += 1
        if rung is not before:
            self.found.rungs.append((self.now, Rung(rung).name))
        self._at(self.now + LOOK_S, self._look)

    def _lag(self) -> Lag:
        of_workers = [w.meter.lag(w.scheduler.lag(self.now), self.now) for w in self._workers if w.alive]
        unread = [self.now - line[0][0] if line else 0.0 for line in (self._partials, self._finals)]
        return Lag(
            partial_s=unread[0] + max(lag.partial_s for lag in of_workers),
            final_s=unread[1] + max(lag.final_s for lag in of_workers),
        )
