import numpy as np
import pytest

from realtime.inference.engine import SAMPLE_RATE, SpeechRequest
from realtime.inference.features import window_of, window_s
from realtime.inference.log_mel import LogMelRing, RingWindow, whole_window

SOUND = np.random.default_rng(1).normal(0, 0.1, 3 * SAMPLE_RATE).astype(np.float32)


@pytest.mark.parametrize(
    ("seconds", "window"),
    [(0.1, 8), (7.0, 8), (7.1, 10), (9.5, 15), (14.1, 30), (29.0, 30), (29.1, None), (30.0, None)],
)
def test_every_window_has_its_tail_of_silence(seconds: float, window: int | None) -> None:
    assert window_s(round(seconds * SAMPLE_RATE)) == window


def asked(features: object, mels: int = 80) -> np.ndarray:  # type: ignore[type-arg]
    request = SpeechRequest("s", "u", 1, "partial", SOUND, None, features=features)  # type: ignore[arg-type]
    window = window_of(request, mels)
    assert window is not None
    return window.features(8)


def test_frames_may_be_kept_sent_or_made_anew_and_are_the_same() -> None:
    anew = asked(None)
    np.testing.assert_array_equal(asked(RingWindow(LogMelRing(80), 0)), anew)
    np.testing.assert_array_equal(asked(whole_window(SOUND, 80)), anew)


def test_what_is_kept_for_another_model_is_made_anew_as_long_as_there_is_the_sound() -> None:
    assert asked(RingWindow(LogMelRing(80), 0), mels=128).shape == (128, 800)
    sent = SpeechRequest("s", "u", 1, "partial", SOUND[:0], None, features=whole_window(SOUND, 80))
    assert sent.samples == len(SOUND)
    assert window_of(sent, 128) is None
