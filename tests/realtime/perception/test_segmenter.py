"""In chunks of 32 ms. The sound's value says which chunk it is, so that it can be found again."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.perception.segmenter import (
    CHUNK_MS,
    CHUNK_SAMPLES,
    Segment,
    Segmenter,
    SegmenterPolicy,
    UtteranceClosed,
    UtteranceOpened,
)

POLICY = SegmenterPolicy()


def feed(segmenter: Segmenter, probabilities: list[float], first: int = 0) -> list[Segment]:
    events: list[Segment] = []
    for at, probability in enumerate(probabilities, first):
        events += segmenter.push(np.full(CHUNK_SAMPLES, at, np.float32), probability, at * CHUNK_MS)
    return events


def chunks_of(closed: UtteranceClosed) -> list[int]:
    return [int(value) for value in closed.audio[::CHUNK_SAMPLES]]


def test_an_utterance_has_its_pre_roll_and_says_where_the_voice_was() -> None:
    segmenter = Segmenter()
    opened, closed = feed(segmenter, [0.0] * 30 + [0.9] * 20 + [0.1] * 19)
    assert opened == UtteranceOpened(start_ms=17 * CHUNK_MS, voice_ms=30 * CHUNK_MS)
    assert isinstance(closed, UtteranceClosed)
    assert closed.voice_end_ms == 50 * CHUNK_MS
    assert chunks_of(closed) == list(range(17, 69))
    assert segmenter.voiced_ms == 20 * CHUNK_MS
    assert not segmenter.speaking


def test_a_click_is_not_speech() -> None:
    assert feed(Segmenter(), [0.0, 0.9, 0.9, 0.1] * 10) == []


def test_between_the_thresholds_speech_goes_on_but_does_not_begin() -> None:
    assert feed(Segmenter(), [0.4] * 100) == []
    assert len(feed(Segmenter(), [0.9] * 5 + [0.4] * 100)) == 1


def test_a_pause_shorter_than_the_end_silence_stays_inside() -> None:
    events = feed(Segmenter(), [0.9] * 10 + [0.1] * 18 + [0.9] * 10 + [0.1] * 19)
    assert [type(event) for event in events] == [UtteranceOpened, UtteranceClosed]


def test_the_silence_that_ended_one_is_the_pre_roll_of_the_next() -> None:
    events = feed(Segmenter(), [0.9] * 10 + [0.1] * 19 + [0.9] * 10)
    assert isinstance(events[2], UtteranceOpened)
    assert events[2].start_ms == (29 - POLICY.pre_roll_chunks) * CHUNK_MS


def test_closing_gives_what_there_is() -> None:
    segmenter = Segmenter()
    feed(segmenter, [0.9] * 10)
    (closed,) = segmenter.close()
    assert isinstance(closed, UtteranceClosed)
    assert chunks_of(closed) == list(range(10))
    assert segmenter.close() == []


def test_after_25_seconds_a_short_pause_is_enough() -> None:
    talk = POLICY.cut_from_chunks + 10
    events = feed(Segmenter(), [0.9] * talk + [0.1] * 5 + [0.9] * 10)
    assert [type(event) for event in events] == [UtteranceOpened, UtteranceClosed, UtteranceOpened]
    closed, resumed = events[1], events[2]
    assert isinstance(closed, UtteranceClosed)
    assert isinstance(resumed, UtteranceOpened)
    assert closed.cut
    assert resumed.resumed
    assert resumed.start_ms == len(chunks_of(closed)) * CHUNK_MS


def test_a_cut_in_the_pause_that_turns_out_to_be_the_end_leaves_only_silence() -> None:
    talk = POLICY.cut_from_chunks + 10
    events = feed(Segmenter(), [0.9] * talk + [0.1] * 19)
    assert [type(event) for event in events] == [UtteranceOpened, UtteranceClosed, UtteranceOpened, UtteranceClosed]
    last = events[3]
    assert isinstance(last, UtteranceClosed)
    assert (last.voiced, last.cut, last.voice_end_ms) == (False, False, talk * CHUNK_MS)


def test_without_a_pause_the_quietest_moment_is_cut_at_28_seconds() -> None:
    segmenter = Segmenter()
    quiet = POLICY.cut_from_chunks + 40
    events: list[Segment] = []
    for at in range(POLICY.cut_at_chunks):
        level = 0.01 if abs(at - quiet) <= 2 else 0.5
        events += segmenter.push(np.full(CHUNK_SAMPLES, level, np.float32), 0.9, at * CHUNK_MS)
    closed = events[1]
    assert isinstance(closed, UtteranceClosed)
    assert abs(len(closed.audio) // CHUNK_SAMPLES - quiet) <= 1


def test_without_an_engine_no_sound_is_held() -> None:
    segmenter = Segmenter(keep_audio=False)
    events = feed(segmenter, [0.9] * 2000 + [0.0] * 19)
    closed = events[-1]
    assert isinstance(closed, UtteranceClosed)
    assert len(closed.audio) == 0
    assert closed.voice_end_ms == 2000 * CHUNK_MS


@pytest.mark.parametrize("from_sample", [0, 160, 512, 4_960, 5_119, 5_120, 9_999])
def test_a_window_of_the_open_utterance_begins_on_the_sample(from_sample: int) -> None:
    segmenter = Segmenter()
    sound = np.arange(10 * CHUNK_SAMPLES, dtype=np.float32)
    for at, chunk in enumerate(sound.reshape(10, -1)):
        segmenter.push(chunk, 0.9, at * CHUNK_MS)
    np.testing.assert_array_equal(segmenter.audio(from_sample), sound[from_sample:])
    assert segmenter.end_ms == 10 * CHUNK_MS


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.4, 0.9]), st.integers(1, 25) | st.just(900)), max_size=10))
def test_events_alternate_and_no_voiced_sound_is_lost_or_heard_twice(runs: list[tuple[float, int]]) -> None:
    probabilities = [probability for probability, length in runs for _ in range(length)]
    segmenter = Segmenter()
    events = [*feed(segmenter, probabilities), *segmenter.close()]
    assert all(isinstance(event, (UtteranceOpened, UtteranceClosed)[at % 2]) for at, event in enumerate(events))
    heard = [chunk for event in events if isinstance(event, UtteranceClosed) for chunk in chunks_of(event)]
    assert all(len(e.audio) <= 28 * 16_000 for e in events if isinstance(e, UtteranceClosed))
    voiced, run = set(), 0
    for at, probability in enumerate(probabilities):
        run = run + 1 if probability > 0.5 else 0
        voiced |= set(range(at - run + 1, at + 1)) if run >= POLICY.start_chunks else set()
    assert voiced <= set(heard)
    # Only a pre-roll may be heard twice: silence, at the end of one and the beginning of the next.
    twice = {chunk for chunk, times in Counter(heard).items() if times > 1}
    assert not twice & voiced
