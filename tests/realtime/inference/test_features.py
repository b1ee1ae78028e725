import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor  # type: ignore[import-untyped]

from realtime.inference.engine import SAMPLE_RATE
from realtime.inference.features import LogMel, voiced_span_ms, window_s


@pytest.mark.parametrize(
    ("seconds", "window"), [(0.1, 8), (7.0, 8), (7.1, 10), (9.5, 15), (14.1, 30), (29.0, 30), (29.9, 30), (30.1, None)]
)
def test_every_window_has_its_tail_of_silence(seconds: float, window: int | None) -> None:
    assert window_s(round(seconds * SAMPLE_RATE)) == window


@pytest.mark.parametrize("samples", [1, 159, 16_000, 16_001, 111_999, 8 * SAMPLE_RATE])
def test_the_short_way_gives_the_same_features_as_transforming_all_the_silence(samples: int) -> None:
    audio = np.random.default_rng(samples).normal(0, 0.1, samples).astype(np.float32)
    whole = np.pad(audio, (0, 8 * SAMPLE_RATE - samples))
    expected = FeatureExtractor()(whole, padding=0)
    computed = LogMel()(audio, 8)
    assert computed.shape == (80, 800)
    assert computed.dtype == np.float32
    np.testing.assert_allclose(computed, expected, atol=1e-5)


def test_models_of_128_mels_get_them() -> None:
    assert LogMel(128)(np.zeros(100, np.float32), 10).shape == (128, 1000)


def test_where_there_is_sound() -> None:
    audio = np.zeros(3 * SAMPLE_RATE, np.float32)
    audio[SAMPLE_RATE : 2 * SAMPLE_RATE] = np.sin(np.arange(SAMPLE_RATE) * 0.1) * 0.2
    assert voiced_span_ms(audio) == (1000, 2000)
    assert voiced_span_ms(np.zeros(SAMPLE_RATE, np.float32)) == (0, 1000)
    assert voiced_span_ms(np.zeros(10, np.float32)) == (0, 1)
