"""A small painter's kit over numpy: soft-edged shapes, blended colours. Coordinates are arrays, one value a pixel."""

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
"""Red, green, blue, 0..255."""


def ramp(value: Plane, low: float, high: float) -> Plane:
    """0 below ``low``, 1 above ``high``, smooth between (either order)."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return (t * t * (3.0 - 2.0 * t)).astype(np.float32)


def blob(x: Plane, y: Plane, radius_x: float, radius_y: float) -> Plane:
    """A soft spot around 0, 0: 1 in the middle, about 0.37 at the radii."""
    return np.exp(-((x / radius_x) ** 2) - (y / radius_y) ** 2).astype(np.float32)


def disc(x: Plane, y: Plane, radius_x: float, radius_y: float, edge: float) -> Plane:
    """A filled ellipse whose rim is ``edge`` wide."""
    distance = (np.hypot(x / radius_x, y / radius_y) - 1.0) * min(radius_x, radius_y)
    return ramp(distance, edge, -edge)


def between(y: Plane, upper: Plane, lower: Plane, edge: float) -> Plane:
    """1 where ``upper`` < y < ``lower`` (y grows downwards)."""
    return ramp(y - upper, -edge, edge) * ramp(lower - y, -edge, edge)


def line(y: Plane, curve: Plane, width: float) -> Plane:
    """A soft stroke along a curve."""
    stroke: Plane = np.exp(-(((y - curve) / width) ** 2)).astype(np.float32)
    return stroke


class Canvas:
    """RGB, float, (height, width, 3)."""

    def __init__(self, pixels: npt.NDArray[np.float32]) -> None:
        self.pixels = pixels

    def paint(self, mask: Plane, colour: Colour | npt.NDArray[np.float32], strength: float = 1.0) -> None:
        """Lay ``colour`` (one, or one a pixel) over the picture where ``mask`` is."""
        alpha = (mask * strength)[..., None]
        self.pixels += alpha * (np.asarray(colour, dtype=np.float32) - self.pixels)

    def shade(self, mask: Plane, factor: float) -> None:
        """Darken (factor < 1) or brighten where ``mask`` is."""
        self.pixels *= (1.0 + mask * (factor - 1.0))[..., None]
