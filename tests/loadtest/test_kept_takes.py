"""What a candidate's device keeps: in what order it sends, when it forgets, and what is found after it was killed."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtest.kept_takes import KeptTake, KeptTakes
from realtime.protocol.media_messages import TakeState


def taken(kept: KeptTakes, count: int, number: int = 1) -> KeptTake:
    take = kept.begin(number)
    for _ in range(count):
        kept.add(take, take.next_ms, 60, 30, b"packet %d" % take.next_n)
    return take


def numbers(take: KeptTake, most: int = 16) -> list[int]:
    return [packet.n for packet in take.to_send(most)]


def test_the_oldest_go_first_a_run_at_a_time() -> None:
    take = taken(KeptTakes(), 20)
    assert numbers(take) == list(range(16))
    take.sent.update(range(16))
    assert numbers(take) == [16, 17, 18, 19]


def test_a_run_ends_at_a_pause_at_what_is_saved_and_at_what_is_on_its_way() -> None:
    kept = KeptTakes()
    take = taken(kept, 3)
    kept.add(take, take.next_ms + 5_000, 60, 30, b"after a pause")
    assert numbers(take) == [0, 1, 2]
    kept.saved(1, 0)
    take.also_saved = [(2, 2)]
    assert numbers(take) == [1]
    take.sent.add(1)
    assert numbers(take) == [3]


def test_what_is_saved_is_forgotten_and_what_is_closed_is_gone(tmp_path: Path) -> None:
    kept = KeptTakes(tmp_path)
    take = taken(kept, 5)
    kept.saved(1, 3)
    assert (list(take.packets), take.unsaved) == ([4], True)
    kept.saved(1, 1)
    assert take.through == 3, "an older word changes nothing"
    kept.closed(1, complete=True)
    assert list(tmp_path.iterdir()) == []
    assert list(kept.open_takes()) == []


def test_who_was_killed_finds_everything_and_declares_the_pause(tmp_path: Path) -> None:
    kept = KeptTakes(tmp_path)
    taken(kept, 5)
    kept.end(taken(kept, 2, number=2))
    kept.close()
    os.utime(tmp_path / "1.take", (os.path.getmtime(tmp_path / "1.take") - 10,) * 2)
    again = KeptTakes(tmp_path)
    first, second = again.begin(1), again.begin(2)
    assert [packet.payload for packet in first.packets.values()] == [b"packet %d" % n for n in range(5)]
    assert (first.next_n, first.ended, second.next_n, second.ended) == (5, False, 2, True)
    assert first.next_ms == pytest.approx(300 + 10_000, abs=2_000)
    assert first.spoken(b"packet 0") == 4


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5 * 25))
def test_half_a_packet_at_the_end_is_no_packet(tmp_path_factory: pytest.TempPathFactory, cut_at: int) -> None:
    folder = tmp_path_factory.mktemp("kept")
    kept = KeptTakes(folder)
    taken(kept, 5)
    kept.close()
    path = folder / "1.take"
    path.write_bytes(path.read_bytes()[:cut_at])
    again = KeptTakes(folder).begin(1)
    assert sorted(again.packets) == list(range(again.next_n))
    assert again.next_n <= 5
    assert all(packet.payload == b"packet %d" % n for n, packet in again.packets.items())


def test_a_take_that_another_device_began_is_gone_on_with_behind_it() -> None:
    kept = KeptTakes()
    state = TakeState(4, "q1", 1, 9, [(12, 14)], None, False, 1_015, 8_000)
    take = kept.begin_as(state)
    assert take.absent == (10, 1_015)
    packet = kept.add(take, take.next_ms, 60, 30, b"mine")
    assert (packet.n, packet.start_ms) == (1_015, 8_000)
    assert kept.begin_as(state) is take
