"""The face engine: one stateless object for every session, over two small models, wherever these run.

A batch mixes sessions that ask "is there a face, and where" (no region) with sessions that ask "the face was
here, where are its parts now". The first group goes through the detector, then both go through the landmark
model together. What the models run on, and who cuts the squares out of the pictures, is the business of
``FaceModels``: ``face_litert`` for a CPU, ``face_torch`` for a GPU.
"""

from collections.abc import Sequence
from threading import Lock
from typing import Protocol

import numpy as np

from realtime.inference import face_detector, face_landmarks
from realtime.inference.engine import EngineDescription, FaceRequest, FaceResult, Picture
from realtime.inference.face_detector import Array, Detection
from realtime.inference.face_picture import Region, is_plausible, is_usable


class FaceModels(Protocol):
    """Two networks and what cuts their input out of pictures. Calls do not overlap."""

    @property
    def shapes(self) -> tuple[int, ...]:
        """The sizes of batch that differ in what they make the library prepare."""

    @property
    def largest_batch(self) -> int:
        """More than this is not worth gathering for one step."""

    def detect(self, pictures: Sequence[Picture]) -> tuple[Array, Array]:
        """Boxes (n, 896, 16) and logits (n, 896) of the whole pictures in a black square."""

    def points(self, items: Sequence[tuple[Picture, Region]]) -> tuple[Array, Array]:
        """Points (n, 1404) in pixels of the model's input and logits (n,) of presence."""


class BatchedFaceEngine:
    """Implements ``FaceEngine``; calls are serialised by a lock."""

    def __init__(self, models: FaceModels, description: EngineDescription) -> None:
        self._models = models
        self._description = description
        self._lock = Lock()

    @property
    def description(self) -> EngineDescription:
        return self._description

    @property
    def largest_batch(self) -> int:
        return self._models.largest_batch

    def warm_up(self) -> None:
        """Run both models at every size that has to be prepared, so that the first session does not pay for it."""
        grey = np.full((240, 320, 3), 127, np.uint8)
        for count in self._models.shapes:
            look = [FaceRequest("", 0, grey) for _ in range(count)]
            track = [FaceRequest("", 0, grey, (160.0, 120.0, 150.0, 0.0)) for _ in range(count)]
            self.analyse(look)
            self.analyse(track)

    def analyse(self, requests: list[FaceRequest]) -> list[FaceResult]:
        """One result a request, in order. A broken picture yields presence 0 and disturbs no neighbour."""
        usable = [at for at, request in enumerate(requests) if is_usable(request.picture)]
        with self._lock:
            regions: dict[int, Region] = {}
            looking: list[int] = []
            for at in usable:
                region = requests[at].region
                if region is not None and is_plausible(region, requests[at].picture):
                    regions[at] = region
                else:
                    looking.append(at)
            found = dict(zip(looking, self._detect([requests[at].picture for at in looking]), strict=True))
            for at, faces in found.items():
                if faces:
                    regions[at] = face_detector.region_of(_candidate(faces))
            items = [(requests[at].picture, region) for at, region in regions.items()]
            tracked = dict(zip(regions, self._track(items), strict=True))
        return [_result(request, tracked.get(at), found.get(at)) for at, request in enumerate(requests)]

    def _detect(self, pictures: list[Picture]) -> list[list[Detection]]:
        if not pictures:
            return []
        boxes, logits = self._models.detect(pictures)
        squares = map(face_detector.letterbox, pictures)
        return [face_detector.detections(*answer) for answer in zip(boxes, logits, squares, strict=True)]

    def _track(self, items: list[tuple[Picture, Region]]) -> list[tuple[float, Array]]:
        """Per item: presence, and the points in pixels."""
        if not items:
            return []
        points, logits = self._models.points(items)
        return [
            (face_landmarks.presence(float(logit)), face_landmarks.to_picture(raw, region))
            for raw, logit, (_, region) in zip(points, logits, items, strict=True)
        ]


def _candidate(faces: list[Detection]) -> Detection:
    """The nearest face is the candidate's: whoever walks past behind is smaller."""
    return max(faces, key=lambda face: face.area)


def _result(
    request: FaceRequest,
    tracked: tuple[float, Array] | None,
    found: list[Detection] | None,
) -> FaceResult:
    faces = None if found is None else len(found)
    presence, landmarks = tracked if tracked else (0.0, None)
    if landmarks is None or presence < face_landmarks.LEAST_PRESENCE or not np.isfinite(landmarks).all():
        return FaceResult(request.session_id, request.media_ms, None, presence, faces, None)
    region = face_landmarks.region_of(landmarks)
    return FaceResult(request.session_id, request.media_ms, landmarks, presence, faces, region)
