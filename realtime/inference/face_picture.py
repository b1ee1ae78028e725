"""Pictures as the face models want them: checked, and sampled along a square that may be turned.

Pixel coordinates are those of OpenCV's ``warpPerspective``, which the models were run with by their publisher:
(0, 0) is the *centre* of the first pixel, and output pixel ``i`` of ``n`` lies at ``i / n`` of the square's side.
"""

import math
from typing import Any

import numpy as np
from PIL import Image

from realtime.inference.engine import Picture

SMALLEST_SIDE = 16
LARGEST_SIDE = 4096
"""Beyond this a picture is no webcam frame; the cost of looking at it would be paid by its neighbours."""

Region = tuple[float, float, float, float]
"""Centre x, centre y, side (pixels) and rotation (radians) of a square."""


def is_usable(picture: Any) -> bool:
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.ndim != 3:
        return False
    height, width, channels = picture.shape
    return channels == 3 and min(height, width) >= SMALLEST_SIDE and max(height, width) <= LARGEST_SIDE


def is_plausible(region: Region, picture: Picture) -> bool:
    """A square to look at: finite, and not absurdly small, big or far away."""
    x, y, side, _ = region
    if not all(math.isfinite(value) for value in region):
        return False
    height, width = picture.shape[:2]
    reach = float(max(height, width))
    return 4.0 <= side <= 4.0 * reach and -reach <= x <= 2.0 * reach and -reach <= y <= 2.0 * reach


def sample_square(picture: Picture, region: Region, size: int, edge: bool) -> Picture:
    """``size`` x ``size`` x 3, bilinear, cut down to whole steps. Outside the picture: its edge repeated, or black."""
    part, left, top = _part(picture, region, edge)
    first_x, first_y, step_x, step_y = sampling(region, left, top, size)
    # Pillow's corner is the pixel's corner, ours its centre: half a pixel on both sides of the transform.
    matrix = (
        step_x,
        -step_y,
        first_x + 0.5 - 0.5 * (step_x - step_y),
        step_y,
        step_x,
        first_y + 0.5 - 0.5 * (step_x + step_y),
    )
    image = Image.fromarray(part).transform((size, size), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return np.asarray(image)


def sampling(region: Region, left: int, top: int, size: int) -> tuple[float, float, float, float]:
    """Where the first output pixel lies in a part of the picture that begins at (left, top), and how far the next one
    along a row is from it: x, y, step x, step y. Along a column the step is (-step y, step x)."""
    x, y, side, rotation = region
    step_x, step_y = math.cos(rotation) * side / size, math.sin(rotation) * side / size
    first_x = x - left - 0.5 * size * (step_x - step_y)
    first_y = y - top - 0.5 * size * (step_x + step_y)
    return first_x, first_y, step_x, step_y


def under(picture: Picture, region: Region) -> tuple[slice, slice]:
    """Rows and columns of the picture that a square touches: never none, two pixels more than the square on each side
    where the picture has them."""
    left, top, right, bottom = _reach(region)
    height, width = picture.shape[:2]
    rows = slice(min(max(top, 0), height - 1), max(min(bottom, height), 1))
    columns = slice(min(max(left, 0), width - 1), max(min(right, width), 1))
    return rows, columns


def _reach(region: Region) -> tuple[int, int, int, int]:
    x, y, side, rotation = region
    reach = 0.5 * side * (abs(math.cos(rotation)) + abs(math.sin(rotation))) + 2.0
    return math.floor(x - reach), math.floor(y - reach), math.ceil(x + reach), math.ceil(y + reach)


def _part(picture: Picture, region: Region, edge: bool) -> tuple[Picture, int, int]:
    """The part of the picture under the square, with its left and top: Pillow copies what it is given, so give
    it little. Where the square leaves the picture and the edge is to be repeated, that part is padded."""
    rows, columns = under(picture, region)
    part = np.ascontiguousarray(picture[rows, columns])
    if not edge:
        return part, columns.start, rows.start
    left, top, right, bottom = _reach(region)
    padding = (
        (max(rows.start - top, 0), max(bottom - rows.stop, 0)),
        (max(columns.start - left, 0), max(right - columns.stop, 0)),
        (0, 0),
    )
    if any(before or after for before, after in padding):
        part = np.pad(part, padding, mode="edge")
    return part, min(left, columns.start), min(top, rows.start)
