"""What is known of a take, from a device that loses, repeats, comes back, and lies."""

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.take import MAX_AHEAD, MAX_HOLES, MAX_PACKETS, ROOM_PACKETS, Packet, Take
from realtime.protocol.codec import ProtocolError
from realtime.protocol.missing import MissingSound


def packet(n: int, start_ms: int | None = None, payload: bytes = b"", duration_ms: float = 60) -> Packet:
    return Packet(n, n * 60 if start_ms is None else start_ms, duration_ms, "opus", payload or b"%d" % n)


def take_of(*numbers: int, saved: bool = True, packets: int | None = None) -> Take:
    take = Take()
    for n in numbers:
        put(take, packet(n), saved=saved)
    if packets is not None:
        take.ended(packets)
    return take


def put(take: Take, wanted: Packet, *, saved: bool = True) -> bool:
    new = take.admit(wanted)
    if new:
        take.add(wanted)
        if saved:
            take.saved(wanted.n)
    return new


def refused(call: Any, *arguments: Any) -> str:
    with pytest.raises(ProtocolError) as error:
        call(*arguments)
    return error.value.code


def test_received_is_not_yet_saved():
    take = take_of(0, 1, 2, saved=False)
    assert (take.through, take.ranges, take.empty) == (-1, [], False)
    take.saved(0)
    take.saved(2)
    assert (take.through, take.ranges) == (0, [(2, 2)])
    take.saved(1)
    assert (take.through, take.ranges) == (2, [])


@given(st.permutations(list(range(30))), st.randoms())
def test_in_any_order_and_twice_it_is_complete_in_the_end(order: list[int], chance: random.Random):
    take = Take()
    take.ended(30)
    for n in order:
        assert not take.complete
        put(take, packet(n))
        assert not put(take, packet(chance.choice(order[: order.index(n) + 1]))), "the same again changes nothing"
    assert take.complete
    assert take.missing(30 * 60) == []


def test_another_sound_under_the_same_number_is_refused_and_the_first_stays():
    take = take_of(0, 1)
    assert refused(take.admit, packet(1, payload=b"other")) == "take_conflict"
    assert refused(take.admit, packet(1, start_ms=61)) == "take_conflict"
    assert not take.admit(packet(1))


@pytest.mark.parametrize(
    "lie",
    [
        packet(5, start_ms=0),  # before its neighbours
        packet(3, start_ms=400),  # after the one that follows it
        packet(MAX_AHEAD + 100),  # a number out of the blue
        packet(20, start_ms=2**32 - 1),
        packet(20, duration_ms=0),
    ],
)
def test_what_cannot_be_true_is_refused(lie: Packet):
    take = take_of(0, 1, 2, 4)
    assert refused(take.admit, lie) == "take_invalid"
    assert put(take, packet(3))


def test_a_device_cannot_make_the_server_remember_holes_without_end():
    take = take_of(*range(0, 2 * MAX_HOLES, 2))
    assert refused(take.admit, packet(2 * MAX_HOLES + 2)) == "take_invalid"
    assert take.admit(packet(1)), "closing a hole is always welcome"


def test_the_end_is_told_once_and_must_fit():
    take = take_of(0, 1, 2)
    assert refused(take.ended, 2) == "take_invalid"
    assert refused(take.ended, MAX_PACKETS + 1) == "take_invalid"
    assert take.ended(5)
    assert not take.ended(5)
    assert refused(take.ended, 6) == "take_invalid"
    assert refused(take.admit, packet(5)) == "take_invalid"


def test_a_hole_in_the_numbers_is_sound_that_was_not_sent():
    take = take_of(0, 1, 5, 6, packets=9)
    assert take.missing() == [MissingSound(120, 300, "not_sent"), MissingSound(420, 540, "not_sent")]


def test_a_hole_in_time_alone_is_a_pause_of_the_capture():
    take = Take()
    for wanted in (packet(0, 500), packet(1, 575), packet(2, 5_000)):
        put(take, wanted)
    take.ended(3)
    assert take.complete
    assert take.missing() == [MissingSound(0, 500, "capture_paused"), MissingSound(635, 5_000, "capture_paused")]


def test_where_the_first_block_begins_is_no_pause():
    take = Take()
    put(take, packet(0, 47))
    take.ended(1)
    assert take.missing() == []


def test_what_another_device_holds_is_named():
    take = take_of(0, 1, 10, 11, packets=12)
    assert not take.hopeless
    take.absent(2, 6)
    assert not take.hopeless
    take.absent(6, 10)
    assert take.hopeless
    assert take.missing() == [MissingSound(120, 600, "other_device")]
    put(take, packet(2))
    assert take.missing() == [MissingSound(180, 600, "other_device")]


def test_a_take_whose_end_nobody_told_ends_with_its_answer():
    take = take_of(0, 1)
    assert take.missing(1_000) == []
    assert take.missing(9_000) == [MissingSound(120, 9_000, "not_sent")]
    take.absent(2, None)
    assert take.hopeless
    assert take.missing(9_000) == [MissingSound(120, 9_000, "other_device")]


def test_what_the_disk_did_not_take_is_our_fault():
    take = take_of(0, 1, packets=4)
    take.turned_away(2)
    assert take.missing() == [MissingSound(120, 240, "not_taken")]


def test_nothing_at_all():
    take = Take()
    assert (take.empty, take.complete, take.hopeless, take.end_ms) == (True, False, False, 0)
    assert take.missing(7_000) == [MissingSound(0, 7_000, "not_sent")]
    assert take.goes_on_at(0) == (0, 0)
    take.ended(0)
    assert take.complete


def test_another_device_goes_on_behind_what_this_one_may_still_hold():
    take = take_of(0, 1, 2)
    next_n, next_ms = take.goes_on_at(4_000)
    assert (next_n, next_ms) == (3 + ROOM_PACKETS, 4_000)
    assert put(take, packet(next_n, next_ms))
    assert put(take, packet(3)), "the other one came back"
    assert refused(take.absent, 4, 4) == "take_invalid"
    assert refused(take.absent, -1, 4) == "take_invalid"


steps = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 3_000), st.sampled_from([b"a", b"b"]), st.sampled_from([60.0, 20.0])),
    max_size=60,
)


@given(steps, st.none() | st.integers(0, 45))
def test_whatever_a_device_says_sound_and_gaps_do_not_overlap(steps: Any, packets: int | None):
    take, kept = Take(), {}
    for n, start_ms, payload, duration_ms in steps:
        wanted = packet(n, start_ms, payload, duration_ms)
        try:
            if put(take, wanted):
                kept[n] = wanted
        except ProtocolError:
            pass
    if packets is not None:
        try:
            take.ended(packets)
        except ProtocolError:
            assert max(kept, default=-1) >= packets
    ordered = [kept[n] for n in sorted(kept)]
    for earlier, later in itertools.pairwise(ordered):
        assert later.start_ms >= earlier.end_ms - 20
    gaps = take.missing(3_500)
    assert all(gap.end_ms > gap.start_ms for gap in gaps)
    for earlier, later in itertools.pairwise(gaps):
        assert later.start_ms >= earlier.end_ms
    for sound in ordered:
        for gap in gaps:
            assert min(gap.end_ms, sound.end_ms) - max(gap.start_ms, sound.start_ms) <= 20
