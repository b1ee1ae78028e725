"""Sound to what Whisper looks at: log-mel windows of a few fixed lengths.

Whisper was trained on 30 s of input, and an encoder pays for every position it is given. CTranslate2 accepts
shorter input, which makes a partial three to six times cheaper; but a window cut exactly where the speech stops
makes untuned models ramble. So: four lengths, and always some silence behind the speech.
"""

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor  # type: ignore[import-untyped]

from realtime.inference.engine import SAMPLE_RATE, Pcm

Mel = npt.NDArray[np.float32]

WINDOWS_S = (8, 10, 15, 30)
TAIL_S = 1
"""Silence behind the speech. Only the longest window may have less."""
HOP_SAMPLES = 160
FRAMES_PER_S = SAMPLE_RATE // HOP_SAMPLES
_FRAME_SAMPLES = 320


def window_s(samples: int) -> int | None:
    """The shortest window that holds so much sound and its tail; None: more than any window holds."""
    for window in WINDOWS_S:
        if samples <= (window - TAIL_S) * SAMPLE_RATE:
            return window
    return WINDOWS_S[-1] if samples <= WINDOWS_S[-1] * SAMPLE_RATE else None


class LogMel:
    """Whisper's own features, padded with silence to a window. ``mels``: 80, or 128 for large-v3 and turbo."""

    def __init__(self, mels: int = 80) -> None:
        self._extract = FeatureExtractor(feature_size=mels, sampling_rate=SAMPLE_RATE, hop_length=HOP_SAMPLES)

    def __call__(self, audio: Pcm, window: int) -> Mel:
        """(mels, 100 * window) for up to ``window`` seconds of sound.

        Silence always looks the same once the loudest frame is known, so only the sound and a little of the
        tail are transformed, and the rest of the tail is a copy of the last column.
        """
        frames = window * FRAMES_PER_S
        heard = min(window * SAMPLE_RATE, -(-(len(audio) + 2 * 400) // HOP_SAMPLES) * HOP_SAMPLES)
        mel = self._extract(np.pad(audio, (0, heard - len(audio))), padding=0)[:, :frames]
        return np.ascontiguousarray(np.pad(mel, ((0, 0), (0, frames - mel.shape[1])), mode="edge"), dtype=np.float32)


def voiced_span_ms(audio: Pcm) -> tuple[int, int]:
    """From where to where there is sound: 20 ms frames within 26 dB of the loud ones. All of it when unsure."""
    frames = len(audio) // _FRAME_SAMPLES
    whole = (0, round(len(audio) * 1000 / SAMPLE_RATE))
    if frames < 2:
        return whole
    loudness = np.sqrt(np.mean(np.square(audio[: frames * _FRAME_SAMPLES].reshape(frames, -1)), axis=1))
    voiced = np.flatnonzero(loudness > 0.05 * float(np.percentile(loudness, 95)))
    if len(voiced) == 0:
        return whole
    return int(voiced[0]) * 20, (int(voiced[-1]) + 1) * 20
