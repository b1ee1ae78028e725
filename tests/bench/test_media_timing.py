"""The instrument itself: a benchmark that cannot see an error would always say that there is none."""

import numpy as np
import pytest

from bench.media import material, timing
from bench.media.loss import GOOD_AFTER_S, GOOD_BEFORE_S, _judge
from bench.media.timing import Heard

SECONDS = 8


@pytest.fixture(scope="module")
def marked():
    return material.marked(SECONDS)


def coded(pcm):
    from realtime.media.opus import OpusDecoder

    decoder = OpusDecoder()
    return np.concatenate([decoder.decode(packet) for packet in material.opus(pcm, 20)])


@pytest.mark.parametrize("shift_ms", [0, 7, 140, 900, -60])
def test_every_marker_is_found_where_it_is_after_a_codec(marked, shift_ms):
    pcm, times_ms = marked
    heard = coded(pcm)
    at = abs(shift_ms) * 16
    moved = np.concatenate([np.zeros(at, np.float32), heard]) if shift_ms > 0 else heard[at:]
    for number, true_ms in enumerate(times_ms):
        found_ms = timing.find(moved, number, true_ms)
        assert found_ms - true_ms == pytest.approx(shift_ms + 6.5, abs=4)  # Opus looks ahead by 6.5 ms


def test_a_marker_that_was_lost_is_not_found_in_its_neighbours(marked):
    pcm, times_ms = marked
    for number in range(3, 12):
        without = pcm.copy()
        at = round(times_ms[number] * 16)
        without[at - 160 : at + (material.MARKER_MS + 10) * 16] = 0
        assert timing.find(without, number, times_ms[number]) is None


def test_pieces_are_laid_at_their_time():
    pcm = np.arange(1, 33, dtype=np.float32)
    laid, zero_ms = timing.timeline(pcm, np.array([0, 16]), np.array([500.0, 502.0]))
    assert zero_ms == 500
    assert laid.tolist() == [*range(1, 17), *[0] * 16, *range(17, 33)]


def test_a_stream_that_stays_late_is_seen_to():
    bad_s = 5
    times_ms = [1000.0 * s for s in range(GOOD_BEFORE_S + bad_s + GOOD_AFTER_S)]
    heard = [Heard(6.5, 30.0) if at < 5000 else Heard(46.5, 70.0) for at in times_ms]
    heard[6] = None
    judged = _judge([heard], times_ms, bad_s)
    assert judged["missing"] == 1
    assert judged["error_ms"]["max"] == 40
    assert judged["permanent_delay_ms"] == {"median": 40, "max": 40}
    assert _judge([heard, None], times_ms, bad_s) is None
