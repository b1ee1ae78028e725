"""Levels of sounds whose level is known."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.inference.engine import SAMPLE_RATE, Pcm
from realtime.interview.prompts import NOISE, QUIET
from realtime.perception.level import FLOOR_DBFS, LevelMeter, LevelReading, active_power, dbfs

Part = tuple[Pcm, bool]


def hiss(seconds: float, level_dbfs: float, seed: int = 1) -> Pcm:
    sound = np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), round(seconds * SAMPLE_RATE))
    return sound.astype(np.float32)


def tone(seconds: float, level_dbfs: float, hz: float = 200.0) -> Pcm:
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(math.sqrt(2) * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * hz * at), np.float32)


def measure(*parts: Part, chunk: int = 960) -> list[LevelReading]:
    meter, at, readings = LevelMeter(), 0, []
    for sound, speaking in parts:
        for piece in np.split(sound, range(chunk, len(sound), chunk)):
            readings += meter.push(piece, round(at / 16), speaking)
            at += len(piece)
    return readings


def test_one_reading_a_second() -> None:
    assert [r.media_ms for r in measure((hiss(3.99, -60), False))] == [1_000, 2_000, 3_000]


@pytest.mark.parametrize("level_dbfs", [-18.0, -30.0, -45.0, -60.0])
def test_speech_and_noise_are_told_apart(level_dbfs: float) -> None:
    readings = measure((hiss(2, -70), False), (tone(3, level_dbfs), True), (hiss(2, -70), False))
    assert [r.speech_dbfs is None for r in readings] == [True, True, False, False, False, True, True]
    assert all(r.speech_dbfs == pytest.approx(level_dbfs, abs=0.1) for r in readings[2:5])
    assert all(r.noise_dbfs == pytest.approx(-70, abs=1) for r in readings)


def test_pauses_do_not_make_a_speaker_quiet() -> None:
    """A quarter of sound, three quarters of breath, all of it called speech: the level is that of the sound."""
    syllables = [part for _ in range(8) for part in ((tone(0.2, -24), True), (hiss(0.6, -65), True))]
    spoken = [r.speech_dbfs for r in measure((hiss(1, -65), False), *syllables)[2:]]
    assert all(level is not None and level == pytest.approx(-24, abs=0.5) for level in spoken)


def test_speech_of_three_seconds_counts_and_no_more() -> None:
    readings = measure((tone(5, -20), True), (tone(5, -40), True))
    assert readings[-1].speech_dbfs == pytest.approx(-40, abs=0.1)
    levels = [r.speech_dbfs for r in readings if r.speech_dbfs is not None]
    assert levels[4] == pytest.approx(-20, abs=0.1)
    assert levels == sorted(levels, reverse=True)


def test_a_cough_is_no_noise_and_a_fan_is() -> None:
    cough = measure((hiss(3, -65), False), (hiss(0.4, -15), False), (hiss(3, -65), False))
    assert max(r.noise_dbfs for r in cough) < -60
    fan = measure((hiss(6, -65), False), (hiss(6, -30), False), (hiss(3, -65), False))
    assert [r.noise_dbfs > NOISE.bad for r in fan[5:12]] == [False, False, False, False, True, True, True]
    assert fan[-1].noise_dbfs < NOISE.good


def test_who_speaks_at_once_does_not_become_the_noise() -> None:
    """Syllables with dips between them, from the very first moment, with the tenth of a second that voice activity
    needs to notice a voice."""
    syllables = [part for _ in range(12) for part in ((tone(0.22, -24), True), (hiss(0.06, -60), True))]
    for reading in measure((tone(0.1, -24), False), *syllables):
        assert reading.noise_dbfs < NOISE.good
        assert reading.speech_dbfs is not None
        assert reading.speech_dbfs > QUIET.good


def test_a_bound_of_the_noise_never_rises() -> None:
    """Dips first, then two seconds without any: the room has not become louder, there is only less to see of it."""
    syllables = [part for _ in range(8) for part in ((tone(0.22, -24), True), (hiss(0.06, -60), True))]
    levels = [r.noise_dbfs for r in measure(*syllables, (tone(6, -24), True))]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] < -55


@pytest.mark.parametrize(("gain", "least", "most"), [(0.5, 0, 0), (0.98, 0, 0), (1.5, 0.5, 0.6), (20, 0.95, 1)])
def test_clipping(gain: float, least: float, most: float) -> None:
    clipped = np.clip(gain * np.sin(2 * np.pi * 200 * np.arange(32_000) / SAMPLE_RATE), -1, 1).astype(np.float32)
    shares = [r.clipped_share for r in measure((clipped, True))]
    assert all(least <= share <= most for share in shares)


def test_samples_beyond_full_scale_are_clipped_ones() -> None:
    assert measure((np.full(SAMPLE_RATE, 1.5, np.float32), True))[0].clipped_share == 1


def test_broken_samples_and_digital_silence_are_finite() -> None:
    for value in (np.nan, np.inf, 0.0):
        for speaking in (True, False):
            [reading] = measure((np.full(SAMPLE_RATE, value, np.float32), speaking))
            assert reading.noise_dbfs == FLOOR_DBFS
            assert reading.speech_dbfs == (FLOOR_DBFS if speaking else None)


def test_a_gap_is_no_silence_and_makes_no_readings() -> None:
    meter = LevelMeter()
    assert meter.push(tone(0.5, -20), 0, True) == []
    [reading] = meter.push(tone(0.5, -20), 60_000, True)
    assert reading.media_ms == 60_500
    assert reading.speech_dbfs == pytest.approx(-20, abs=0.1)


def test_sound_that_comes_twice_counts_once() -> None:
    meter = LevelMeter()
    readings = [r for _ in range(3) for r in meter.push(tone(1.0, -20), 0, True)]
    assert len(readings) == 1


def test_a_long_silence_is_not_remembered_as_it_grows() -> None:
    meter = LevelMeter()
    for second in range(60):
        meter.push(hiss(1, -60), second * 1_000, second % 2 == 0)
    assert len(meter._recent) + len(meter._quiet) <= 400


def test_the_gate_of_nothing() -> None:
    assert active_power(np.zeros(0)) == 0
    assert dbfs(active_power(np.zeros(5))) == FLOOR_DBFS


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(40, 20_000), min_size=1, max_size=5))
def test_the_chunking_changes_nothing(lengths: list[int]) -> None:
    sounds = [(hiss(1.3, -60), False), (tone(2.1, -25), True), (hiss(0.9, -60, seed=2), False)]
    meter, at, readings, next_length = LevelMeter(), 0, [], itertools.cycle(lengths)
    for sound, speaking in sounds:
        begins = 0
        while begins < len(sound):
            piece = sound[begins : begins + next(next_length)]
            readings += meter.push(piece, round((at + begins) / 16), speaking)
            begins += len(piece)
        at += len(sound)
    assert readings == measure(*sounds)
