"""Proven under any order of arrivals, in virtual time."""

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.scheduler import Item, Kind, Policy, Scheduler, Shape

POLICY = Policy(gather_s=0.01, max_batch=3, stale_after_s=2.0, max_partials=6, max_finals=8, max_finals_per_stream=3)


def item(stream: str, kind: Kind = "partial", window: int = 8, name: str = "", group: str = "u1") -> Item[str]:
    return Item(stream, Shape("speech", window, 0, kind), name or stream, group)


def names(scheduler: Scheduler[str], now: float) -> list[str]:
    batch = scheduler.take(now)
    if batch is None:
        return []
    scheduler.done(batch)
    return [item.payload for item in batch.items]


def test_items_wait_a_moment_for_company() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    scheduler.submit(item("a"), 0.0)
    scheduler.submit(item("b"), 0.005)
    assert scheduler.take(0.009) is None
    assert scheduler.next_deadline() == pytest.approx(0.01)
    assert names(scheduler, 0.01) == ["a", "b"]
    assert scheduler.next_deadline() is None


def test_a_full_batch_does_not_wait() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    for stream in "abcd":
        scheduler.submit(item(stream), 0.0)
    assert names(scheduler, 0.0) == ["a", "b", "c"]
    assert scheduler.take(0.0) is None


def test_an_engine_may_have_its_own_batch_limit() -> None:
    scheduler: Scheduler[str] = Scheduler(Policy(max_batch=1, batch_limits={"face": 2}))
    for stream in "ab":
        scheduler.submit(Item(stream, Shape("face", 0, 0, "partial"), stream), 0.0)
    assert names(scheduler, 0.0) == ["a", "b"]


def test_a_newer_partial_takes_the_place_and_the_turn_of_the_waiting_one() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    old = item("a", name="old")
    scheduler.submit(old, 0.0)
    scheduler.submit(item("b"), 0.001)
    assert scheduler.submit(item("a", name="new"), 0.008).replaced is old
    assert names(scheduler, 0.01) == ["new", "b"]
    assert scheduler.counts.coalesced == 1


def test_one_partial_of_a_stream_is_in_the_engine_at_a_time() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    scheduler.submit(item("a", name="first"), 0.0)
    batch = scheduler.take(0.01)
    assert batch is not None
    scheduler.submit(item("a", name="second"), 0.02)
    assert scheduler.take(1.0) is None
    scheduler.done(batch)
    assert names(scheduler, 1.0) == ["second"]


def test_finals_go_first_and_no_partial_slips_in_while_they_gather() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    scheduler.submit(item("a"), 0.0)
    scheduler.submit(item("b", "final", name="final"), 0.02)
    assert scheduler.take(0.025) is None
    assert names(scheduler, 0.03) == ["final"]
    assert names(scheduler, 0.03) == ["a"]


def test_with_patience_finals_gather_while_there_are_partials_to_do_and_then_go_first() -> None:
    scheduler: Scheduler[str] = Scheduler(replace(POLICY, final_patience_s=0.25))
    scheduler.submit(item("a", "final", name="first"), 0.0)
    assert names(scheduler, 0.01) == ["first"], "nobody waits for nothing"
    scheduler.submit(item("a", "final", name="second"), 1.0)
    scheduler.submit(item("b"), 1.0)
    assert scheduler.next_deadline() == pytest.approx(1.01)
    assert names(scheduler, 1.02) == ["b"]
    scheduler.submit(item("c", "final", name="third"), 1.03)
    scheduler.submit(item("d"), 1.2)
    assert names(scheduler, 1.25) == ["second", "third"], "before a partial that is ready"
    for stream in "efg":
        scheduler.submit(item(stream, "final"), 1.26)
    assert names(scheduler, 1.26) == ["e", "f", "g"], "a full batch has nothing to gather for"
    assert names(scheduler, 1.26) == ["d"]


def test_a_final_makes_the_waiting_partial_of_its_utterance_pointless() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    partial, other = item("a"), item("b", group="u2")
    scheduler.submit(partial, 0.0)
    scheduler.submit(other, 0.0)
    assert scheduler.submit(item("a", "final"), 0.0).replaced is partial
    assert scheduler.submit(item("b", "final", group="u1"), 0.0).replaced is None


def test_different_shapes_never_share_a_batch_and_the_older_goes_first() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    scheduler.submit(item("a", window=15), 0.0)
    scheduler.submit(item("b", window=8), 0.001)
    scheduler.submit(item("c", window=15), 0.002)
    assert names(scheduler, 1.0) == ["a", "c"]
    assert names(scheduler, 1.0) == ["b"]


def test_a_flood_of_finals_from_one_stream_stays_its_own() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    for at in range(3):
        scheduler.submit(item("a", "final", name=f"a{at}"), 0.0)
    scheduler.submit(item("b", "final", name="b0"), 0.001)
    assert names(scheduler, 1.0) == ["a0", "b0", "a1"]
    assert scheduler.submit(item("a", "final"), 1.0).refused is None
    scheduler.submit(item("a", "final"), 1.0)
    assert scheduler.submit(item("a", "final"), 1.0).refused == "queue_full"


def test_a_partial_that_waited_too_long_is_given_up_and_a_final_never() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    scheduler.submit(item("a", "final", name="final"), 0.0)
    scheduler.submit(item("b", name="stale"), 0.0)
    scheduler.submit(item("c", name="fresh"), 2.0)
    assert [gone.payload for gone in scheduler.expire(2.5)] == ["stale"]
    assert names(scheduler, 2.5) == ["final"]
    assert names(scheduler, 2.5) == ["fresh"]
    assert scheduler.counts.stale == 1


def test_withdrawn_items_are_not_computed() -> None:
    scheduler: Scheduler[str] = Scheduler(POLICY)
    partial, final = item("a"), item("b", "final")
    for one in (partial, final):
        scheduler.submit(one, 0.0)
        scheduler.withdraw(one)
        scheduler.withdraw(one)
    assert scheduler.take(1.0) is None
    assert scheduler.counts.withdrawn == 2


@dataclass
class Ledger:
    """Where every item ended, and what may never happen on the way."""

    scheduler: Scheduler[int] = field(default_factory=lambda: Scheduler(POLICY))
    now: float = 0.0
    ends: Counter[int] = field(default_factory=Counter)
    finals: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    computed: set[int] = field(default_factory=set)
    last_taken: dict[object, float] = field(default_factory=dict)

    def submit(self, number: int, stream: str, kind: Kind, window: int) -> None:
        submitted = self.scheduler.submit(Item(stream, Shape("speech", window, 0, kind), number, "u"), self.now)
        if submitted.refused:
            self._end(number)
            self.refused.add(number)
        elif kind == "final":
            self.finals.add(number)
        if submitted.replaced:
            assert submitted.replaced.shape.kind == "partial"
            self._end(submitted.replaced.payload)
        finals = len(self.scheduler._finals)
        assert finals <= POLICY.max_finals
        assert self.scheduler.waiting - finals <= POLICY.max_partials

    def turn(self) -> bool:
        """One turn of the engine. False: there was nothing to do."""
        for item in self.scheduler.expire(self.now):
            assert item.shape.kind == "partial"
            self._end(item.payload)
        waiting_finals = len(self.scheduler._finals)
        batch = self.scheduler.take(self.now)
        if batch is None:
            return False
        assert 1 <= len(batch.items) <= POLICY.max_batch
        assert len({item.shape for item in batch.items}) == 1
        assert batch.shape.kind == "final" or waiting_finals == 0
        if batch.shape.kind == "partial":
            assert len({item.stream for item in batch.items}) == len(batch.items)
        for item in batch.items:
            self._end(item.payload)
            self.computed.add(item.payload)
        self.scheduler.done(batch)
        return True

    def _end(self, number: int) -> None:
        self.ends[number] += 1
        assert self.ends[number] == 1, "an item ends once"


ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.sampled_from(["partial", "partial", "final"]),
        st.sampled_from([8, 10]),
        st.floats(0, 0.8),
        st.booleans(),
    ),
    max_size=60,
)


@given(ARRIVALS)
def test_whatever_arrives_every_item_ends_once_and_every_accepted_final_is_computed(
    arrivals: list[tuple[str, Kind, int, float, bool]],
) -> None:
    ledger = Ledger()
    for number, (stream, kind, window, pause_s, engine_is_free) in enumerate(arrivals):
        ledger.now += pause_s
        ledger.submit(number, stream, kind, window)
        if engine_is_free:
            ledger.turn()
    while (deadline := ledger.scheduler.next_deadline()) is not None:
        ledger.now = max(ledger.now, deadline)
        assert ledger.turn()
    assert set(ledger.ends) == set(range(len(arrivals)))
    assert ledger.finals <= ledger.computed
    assert ledger.scheduler.waiting == 0
    counts = ledger.scheduler.counts
    assert counts.submitted == counts.taken + counts.coalesced + counts.stale + counts.refused


@given(st.integers(2, 6), st.integers(1, 40))
def test_no_stream_starves_while_all_of_them_keep_asking(streams: int, rounds: int) -> None:
    """Every stream asks anew before every turn, some far more often than others; the line still goes round."""
    scheduler: Scheduler[int] = Scheduler(POLICY)
    waited = dict.fromkeys(range(streams), 0)
    for turn in range(rounds):
        now = turn * 0.1
        for stream in range(streams):
            for _ in range(1 + stream % 3):
                scheduler.submit(Item(stream, Shape("speech", 8 + stream % 2, 0, "partial"), stream), now)
        batch = scheduler.take(now + 0.01)
        assert batch is not None
        taken = {item.payload for item in batch.items}
        waited = {stream: 0 if stream in taken else turns + 1 for stream, turns in waited.items()}
        assert max(waited.values()) <= streams
        scheduler.done(batch)
