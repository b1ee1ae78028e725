"""A log's bytes: whatever is cut off or changed, no wrong record is ever read, and the others still are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.media.log_format import FRAME_BYTES, HEADER_BYTES, Scan, SegmentWriter

KEY, NAME = b"k" * 32, "interviews/i/q/take-1"
RECORDS = [bytes([65 + i]) * (5 + 7 * i) for i in range(6)]


def segment(records, first=1, *, salt=b"s" * 32, end=False, name=NAME, key=KEY) -> bytes:
    writer = SegmentWriter(key, salt, name, first)
    parts = [writer.header, *map(writer.record, records)]
    return b"".join([*parts, writer.end()] if end else parts)


def read(data: bytes, *, key=KEY, name=NAME) -> tuple[list[tuple[int, bytes]], Scan]:
    scan = Scan()
    return list(scan.records(data, key, name)), scan


TWO = segment(RECORDS[:3]) + segment(RECORDS[3:], 4, salt=b"t" * 32, end=True)
ALL = list(enumerate(RECORDS, 1))


def test_what_was_written_is_read():
    found, scan = read(TWO)
    assert found == ALL
    assert (scan.last, scan.lost, scan.complete) == (6, [], True)
    assert len(segment([b"12345"])) == HEADER_BYTES + FRAME_BYTES + 5


def test_nothing_is_readable_without_the_key_or_under_another_name():
    assert not any(record in TWO for record in RECORDS)
    assert read(TWO, key=b"x" * 32)[0] == []
    assert read(TWO, name="interviews/i/q/take-2")[0] == []


@pytest.mark.parametrize("cut", range(len(TWO)))
def test_cut_off_anywhere_it_is_read_up_to_there(cut):
    found, scan = read(TWO[:cut])
    assert found == ALL[: len(found)]
    whole = sum(HEADER_BYTES + _frames_bytes(i) <= cut for i in (1, 2, 3))
    assert len(found) >= whole
    assert not scan.complete
    assert scan.lost == []


def _frames_bytes(count: int) -> int:
    return sum(FRAME_BYTES + len(record) for record in RECORDS[:count])


@pytest.mark.parametrize("at", range(len(TWO)))
def test_a_changed_byte_costs_one_record_and_is_told(at):
    for bit in (1, 0x80):
        data = bytearray(TWO)
        data[at] ^= bit
        found, scan = read(bytes(data))
        assert set(found) <= set(ALL)
        header = at < HEADER_BYTES or 0 <= at - len(segment(RECORDS[:3])) < HEADER_BYTES
        assert len(found) >= (3 if header else 5)
        missing = {n for n, _ in ALL} - {n for n, _ in found}
        told = {n for first, end in scan.lost for n in range(first, end)}
        assert told == {n for n in missing if n <= scan.last}
        assert not (missing and scan.complete)


def test_a_writer_goes_on_behind_what_a_killed_one_left():
    for cut in range(len(segment(RECORDS[:3]))):
        data = segment(RECORDS[:3])[:cut]
        _, scan = read(data)
        data += segment(RECORDS[3:], scan.last + 1, salt=b"n" * 32, end=True)
        found, after = read(data)
        assert [record for _, record in found] == RECORDS[: scan.last] + RECORDS[3:]
        assert [number for number, _ in found] == list(range(1, len(found) + 1))
        assert (after.lost, after.complete) == ([], True)


def test_segments_that_were_swapped_or_copied_give_each_record_once():
    first, second = segment(RECORDS[:3]), segment(RECORDS[3:], 4, salt=b"t" * 32)
    assert read(first + second + first)[0] == ALL
    found, scan = read(second + first)
    assert found == ALL[3:]
    assert scan.lost == [(1, 4)]


def test_a_log_that_was_opened_again_is_not_complete():
    assert not read(TWO + segment([], 7, salt=b"u" * 32))[1].complete
    assert not read(TWO + b"x")[1].complete


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_exception(data):
    assert read(data)[0] == []
    assert read(TWO + data)[0] == ALL


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_hole_loses_what_is_in_it_and_no_more(data):
    start = data.draw(st.integers(HEADER_BYTES, len(TWO)))
    length = data.draw(st.integers(1, 200))
    damaged = TWO[:start] + b"\0" * min(length, len(TWO) - start) + TWO[start + length :]
    found, _ = read(damaged)
    assert set(found) <= set(ALL)
    before = [i for i in range(1, 4) if HEADER_BYTES + _frames_bytes(i) <= start]
    assert {number for number, _ in found} >= set(before)
