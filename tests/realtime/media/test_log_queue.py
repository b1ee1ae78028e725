"""The queue of one log, without a thread: bounded, and durable only what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.errors import MediaError
from realtime.media.log_format import MAX_RECORD_BYTES
from realtime.media.log_queue import MAX_WAITING_BYTES, LogQueue

ROOM = 1 << 40


def test_positions_go_on_from_what_is_durable():
    queue = LogQueue(7)
    assert [queue.append(b"a", ROOM), queue.append(b"b", ROOM)] == [8, 9]
    assert queue.durable == 7
    assert queue.take() == [b"a", b"b"]
    assert queue.durable == 7
    assert queue.append(b"ccc", ROOM) == 10
    assert queue.written() == 2
    assert (queue.durable, queue.waiting_bytes) == (9, 3)


def test_what_failed_waits_and_counts_until_it_is_written():
    queue = LogQueue()
    queue.append(b"aa", ROOM)
    queue.take()
    queue.problem = "No space left on device"
    queue.append(b"b", ROOM)
    assert (queue.take(), queue.durable, queue.waiting_bytes) == ([b"b"], 0, 3)
    assert queue.written() == 3
    assert (queue.durable, queue.problem, queue.waiting_bytes) == (2, "", 0)


@pytest.mark.parametrize("room", [ROOM, 10])
def test_a_full_queue_says_no_and_takes_nothing(room):
    queue = LogQueue()
    queue.problem = "No space left on device"
    with pytest.raises(MediaError, match="No space left") as refused:
        [queue.append(bytes(MAX_WAITING_BYTES // 4), room) for _ in range(5)]
    assert (refused.value.code, refused.value.retry, refused.value.fault) == ("store_unavailable", True, "server")
    assert queue.waiting_bytes <= min(MAX_WAITING_BYTES, room)
    assert queue.appended == len(queue.take())


@pytest.mark.parametrize("record", [b"", bytes(MAX_RECORD_BYTES + 1)])
def test_a_record_of_no_size_is_a_mistake(record):
    with pytest.raises(ValueError, match="a record has"):
        LogQueue().append(record, ROOM)


def test_a_closed_log_takes_nothing():
    queue = LogQueue()
    queue.append(b"a", ROOM)
    queue.end()
    with pytest.raises(MediaError, match="closed"):
        queue.append(b"b", ROOM)
    assert queue.ending
    queue.take()
    queue.written()
    assert not queue.ending


@given(st.lists(st.sampled_from(["append", "take", "written"]), max_size=60))
def test_durable_never_passes_what_was_taken(steps):
    queue, taken, durable = LogQueue(), 0, 0
    for step in steps:
        if step == "append":
            queue.append(b"x", ROOM)
        elif step == "take":
            taken += len(queue.take())
        else:
            queue.written()
            durable = taken
        assert queue.durable == durable <= taken <= queue.appended
        assert queue.waiting_bytes == queue.appended - durable
