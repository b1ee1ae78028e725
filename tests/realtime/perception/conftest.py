"""A voice made of numbers: harmonics of a known pitch under formants."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from realtime.inference.engine import SAMPLE_RATE, Pcm

Formants = Sequence[tuple[float, float]]
"""Middle and half width in Hz, of each."""
Vowel = Callable[..., Pcm]


@pytest.fixture(scope="session")
def vowel() -> Vowel:
    """``vowel(pitch_hz, seconds, formants=A, peak=0.3)``; ``pitch_hz`` is a number, or one per sample for a glide."""
    return _vowel


def _vowel(
    pitch_hz: float | npt.NDArray[np.float64],
    seconds: float = 1.0,
    formants: Formants = ((700, 80), (1200, 90), (2600, 120)),
    peak: float = 0.3,
) -> Pcm:
    samples = round(seconds * SAMPLE_RATE)
    f0_hz = np.broadcast_to(np.asarray(pitch_hz, np.float64), samples)
    phase = 2 * np.pi * np.cumsum(f0_hz) / SAMPLE_RATE
    sound = np.zeros(samples)
    for harmonic in range(1, 1 + int(7_500 / float(f0_hz.min()))):
        at_hz = harmonic * f0_hz
        gain = sum(1 / np.sqrt(1 + ((at_hz - middle) / width) ** 2) for middle, width in formants)
        sound += np.where(at_hz < 7_500, gain, 0) * np.sin(harmonic * phase) / np.sqrt(harmonic)
    return np.asarray(sound / np.abs(sound).max() * peak, np.float32)
