"""How loud the speech is, how loud the room is, and whether the sound is clipped: one reading a second.

Levels are dBFS of the root mean square, 0 dBFS being a constant full scale (a full-scale sine has -3). They are what
``realtime.interview.prompts`` compares: speech of a headset lies at -30 to -18, a quiet room at -60 or below.

* **Speech** is the level of the sound while somebody speaks, without the pauses: a frame more than 15.9 dB below the
  level is a pause (the margin of ITU-T P.56, "Objective measurement of active speech level"). Without this gate, the
  silence which shows that a sentence has ended would make every slow speaker a quiet one.
* **Noise** is the 20th percentile of the frames while nobody speaks: a cough or a door moves it not at all, a fan
  within four seconds, its end within one.
* **Band** is the power above the telephone's band against that within it, of the speech (``bandwidth.py``).
* **Clipping** is the share of samples within 0.1 dB of full scale: a codec never returns the flat top that went in.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.inference.engine import Pcm
from realtime.perception.bandwidth import BandMeter
from realtime.perception.framing import FRAME_MS, FRAME_SAMPLES, Framer

FLOOR_DBFS = -96.0
"""Nothing is told as quieter: it is about the rounding of 16 bits, and silence has to be a number."""
PAUSE_MARGIN_DB = 15.9
CLIPPED = 0.989
"""-0.1 dBFS."""
READING_FRAMES = 1000 // FRAME_MS
SPEECH_FRAMES = 3000 // FRAME_MS
NOISE_FRAMES = 5000 // FRAME_MS
NOISE_PERCENTILE = 20.0
LEAST_QUIET_FRAMES = 500 // FRAME_MS
"""Voice activity notices a voice a tenth of a second late, so less silence than this may be somebody's first word."""
DIPS_PERCENTILE = 5.0
"""Whoever speaks from the first moment leaves no silence to measure; the dips between the syllables then give an
upper bound of the noise."""
LEAST_SPEECH_FRAMES = 100 // FRAME_MS

Powers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LevelReading:
    """The second of sound that ends at ``media_ms``. ``speech_dbfs``: of the speech in the last three seconds, and
    ``high_band_db``: of that in this one, above 4 kHz; None when nobody spoke in this one."""

    media_ms: int
    speech_dbfs: float | None
    noise_dbfs: float
    clipped_share: float
    high_band_db: float | None = None


class LevelMeter:
    """Bounded: three seconds of levels while speaking, five while not."""

    def __init__(self) -> None:
        self._framer = Framer()
        self._recent: deque[tuple[float, bool]] = deque(maxlen=SPEECH_FRAMES)
        self._quiet: deque[float] = deque(maxlen=NOISE_FRAMES)
        self._bound = math.inf
        """The lowest upper bound of the noise so far."""
        self._band = BandMeter()
        self._clipped = 0
        self._frames = 0

    def push(self, pcm: Pcm, start_ms: float, speaking: bool) -> list[LevelReading]:
        """``pcm``: 16 kHz mono, any length. ``start_ms``: media time of its first sample; a jump ahead is a gap, of
        which nothing is told, so a second is always a second of sound."""
        frames = self._framer.push(pcm, start_ms, speaking)
        clipped = np.count_nonzero(np.abs(frames.pcm) >= CLIPPED, axis=1)
        readings = []
        for at, power in enumerate(frame_powers(frames.pcm)):
            self._take(float(power), int(clipped[at]), bool(frames.speaking[at]))
            if frames.speaking[at]:
                self._band.push(frames.pcm[at])
            if self._frames == READING_FRAMES:
                readings.append(self._read(frames.end_ms(at)))
        return readings

    def _take(self, power: float, clipped: int, speaking: bool) -> None:
        self._recent.append((power, speaking))
        if not speaking:
            self._quiet.append(power)
        self._clipped += clipped
        self._frames += 1

    def _read(self, media_ms: int) -> LevelReading:
        recent = list(self._recent)
        speech = np.array([power for power, speaking in recent if speaking])
        spoke = sum(speaking for _, speaking in recent[-READING_FRAMES:]) >= LEAST_SPEECH_FRAMES
        band = self._band.read()
        reading = LevelReading(
            media_ms=media_ms,
            speech_dbfs=speech_level_dbfs(speech) if spoke else None,
            noise_dbfs=self._noise_dbfs(speech),
            clipped_share=self._clipped / (READING_FRAMES * FRAME_SAMPLES),
            high_band_db=band if spoke else None,
        )
        self._clipped, self._frames = 0, 0
        return reading

    def _noise_dbfs(self, speech: Powers) -> float:
        if len(self._quiet) >= LEAST_QUIET_FRAMES:
            return dbfs(float(np.percentile(self._quiet, NOISE_PERCENTILE)))
        self._bound = min(self._bound, float(np.percentile([*self._quiet, *speech], DIPS_PERCENTILE)))
        return dbfs(self._bound)


def frame_powers(frames: Pcm) -> Powers:
    """Mean square of each row, (n, samples) -> (n,)."""
    powers: Powers = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return powers


def dbfs(power: float) -> float:
    """
    >>> dbfs(1.0), round(dbfs(0.5), 2), dbfs(0.0)
    (0.0, -3.01, -96.0)
    """
    return max(FLOOR_DBFS, float(10 * np.log10(max(power, 1e-30))))


def speech_level_dbfs(powers: Powers) -> float:
    """Level of the frames of speech, pauses left out."""
    return dbfs(active_power(powers))


def active_power(powers: Powers) -> float:
    """Mean power of the frames that are not pauses. The gate depends on the level and the level on the gate, so they
    are found together, from below; each step only leaves frames out, so it ends."""
    if not len(powers):
        return 0.0
    active = powers
    while True:
        mean = float(np.mean(active))
        kept = active[active >= mean * 10 ** (-PAUSE_MARGIN_DB / 10)]
        if len(kept) == len(active):
            return mean
        active = kept
