"""The face engine on a CPU: one stateless object for every session, over two small LiteRT models.

A batch mixes sessions that ask "is there a face, and where" (no region) with sessions that ask "the face was
here, where are its parts now". The first group goes through the detector, then both go through the landmark
model together.
"""

from pathlib import Path
from threading import Lock

import numpy as np

from realtime.inference import face_detector, face_landmarks, model_errors
from realtime.inference.engine import EngineDescription, FaceRequest, FaceResult
from realtime.inference.face_detector import Detection
from realtime.inference.face_picture import Region, is_plausible, is_usable
from realtime.inference.litert_model import LARGEST_BATCH, LiteRtModel
from realtime.inference.model_digest import combined, sha256_of
from realtime.inference.models_catalogue import CATALOGUE

DETECTOR_FILE = "face_detection_short_range.tflite"
LANDMARKS_FILE = "face_landmark.tflite"
VERSION = "0.10.21"
"""Release of the package whose models these are."""


class LiteRtFaceEngine:
    """Implements ``FaceEngine``. ``threads``: of the models' arithmetic; calls are serialised by a lock.

    Raises ``ModelUnavailable`` where ``directory`` does not hold the two models, to the byte: every number in this
    package was set for these, and the evidence log names their release.
    """

    def __init__(self, directory: Path, threads: int = 1) -> None:
        files = (DETECTOR_FILE, LANDMARKS_FILE)
        if not all((directory / name).is_file() for name in files):
            raise model_errors.not_installed("face")
        digests = {name: sha256_of(directory / name) for name in files}
        for file in CATALOGUE["face"].files:
            if file.sha256 and file.sha256 != digests[file.name]:
                raise model_errors.damaged("face", str(directory / file.name), file.sha256, digests[file.name])
        self._description = EngineDescription("mediapipe-face-litert", VERSION, combined(digests), languages=())
        self._detector = LiteRtModel(directory / DETECTOR_FILE, threads)
        self._landmarks = LiteRtModel(directory / LANDMARKS_FILE, threads)
        self._lock = Lock()

    @property
    def description(self) -> EngineDescription:
        return self._description

    def warm_up(self) -> None:
        """Run both models at the sizes that occur most, so that the first session does not pay for it."""
        grey = np.full((240, 320, 3), 127, np.uint8)
        for count in (1, LARGEST_BATCH):
            look = [FaceRequest("", 0, grey) for _ in range(count)]
            track = [FaceRequest("", 0, grey, (160.0, 120.0, 150.0, 0.0)) for _ in range(count)]
            self.analyse(look + track)

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
            found = dict(zip(looking, self._detect([requests[at] for at in looking]), strict=True))
            for at, faces in found.items():
                if faces:
                    regions[at] = face_detector.region_of(_candidate(faces))
            tracked = dict(zip(regions, self._track([(requests[at], regions[at]) for at in regions]), strict=True))
        return [_result(request, tracked.get(at), found.get(at)) for at, request in enumerate(requests)]

    def _detect(self, requests: list[FaceRequest]) -> list[list[Detection]]:
        if not requests:
            return []
        answers: list[list[Detection]] = []
        inputs = np.stack([face_detector.model_input(request.picture) for request in requests])
        for count, (boxes, logits) in self._detector.slices(inputs):
            boxes, logits = face_detector.unfold(boxes, count), face_detector.unfold(logits, count)
            for box, logit in zip(boxes, logits, strict=True):
                square = face_detector.letterbox(requests[len(answers)].picture)
                answers.append(face_detector.detections(box, logit[:, 0], square))
        return answers

    def _track(self, items: list[tuple[FaceRequest, Region]]) -> list[tuple[float, face_landmarks.Array]]:
        """Per item: presence, and the points in pixels."""
        if not items:
            return []
        answers: list[tuple[float, face_landmarks.Array]] = []
        inputs = np.stack([face_landmarks.model_input(request.picture, region) for request, region in items])
        for _, (points, logits) in self._landmarks.slices(inputs):
            for raw, logit in zip(points, logits.reshape(-1), strict=True):
                landmarks = face_landmarks.to_picture(raw, items[len(answers)][1])
                answers.append((face_landmarks.presence(float(logit)), landmarks))
        return answers


def _candidate(faces: list[Detection]) -> Detection:
    """The nearest face is the candidate's: whoever walks past behind is smaller."""
    return max(faces, key=lambda face: face.area)


def _result(
    request: FaceRequest,
    tracked: tuple[float, face_landmarks.Array] | None,
    found: list[Detection] | None,
) -> FaceResult:
    faces = None if found is None else len(found)
    presence, landmarks = tracked if tracked else (0.0, None)
    if landmarks is None or presence < face_landmarks.LEAST_PRESENCE or not np.isfinite(landmarks).all():
        return FaceResult(request.session_id, request.media_ms, None, presence, faces, None)
    region = face_landmarks.region_of(landmarks)
    return FaceResult(request.session_id, request.media_ms, landmarks, presence, faces, region)
