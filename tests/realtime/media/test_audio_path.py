"""Loss, disorder, silence and lies, with real Opus packets and no network."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.media.audio_path import AudioPath
from realtime.media.opus import OpusEncoder

FRAME = 960  # 20 ms of RTP time


@pytest.fixture(scope="module")
def packets(voice):
    encoder = OpusEncoder()
    pcm = voice.reshape(-1, 3).mean(axis=1)
    return [encoder.encode(pcm[i : i + 320]) for i in range(0, len(pcm), 320)]


def play(sink, packets, order, *, first_sequence=65_500, first_timestamp=2**32 - 48_000, decode=True):
    """``order``: indices of packets as they arrive, 20 ms of arrival time each. Both counters wrap early on."""
    path = AudioPath(sink)
    path.decode(decode)
    for arrived, index in enumerate(order):
        timestamp = (first_timestamp + index * FRAME) & 0xFFFFFFFF
        path.receive((first_sequence + index) & 0xFFFF, timestamp, packets[index], None, arrived * 20)
    path.flush(float("inf"))
    return path


def spans(sink):
    spans = [(c.start_ms, c.end_ms) for c in sink.chunks] + [(a, b) for a, b, _ in sink.gaps]
    return sorted(spans)


def assert_whole(sink, end_ms):
    """Every millisecond is there once: heard, concealed or told as a gap."""
    at = 0.0
    for start_ms, stop_ms in spans(sink):
        assert start_ms == pytest.approx(at, abs=0.1)
        at = stop_ms
    assert at == pytest.approx(end_ms, abs=0.1)


def test_two_percent_loss_moves_nothing(sink, packets):
    rng = random.Random(3)
    order = [i for i in range(500) if i in (0, 499) or rng.random() > 0.02]
    path = play(sink, packets, order)
    assert path.lost == 500 - len(order) > 3
    assert_whole(sink, 10_000)
    assert sum(c.concealed for c in sink.chunks) == path.lost
    undisturbed = type(sink)()
    play(undisturbed, packets, range(500))
    heard, expected = sink.timeline(10_000)[64_000:], undisturbed.timeline(10_000)[64_000:]
    assert np.corrcoef(heard, expected)[0, 1] > 0.9
    assert np.corrcoef(heard[320:], expected[:-320])[0, 1] < 0.5  # one packet aside is another sound


def test_disorder_by_three_is_undone(sink, packets):
    order = list(range(300))
    for i in range(5, 290, 10):
        order[i : i + 4] = [order[i + 3], *order[i : i + 3]]
    path = play(sink, packets, order)
    assert (path.lost, path.late) == (0, 0)
    assert_whole(sink, 6000)
    assert not any(c.concealed for c in sink.chunks)


@pytest.mark.parametrize("jitter_ms", [0, 50])
def test_disorder_by_three_is_undone_in_long_packets_too(sink, voice, jitter_ms):
    encoder, rng = OpusEncoder(), random.Random(2)
    pcm = voice.reshape(-1, 3).mean(axis=1)
    path = AudioPath(sink)
    path.decode(True)
    arrivals = [(i * 60 + rng.uniform(0, jitter_ms) + 180 * (i % 20 == 7), i) for i in range(100)]
    began_ms = arrivals[0][0]
    for arrival_ms, i in sorted(arrivals):
        path.receive(i, i * 2880, encoder.encode(pcm[i * 960 : i * 960 + 960]), None, arrival_ms - began_ms)
    path.flush(float("inf"))
    assert (path.lost, path.late) == (0, 0)
    assert_whole(sink, 6000)


def test_delay_after_a_loss_is_gone_at_once(sink, packets):
    path = AudioPath(sink)
    path.decode(True)
    for i in range(200):
        if i != 50:
            path.receive(i, i * FRAME, packets[i], None, i * 20)
        if i > 54:
            assert sink.chunks[-1].end_ms == (i + 1) * 20


def test_a_long_hole_is_told_and_only_its_end_is_invented(sink, packets):
    play(sink, packets, [*range(50), *range(100, 150)])
    assert sink.gaps == [(1000, pytest.approx(1880), "loss")]
    assert_whole(sink, 3000)


def test_silence_suppression_is_silence_and_not_loss(sink, packets):
    path = AudioPath(sink)
    path.decode(True)
    for number, index in enumerate([*range(50), 70, 90, *range(91, 120)]):
        path.receive(number, index * FRAME, packets[index], None, index * 20)
    assert sink.gaps == []
    assert path.lost == 0
    assert_whole(sink, 2400)
    quiet = [c for c in sink.chunks if c.level_dbfs == -127]
    assert [(c.start_ms, c.end_ms) for c in quiet][:2] == [(1000, 1400), (1420, 1800)]


def test_a_sender_that_paused_is_told(sink, packets):
    path = AudioPath(sink)
    path.receive(0, 0, packets[0], None, 0)
    path.receive(1, 48 * 5000, packets[1], None, 5000)
    assert sink.gaps == [(20, 5000, "disconnected")]


def test_without_decoding_losses_are_told_and_packets_pass(sink, packets):
    play(sink, packets, [*range(10), *range(12, 20)], decode=False)
    assert sink.chunks == []
    assert sink.gaps == [(200, pytest.approx(240), "loss")]
    assert len(sink.frames) == 18


def test_a_clock_that_leaps_is_laid_onto_arrival(sink, packets):
    path = AudioPath(sink)
    for i in range(10):
        path.receive(i, i * FRAME, packets[i], None, i * 20)
    path.receive(10, 2**31, packets[10], None, 200)
    path.receive(11, (2**31 + FRAME), packets[11], None, 220)
    assert [f.start_ms for f in sink.frames][-2:] == pytest.approx([200, 220])


def test_packets_that_all_claim_one_moment_do_not_make_time_run_away(sink, packets):
    path = AudioPath(sink)
    path.decode(True)
    for i in range(500):
        path.receive(i, i, packets[i], None, 0)
    assert sink.chunks[-1].end_ms < 300
    assert path.malformed > 450


def test_a_new_sender_goes_on_from_there(sink, packets):
    path = AudioPath(sink)
    path.decode(True)
    for i in range(10):
        path.receive(i, i * FRAME, packets[i], None, i * 20)
    path.restart()
    for i in range(10):
        path.receive(777 + i, 123_456 + i * FRAME, packets[i], None, 1000 + i * 20)
    assert sink.chunks[-1].end_ms == pytest.approx(1200)
    assert sink.gaps == [(200, 1000, "disconnected")]
    assert_whole(sink, 1200)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 65535), st.integers(0, 2**32 - 1), st.binary(max_size=40), st.integers(0, 200)),
        max_size=60,
    )
)
def test_whatever_a_peer_sends_time_only_grows_and_follows_arrival(steps):
    class Told:
        def __init__(self):
            self.spans, self.arrival_ms = [], 0.0

        def audio(self, chunk):
            self.spans.append((chunk.start_ms, chunk.end_ms))

        def audio_gap(self, start_ms, end_ms, cause):
            self.spans.append((start_ms, end_ms))

        def encoded(self, frame):
            assert frame.start_ms <= self.arrival_ms + 10_000 + 240

    told = Told()
    path = AudioPath(told)
    path.decode(True)
    for sequence, timestamp, payload, wait_ms in steps:
        told.arrival_ms += wait_ms
        path.receive(sequence, timestamp, payload, None, told.arrival_ms)
    path.flush(float("inf"))
    for (_, end), (start, stop) in zip(told.spans, told.spans[1:], strict=False):
        assert start >= end - 0.1
        assert stop >= start


def test_recovered_audio_is_real_where_the_sender_sent_correction_data(sink, packets):
    """libopus puts none into these packets: what is made must still be finite and as long as the hole."""
    play(sink, packets, [*range(20), *range(21, 40)])
    [made] = [c for c in sink.chunks if c.concealed]
    assert (made.start_ms, made.end_ms) == (400, pytest.approx(420))
    assert np.isfinite(made.pcm).all()
