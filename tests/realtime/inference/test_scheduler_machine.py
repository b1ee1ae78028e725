"""The scheduler under every order of arrivals, turns, endings and absences that hypothesis can think of.

Several batches may be in engines at once; sessions withdraw; time stands still or jumps. What must hold is written at
the rule where it could break.
"""

from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from realtime.inference.scheduler import Batch, Item, Kind, Policy, Scheduler, Shape

# Sixty-fourths of a second add up exactly.
POLICY = Policy(gather_s=1 / 64, max_batch=3, stale_after_s=2.0, max_partials=5, max_finals=6, max_finals_per_stream=3)
STREAMS = st.sampled_from("abbbcdefg")
SHAPES = st.sampled_from([(8, 0), (8, 0), (8, 0), (15, 0), (8, 32)])


@dataclass(eq=False)
class Entry:
    number: int
    item: Item[int]
    at: float
    turn_since: float
    """When its stream's turn in the line began: a newer partial keeps it."""


@dataclass
class Book:
    """What the scheduler should be doing, kept beside it in the simplest way."""

    waiting: dict[int, Entry] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)

    def end(self, item: Item[int], how: str) -> Entry:
        assert item.payload not in self.ended, "an item ends once"
        self.ended[item.payload] = how
        return self.waiting.pop(item.payload)

    def of(self, kind: Kind) -> list[Entry]:
        return [entry for entry in self.waiting.values() if entry.item.shape.kind == kind]


class SchedulerMachine(RuleBasedStateMachine):
    patience_s = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.scheduler: Scheduler[int] = Scheduler(replace(POLICY, final_patience_s=self.patience_s))
        self.book = Book()
        self.in_engines: list[Batch[int]] = []
        self.now = 0.0
        self.submitted = 0

    @rule(wanted=st.lists(st.tuples(STREAMS, SHAPES, st.integers(1, 2)), min_size=1, max_size=4))
    def partials_are_wanted(self, wanted: list[tuple[str, tuple[int, int], int]]) -> None:
        for stream, shape, utterance in wanted:
            self._submit("partial", stream, shape, utterance)

    @rule(stream=STREAMS, shape=SHAPES, utterance=st.integers(1, 2))
    def an_utterance_ends(self, stream: str, shape: tuple[int, int], utterance: int) -> None:
        self._submit("final", stream, shape, utterance)

    def _submit(self, kind: Kind, stream: str, shape: tuple[int, int], utterance: int) -> None:
        self.submitted += 1
        item = Item(stream, Shape("speech", *shape, kind), self.submitted, f"u{utterance}")
        of_kind = self.book.of(kind)
        own = [entry for entry in of_kind if entry.item.stream == stream]
        submitted = self.scheduler.submit(item, self.now)
        if submitted.refused:
            # Only a full line refuses, and never a partial that takes another's place.
            if kind == "partial":
                assert len(of_kind) == POLICY.max_partials
                assert not own
            else:
                assert len(of_kind) == POLICY.max_finals or len(own) == POLICY.max_finals_per_stream
            assert submitted.replaced is None
            self.book.ended[self.submitted] = "refused"
            return
        since = self.now
        if submitted.replaced is not None:
            assert submitted.replaced.shape.kind == "partial", "a final is never replaced"
            assert submitted.replaced.stream == stream
            gone = self.book.end(submitted.replaced, "replaced")
            since = gone.turn_since if kind == "partial" else self.now
        self.book.waiting[self.submitted] = Entry(self.submitted, item, self.now, since)

    @rule(seconds=st.sampled_from([0.0, 1 / 128, 1 / 64, 0.375, 1.875, 2.5]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(after_s=st.sampled_from([0.0, 1 / 64, 0.125]), engines=st.integers(1, 5))
    def engines_are_free(self, after_s: float, engines: int) -> None:
        self.now += after_s
        for _ in range(engines):
            self._turn()

    def _turn(self) -> None:
        for item in self.scheduler.expire(self.now):
            entry = self.book.end(item, "stale")
            assert item.shape.kind == "partial", "a final never goes stale"
            assert self.now - entry.at > POLICY.stale_after_s
        batch = self.scheduler.take(self.now)
        if batch is None:
            return
        self._check(batch)
        for item in batch.items:
            self.book.end(item, "taken")
        self.in_engines.append(batch)

    def _check(self, batch: Batch[int]) -> None:
        kind = batch.shape.kind
        assert 1 <= len(batch.items) <= POLICY.max_batch
        assert {item.shape for item in batch.items} == {batch.shape}, "what CTranslate2 cannot mix is not mixed"
        patient = all(self.now - entry.at < self.patience_s for entry in self.book.of("final"))
        assert kind == "final" or patient, "finals that had their patience before every partial of every session"
        busy = {item.stream for batch in self.in_engines if batch.shape.kind == "partial" for item in batch.items}
        if kind == "partial":
            streams = [item.stream for item in batch.items]
            assert len(set(streams)) == len(streams)
            assert not busy & set(streams), "one partial of a session in flight"
        # Earliest deadline first: nobody of this kind who could go, and has gathered, is due before all who do go.
        taken = {item.payload for item in batch.items}
        earliest = min(self.book.waiting[number].turn_since for number in taken)
        for entry in self.book.of(kind):
            gathered = self.now - entry.turn_since >= POLICY.gather_s
            could_go = kind == "final" or entry.item.stream not in busy
            if entry.number not in taken and gathered and could_go:
                assert entry.turn_since >= earliest
        # Fair: a stream has a second item in the batch only if no stream of the same shape was left out.
        per_stream = [sum(item.stream == stream for item in batch.items) for stream in {i.stream for i in batch.items}]
        left_out = {e.item.stream for e in self.book.of(kind) if e.item.shape == batch.shape and e.number not in taken}
        if max(per_stream) > 1:
            assert left_out <= {item.stream for item in batch.items}

    @precondition(lambda self: self.in_engines)
    @rule(which=st.integers(0, 3))
    def an_engine_is_through(self, which: int) -> None:
        self.scheduler.done(self.in_engines.pop(which % len(self.in_engines)))

    @precondition(lambda self: self.book.waiting)
    @rule(which=st.integers(0, 20))
    def somebody_leaves(self, which: int) -> None:
        number = list(self.book.waiting)[which % len(self.book.waiting)]
        item = self.book.waiting[number].item
        self.scheduler.withdraw(item)
        self.book.end(item, "withdrawn")

    @invariant()
    def the_lines_are_bounded_and_everything_is_counted(self) -> None:
        assert self.scheduler.waiting == len(self.book.waiting)
        assert len(self.book.of("partial")) <= POLICY.max_partials
        assert len(self.book.of("final")) <= POLICY.max_finals
        counts, ends = self.scheduler.counts, list(self.book.ended.values())
        assert (counts.submitted, counts.taken) == (self.submitted, ends.count("taken"))
        assert (counts.coalesced, counts.stale) == (ends.count("replaced"), ends.count("stale"))
        assert (counts.refused, counts.withdrawn) == (ends.count("refused"), ends.count("withdrawn"))

    @invariant()
    def the_lag_is_that_of_the_longest_waiting(self) -> None:
        finals = [self.now - entry.turn_since for entry in self.book.of("final")]
        assert abs(self.scheduler.lag(self.now).final_s - max(finals, default=0.0)) < 1e-9

    def teardown(self) -> None:
        """Engines that go on to work empty the line: no final is lost and nobody starves, in as few turns as items."""
        for batch in self.in_engines:
            self.scheduler.done(batch)
        self.in_engines = []
        left = {entry.number for entry in self.book.of("final")}
        for _ in range(len(self.book.waiting)):
            self.now = max(self.now, self.scheduler.next_deadline() or self.now)
            self._turn()
            for batch in self.in_engines:
                self.scheduler.done(batch)
            self.in_engines = []
            if self.scheduler.next_deadline() is None:
                break
        assert self.scheduler.waiting == 0
        assert all(self.book.ended[number] == "taken" for number in left)


class PatientSchedulerMachine(SchedulerMachine):
    patience_s = 0.25


TestScheduler = SchedulerMachine.TestCase
TestPatientScheduler = PatientSchedulerMachine.TestCase
TestScheduler.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestPatientScheduler.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
