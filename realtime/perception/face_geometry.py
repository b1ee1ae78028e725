"""From 468 points to a handful of numbers a person can understand: head angles, and how far features are apart.

Points are numbered as in MediaPipe's face mesh. Coordinates are pixels, x to the right, y down, z away from the
camera in the scale of x. Distances are taken in three dimensions and divided by the distance of the outer eye
corners, so that neither the distance to the camera nor a turned head changes them. This model has no iris:
where the eyes look *within* their sockets is not known here.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float64]

# (subject's right, subject's left): their differences all point along the head's horizontal axis.
_PAIRS = ((33, 263), (133, 362), (61, 291), (234, 454), (127, 356))
_FOREHEAD, _CHIN = 10, 152
_RIGHT_EYE, _LEFT_EYE = (33, 133), (362, 263)
_RIGHT_LIDS, _LEFT_LIDS = ((159, 145), (158, 153)), ((386, 374), (385, 380))
_MOUTH_CORNERS, _NOSE_TIP = (61, 291), 1
_BROWS, _EYE_CORNERS = (105, 334, 66, 296), (33, 133, 362, 263)

PITCH_AT_REST_DEG = -7.0
"""The line from forehead to chin of an upright head leans forward by about this much (one face, webcam clip)."""


@dataclass(frozen=True, slots=True)
class Features:
    """Angles in degrees: yaw > 0 turns to the picture's right, pitch > 0 nods down, roll > 0 tilts clockwise.
    The rest in outer-eye distances: ``corner_height`` of the mouth's corners over the tip of the nose (below it, so
    negative; the lips' middle would rise and fall with the jaw), ``brow_height`` of the brows over the eyes;
    ``eye_aspect`` is lid distance over eye width."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    mouth_width: float
    corner_height: float
    brow_height: float
    eye_aspect: float


def features(points: Points) -> Features | None:
    """``points``: (468, 3). None for points that make no face (all in one place, not finite)."""
    at = np.asarray(points, np.float64)
    if not np.isfinite(at).all():
        return None
    across, down = head_axes(at)
    unit = _distance(at, _RIGHT_EYE[0], _LEFT_EYE[1])
    if unit <= 1e-6 or not across.any() or not down.any():
        return None
    corners = at[list(_MOUTH_CORNERS)].mean(axis=0)
    brows, eyes = at[list(_BROWS)].mean(axis=0), at[list(_EYE_CORNERS)].mean(axis=0)
    yaw_deg, pitch_deg, roll_deg = _angles_deg(across, down)
    return Features(
        yaw_deg=yaw_deg,
        pitch_deg=pitch_deg - PITCH_AT_REST_DEG,
        roll_deg=roll_deg,
        mouth_width=_distance(at, *_MOUTH_CORNERS) / unit,
        corner_height=float((at[_NOSE_TIP] - corners) @ down) / unit,
        brow_height=float((eyes - brows) @ down) / unit,
        eye_aspect=(_aspect(at, _RIGHT_EYE, _RIGHT_LIDS) + _aspect(at, _LEFT_EYE, _LEFT_LIDS)) / 2,
    )


def head_axes(at: Vector) -> tuple[Vector, Vector]:
    """The head's own axes, unit vectors: across (to the picture's right) and down (forehead to chin).

    Five symmetric pairs give the first; the second is forehead to chin made perpendicular to it (Gram-Schmidt).
    Zero vectors where the points have no extent.
    """
    across = np.sum([at[left] - at[right] for right, left in _PAIRS], axis=0)
    across = _unit(across)
    down = at[_CHIN] - at[_FOREHEAD]
    return across, _unit(down - across * float(down @ across))


def _angles_deg(across: Vector, down: Vector) -> tuple[float, float, float]:
    """Yaw, pitch and roll of a head that nods, then turns, then tilts: the order in which none disturbs another. A tilt
    of the camera is a roll and nothing else, since depths alone decide the other two."""
    ahead_depth = across[0] * down[1] - across[1] * down[0]
    yaw = np.arctan2(across[2], np.hypot(across[0], across[1]))
    pitch = np.arctan2(down[2], ahead_depth)
    roll = np.arctan2(across[1], across[0])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-6 else np.zeros(3)


def _distance(at: Vector, a: int, b: int) -> float:
    return float(np.linalg.norm(at[a] - at[b]))


def _aspect(at: Vector, eye: tuple[int, int], lids: tuple[tuple[int, int], ...]) -> float:
    """Soukupová and Čech 2016, "Real-Time Eye Blink Detection using Facial Landmarks": height over width."""
    width = _distance(at, *eye)
    return float(np.mean([_distance(at, *pair) for pair in lids])) / width if width > 1e-6 else 0.0
