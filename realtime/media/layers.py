"""Which frames of a VP8 stream in temporal layers (L1T2, L1T3) need decoding for so many pictures a second. Pure.

Frames of layer 0 are predicted from layer 0 alone, those of layer 1 from 0 and 1, and so on: the layers above the
chosen one can be left out whole. Back up it goes only at a frame that says it needs no more than the base (the Y bit
of RFC 7741, section 4.2), or at a key frame.
"""

from realtime.media.vp8 import Vp8Frame

LAYERS = 4
"""The temporal id has two bits."""
ENOUGH = 0.9
"""A layer that gives this share of the pictures asked for is enough: the next one gives twice as many."""


class LayerChoice:
    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self._counts = [0] * LAYERS
        self._base_ms: float | None = None
        self._highest = LAYERS - 1
        self._intact = LAYERS - 1

    @property
    def spacing(self) -> bool:
        """Something is left out: the frames that are taken are about as far apart as was asked."""
        return self._highest < LAYERS - 1

    def takes(self, frame: Vp8Frame) -> bool:
        """Call it for every frame, in order. A stream without layers is taken whole."""
        if frame.layer is None:
            return True
        if frame.layer == 0:
            self._measure(frame.start_ms)
        self._counts[frame.layer] += 1
        if frame.key:
            self._intact = LAYERS - 1
        if frame.layer > self._highest:
            if not frame.droppable:  # those after it may be predicted from it
                self._intact = min(self._intact, frame.layer - 1)
            return False
        if frame.layer > self._intact:
            if not frame.synchronised:
                return False
            self._intact = frame.layer
        return True

    def _measure(self, at_ms: float) -> None:
        """Once a base frame: how many frames each layer had since the one before."""
        if self._base_ms is not None and at_ms > self._base_ms:
            needed = ENOUGH * self.per_second * (at_ms - self._base_ms) / 1000
            self._highest, frames = 0, self._counts[0]
            while frames < needed and self._highest < LAYERS - 1:
                self._highest += 1
                frames += self._counts[self._highest]
        self._base_ms = at_ms
        self._counts = [0] * LAYERS
