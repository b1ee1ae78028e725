"""Where the faces are: the short-range BlazeFace detector, from picture to boxes.

Written from Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019), and
the published parameters of the model: input 128 x 128 in -1..1, letterboxed in black; 896 anchors (16 x 16
cells with two each, 8 x 8 cells with six); every answer is a centre, a size and six key points, in input
pixels relative to its anchor; the score is a logit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from realtime.inference.engine import Picture
from realtime.inference.face_picture import Region, sample_square

INPUT_SIDE = 128
LEAST_SCORE = 0.5
OVERLAP = 0.3
"""Boxes that overlap more than this (intersection over union) are one face."""
REGION_SCALE = 1.5
SCALES = ((16, 2), (8, 6))
"""Cells along a side and anchors a cell, in the order of the model's answer. Its four feature strides are
8, 16, 16, 16; the three of stride 16 share one grid."""
_LOGIT_LIMIT = 100.0
_RIGHT_EYE, _LEFT_EYE = 0, 1

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Detection:
    """Pixels of the picture. ``points`` (6, 2): right eye, left eye, nose, mouth, right and left ear tragion."""

    left: float
    top: float
    right: float
    bottom: float
    points: Array
    score: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)


@cache
def anchors() -> Array:
    """(896, 2): anchor centres, 0..1. All have size 1: the model answers in absolute sizes."""
    grids = []
    for cells, each in SCALES:
        centres = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(centres, centres, indexing="ij")
        grids.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), each, axis=0))
    return np.concatenate(grids)


def letterbox(picture: Picture) -> Region:
    """The smallest centred square that holds the whole picture."""
    height, width = picture.shape[:2]
    return width / 2, height / 2, float(max(width, height)), 0.0


def model_input(pictures: Sequence[Picture]) -> Array:
    """(n, 128, 128, 3) in -1..1; the margins of the letterbox are black."""
    inputs = np.empty((len(pictures), INPUT_SIDE, INPUT_SIDE, 3), np.float32)
    for into, picture in zip(inputs, pictures, strict=True):
        pixels = sample_square(picture, letterbox(picture), INPUT_SIDE, edge=False)
        np.divide(pixels, np.float32(127.5), out=into)
    inputs -= np.float32(1.0)
    return inputs


def unfold(answer: Array, batch: int) -> Array:
    """(1, batch * 896, k) -> (batch, 896, k).

    The model reshapes each scale to (1, -1, k) and then joins the scales, so the answer holds the whole batch's
    first scale, then the whole batch's second one.
    """
    flat = answer.reshape(-1, answer.shape[-1])
    parts, at = [], 0
    for cells, each in SCALES:
        rows = cells * cells * each
        parts.append(flat[at : at + batch * rows].reshape(batch, rows, -1))
        at += batch * rows
    return np.concatenate(parts, axis=1)


def detections(boxes: Array, logits: Array, square: Region) -> list[Detection]:
    """Of one picture: ``boxes`` (896, 16) and ``logits`` (896,) as the model gave them; best first."""
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits.astype(np.float64), -_LOGIT_LIMIT, _LOGIT_LIMIT)))
    likely = np.flatnonzero(scores >= LEAST_SCORE)
    if not len(likely):
        return []
    x, y, side, _ = square
    raw = boxes[likely].astype(np.float64) / INPUT_SIDE
    points = raw.reshape(-1, 8, 2) * side
    origin = anchors()[likely].astype(np.float64) * side + (x - side / 2, y - side / 2)
    centre, extent = points[:, 0] + origin, points[:, 1]
    keys = points[:, 2:] + origin[:, None]
    rows = np.concatenate([centre - extent / 2, centre + extent / 2, keys.reshape(-1, 12)], axis=1)
    return _merge(rows, scores[likely])


def region_of(face: Detection) -> Region:
    """The square the landmark model wants: half as large again as the box, upright along the eyes."""
    (x0, y0), (x1, y1) = face.points[_RIGHT_EYE], face.points[_LEFT_EYE]
    side = REGION_SCALE * max(face.right - face.left, face.bottom - face.top)
    rotation = math.atan2(float(y1 - y0), float(x1 - x0))
    return (face.left + face.right) / 2, (face.top + face.bottom) / 2, side, rotation


def _merge(rows: npt.NDArray[np.float64], scores: npt.NDArray[np.float64]) -> list[Detection]:
    """Blending instead of suppression (section 3.4 of the paper): boxes of one face are averaged, weighted by
    their scores, which holds the box still from frame to frame. The best box's score stays."""
    order = np.argsort(-scores, kind="stable")
    rows, scores = rows[order], scores[order]
    faces = []
    while len(rows):
        same = _overlaps(rows[0], rows) > OVERLAP
        same[0] = True
        weights = scores[same] / scores[same].sum()
        blended = weights @ rows[same]
        left, top, right, bottom = (float(value) for value in blended[:4])
        points = blended[4:].reshape(6, 2).astype(np.float32)
        faces.append(Detection(left, top, right, bottom, points, float(scores[0])))
        rows, scores = rows[~same], scores[~same]
    return faces


def _overlaps(box: npt.NDArray[np.float64], rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Intersection over union of one box with many."""
    low, high = np.maximum(box[:2], rows[:, :2]), np.minimum(box[2:4], rows[:, 2:4])
    shared = np.prod(np.clip(high - low, 0.0, None), axis=1)
    areas = np.prod(np.clip(rows[:, 2:4] - rows[:, :2], 0.0, None), axis=1)
    own = np.prod(np.clip(box[2:4] - box[:2], 0.0, None))
    union = areas + own - shared
    shares: npt.NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return shares
