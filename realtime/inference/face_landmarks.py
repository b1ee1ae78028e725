"""Where the parts of a face are: the 468-point face mesh, from a square of the picture to pixels.

Written from Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019),
and the published parameters of the model: input 192 x 192 in 0..1, cut along a square that is 1.5 times the
face and turned so that the eyes lie level; answer 468 points in input pixels, z in the same scale, and a logit
of presence.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from realtime.inference.engine import Picture
from realtime.inference.face_picture import Region, sample_square

INPUT_SIDE = 192
POINTS = 468
LEAST_PRESENCE = 0.5
REGION_SCALE = 1.5
_RIGHT_EYE_OUTER, _LEFT_EYE_OUTER = 33, 263

Array = npt.NDArray[np.float32]


def model_input(items: Sequence[tuple[Picture, Region]]) -> Array:
    """(n, 192, 192, 3) in 0..1; beyond the picture its edge is repeated."""
    inputs = np.empty((len(items), INPUT_SIDE, INPUT_SIDE, 3), np.float32)
    for into, (picture, region) in zip(inputs, items, strict=True):
        np.divide(sample_square(picture, region, INPUT_SIDE, edge=True), np.float32(255.0), out=into)
    return inputs


def presence(logit: float) -> float:
    """0..1: how sure the model is that the square shows a face."""
    if not math.isfinite(logit):
        return 0.0
    return 1.0 / (1.0 + math.exp(-max(-100.0, min(100.0, logit))))


def to_picture(answer: Array, region: Region) -> Array:
    """(468, 3) in pixels of the picture, z in the same scale (smaller is nearer)."""
    x, y, side, rotation = region
    local: Array = answer.reshape(POINTS, 3) * np.float32(side / INPUT_SIDE)
    u, v = local[:, 0] - side / 2, local[:, 1] - side / 2
    cosine, sine = math.cos(rotation), math.sin(rotation)
    points = np.stack([x + cosine * u - sine * v, y + sine * u + cosine * v, local[:, 2]], axis=1)
    narrow: Array = points.astype(np.float32, copy=False)
    return narrow


def region_of(landmarks: Array) -> Region:
    """Where to look in the next picture: 1.5 times the box of the points, turned along the eyes."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    eyes = landmarks[_LEFT_EYE_OUTER] - landmarks[_RIGHT_EYE_OUTER]
    centre, side = (low + high) / 2, REGION_SCALE * float((high - low).max())
    return float(centre[0]), float(centre[1]), side, math.atan2(float(eyes[1]), float(eyes[0]))
