"""Head angles on a turned point set, movements on test vectors, the tracker's rhythm, and the labelled clip."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.engine import FaceResult
from realtime.perception.face import FaceTracker, Movements, movements, neutral_of
from realtime.perception.face_geometry import PITCH_AT_REST_DEG, Features, features

PICTURE = np.zeros((240, 320, 3), np.uint8)
NEUTRAL = Features(0.0, 0.0, 0.0, 0.55, -0.372, 0.276, 0.25)
REGION = (160.0, 120.0, 150.0, 0.0)


def face(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, scale: float = 60.0) -> np.ndarray:
    """A mirror-symmetric point set with the features in place, turned and scaled as a rigid body."""
    points = np.random.default_rng(1).normal(0, 0.3, (468, 3))
    pairs = {(33, 263): 0.5, (133, 362): 0.2, (61, 291): 0.275, (234, 454): 0.7, (127, 356): 0.68}
    heights = {33: -0.3, 133: -0.3, 61: 0.45, 234: 0.0, 127: -0.2}
    for (right, left), x in pairs.items():
        points[right] = (-x, heights[right], 0.1)
        points[left] = (x, heights[right], 0.1)
    points[10], points[152] = (0, -1.0, 0.0), (0, 1.0, 0.0)
    points[1] = (0, 0.08, -0.4)
    for brow, x in ((105, -0.35), (66, -0.15), (334, 0.35), (296, 0.15)):
        points[brow] = (x, -0.58, 0.0)
    for upper, lower, x in ((159, 145, -0.35), (158, 153, -0.32), (386, 374, 0.35), (385, 380, 0.32)):
        points[upper], points[lower] = (x, -0.34, 0.1), (x, -0.26, 0.1)
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (points @ (about_z @ about_x @ about_y).T * scale + 150).astype(np.float32)


@pytest.mark.parametrize("angle", [-40, -15, 0, 15, 40])
def test_each_angle_is_found_alone(angle: float) -> None:
    yawed, pitched, rolled = features(face(yaw=angle)), features(face(pitch=angle)), features(face(roll=angle))
    assert yawed is not None
    assert pitched is not None
    assert rolled is not None
    assert yawed.yaw_deg == pytest.approx(angle, abs=0.5)
    assert pitched.pitch_deg + PITCH_AT_REST_DEG == pytest.approx(angle, abs=0.5)
    assert rolled.roll_deg == pytest.approx(angle, abs=0.5)


@given(yaw=st.floats(-40, 40), pitch=st.floats(-30, 30), roll=st.floats(-30, 30), scale=st.floats(20, 400))
def test_a_turned_or_distant_head_has_the_same_features(yaw: float, pitch: float, roll: float, scale: float) -> None:
    straight, turned = features(face()), features(face(yaw, pitch, roll, scale))
    assert straight is not None
    assert turned is not None
    for name in ("mouth_width", "corner_height", "brow_height", "eye_aspect"):
        assert getattr(turned, name) == pytest.approx(getattr(straight, name), abs=0.02)


@pytest.mark.parametrize("points", [np.zeros((468, 3)), np.full((468, 3), np.nan), np.full((468, 3), np.inf)])
def test_points_that_make_no_face_give_nothing(points: np.ndarray) -> None:
    assert features(points.astype(np.float32)) is None


def change(**fields: float) -> Movements:
    return movements(replace(NEUTRAL, **fields), NEUTRAL)


def test_vectors_of_the_movements() -> None:
    assert change() == Movements(smile=0.0, brow_raise=0.0, eye_openness=1.0, gaze_on_screen=1.0)
    assert change(mouth_width=0.65, corner_height=-0.32).smile == pytest.approx(1.0)
    assert change(mouth_width=0.55 * 1.09).smile == pytest.approx(0.35)
    assert change(corner_height=-0.347).smile == pytest.approx(0.15)
    assert change(mouth_width=0.44, corner_height=-0.45).smile == 0.0
    assert change(brow_height=0.316).brow_raise == pytest.approx(0.5)
    assert change(eye_aspect=0.08).eye_openness == 0.0
    assert change(eye_aspect=0.08).gaze_on_screen == 0.0
    assert change(yaw_deg=23.5).gaze_on_screen == pytest.approx(0.5)
    assert change(pitch_deg=-40.0).gaze_on_screen == 0.0


def test_the_neutral_face_is_a_median_within_reason() -> None:
    smiling = Features(2.0, 1.0, 0.0, 0.70, -0.33, 0.276, 0.25)
    learnt = neutral_of([smiling] * 9)
    assert learnt.mouth_width == pytest.approx(0.55 * 1.15)
    assert learnt.yaw_deg == 2.0
    assert movements(smiling, learnt).smile > 0.3


def result(media_ms: int, points: np.ndarray | None, faces: int | None = None) -> FaceResult:
    present = 0.99 if points is not None else 0.1
    return FaceResult("s", media_ms, points, present, faces, REGION if points is not None else None)


def test_one_request_at_a_time_three_a_second_and_a_new_count_now_and_then() -> None:
    tracker = FaceTracker("s")
    asked = []
    for media_ms in range(0, 9_000, 100):
        request = tracker.request(PICTURE, media_ms)
        if request is None:
            continue
        assert tracker.request(PICTURE, media_ms + 1) is None
        asked.append((media_ms, request.region))
        tracker.apply(result(media_ms, face(), 1 if request.region is None else None))
    assert len(asked) == 30
    assert [media_ms for media_ms, region in asked if region is None] == [0, 3_000, 6_000]


def test_a_lost_face_is_looked_for_at_once() -> None:
    tracker = FaceTracker("s")
    assert tracker.request(PICTURE, 0) is not None
    tracker.apply(result(0, face(), 1))
    second = tracker.request(PICTURE, 400)
    assert second is not None
    assert second.region == REGION
    tracker.apply(result(400, None))
    third = tracker.request(PICTURE, 800)
    assert third is not None
    assert third.region is None


def test_an_engine_that_fails_is_asked_again() -> None:
    tracker = FaceTracker("s")
    tracker.request(PICTURE, 0)
    tracker.failed()
    assert tracker.request(PICTURE, 400) is not None


def test_a_window_says_what_was_there_and_what_was_not() -> None:
    tracker = FaceTracker("s")
    for media_ms, points, faces in ((0, face(), 2), (400, None, 0), (800, face(yaw=20), 2)):
        tracker.request(PICTURE, media_ms)
        assert tracker.window(media_ms) is None
        tracker.apply(result(media_ms, points, faces))
    window = tracker.window(1_000)
    assert window is not None
    assert (window.start_ms, window.end_ms, window.frames, window.faces) == (0, 1_000, 3, 2)
    assert window.face_share == pytest.approx(2 / 3, abs=0.001)
    assert window.several_share == pytest.approx(2 / 3, abs=0.001)
    assert window.yaw_deg == pytest.approx(10, abs=0.5)
    assert tracker.window(1_001) is None


def test_nobody_there_is_a_window_too() -> None:
    tracker = FaceTracker("s")
    for media_ms in (0, 400, 800):
        tracker.request(PICTURE, media_ms)
        tracker.apply(result(media_ms, None, 0))
    window = tracker.window(1_200)
    assert window is not None
    assert (window.faces, window.face_share, window.smile, window.gaze_on_screen) == (0, 0.0, 0.0, 0.0)


def test_the_labelled_clip(face_data: Path) -> None:
    """Whole seconds inside the labelled spans of a real webcam clip, through the real engine."""
    models = Path(__file__).parents[3] / "var" / "models" / "face"
    if not (models / "model.json").exists():
        pytest.skip("no face models: `viva models pull face`")
    from realtime.inference.face_litert import LiteRtFaceEngine

    engine = LiteRtFaceEngine(models)
    windows = []
    tracker = FaceTracker("s")
    with av.open(str(face_data / "faces" / "webcam-a-expressions.mp4")) as container:
        for frame in container.decode(video=0):
            at_ms = round(frame.time * 1000)
            request = tracker.request(frame.to_ndarray(format="rgb24"), at_ms)
            if request is not None:
                tracker.apply(engine.analyse([request])[0])
                windows += [window] if (window := tracker.window(at_ms)) else []

    def mean(name: str, start_s: float, end_s: float) -> float:
        inside = [w for w in windows if w.start_ms >= start_s * 1000 and w.end_ms <= end_s * 1000 + 300]
        assert inside
        return float(np.mean([getattr(w, name) for w in inside]))

    assert all(window.face_share == 1.0 and window.faces == 1 for window in windows)
    assert mean("smile", 7.0, 9.8) > 0.4 > 0.15 > mean("smile", 0.0, 2.3)
    assert mean("brow_raise", 2.3, 4.9) > 0.3 > 0.15 > mean("brow_raise", 0.0, 2.3)
    assert mean("smile", 10.9, 18.9) < 0.2
    assert mean("gaze_on_screen", 0.0, 18.9) > 0.9
