"""The kept frames against the full computation: faster-whisper's own extractor on the sound and its silence."""

import numpy as np
import numpy.typing as npt
import pytest
from faster_whisper.feature_extractor import FeatureExtractor  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.inference.log_mel import (
    HOP_SAMPLES,
    SAMPLE_RATE,
    LogMelRing,
    MelWindow,
    Pcm,
    filterbank,
    voiced_span_ms,
    whole_window,
)

TOLERANCE = 6e-5
"""Half a step of 1/4096 decade is 3.1e-5 once scaled; what float32 rounds differently in the full computation comes on
top, most where a band lies eight decades below the loudest."""

extractor = FeatureExtractor()


def full(audio: Pcm, seconds: int) -> npt.NDArray[np.float32]:
    return np.asarray(extractor(np.pad(audio, (0, seconds * SAMPLE_RATE - len(audio))), padding=0))


def speechlike(samples: int, seed: int) -> Pcm:
    """Sounds and pauses over 80 dB, with a hum: what a clamp by the loudest value has to deal with."""
    random = np.random.default_rng(seed)
    loudness = np.repeat(10 ** random.uniform(-4, 0, samples // 1600 + 1), 1600)[:samples]
    hum = 0.01 * np.sin(np.arange(samples) * 0.3)
    return np.asarray(random.normal(0, 0.2, samples) * loudness + hum, np.float32)


@pytest.mark.parametrize("mels", [80, 128])
def test_the_bands_are_those_of_whisper(mels: int) -> None:
    np.testing.assert_allclose(filterbank(mels), FeatureExtractor(feature_size=mels).mel_filters, atol=1e-8)


@pytest.mark.parametrize("samples", [1, 159, 200, 361, 16_000, 16_001, 111_999, 7 * SAMPLE_RATE])
def test_a_whole_window_has_the_features_of_the_full_computation(samples: int) -> None:
    audio = speechlike(samples, samples)
    features = whole_window(audio, 80).features(8)
    assert features.shape == (80, 800)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, full(audio, 8), atol=TOLERANCE)


@pytest.mark.parametrize("short_by", [0, 1, 199, 200, 201, 7_000])
def test_the_longest_window_ends_as_it_begins_in_a_mirror(short_by: int) -> None:
    audio = speechlike(30 * SAMPLE_RATE - short_by, 5)
    np.testing.assert_allclose(whole_window(audio, 80).features(30), full(audio, 30), atol=TOLERANCE)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 99),
    windows=st.lists(st.tuples(st.integers(-30, 200), st.integers(-2_000, 20_000)), min_size=1, max_size=5),
)
def test_however_a_window_grows_and_moves_its_features_are_those_of_its_sound_alone(
    seed: int, windows: list[tuple[int, int]]
) -> None:
    """Each step moves the window's start by some frames and its end by some sound, both mostly forward."""
    sound = speechlike(7 * SAMPLE_RATE, seed)
    ring, first, until = LogMelRing(80), 0, 0
    for moved, more in windows:
        until = min(len(sound), max(1, until + more))
        earliest = max(0, -(-(until - 3 * SAMPLE_RATE) // HOP_SAMPLES))
        first = min(max(earliest, first + moved), (until - 1) // HOP_SAMPLES)
        audio = sound[first * HOP_SAMPLES : until]
        window = ring.window(audio, first)
        assert window.samples == len(audio)
        assert window.voiced_ms == whole_window(audio, 80).voiced_ms
        np.testing.assert_allclose(window.features(4), full(audio, 4), atol=TOLERANCE)


def test_what_lies_before_the_window_is_let_go() -> None:
    """Minutes of one utterance, of which the window is ten seconds: what is kept stays what it was."""
    sound = speechlike(10 * SAMPLE_RATE, 1)
    ring = LogMelRing(80)
    ring.window(sound, 0)
    kept = ring.nbytes
    for first in range(100, 20_000, 500):
        ring.window(sound, first)
    assert ring.nbytes == kept < 400_000


def test_silence_has_features_and_all_of_it_is_unsure() -> None:
    window = whole_window(np.zeros(SAMPLE_RATE, np.float32), 80)
    np.testing.assert_array_equal(window.features(8), np.full((80, 800), -1.5, np.float32))
    assert window.voiced_ms == (0, 1000)


def test_sound_beyond_full_scale_stays_within_the_steps() -> None:
    square = (np.sign(np.sin(np.arange(SAMPLE_RATE) * 0.01)) * 10).astype(np.float32)
    np.testing.assert_allclose(whole_window(square, 80).features(8), full(square, 8), atol=TOLERANCE)


def voiced_ms(audio: Pcm) -> tuple[int, int]:
    hops = audio[: len(audio) // HOP_SAMPLES * HOP_SAMPLES].reshape(-1, HOP_SAMPLES)
    return voiced_span_ms(np.mean(np.square(hops), axis=1), len(audio))


def test_where_there_is_sound() -> None:
    audio = np.zeros(3 * SAMPLE_RATE, np.float32)
    audio[SAMPLE_RATE : 2 * SAMPLE_RATE] = np.sin(np.arange(SAMPLE_RATE) * 0.1) * 0.2
    assert voiced_ms(audio) == (1000, 2000)
    assert voiced_ms(np.zeros(SAMPLE_RATE, np.float32)) == (0, 1000)
    assert voiced_ms(np.zeros(10, np.float32)) == (0, 1)


def test_a_window_says_how_many_bands_it_has() -> None:
    assert MelWindow(np.zeros((128, 3), np.uint16), 480, (0, 30)).mels == 128
