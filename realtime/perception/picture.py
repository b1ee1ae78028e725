"""Whether the picture moves and whether there is light: what a person can mend, if somebody says so.

Nothing about the face is measured here. A picture is *frozen* when none has come for two seconds although pictures came
before, when what comes cannot be decoded for as long, or when it does not differ from the one before it: even a person
who sits still moves, and so does a camera's noise.

*Light* is the mean luma (ITU-R BT.601) of the middle of the picture, where the face should be.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.inference.engine import Picture

WINDOW_MS = 1000
MISSING_MS = 2000
"""The slowest road, stills, sends two a second."""
GRID = 24
"""The picture is compared as so many squares a side: far less work, and noise of single pixels is still noise."""
FINE = 96
BT601 = np.array([0.299, 0.587, 0.114])
STILL = 0.02
"""Mean difference of luma steps (of 255) below which two pictures are the same picture: a decoder that is fed "nothing
changed" gives 0, a webcam in a bright room 0.3 and more."""

Luma = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PictureReading:
    """The window that ends at ``media_ms``. ``light``: 0 black to 1 white, None when no picture was looked at."""

    media_ms: int
    frozen: bool
    light: float | None


def is_picture(value: Any) -> bool:
    """Whether it can be looked at: RGB, a byte a colour, one pixel or more."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype == np.uint8
        and value.ndim == 3
        and value.shape[2] == 3
        and value.size > 0
    )


class PictureMeter:
    def __init__(self) -> None:
        self._arrived_ms: int | None = None
        self._blind_since_ms: int | None = None
        self._window_ms: int | None = None
        self._last: Luma | None = None
        self._lights: list[float] = []
        self._moved = False
        self._looked = 0

    def arrived(self, at_ms: int, *, to_be_seen: bool = False) -> None:
        """An encoded picture came. ``to_be_seen``: some of these are to be decoded just now; if none can be, ``look``
        is not called."""
        self._arrived_ms = max(at_ms, self._arrived_ms or 0)
        if not to_be_seen:
            self._blind_since_ms = None
        elif self._blind_since_ms is None:
            self._blind_since_ms = at_ms
        if self._window_ms is None:
            self._window_ms = at_ms

    def look(self, rgb: Picture, at_ms: int) -> None:
        """A decoded picture, (height, width, 3), 0..255."""
        self.arrived(at_ms)
        luma = _squares(rgb)
        if self._last is not None:
            self._looked += 1
            self._moved |= float(np.mean(np.abs(luma - self._last))) > STILL
        self._last = luma
        edge = GRID // 4
        self._lights.append(float(np.mean(luma[edge:-edge, edge:-edge])) / 255)

    def passed(self, media_ms: int) -> PictureReading | None:
        """Answer time has come to here. None before the first picture and within a window."""
        if self._arrived_ms is None or self._window_ms is None or media_ms - self._window_ms < WINDOW_MS:
            return None
        missing = media_ms - self._arrived_ms >= MISSING_MS
        blind = self._blind_since_ms is not None and self._arrived_ms - self._blind_since_ms >= MISSING_MS
        same = self._looked >= 2 and not self._moved
        light = round(float(np.median(self._lights)), 3) if self._lights else None
        self._window_ms = media_ms
        self._lights, self._moved, self._looked = [], False, 0
        return PictureReading(media_ms, missing or blind or same, light)


def _squares(rgb: Picture) -> Luma:
    """Mean luma of ``GRID`` x ``GRID`` squares of every n-th pixel; a picture smaller than that is stretched."""
    height, width = rgb.shape[:2]
    rgb = rgb[:: max(1, height // FINE), :: max(1, width // FINE)]
    luma = rgb @ BT601
    rows, columns = _starts(len(luma)), _starts(luma.shape[1])
    if min(luma.shape) < GRID:
        stretched: Luma = luma[np.ix_(rows, columns)]
        return stretched
    sums = np.add.reduceat(np.add.reduceat(luma, rows, axis=0), columns, axis=1)
    means: Luma = sums / np.outer(np.diff([*rows, len(luma)]), np.diff([*columns, luma.shape[1]]))
    return means


def _starts(length: int) -> npt.NDArray[np.intp]:
    return np.linspace(0, length, GRID, endpoint=False).astype(np.intp)
