"""A line that keeps its order. The chunks are numbered by their value."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime.perception.segmenter import CHUNK_MS, CHUNK_SAMPLES
from realtime.perception.unjudged import MOST_TAKEN_CHUNKS, MOST_WAITING_CHUNKS, Stretch, UnjudgedSound


def stretch(first: int, count: int) -> Stretch:
    numbers = np.arange(first, first + count, dtype=np.float32)
    return Stretch(first * CHUNK_MS, np.repeat(numbers[:, None], CHUNK_SAMPLES, axis=1))


def numbers(taken: Stretch) -> list[int]:
    assert taken.begins_ms == taken.chunks[0, 0] * CHUNK_MS
    return [int(chunk[0]) for chunk in taken.chunks]


@given(st.lists(st.integers(1, 12) | st.sampled_from(["break", "judge"]), max_size=40))
def test_everything_comes_out_once_in_its_order_breaks_included(steps: list[int | str]) -> None:
    line, put, said, came = UnjudgedSound(), 0, [], []  # type: ignore[var-annotated]
    under_way = False

    def judge() -> None:
        nonlocal under_way
        chunks = line.take()
        assert chunks is None or 0 < len(chunks) <= MOST_TAKEN_CHUNKS
        assert line.take() is None, "one at a time"
        taken, breaks = line.done()
        came.extend(numbers(taken) if taken else [])
        came.extend(["break"] if breaks else [])

    for step in [*steps, *["judge"] * 60]:
        if step == "judge":
            judge()
        elif step == "break":
            if line.broke():
                assert came == said
            elif said[-1] != "break":
                said.append("break")
        elif line.put(stretch(put, int(step))):
            said.extend(range(put, put + int(step)))
            put += int(step)
    assert came == said
    assert line.empty


def test_the_line_is_bounded_and_what_is_under_way_does_not_count() -> None:
    line = UnjudgedSound()
    assert line.put(stretch(0, MOST_WAITING_CHUNKS))
    assert not line.put(stretch(MOST_WAITING_CHUNKS, 1))
    line.take()
    assert line.put(stretch(MOST_WAITING_CHUNKS, MOST_TAKEN_CHUNKS))
    assert not line.put(stretch(2 * MOST_WAITING_CHUNKS, 1))
