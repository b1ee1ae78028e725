"""The journal's bytes: cut off or changed anywhere, what was whole before is read, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.redo_format import Written, decoded, encoded

ALL = [Written(f"takes/i/q/take-{i}.0a1b2c3d.log", 1000 * i, bytes([65 + i]) * (10 + i)) for i in range(4)]
FRAMES = [encoded(written) for written in ALL]
JOURNAL = b"".join(FRAMES)


@given(st.lists(st.builds(Written, st.text(max_size=40), st.integers(0, 2**63), st.binary(max_size=99)), max_size=5))
def test_what_was_written_is_read(all_written):
    assert list(decoded(b"".join(map(encoded, all_written)))) == all_written


@pytest.mark.parametrize("at", range(len(JOURNAL)))
def test_it_ends_where_it_is_not_whole(at):
    before = next(i for i in range(1, 5) if at < len(b"".join(FRAMES[:i]))) - 1
    assert list(decoded(JOURNAL[:at])) == ALL[:before]
    changed = JOURNAL[:at] + bytes([JOURNAL[at] ^ 4]) + JOURNAL[at + 1 :]
    assert list(decoded(changed)) == ALL[:before]


@pytest.mark.parametrize("zeros", [1, 8, 9, 4096])
def test_zeros_at_the_end_are_nothing(zeros):
    assert list(decoded(JOURNAL + bytes(zeros))) == ALL


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(data):
    list(decoded(data))
