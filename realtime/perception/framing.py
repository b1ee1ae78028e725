"""Sound of any chunking becomes frames of 20 ms, so that what is measured never depends on how it was sent.

Time is that of the sound itself: a start that disagrees by less than a frame is rounding and is ignored; one that
lies ahead is a gap (the unfinished frame before it is dropped); what was heard already is left out.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.inference.engine import SAMPLE_RATE, Pcm

FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE * FRAME_MS // 1000
_SAMPLES_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Consecutive frames without a gap between them.

    ``pcm``: (n, 320), finite. ``speaking``: (n,), as it was said of the last sample of each frame.
    """

    start_ms: float
    pcm: Pcm
    speaking: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pcm)

    def end_ms(self, frame: int) -> int:
        return round(self.start_ms + (frame + 1) * FRAME_MS)


class Framer:
    """``heard_ms``: up to where there has been sound."""

    def __init__(self) -> None:
        self.heard_ms = 0.0
        self._began = False
        self._rest: Pcm = np.zeros(0, np.float32)

    def push(self, pcm: Pcm, start_ms: float, speaking: bool) -> Frames:
        """The next sound, 16 kHz mono. A sample that is not a number becomes silence: it says nothing, and let
        through it would spoil every mean it enters."""
        ahead_ms = start_ms - self.heard_ms
        if not self._began or ahead_ms >= FRAME_MS:
            self._began = True
            self._rest = self._rest[:0]
            self.heard_ms = float(start_ms)
        elif ahead_ms <= -FRAME_MS:
            pcm = pcm[round(-ahead_ms * _SAMPLES_PER_MS) :]
        begins_ms = self.heard_ms - len(self._rest) / _SAMPLES_PER_MS
        self.heard_ms += len(pcm) / _SAMPLES_PER_MS
        sound = np.concatenate([self._rest, pcm], dtype=np.float32)
        if not math.isfinite(np.dot(sound, sound)):
            sound = np.where(np.isfinite(sound), sound, np.float32(0))
        whole = len(sound) - len(sound) % FRAME_SAMPLES
        self._rest = sound[whole:].copy()
        frames = sound[:whole].reshape(-1, FRAME_SAMPLES)
        return Frames(begins_ms, frames, np.full(len(frames), speaking))
