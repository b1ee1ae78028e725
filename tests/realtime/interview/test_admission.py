"""A slot is taken before it is promised, the line is fair, and whoever was inside goes first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.interview.admission import (
    COME_BACK_GRACE_MS,
    LATEST_MS,
    LINE_LIMIT,
    Admission,
    AdmissionRules,
    Granted,
    NotNow,
    Pace,
)


def hall(capacity: int = 3, per_s: float = 1000.0, burst: int = 1000) -> Admission:
    return Admission(AdmissionRules(capacity, per_s, burst))


def test_the_last_slot_is_the_last() -> None:
    door = hall(2)
    assert door.ask("a", 0, returning=False) == Granted()
    assert door.ask("b", 0, returning=False) == Granted()
    full = door.ask("c", 0, returning=False)
    assert isinstance(full, NotNow)
    assert (full.code, full.place) == ("server_full", 1)
    assert door.ask("a", 1, returning=False) == Granted()  # who is inside is not asked again
    assert (door.taken, door.free, door.waiting) == (2, 0, 1)
    door.release("a")
    assert isinstance(door.ask("c", full.retry_after_ms, returning=False), Granted)
    assert (door.counters.granted, door.counters.refused_full) == (3, 1)


def test_nobody_passes_the_line() -> None:
    door = hall(1)
    door.ask("a", 0, returning=False)
    first, second = (door.ask(name, 10, returning=False) for name in "bc")
    assert isinstance(first, NotNow)
    assert isinstance(second, NotNow)
    assert (first.place, second.place) == (1, 2)
    assert second.retry_after_ms > first.retry_after_ms
    door.release("a")
    assert isinstance(door.ask("d", 20, returning=False), NotNow)  # there is a slot, and it is b's
    assert isinstance(door.ask("c", 20, returning=False), NotNow)
    assert isinstance(door.ask("b", 30, returning=False), Granted)


def test_a_place_that_nobody_comes_back_for_is_given_up() -> None:
    door = hall(1)
    door.ask("a", 0, returning=False)
    waits = door.ask("b", 0, returning=False)
    assert isinstance(waits, NotNow)
    door.ask("c", 0, returning=False)
    door.release("a")
    in_time = waits.retry_after_ms + COME_BACK_GRACE_MS
    assert isinstance(door.ask("c", in_time, returning=False), NotNow)
    assert isinstance(door.ask("c", in_time + 1, returning=False), Granted)
    assert door.counters.gave_up == 1


def test_the_returning_go_before_everybody_and_have_slots_of_their_own() -> None:
    door = hall(20)
    for number in range(18):
        assert isinstance(door.ask(f"n{number}", 0, returning=False), Granted)
    assert isinstance(door.ask("late", 0, returning=False), NotNow)  # two are kept for the returning
    assert isinstance(door.ask("r1", 0, returning=True), Granted)
    assert isinstance(door.ask("r2", 0, returning=True), Granted)
    waits = door.ask("r3", 0, returning=True)
    assert isinstance(waits, NotNow)
    assert waits.place == 1
    for number in range(3):
        door.release(f"n{number}")
    assert isinstance(door.ask("late", 5, returning=False), NotNow)  # three are free: two reserved, one is r3's
    assert isinstance(door.ask("r3", 5, returning=True), Granted)


def test_a_burst_is_paced_and_then_told_to_come_again() -> None:
    door = hall(200, per_s=20, burst=10)
    answers = [door.ask(f"n{number}", 0, returning=False) for number in range(180)]
    granted = [answer.wait_ms for answer in answers if isinstance(answer, Granted)]
    refused = [answer for answer in answers if isinstance(answer, NotNow)]
    assert granted[:10] == [0] * 10
    assert granted == sorted(granted)
    assert max(granted) <= 2_000
    assert len(granted) == 10 + 40
    assert {answer.code for answer in refused} == {"server_busy"}
    assert [answer.place for answer in refused] == list(range(1, 131))
    waits = [answer.retry_after_ms for answer in refused]
    assert waits == sorted(waits)
    assert waits[-1] <= LATEST_MS


def test_everybody_in_a_burst_gets_in_when_they_do_as_they_are_told() -> None:
    door = hall(250, per_s=20, burst=10)
    asks = [(0, f"n{number}") for number in range(200)]
    begins: list[int] = []
    questions = 0
    while asks:
        asks.sort()
        at_ms, name = asks.pop(0)
        questions += 1
        answer = door.ask(name, at_ms, returning=False)
        if isinstance(answer, Granted):
            begins.append(at_ms + answer.wait_ms)
        else:
            asks.append((at_ms + answer.retry_after_ms, name))
    assert len(begins) == 200
    begins.sort()
    assert begins[-1] <= 12_000  # 200 at 20 a second take ten seconds; nobody waits much longer than that
    assert questions <= 200 * 4
    for first, eleventh in zip(begins, begins[11:], strict=False):
        assert eleventh - first >= 49  # never more than the burst at once


def test_the_pace_of_the_returning_is_their_own() -> None:
    pace = Pace(10, 1)
    for _ in range(5):
        pace.take(0, returning=False)
    assert pace.wait_ms(0, returning=False) == 500
    assert pace.wait_ms(0, returning=True) == 0
    for _ in range(7):
        pace.take(0, returning=True)
    assert pace.wait_ms(0, returning=False) == 700
    assert pace.wait_ms(10_000, returning=False) == 0


def test_the_line_is_bounded() -> None:
    door = hall(1)
    door.ask("a", 0, returning=False)
    for number in range(LINE_LIMIT):
        door.ask(f"n{number}", 0, returning=False)
    beyond = door.ask("beyond", 0, returning=False)
    assert beyond == NotNow("server_full", LATEST_MS, None)
    assert door.waiting == LINE_LIMIT


@pytest.mark.parametrize("capacity", [1, 2, 9])
def test_a_small_process_keeps_nothing_back(capacity: int) -> None:
    door = hall(capacity)
    assert all(isinstance(door.ask(f"n{number}", 0, returning=False), Granted) for number in range(capacity))


STEPS = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 11), st.booleans()),
    st.tuples(st.just("release"), st.integers(0, 11), st.just(False)),
    st.tuples(st.just("pass"), st.sampled_from([1, 60, 900, 3_000, 15_000, 45_000]), st.just(False)),
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([1, 2, 5, 10, 20]), st.lists(STEPS, max_size=120))
def test_any_order_of_things(capacity: int, steps: list[tuple[str, int, bool]]) -> None:
    door = Admission(AdmissionRules(capacity, setups_per_s=20.0, burst=3))
    now_ms, inside = 0, set[str]()
    promised: dict[str, tuple[int, int]] = {}  # newcomer -> when it first came, until when its place is kept
    for step, which, returning in steps:
        name = f"{'r' if returning else 'n'}{which}"
        if step == "pass":
            now_ms += which
            continue
        if step == "release":
            for who in (f"n{which}", f"r{which}"):
                door.release(who)
                inside.discard(who)
            continue
        free_before = capacity - len(inside)
        answer = door.ask(name, now_ms, returning=returning)
        if isinstance(answer, Granted):
            if name not in inside and not returning:
                mine = promised.get(name, (now_ms, 0))[0]
                ahead = [n for n, (came, until) in promised.items() if n != name and until >= now_ms and came < mine]
                assert free_before - capacity // 10 > len(ahead)  # nobody who waits is passed
            assert 0 <= answer.wait_ms <= door.rules.longest_wait_ms
            inside.add(name)
            promised.pop(name, None)
        else:
            assert name not in inside  # a slot that is held is never refused
            assert 0 < answer.retry_after_ms <= LATEST_MS
            assert answer.place is not None
            assert answer.place >= 1
            if not returning:
                came, until = promised.get(name, (now_ms, now_ms))
                kept_from = came if until >= now_ms else now_ms
                promised[name] = (kept_from, now_ms + answer.retry_after_ms + COME_BACK_GRACE_MS)
        assert door.taken == len(inside) <= capacity
        assert 0 <= door.free <= capacity


def test_behind_closed_doors_newcomers_keep_their_turn_and_the_returning_come_in() -> None:
    door = hall(3)
    door.closed = True
    refused = door.ask("a", 0, returning=False)
    assert refused == NotNow("engines_busy", LATEST_MS, 1)
    assert (door.free, door.taken, door.counters.refused_engines) == (0, 0, 1)
    assert door.ask("b", 0, returning=True) == Granted()
    door.closed = False
    assert isinstance(door.ask("c", 10, returning=False), Granted), "one of the two free slots is not a's"
    assert isinstance(door.ask("d", 10, returning=False), NotNow), "and the other is"
    assert isinstance(door.ask("a", 10, returning=False), Granted)
