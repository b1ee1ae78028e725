import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.engine import Pcm
from realtime.perception.framing import FRAME_SAMPLES, Framer


def count_up(samples: int) -> Pcm:
    return np.arange(samples, dtype=np.float32)


@given(st.lists(st.integers(0, 2_000), max_size=20))
def test_any_chunking_gives_the_same_frames(lengths: list[int]) -> None:
    """Starts are whole milliseconds, as they come: half a millisecond off is no gap."""
    sound = count_up(sum(lengths))
    framer, at, heard = Framer(), 0, []
    for length in lengths:
        frames = framer.push(sound[at : at + length], round(500 + at / 16), True)
        heard += list(frames.pcm)
        at += length
    whole = len(sound) - len(sound) % FRAME_SAMPLES
    assert np.array_equal(np.array(heard).reshape(-1), sound[:whole])


def test_a_jump_ahead_is_a_gap() -> None:
    framer = Framer()
    framer.push(count_up(480), 0, True)
    frames = framer.push(count_up(640), 1_000, True)
    assert (frames.start_ms, len(frames)) == (1_000, 2)
    assert frames.pcm[0, 0] == 0
    assert framer.heard_ms == 1_040


def test_what_was_heard_is_left_out() -> None:
    framer = Framer()
    framer.push(count_up(1_600), 0, True)
    assert len(framer.push(count_up(1_600), 0, True)) == 0
    frames = framer.push(count_up(1_600), 50, True)
    assert (frames.start_ms, len(frames)) == (100, 2)
    assert frames.pcm[0, 0] == 800
    assert framer.heard_ms == 150


def test_the_first_sound_may_be_late_and_time_goes_on_from_there() -> None:
    frames = Framer().push(count_up(960), 7_000, False)
    assert [frames.end_ms(at) for at in range(len(frames))] == [7_020, 7_040, 7_060]
    assert not frames.speaking.any()


def test_a_frame_is_speech_as_was_said_of_its_end() -> None:
    framer = Framer()
    framer.push(count_up(300), 0, False)
    assert framer.push(count_up(340), 19, True).speaking.tolist() == [True, True]


def test_samples_that_are_no_numbers_become_silence() -> None:
    broken = np.full(640, 0.5, np.float32)
    broken[:3] = np.nan, np.inf, -np.inf
    frames = Framer().push(broken, 0, True)
    assert frames.pcm[0, :4].tolist() == [0, 0, 0, 0.5]
    assert np.isnan(broken[0]), "the caller's sound is not touched"
