"""Whether a voice reaches beyond the telephone's band, which ends at 3.4 kHz. Pure.

A hands-free headset or a telephone sends 8 kHz sound, and whoever sends it on at a higher rate leaves the upper half
empty. A wide-band voice is never empty there for long: s, f, x and sh lie above 4 kHz. Measured on real people,
Mandarin and English, through Opus: -3 to -30 dB against the telephone's band when it is wide, -56 to -60 when not.
"""

import numpy as np

from realtime.inference.engine import SAMPLE_RATE, Pcm
from realtime.perception.framing import FRAME_SAMPLES

EVERY_FRAMES = 5
"""One frame in so many is enough: ten a second."""
_LOW_HZ, _HIGH_HZ, _BEYOND_HZ = 300, 3_400, 4_200
_EMPTY = 1e-12


class BandMeter:
    """Of the frames since the last reading. Bounded by reading it."""

    def __init__(self) -> None:
        self._frames: list[Pcm] = []
        self._seen = 0

    def push(self, frame: Pcm) -> None:
        """A frame of 20 ms in which somebody speaks."""
        if self._seen % EVERY_FRAMES == 0:
            self._frames.append(frame)
        self._seen += 1

    def read(self) -> float | None:
        """The power above 4.2 kHz against that from 300 to 3400 Hz, dB; None: nothing to measure."""
        frames, self._frames, self._seen = self._frames, [], 0
        if not frames:
            return None
        powers = np.square(np.abs(np.fft.rfft(np.stack(frames) * np.hanning(FRAME_SAMPLES)))).sum(axis=0)
        hz = np.fft.rfftfreq(FRAME_SAMPLES, 1 / SAMPLE_RATE)
        voice = float(powers[(hz >= _LOW_HZ) & (hz <= _HIGH_HZ)].sum())
        if voice < _EMPTY:
            return None
        return float(10 * np.log10(powers[hz >= _BEYOND_HZ].sum() / voice + _EMPTY))
