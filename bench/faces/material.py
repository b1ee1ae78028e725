"""The pictures, and where the face is in them."""

from pathlib import Path

import av
import numpy as np

from loadtest.media import FACE
from realtime.inference.engine import FaceEngine, FaceRequest, Picture
from realtime.inference.model_store import ModelStore

MODELS = Path("var/models")


def models(folder: Path | None) -> Path:
    found = folder or ModelStore(MODELS).find("face")
    if found is None:
        raise SystemExit(f"no face models in {MODELS}: `viva models pull face`")
    return found


def recording() -> list[Picture]:
    """The drawn face, as a candidate's camera sends it: 12 s, ten pictures a second."""
    with av.open(str(FACE)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def requests(engine: FaceEngine, count: int) -> tuple[list[FaceRequest], list[FaceRequest]]:
    """To look, and to follow: the same pictures to both; where the face is was found beforehand."""
    recorded = recording()
    look = [FaceRequest(str(at), 0, recorded[at % len(recorded)]) for at in range(count)]
    found = engine.analyse(look)
    assert all(result.region for result in found), "the recorded face was not found"
    track = [
        FaceRequest(request.session_id, 0, request.picture, result.region)
        for request, result in zip(look, found, strict=True)
    ]
    return look, track
