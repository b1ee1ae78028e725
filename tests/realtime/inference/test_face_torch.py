"""The face engine in torch against the one in LiteRT: same models, same pictures, same points.

Runs on torch's CPU, and on a GPU besides where there is one. The test environment has no torch: this is skipped there,
and said so. `uv pip install torch` into an environment of one's own runs it.
"""

import math
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="the face engine of a GPU is NOT tested: no torch here (extra `worker`)")

from loadtest.media import FACE  # noqa: E402
from realtime.inference import face_picture  # noqa: E402
from realtime.inference.engine import FaceRequest, FaceResult, Picture  # noqa: E402
from realtime.inference.face_litert import LiteRtFaceEngine  # noqa: E402
from realtime.inference.face_torch import TorchFaceEngine, has_gpu  # noqa: E402
from realtime.inference.torch_squares import groups, parts_of, squares  # noqa: E402

MODELS = Path(__file__).parents[3] / "var" / "models" / "face"
APART_PX = 0.05


@pytest.fixture(scope="module")
def models() -> Path:
    if not (MODELS / "model.json").is_file():
        pytest.skip(f"no face models at {MODELS}: `viva models pull face` to run this")
    return MODELS


@pytest.fixture(scope="module")
def litert(models: Path) -> LiteRtFaceEngine:
    return LiteRtFaceEngine(models)


@pytest.fixture(scope="module", params=["cpu", "cuda"])
def engine(models: Path, request: pytest.FixtureRequest) -> TorchFaceEngine:
    if request.param == "cuda" and not has_gpu():
        pytest.skip("no GPU: the recorded graphs are NOT tested")
    return TorchFaceEngine(models, request.param)


@pytest.fixture(scope="module")
def recording() -> list[Picture]:
    with av.open(str(FACE)) as container:
        pictures = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]
    return pictures[::10]


def same(ours: list[FaceResult], theirs: list[FaceResult]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert (one.session_id, one.media_ms, one.faces) == (other.session_id, other.media_ms, other.faces)
        assert one.presence == pytest.approx(other.presence, abs=1e-3)
        assert (one.landmarks is None) == (other.landmarks is None)
        if one.landmarks is not None and other.landmarks is not None:
            assert np.abs(one.landmarks - other.landmarks).max() < APART_PX


def test_looking_and_following_give_the_same_points(
    engine: TorchFaceEngine, litert: LiteRtFaceEngine, recording: list[Picture]
) -> None:
    looked = litert.analyse([FaceRequest(f"s{at}", at, picture) for at, picture in enumerate(recording)])
    assert all(result.landmarks is not None for result in looked)
    mixed = [
        FaceRequest(f"s{at}", at, picture, looked[at - 1].region if at % 2 else None)
        for at, picture in enumerate(recording)
    ]
    same(engine.analyse(mixed), litert.analyse(mixed))


def test_pictures_of_every_size_and_none_share_a_batch(
    engine: TorchFaceEngine, litert: LiteRtFaceEngine, recording: list[Picture]
) -> None:
    whole = recording[0]
    pictures = [
        whole,
        np.repeat(np.repeat(whole, 2, axis=0), 2, axis=1),
        whole[20:, 40:280],
        np.asfortranarray(whole),
        np.zeros((16, 4096, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.full((240, 320, 3), np.nan),
        None,
    ]
    requests = [FaceRequest(f"s{at}", at, picture) for at, picture in enumerate(pictures)]  # type: ignore[arg-type]
    same(engine.analyse(requests), litert.analyse(requests))
    over_the_edge = [FaceRequest("s", 0, whole, (300.0, 20.0, 150.0, angle)) for angle in (0.0, 0.7, -2.0)]
    same(engine.analyse(over_the_edge), litert.analyse(over_the_edge))
    assert engine.analyse([]) == []


def test_it_says_what_it_is(engine: TorchFaceEngine, litert: LiteRtFaceEngine) -> None:
    about = engine.description
    assert (about.name, about.version) == ("mediapipe-face-torch", "0.10.21")
    assert about.digest == litert.description.digest
    assert (engine.largest_batch, litert.largest_batch) == (256, 32)


noise = np.random.default_rng(3).integers(0, 256, (60, 90, 3), np.uint8)


@settings(max_examples=40, deadline=None)
@given(
    x=st.floats(-60, 150),
    y=st.floats(-60, 120),
    side=st.floats(4, 300),
    turn=st.floats(-math.pi, math.pi),
    edge=st.booleans(),
)
def test_a_square_is_cut_as_pillow_cuts_it(x: float, y: float, side: float, turn: float, edge: bool) -> None:
    """To a step of 255, which is what Pillow's cutting down to whole steps leaves open; a pixel that lies on the very
    border of the picture may fall to either side of it."""
    region = (x, y, side, turn)
    ours = squares(parts_of([(noise, region)], 24), 24, edge, torch.device("cpu"))[0].numpy()
    apart = np.abs(ours - face_picture.sample_square(noise, region, 24, edge=edge)).max(axis=2)
    assert np.mean(apart > 1.0) < (0.0001 if edge else 0.02)


def test_a_copy_to_the_device_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [(noise, (45.0, 30.0, 50.0, 0.0))] * 7
    assert [len(group) for group in groups(items, 3)] == [3, 3, 1]
    monkeypatch.setattr("realtime.inference.torch_squares.MOST_BYTES", 2 * noise.nbytes)
    assert [len(group) for group in groups(items, 3)] == [2, 2, 2, 1]
    monkeypatch.setattr("realtime.inference.torch_squares.MOST_BYTES", 1)
    assert [len(group) for group in groups(items, 3)] == [1] * 7
    assert list(groups([], 3)) == []
