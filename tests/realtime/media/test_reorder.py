from hypothesis import given
from hypothesis import strategies as st

from realtime.media.reorder import ReorderWindow


def run(sequences, depth=3, hold_ms=1e9, step_ms=20):
    window = ReorderWindow(depth, hold_ms)
    out = []
    for index, sequence in enumerate(sequences):
        out += window.push(sequence & 0xFFFF, sequence, index * step_ms)
    return window, out + window.release(float("inf"))


def test_in_order_nothing_waits():
    window = ReorderWindow(3, 100)
    for sequence in range(65530, 65545):
        assert [n for n, _ in window.push(sequence & 0xFFFF, "x", 0)] == [sequence]


def test_reordering_by_three_is_put_right():
    window, out = run([0, 4, 1, 2, 3, 5, 8, 6, 7, 9])
    assert [item for _, item in out] == list(range(10))
    assert (window.lost, window.late) == (0, 0)


def test_a_lost_packet_is_given_up_after_three_more_and_leaves_no_delay():
    window = ReorderWindow(3, 1e9)
    released = [[i for _, i in window.push(s, s, s)] for s in [0, 1, 3, 4, 5, 6, 7, 8]]
    assert released == [[0], [1], [], [], [], [3, 4, 5, 6], [7], [8]]
    assert window.lost == 1
    assert window.push(2, 2, 9) == []
    assert window.late == 1


def test_a_lost_packet_is_given_up_in_time_when_little_follows():
    window = ReorderWindow(3, 150)
    window.push(0, 0, 0)
    assert window.push(2, 2, 60) == []
    assert window.missing() == [1]
    assert window.release(200) == []
    assert window.release(210) == [(2, 2)]


def test_a_restarted_sender_is_believed_at_its_second_packet():
    window, out = run([10, 11, 40_000, 12, 40_001, 50_000, 50_001, 50_002])
    assert [item for _, item in out] == [10, 11, 12, 50_001, 50_002]
    assert window.restarts == 1


@given(st.lists(st.integers(0, 65535), max_size=300), st.integers(1, 8))
def test_whatever_comes_numbers_only_grow_and_memory_is_bounded(sequences, depth):
    window, out = run(sequences, depth)
    numbers = [n for n, _ in out]
    assert numbers == sorted(set(numbers))
    assert len(window.missing()) <= 3000


@given(st.integers(0, 65535), st.data())
def test_bounded_disorder_without_loss_is_undone(first, data):
    order = list(range(first + 1, first + 60))
    for at in range(0, len(order) - 4, 4):  # within blocks of four nothing moves by more than three
        order[at : at + 4] = data.draw(st.permutations(order[at : at + 4]))
    window, out = run([first, *order])
    assert [item for _, item in out] == list(range(first, first + 60))
    assert (window.lost, window.late) == (0, 0)


@given(st.lists(st.integers(-6, 6), max_size=80), st.integers(0, 65535))
def test_the_short_way_is_the_same_way(steps, first):
    """``straight`` before ``push`` gives what ``push`` alone gives."""
    slow, fast = ReorderWindow(3, 1e9), ReorderWindow(3, 1e9)
    sequence = first
    for index, step in enumerate(steps):
        sequence = (sequence + step) & 0xFFFF
        expected = slow.push(sequence, index, index)
        number = fast.straight(sequence)
        assert ([(number, index)] if number is not None else fast.push(sequence, index, index)) == expected
    assert (fast.lost, fast.late, fast.release(1e12)) == (slow.lost, slow.late, slow.release(1e12))


def test_a_jump_that_is_not_believed_yet_goes_the_long_way():
    window = ReorderWindow(3, 1e9)
    window.push(0, "a", 0)
    assert window.push(40_000, "stray", 0) == []
    assert window.straight(1) is None
    assert window.push(1, "b", 0) == [(1, "b")]
    assert window.straight(2) == 2
