"""One session's face: when to look, and what the movements were. Pure: media time is an argument.

Movements, never emotions. Each is 0..1 against the person's own neutral face, the median of the first seconds:

    smile         0.7 for the mouth widening by 18 %, 0.3 for its corners rising by 0.05 eye distances
    brow raise    the brows rising by 0.08 eye distances
    eye openness  from an eye aspect of 0.08 (closed) to the neutral one
    gaze          1 while the head points within 12 degrees of where it pointed at first, 0 beyond 35, eyes open

docs/reference/face-movements.md has each formula over its points. The spans were set on a labelled webcam clip (one
face); docs/explanation/face-and-voice.md says what that is worth.
"""

from dataclasses import dataclass, field

import numpy as np

from realtime.inference.engine import FaceRequest, FaceResult, Picture
from realtime.perception.face_geometry import Features, features

INTERVAL_MS = 300
LOOK_AGAIN_MS = 3_000
"""While a face is followed nobody counts faces; every so often somebody must."""
WINDOW_MS = 1_000
PRESENT = 0.5
NEUTRAL_PICTURES = 9
NEUTRAL_TOLERANCE = 0.15
"""A person who smiles through the first seconds is held to within this share of an average face."""

_AVERAGE = Features(
    yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0, mouth_width=0.55, corner_height=-0.372, brow_height=0.276, eye_aspect=0.25
)
_CLOSED_EYE = 0.08
_FACING_DEG, _AWAY_DEG = 12.0, 35.0


@dataclass(frozen=True, slots=True)
class Movements:
    smile: float
    brow_raise: float
    eye_openness: float
    gaze_on_screen: float


@dataclass(frozen=True, slots=True)
class FaceWindow:
    """About a second of pictures. Shares are of pictures; movements and angles are means over those with a face,
    0 when there was none. ``faces``: as many as the last count found."""

    start_ms: int
    end_ms: int
    frames: int
    faces: int
    face_share: float
    several_share: float
    smile: float
    brow_raise: float
    eye_openness: float
    gaze_on_screen: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(slots=True)
class OwnFace:
    """What one person looks like at rest: learnt once an interview, so that all its answers have one zero. Before that
    an average face stands in for it."""

    neutral: Features = _AVERAGE
    _first: list[Features] = field(default_factory=list)

    @property
    def known(self) -> bool:
        return len(self._first) >= NEUTRAL_PICTURES

    def learn(self, found: Features) -> None:
        """The neutral face is the median of the first pictures, within reason."""
        if self.known:
            return
        self._first.append(found)
        if self.known:
            self.neutral = neutral_of(self._first)


@dataclass(slots=True)
class _Seen:
    features: Features | None
    several: bool


@dataclass(slots=True)
class FaceTracker:
    """At most one request in flight and about three a second; the region travels in the request."""

    session_id: str
    own: OwnFace = field(default_factory=OwnFace)
    _region: tuple[float, float, float, float] | None = None
    _asked_ms: int | None = None
    _counted_ms: int | None = None
    _in_flight: bool = False
    _faces: int = 0
    _window: list[_Seen] = field(default_factory=list)
    _window_ms: int | None = None

    def request(self, picture: Picture, media_ms: int) -> FaceRequest | None:
        """None: not yet, or the last answer is still out."""
        if self._in_flight or (self._asked_ms is not None and 0 <= media_ms - self._asked_ms < INTERVAL_MS):
            return None
        self._in_flight, self._asked_ms = True, media_ms
        count_again = self._counted_ms is None or media_ms - self._counted_ms >= LOOK_AGAIN_MS
        region = None if count_again else self._region
        return FaceRequest(self.session_id, media_ms, picture, region)

    def failed(self) -> None:
        self._in_flight = False

    def apply(self, result: FaceResult) -> None:
        self._in_flight = False
        if self._window_ms is None:
            self._window_ms = result.media_ms
        if result.faces is not None:
            self._faces, self._counted_ms = result.faces, result.media_ms
        present = result.landmarks is not None and result.presence >= PRESENT
        self._region = result.region if present else None
        found = features(result.landmarks) if present and result.landmarks is not None else None
        if found is None and result.faces is None:
            self._counted_ms = None  # lost while following: look for it in the next picture
        if found is not None:
            self.own.learn(found)
        self._window.append(_Seen(found, self._faces > 1))

    def window(self, now_media_ms: int) -> FaceWindow | None:
        """The window that has just become full, once."""
        if self._window_ms is None or now_media_ms - self._window_ms < WINDOW_MS or not self._window:
            return None
        seen, start_ms = self._window, self._window_ms
        self._window, self._window_ms = [], now_media_ms
        faces = [item.features for item in seen if item.features is not None]
        moved = [movements(face, self.own.neutral) for face in faces]
        return FaceWindow(
            start_ms=start_ms,
            end_ms=now_media_ms,
            frames=len(seen),
            faces=self._faces if faces else 0,
            face_share=round(len(faces) / len(seen), 3),
            several_share=round(sum(item.several for item in seen) / len(seen), 3),
            smile=_mean([item.smile for item in moved]),
            brow_raise=_mean([item.brow_raise for item in moved]),
            eye_openness=_mean([item.eye_openness for item in moved]),
            gaze_on_screen=_mean([item.gaze_on_screen for item in moved]),
            yaw_deg=_mean([face.yaw_deg for face in faces], 1),
            pitch_deg=_mean([face.pitch_deg for face in faces], 1),
            roll_deg=_mean([face.roll_deg for face in faces], 1),
        )


def neutral_of(first: list[Features]) -> Features:
    """The median of each feature; lengths are kept near an average face, angles within the facing range."""

    def middle(name: str) -> float:
        return float(np.median([getattr(item, name) for item in first]))

    def near(name: str) -> float:
        average = getattr(_AVERAGE, name)
        margin = max(abs(average) * NEUTRAL_TOLERANCE, 0.01)
        return float(np.clip(middle(name), average - margin, average + margin))

    def facing(name: str) -> float:
        return float(np.clip(middle(name), -_FACING_DEG, _FACING_DEG))

    return Features(
        yaw_deg=facing("yaw_deg"),
        pitch_deg=facing("pitch_deg"),
        roll_deg=facing("roll_deg"),
        mouth_width=near("mouth_width"),
        corner_height=near("corner_height"),
        brow_height=near("brow_height"),
        eye_aspect=near("eye_aspect"),
    )


def movements(now: Features, neutral: Features) -> Movements:
    wider = (now.mouth_width / neutral.mouth_width - 1) / 0.18
    higher = (now.corner_height - neutral.corner_height) / 0.05
    away_deg = float(np.hypot(now.yaw_deg - neutral.yaw_deg, now.pitch_deg - neutral.pitch_deg))
    openness = _unit_span((now.eye_aspect - _CLOSED_EYE) / (neutral.eye_aspect - _CLOSED_EYE))
    facing = _unit_span((_AWAY_DEG - away_deg) / (_AWAY_DEG - _FACING_DEG))
    return Movements(
        smile=0.7 * _unit_span(wider) + 0.3 * _unit_span(higher),
        brow_raise=_unit_span((now.brow_height - neutral.brow_height) / 0.08),
        eye_openness=openness,
        gaze_on_screen=facing if openness > 0.3 else 0.0,
    )


def _unit_span(value: float) -> float:
    return float(np.clip(value, 0.0, 1.0))


def _mean(values: list[float], digits: int = 3) -> float:
    return round(float(np.mean(values)), digits) if values else 0.0
