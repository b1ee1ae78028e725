"""The face engine with its real models on the project's own drawn face, alone, in company and among broken pictures."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtest.media import FACE
from loadtest.moving_face import FaceParameters, render
from realtime.inference.engine import FaceRequest, FaceResult, Picture
from realtime.inference.face_files import DETECTOR_FILE, LANDMARKS_FILE
from realtime.inference.face_litert import LiteRtFaceEngine
from realtime.inference.litert_model import LARGEST_BATCH
from realtime.inference.model_digest import combined, sha256_of
from realtime.inference.model_errors import ModelUnavailable
from realtime.inference.models_catalogue import CATALOGUE
from realtime.perception.face import movements
from realtime.perception.face_geometry import Features, features

MODELS = Path(__file__).parents[3] / "var" / "models" / "face"
NEUTRAL = FaceParameters()
Region = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def models() -> Path:
    if not (MODELS / "model.json").is_file():
        pytest.skip(f"no face models at {MODELS}: `viva models pull face` to run this")
    return MODELS


@pytest.fixture(scope="module")
def engine(models: Path) -> LiteRtFaceEngine:
    engine = LiteRtFaceEngine(models)
    engine.warm_up()
    return engine


@pytest.fixture(scope="module")
def recording() -> list[Picture]:
    """Twelve seconds, as a candidate's camera sends them: VP8, ten pictures a second."""
    with av.open(str(FACE)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def portrait() -> Picture:
    return render(NEUTRAL)


def look(picture: Picture, region: Region | None = None, session_id: str = "s") -> FaceRequest:
    return FaceRequest(session_id, 0, picture, region)


def points_of(result: FaceResult) -> npt.NDArray[np.float32]:
    assert result.landmarks is not None
    assert result.landmarks.shape == (468, 3)
    return result.landmarks


def apart_px(one: FaceResult, other: FaceResult) -> float:
    return float(np.abs(points_of(one) - points_of(other)).max())


def read(engine: LiteRtFaceEngine, parameters: Sequence[FaceParameters]) -> list[Features]:
    found = [features(points_of(result)) for result in engine.analyse([look(render(item)) for item in parameters])]
    assert all(found)
    return [item for item in found if item]


# --------------------------------------------------------------------------- finding and following
def test_the_drawn_face_is_found_alone_in_every_picture(engine: LiteRtFaceEngine, recording: list[Picture]) -> None:
    results = engine.analyse([look(picture) for picture in recording])
    assert len(results) == 120
    found = [result for result in results if result.faces == 1 and result.landmarks is not None]
    assert len(found) > 0.95 * len(results)
    assert np.median([result.presence for result in found]) > 0.95


def test_a_region_is_followed_through_the_recording(engine: LiteRtFaceEngine, recording: list[Picture]) -> None:
    """One detection, then each picture's region serves the next, and the points stay where a detection puts them."""
    afresh = engine.analyse([look(picture) for picture in recording])
    region, apart = afresh[0].region, []
    for picture, alone in zip(recording[1:], afresh[1:], strict=True):
        (followed,) = engine.analyse([look(picture, region)])
        assert followed.faces is None
        assert followed.region is not None
        assert followed.presence > 0.5
        region = followed.region
        apart.append(float(np.abs(points_of(followed)[:, :2] - points_of(alone)[:, :2]).mean()))
    assert np.median(apart) < 1.0
    assert max(apart) < 3.0


def test_points_lie_where_the_drawing_has_them(engine: LiteRtFaceEngine, portrait: Picture) -> None:
    """Eyes at +-0.46 and mouth at 0.84 half face widths around (160, 124.8), one of which is 54 px."""
    points = points_of(engine.analyse([look(portrait)])[0])
    for corners, x in (((33, 133), 160 - 0.46 * 54), ((362, 263), 160 + 0.46 * 54)):
        eye = points[list(corners), :2].mean(axis=0)
        assert eye == pytest.approx((x, 124.8 - 0.08 * 54), abs=5)
    assert points[[61, 291], :2].mean(axis=0) == pytest.approx((160, 124.8 + 0.84 * 54), abs=6)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_picture_twice_as_large_gives_points_twice_as_far(
    engine: LiteRtFaceEngine, portrait: Picture, scale: float
) -> None:
    large = render(NEUTRAL, round(320 * scale), round(240 * scale))
    one, other = engine.analyse([look(portrait), look(large)])
    assert np.abs(points_of(other)[:, :2] / scale - points_of(one)[:, :2]).mean() < 1.5


def test_two_faces_are_counted_and_the_nearer_is_read(engine: LiteRtFaceEngine, portrait: Picture) -> None:
    small = render(NEUTRAL, 192, 144)
    wide = np.full((240, 512, 3), portrait[0, 0], np.uint8)
    wide[:, :320], wide[96:, 320:] = portrait, small
    mirrored = np.ascontiguousarray(np.concatenate([wide[:, 320:], wide[:, :320]], axis=1))
    left, right, alone = engine.analyse([look(wide), look(mirrored), look(portrait)])
    assert (left.faces, right.faces, alone.faces) == (2, 2, 1)
    assert points_of(left)[:, 0].max() < 320
    assert points_of(right)[:, 0].min() > 192
    beside = engine.analyse([look(np.concatenate([portrait, portrait], axis=1))])
    assert beside[0].faces == 2


def test_an_empty_room_has_no_face(engine: LiteRtFaceEngine, portrait: Picture) -> None:
    black, noise = np.zeros_like(portrait), np.random.default_rng(1).integers(0, 256, portrait.shape, np.uint8)
    for result in engine.analyse([look(black), look(noise), look(portrait[:, :60])]):
        assert (result.landmarks, result.region, result.faces) == (None, None, 0)
    # Whoever left: the region is still there, the face is not.
    (gone,) = engine.analyse([look(black, (160.0, 120.0, 150.0, 0.0))])
    assert gone.presence < 0.5
    assert (gone.landmarks, gone.region, gone.faces) == (None, None, None)


# --------------------------------------------------------------------------- batches
@pytest.mark.parametrize("count", [2, LARGEST_BATCH, LARGEST_BATCH + 3])
def test_batched_is_what_single_is(engine: LiteRtFaceEngine, recording: list[Picture], count: int) -> None:
    """Looking and following in turns, over the size of a slice."""
    (first,) = engine.analyse([look(recording[0])])
    requests = [
        look(picture, first.region if at % 2 else None, f"s{at}") for at, picture in enumerate(recording[1 : count + 1])
    ]
    batched, single = engine.analyse(requests), [engine.analyse([request])[0] for request in requests]
    for together, alone in zip(batched, single, strict=True):
        assert together.session_id == alone.session_id
        assert together.faces == alone.faces
        assert together.presence == pytest.approx(alone.presence, abs=1e-4)
        assert apart_px(together, alone) < 0.01


def test_the_same_again(engine: LiteRtFaceEngine, models: Path, recording: list[Picture]) -> None:
    requests = [look(picture) for picture in recording[:10]]
    once, again, another = (
        engine.analyse(requests),
        engine.analyse(requests),
        LiteRtFaceEngine(models).analyse(requests),
    )
    for first, second, third in zip(once, again, another, strict=True):
        assert apart_px(first, second) == 0.0
        assert apart_px(first, third) == 0.0
        assert first.region == second.region == third.region


def broken_pictures() -> list[object]:
    whole = np.zeros((240, 320, 3), np.uint8)
    return [
        np.zeros((1, 1, 3), np.uint8),
        np.random.default_rng(1).integers(0, 256, (4320, 7680, 3), np.uint8),
        whole.astype(np.float32),
        np.full((240, 320, 3), np.nan),
        whole[..., 0],
        np.zeros((240, 320, 4), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((240, 0, 3), np.uint8),
        np.array([], np.uint8),
        b"no array",
        None,
    ]


def test_broken_pictures_disturb_nobody(engine: LiteRtFaceEngine, recording: list[Picture]) -> None:
    (first,) = engine.analyse([look(recording[0])])
    broken = broken_pictures()
    requests, clean = [], []
    for at, picture in enumerate(broken):
        neighbour = look(recording[at], first.region if at % 2 else None, f"whole-{at}")
        clean.append(neighbour)
        region = (160.0, 120.0, 150.0, 0.0) if at % 2 else None
        requests += [neighbour, FaceRequest(f"broken-{at}", at, picture, region)]  # type: ignore[arg-type]
    results, expected = engine.analyse(requests), engine.analyse(clean)
    assert [result.session_id for result in results] == [request.session_id for request in requests]
    for whole, alone in zip(results[::2], expected, strict=True):
        assert apart_px(whole, alone) < 0.01
    for at, result in enumerate(results[1::2]):
        assert (result.presence, result.landmarks, result.region) == (0.0, None, None)
        assert result.media_ms == at
    assert engine.analyse([]) == []


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(lambda p: np.asfortranarray(p), id="columns first"),
        pytest.param(lambda p: np.repeat(p, 2, axis=1)[:, ::2], id="a view"),
        pytest.param(lambda p: np.frombuffer(p.tobytes(), np.uint8).reshape(p.shape), id="read-only"),
    ],
)
def test_how_a_picture_lies_in_memory_is_nothing(engine: LiteRtFaceEngine, portrait: Picture, picture) -> None:  # type: ignore[no-untyped-def]
    one, other = engine.analyse([look(portrait), look(picture(portrait))])
    assert apart_px(one, other) < 0.01


@settings(max_examples=40, deadline=None)
@given(region=st.tuples(*[st.one_of(st.floats(), st.floats(-400, 1_600))] * 4))
def test_no_region_is_an_error(engine: LiteRtFaceEngine, portrait: Picture, region: Region) -> None:
    """A region out of the question is a request to look; one that is merely wrong finds nobody, or somebody."""
    (result,) = engine.analyse([look(portrait, region)])
    if not all(math.isfinite(value) for value in region) or region[2] < 4 or region[2] > 4 * 320:
        assert result.faces == 1
        assert result.landmarks is not None
    if result.landmarks is None:
        assert result.region is None
    else:
        assert np.isfinite(result.landmarks).all()


# --------------------------------------------------------------------------- what was drawn is what is read
def test_a_turning_head_turns_in_the_numbers(engine: LiteRtFaceEngine) -> None:
    angles = (-20.0, -10.0, 0.0, 10.0, 20.0)
    yaw = [face.yaw_deg for face in read(engine, [replace(NEUTRAL, yaw=angle) for angle in angles])]
    assert yaw == sorted(yaw)
    assert yaw[0] < -5 < yaw[2] < 5 < yaw[-1]
    roll = [face.roll_deg for face in read(engine, [replace(NEUTRAL, roll=angle) for angle in angles])]
    assert roll == pytest.approx(angles, abs=4)
    pitch = [face.pitch_deg for face in read(engine, [replace(NEUTRAL, pitch=angle) for angle in angles])]
    assert pitch[0] < pitch[2] < pitch[-1]


@pytest.mark.parametrize("tilt_deg", [-25.0, 25.0])
def test_the_points_of_a_tilted_head_are_tilted_with_it(
    engine: LiteRtFaceEngine, portrait: Picture, tilt_deg: float
) -> None:
    """The drawing turns about the neck, 1.5 half face widths (of 54 px) below the middle of the face."""
    neck = np.array([160, 124.8 + 1.5 * 54])
    straight, tilted = engine.analyse([look(portrait), look(render(replace(NEUTRAL, roll=tilt_deg)))])
    cosine, sine = math.cos(math.radians(tilt_deg)), math.sin(math.radians(tilt_deg))
    expected = (points_of(straight)[:, :2] - neck) @ np.array([[cosine, sine], [-sine, cosine]]) + neck
    assert np.linalg.norm(points_of(tilted)[:, :2] - expected, axis=1).mean() < 3.0


def test_movements_rise_with_what_moves(engine: LiteRtFaceEngine) -> None:
    neutral, half, smiling, brows, blinking = read(
        engine,
        [
            NEUTRAL,
            replace(NEUTRAL, smile=0.5),
            replace(NEUTRAL, smile=1.0),
            replace(NEUTRAL, brow_raise=1.0),
            replace(NEUTRAL, blink=1.0),
        ],
    )
    assert movements(neutral, neutral).smile == 0.0
    assert 0.05 < movements(half, neutral).smile < movements(smiling, neutral).smile
    assert movements(smiling, neutral).smile > 0.5
    assert movements(brows, neutral).brow_raise > 0.5 > movements(smiling, neutral).brow_raise
    assert movements(blinking, neutral).eye_openness < 0.7 < movements(brows, neutral).eye_openness
    assert movements(brows, neutral).smile < 0.2


# --------------------------------------------------------------------------- the models themselves
def test_the_models_are_the_pinned_ones(models: Path, engine: LiteRtFaceEngine) -> None:
    pins = {file.name: file.sha256 for file in CATALOGUE["face"].files}
    assert pins == {name: sha256_of(models / name) for name in (DETECTOR_FILE, LANDMARKS_FILE)}
    about = engine.description
    assert about.digest == combined({name: digest for name, digest in pins.items() if digest})
    assert (about.name, about.version) == ("mediapipe-face-litert", "0.10.21")


@pytest.mark.parametrize("missing", [DETECTOR_FILE, LANDMARKS_FILE])
def test_without_a_model_there_is_no_engine(models: Path, tmp_path: Path, missing: str) -> None:
    for name in {DETECTOR_FILE, LANDMARKS_FILE} - {missing}:
        (tmp_path / name).write_bytes((models / name).read_bytes())
    with pytest.raises(ModelUnavailable, match="viva models pull face") as raised:
        LiteRtFaceEngine(tmp_path)
    assert raised.value.code == "model_not_installed"


def another_model(whole: bytes) -> bytes:
    detector, landmarks = ((MODELS / name).read_bytes() for name in (DETECTOR_FILE, LANDMARKS_FILE))
    return detector if whole == landmarks else landmarks


def one_bit_off(whole: bytes) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "a web page": lambda whole: b"<html>Please sign in</html>",
    "cut off": lambda whole: whole[: len(whole) // 2],
    "one bit": one_bit_off,
    "the other model": another_model,
}


@pytest.mark.parametrize("damaged", [DETECTOR_FILE, LANDMARKS_FILE])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_model_is_no_engine(models: Path, tmp_path: Path, damaged: str, damage: str) -> None:
    """Also where it would still run: a model of one bit off answers, and nobody knows what."""
    for name in (DETECTOR_FILE, LANDMARKS_FILE):
        whole = (models / name).read_bytes()
        (tmp_path / name).write_bytes(DAMAGES[damage](whole) if name == damaged else whole)
    with pytest.raises(ModelUnavailable, match=damaged) as raised:
        LiteRtFaceEngine(tmp_path)
    assert raised.value.code == "model_damaged"


@pytest.fixture(scope="module")
def package() -> Any:
    """The package the models are from, where it is installed."""
    return pytest.importorskip("mediapipe", reason="mediapipe==0.10.21 to run this: the extra `worker`")


def apart_from(
    package: Any, engine: LiteRtFaceEngine, pictures: list[Picture], following: bool
) -> npt.NDArray[np.float64]:
    """(pictures, 468): pixels between our point and the package's."""
    mesh = package.solutions.face_mesh.FaceMesh(
        static_image_mode=not following, max_num_faces=1, refine_landmarks=False
    )
    apart, region = [], None
    for picture in pictures:
        (face,) = mesh.process(picture).multi_face_landmarks
        theirs = [(point.x * picture.shape[1], point.y * picture.shape[0]) for point in face.landmark]
        (ours,) = engine.analyse([look(picture, region if following else None)])
        region = ours.region
        apart.append(np.linalg.norm(points_of(ours)[:, :2] - np.array(theirs), axis=1))
    mesh.close()
    return np.stack(apart)


@pytest.mark.parametrize("following", [False, True], ids=["looking", "following"])
def test_the_points_are_those_of_mediapipe_itself(
    package: Any, models: Path, recording: list[Picture], following: bool
) -> None:
    """The pipeline around the models is ours."""
    apart = apart_from(package, LiteRtFaceEngine(models), recording[::4], following)
    assert apart.mean() < 0.1
    assert apart.max() < 0.5


@pytest.mark.parametrize("following", [False, True], ids=["looking", "following"])
@pytest.mark.parametrize("clip", ["webcam-a-expressions.mp4", "webcam-a-turns.mp4"])
def test_on_a_webcam_too(package: Any, models: Path, face_data: Path, clip: str, following: bool) -> None:
    """Some points of a turned face may lie farther than half a pixel, one in a thousand at most."""
    with av.open(str(face_data / "faces" / clip)) as container:
        pictures = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]
    apart = apart_from(package, LiteRtFaceEngine(models), pictures[::4], following)
    assert apart.mean() < 0.1
    assert np.quantile(apart, 0.999) < 0.5
