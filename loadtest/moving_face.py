"""A drawn face that moves: what a virtual candidate holds in front of its camera.

Nobody's picture: skin, hair, eyes and mouth are shaded shapes on an ellipsoid that turns. It is made to be
found and followed by a face detector, and its movements are known exactly, so measurements can be checked.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loadtest.face_canvas import Canvas, Plane, between, blob, disc, line, ramp

Rgb = npt.NDArray[np.uint8]

BLINK_S = 0.32
SCRIPT_S = 12.0
"""The script repeats after this; it ends where it begins."""

_SKIN = (224.0, 178.0, 148.0)
_LIP = (176.0, 96.0, 92.0)
_HAIR = (38.0, 30.0, 28.0)
_WIDEST, _TALLEST, _DEEPEST = 1.05, 1.55, 1.0
"""Half axes of the head, in half face widths."""


@dataclass(frozen=True, slots=True)
class FaceParameters:
    """0..1 unless said otherwise. ``gaze`` -1..1 (right and down of the picture are positive); angles in degrees:
    yaw > 0 turns to the picture's right, pitch > 0 nods down, roll > 0 tilts clockwise. ``blink`` closes the
    eyes by that much of ``eye_openness``."""

    smile: float = 0.0
    mouth_open: float = 0.0
    brow_raise: float = 0.0
    eye_openness: float = 1.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    blink: float = 0.0

    @property
    def lids(self) -> float:
        """How far the eyes are really open."""
        return self.eye_openness * (1.0 - self.blink)


def script(t_s: float) -> FaceParameters:
    """A person who talks, blinks, nods, looks aside and smiles now and then. Periodic, ``SCRIPT_S``."""
    t = t_s % SCRIPT_S
    turn = 2 * math.pi / SCRIPT_S
    talking = 0.5 + 0.5 * math.sin(2 * turn * t - 0.8)
    syllables = 0.5 + 0.5 * math.sin(2 * math.pi * 3.5 * t + 0.9 * math.sin(5 * turn * t))
    return FaceParameters(
        smile=_bump(t, 9.0, 2.4) * 0.9 + 0.1,
        mouth_open=0.75 * talking * syllables * (1.0 - 0.6 * _bump(t, 9.0, 2.4)),
        brow_raise=0.8 * _bump(t, 4.2, 1.1) + 0.15 * talking,
        gaze_x=0.5 * _bump(t, 6.3, 0.9) - 0.4 * _bump(t, 11.0, 0.8),
        gaze_y=0.3 * _bump(t, 6.3, 0.9),
        yaw=9.0 * math.sin(turn * t) + 3.0 * math.sin(3 * turn * t),
        pitch=4.0 * math.sin(2 * turn * t + 1.0) + 6.0 * _bump(t, 2.6, 0.5) + 5.0 * _bump(t, 3.3, 0.5),
        roll=4.0 * math.sin(turn * t + 2.0),
        blink=max(_bump(t, at, BLINK_S) for at in (1.2, 4.9, 7.6, 10.3)),
    )


def _bump(t: float, at: float, width_s: float) -> float:
    """A rise and fall of ``width_s`` around ``at``."""
    distance = abs(t - at) / (width_s / 2)
    return 0.5 + 0.5 * math.cos(math.pi * distance) if distance < 1 else 0.0


def render(parameters: FaceParameters, width: int = 320, height: int = 240) -> Rgb:
    """RGB, (height, width, 3)."""
    scale = 0.225 * height
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x = (columns - width / 2) / scale
    y = (rows - 0.52 * height) / scale
    canvas = Canvas(_background(x, y))
    edge = 1.0 / scale
    _paint_body(canvas, x, y, edge)
    head_x, head_y = _roll(x, y, parameters.roll)
    _paint_hair_behind(canvas, head_x, head_y, parameters, edge)
    face_x, face_y = _unturn(head_x, head_y, parameters)
    skin = _paint_skin(canvas, head_x, head_y, face_x, face_y, parameters, edge)
    _paint_nose(canvas, face_x, face_y, parameters)
    for side in (-1.0, 1.0):
        _paint_eye(canvas, face_x, face_y, side, parameters, edge)
        _paint_brow(canvas, face_x, face_y, side, parameters)
    _paint_mouth(canvas, face_x, face_y, parameters, edge)
    _paint_fringe(canvas, head_x, head_y, face_x, face_y, skin, edge)
    return np.clip(canvas.pixels + _grain(height, width), 0, 255).astype(np.uint8)


# ------------------------------------------------------------------ geometry
def _roll(x: Plane, y: Plane, degrees: float) -> tuple[Plane, Plane]:
    """Undo the tilt, which happens around the neck."""
    angle, pivot = math.radians(degrees), 1.5
    cos, sin = math.cos(angle), math.sin(angle)
    down = y - pivot
    return (x * cos + down * sin).astype(np.float32), (down * cos - x * sin + pivot).astype(np.float32)


def _unturn(x: Plane, y: Plane, parameters: FaceParameters) -> tuple[Plane, Plane]:
    """Picture to face: where on the unturned ellipsoid a pixel lies. A fixed point, three rounds are enough."""
    yaw, pitch = math.radians(parameters.yaw), math.radians(parameters.pitch)
    face_x, face_y = x.copy(), y.copy()
    for _ in range(3):
        inside = np.clip(1.0 - (face_x / _WIDEST) ** 2 - (face_y / _TALLEST) ** 2, 0.0, 1.0)
        depth = _DEEPEST * np.sqrt(inside)
        face_x = ((x - depth * math.sin(yaw)) / math.cos(yaw)).astype(np.float32)
        face_y = ((y - depth * math.sin(pitch)) / math.cos(pitch)).astype(np.float32)
    return face_x, face_y


def _outline(x: Plane, y: Plane) -> Plane:
    """Signed distance-like: < 0 inside the face. Round above, narrowing to the chin."""
    jaw = np.clip(y, 0.0, None)
    half_width = 1.0 - 0.17 * jaw**1.6
    low = np.where(y > 0, 1.40, 1.62)
    distance: Plane = (np.sqrt((x / half_width) ** 2 + np.abs(y / low) ** 2.3) - 1.0).astype(np.float32)
    return distance


# ------------------------------------------------------------------ what is behind
def _background(x: Plane, y: Plane) -> npt.NDArray[np.float32]:
    """A wall with light from the left, a blurred shelf and a plant: nothing with an edge."""
    light = 0.82 + 0.22 * np.exp(-((x + 2.2) ** 2) / 6.0) - 0.05 * y
    pixels = light[..., None] * np.array([196.0, 203.0, 206.0], dtype=np.float32)
    canvas = Canvas(pixels.astype(np.float32))
    shelf = ramp(x, 1.7, 2.0) * ramp(y, 1.2, 0.9)
    canvas.paint(shelf, (150.0, 132.0, 112.0), 0.55)
    for index, colour in enumerate(((120.0, 88.0, 80.0), (84.0, 104.0, 120.0), (150.0, 140.0, 108.0))):
        canvas.paint(blob(x - 2.1 - 0.25 * index, y + 0.5 - 0.2 * index, 0.14, 0.5), colour, 0.5)
    canvas.paint(blob(x + 2.5, y - 0.9, 0.45, 0.7), (98.0, 124.0, 92.0), 0.6)
    return canvas.pixels


def _paint_body(canvas: Canvas, x: Plane, y: Plane, edge: float) -> None:
    neck = ramp(np.abs(x) - 0.55 - 0.25 * ramp(y, 1.3, 2.2), edge, -edge) * ramp(y, 0.5, 0.6)
    canvas.paint(neck, (200.0, 152.0, 124.0))
    canvas.shade(neck * ramp(x, 0.0, 0.8), 0.78)
    canvas.shade(neck * blob(x, y - 1.25, 0.9, 0.45), 0.62)
    shoulder = 1.62 + 0.10 * np.abs(x) ** 1.7
    body = ramp(y - shoulder, -edge, edge) * ramp(np.abs(x), 2.35, 2.15)
    suit = np.array([46.0, 54.0, 76.0], dtype=np.float32) * (1.0 - 0.12 * x + 0.1 * np.sin(3 * x))[..., None]
    canvas.paint(body * ramp(np.abs(x) - 0.95 * (2.45 - y) * 0.75, -edge, edge), suit)
    shirt = (
        body
        * ramp(np.abs(x) - 0.95 * (2.45 - y) * 0.75, edge, -edge)
        * ramp(y - 1.62 - 0.5 * (0.6 - np.abs(x)), -edge, edge)
    )
    canvas.paint(shirt, (232.0, 234.0, 238.0))
    tie = shirt * ramp(np.abs(x) - 0.13 - 0.04 * y, edge, -edge)
    canvas.paint(tie, (120.0, 40.0, 48.0))


def _paint_hair_behind(canvas: Canvas, x: Plane, y: Plane, parameters: FaceParameters, edge: float) -> None:
    shift = 0.10 * math.sin(math.radians(parameters.yaw))
    canvas.paint(disc(x + shift, y + 0.42, 1.12, 1.36, 1.5 * edge) * ramp(y, 0.45, 0.15), _HAIR)
    for side in (-1.0, 1.0):
        ear_x = x - side * (1.02 - 0.1 * side * math.sin(math.radians(parameters.yaw)))
        ear = disc(ear_x, y - 0.12, 0.15, 0.30, edge)
        canvas.paint(ear, (206.0, 152.0, 126.0))
        canvas.shade(ear * blob(ear_x, y - 0.14, 0.07, 0.18), 0.8)


# ------------------------------------------------------------------ the face
def _paint_skin(
    canvas: Canvas, head_x: Plane, head_y: Plane, x: Plane, y: Plane, parameters: FaceParameters, edge: float
) -> Plane:
    """The head's shape stays (a turned ellipsoid looks the same), its chin follows the turn; light from above left."""
    drop = 0.10 * parameters.mouth_open
    chin_x = head_x - 0.22 * math.sin(math.radians(parameters.yaw)) * np.clip(head_y, 0, None)
    chin_y = head_y - 0.6 * math.sin(math.radians(parameters.pitch)) * ramp(head_y, 0.0, 1.3)
    face = ramp(_outline(chin_x, chin_y - drop * ramp(head_y, 0.5, 1.3)), edge, -edge)
    depth = np.sqrt(np.clip(1.0 - (head_x / 1.12) ** 2 - (head_y / 1.75) ** 2, 0.02, 1.0))
    light = np.clip(-0.32 * head_x - 0.26 * head_y + 0.86 * depth, 0.0, 1.2)
    tone = np.array(_SKIN, dtype=np.float32) * (0.60 + 0.46 * light)[..., None]
    tone += (1.0 - depth)[..., None] * np.array([6.0, -8.0, -12.0], dtype=np.float32)
    canvas.paint(face, tone.astype(np.float32))
    for side in (-1.0, 1.0):
        canvas.paint(face * blob(x - side * 0.56, y - 0.42, 0.26, 0.22), (226.0, 150.0, 128.0), 0.30)
        canvas.shade(face * blob(x - side * 0.44, y + 0.10, 0.30, 0.20), 0.86)
    canvas.shade(face * blob(x + 0.15, y + 0.85, 0.5, 0.28), 1.06)
    canvas.shade(face * blob(x, y - 1.12 - drop, 0.26, 0.07), 0.88)
    canvas.shade(face * blob(x, y - 1.26 - drop, 0.22, 0.10), 1.05)
    return face


def _paint_nose(canvas: Canvas, x: Plane, y: Plane, parameters: FaceParameters) -> None:
    """The nose stands out: it moves more than the rest when the head turns."""
    x = x - 0.22 * math.sin(math.radians(parameters.yaw)) * ramp(y, -0.2, 0.5)
    y = y - 0.22 * math.sin(math.radians(parameters.pitch))
    along = ramp(y, -0.35, 0.0) * ramp(y, 0.62, 0.4)
    half = 0.085 + 0.10 * ramp(y, 0.1, 0.5)
    canvas.shade(along * line(x, half, 0.07), 0.84)
    canvas.shade(along * line(x, -half, 0.06), 0.93)
    canvas.shade(along * line(x, np.float32(-0.02) + 0 * half, 0.05), 1.08)
    canvas.shade(blob(x + 0.02, y - 0.43, 0.10, 0.09), 1.10)
    for side in (-1.0, 1.0):
        canvas.shade(blob(x - side * 0.21, y - 0.47, 0.06, 0.10), 0.84)
        canvas.paint(blob(x - side * 0.105, y - 0.56, 0.055, 0.028), (92.0, 48.0, 42.0), 0.85)
    canvas.shade(blob(x, y - 0.61, 0.24, 0.05), 0.78)
    canvas.shade(line(x, 0 * x, 0.045) * ramp(y, 0.62, 0.66) * ramp(y, 0.78, 0.72), 0.92)


def _paint_eye(canvas: Canvas, x: Plane, y: Plane, side: float, parameters: FaceParameters, edge: float) -> None:
    """An almond between two lids; the lids close over an iris that stays round."""
    half = 0.23
    x, y = (x - side * 0.46) / half, y + 0.08
    arch = np.sqrt(np.clip(1.0 - x * x, 0.0, 1.0))
    squint = 0.25 * parameters.smile
    upper = 0.035 - (0.145 * parameters.lids * arch + 0.02 * side * x)
    lower = 0.035 + (0.062 * (1.0 - squint) * arch - 0.02 * side * x) * (0.4 + 0.6 * min(1.0, parameters.lids * 2))
    across = ramp(np.abs(x), 1.02, 0.96)
    opening = across * between(y, upper, lower, edge) * min(1.0, parameters.lids * 6)
    canvas.paint(opening, (236.0, 230.0, 226.0))
    iris_x, iris_y = (x * half - 0.085 * parameters.gaze_x), y + 0.02 - 0.05 * parameters.gaze_y
    canvas.paint(opening * disc(iris_x, iris_y, 0.112, 0.112, edge), (66.0, 42.0, 30.0))
    canvas.paint(opening * blob(iris_x, iris_y - 0.03, 0.07, 0.05), (112.0, 74.0, 48.0), 0.6)
    canvas.paint(opening * disc(iris_x, iris_y, 0.048, 0.048, edge), (14.0, 10.0, 10.0))
    canvas.paint(opening * blob(iris_x + 0.035, iris_y + 0.04, 0.022, 0.022), (255.0, 255.0, 255.0), 0.9)
    canvas.shade(opening * ramp(y - upper, 0.07, 0.0), 0.72)
    near = ramp(np.abs(x), 1.12, 0.9)
    canvas.paint(near * line(y, upper, 0.022), (34.0, 22.0, 20.0), 0.92)
    canvas.paint(near * line(y, lower, 0.014), (150.0, 98.0, 84.0), 0.55)
    canvas.shade(near * line(y, upper - 0.075 * (0.4 + 0.6 * parameters.lids), 0.02), 0.80)
    canvas.shade(near * line(y, lower + 0.09, 0.05), 0.93 - 0.06 * parameters.smile)


def _paint_brow(canvas: Canvas, x: Plane, y: Plane, side: float, parameters: FaceParameters) -> None:
    along = (x * side - 0.47) / 0.33
    curve = -0.37 - 0.13 * parameters.brow_raise - 0.07 * (1.0 - (along - 0.25) ** 2)
    thick = 0.055 - 0.018 * along
    hairs = 0.85 + 0.15 * np.sin(90.0 * x * side + 40.0 * y)
    mask = ramp(np.abs(along), 1.05, 0.85) * np.exp(-(((y - curve) / thick) ** 2)) * hairs
    canvas.paint(mask.astype(np.float32), (44.0, 32.0, 28.0), 0.88)


def _paint_mouth(canvas: Canvas, x: Plane, y: Plane, parameters: FaceParameters, edge: float) -> None:
    smile, gape = parameters.smile, parameters.mouth_open
    half = 0.37 + 0.11 * smile - 0.05 * gape
    y = y - 0.84
    across = x / half
    arch = np.clip(1.0 - across * across, 0.0, 1.0)
    middle = -0.17 * smile * across**2 * ramp(np.abs(across), 0.0, 0.9) + 0.05 * smile
    bow = 0.022 * np.exp(-((across / 0.16) ** 2))
    gap_up = middle - (0.05 * gape + 0.025 * smile) * np.sqrt(arch)
    gap_down = middle + (0.30 * gape + 0.035 * smile) * np.sqrt(arch)
    inside = ramp(np.abs(across), 1.03, 0.97)
    upper_lip = inside * between(y, gap_up - 0.085 * arch**0.7 + bow, gap_down, edge)
    lower_lip = inside * between(y, gap_up, gap_down + 0.115 * arch**0.6, edge)
    canvas.paint(np.maximum(upper_lip, lower_lip), _LIP, 0.92)
    canvas.shade(upper_lip * ramp(y - gap_up, 0.03, -0.02), 0.90)
    canvas.shade(lower_lip * blob(x + 0.03, y - gap_down - 0.055, 0.20, 0.028), 1.16)
    gap = inside * between(y, gap_up, gap_down, 0.6 * edge)
    canvas.paint(gap * min(1.0, 12 * (gape + 0.4 * smile)), (58.0, 22.0, 24.0))
    teeth = gap * ramp(y - gap_up - 0.085, edge, -edge) * ramp(np.abs(across), 0.85, 0.6)
    canvas.paint(teeth * min(1.0, 5 * gape + 2 * smile), (232.0, 226.0, 216.0), 0.92)
    canvas.paint(
        inside * line(y, (gap_up + gap_down) / 2, 0.016) * max(0.0, 1 - 9 * gape - 2 * smile), (96.0, 44.0, 44.0)
    )
    canvas.shade(blob(x, y - 0.22 - 0.28 * gape, 0.26, 0.05), 0.86)
    for side in (-1.0, 1.0):
        corner_y = y - middle.min() * 0.0 + 0.12 * smile
        canvas.shade(blob(x - side * (half + 0.03), corner_y, 0.05, 0.06), 0.82)
        fold = line(x * side, 0.30 + 0.30 * ramp(y, -0.40, 0.05), 0.04) * ramp(y, -0.42, -0.3) * ramp(y, 0.1, -0.05)
        canvas.shade(fold, 0.95 - 0.16 * smile)


def _paint_fringe(canvas: Canvas, head_x: Plane, head_y: Plane, x: Plane, y: Plane, skin: Plane, edge: float) -> None:
    """Short hair, parted on one side, with strands of light."""
    head = disc(head_x, head_y + 0.42, 1.12, 1.34, 2 * edge)
    hairline = -1.02 + 0.42 * np.abs(x) ** 3 + 0.10 * np.sin(2.2 * x + 0.6)
    hair = head * ramp(y - hairline, 2.5 * edge, -2.5 * edge)
    sides = head * ramp(np.abs(x), 0.90, 0.99) * ramp(y, 0.05, -0.25)
    mask = np.maximum(hair, sides)
    strands = 1.0 + 0.25 * np.sin(34 * x + 6 * y) * np.sin(11 * x - 3 * y)
    tone = (
        np.array(_HAIR, dtype=np.float32) * strands[..., None] + 42.0 * blob(x + 0.35, y + 1.30, 0.42, 0.16)[..., None]
    )
    canvas.paint(mask, tone.astype(np.float32))
    canvas.shade(skin * (1 - mask) * ramp(y - hairline, 0.16, 0.0), 0.88)


def _grain(height: int, width: int) -> npt.NDArray[np.float32]:
    """The camera's noise: always the same, so that a picture is a function of its parameters."""
    return np.random.default_rng(1).normal(0.0, 2.0, (height, width, 1)).astype(np.float32)
