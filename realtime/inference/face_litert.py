"""The face engine on a CPU: both models in LiteRT, squares cut out by Pillow."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from realtime.inference import face_detector, face_files, face_landmarks
from realtime.inference.engine import EngineDescription, Picture
from realtime.inference.face import BatchedFaceEngine
from realtime.inference.face_detector import Array
from realtime.inference.face_picture import Region
from realtime.inference.litert_model import LARGEST_BATCH, LiteRtModel

GATHERED = 32
"""Requests of one step: several slices of the models, and still a tenth of a second, so that speech need not wait."""


class LiteRtFaceEngine(BatchedFaceEngine):
    """``threads``: of the models' arithmetic. Raises ``ModelUnavailable`` for other models than those meant."""

    def __init__(self, directory: Path, threads: int = 1) -> None:
        digest = face_files.check(directory)
        description = EngineDescription("mediapipe-face-litert", face_files.VERSION, digest, languages=())
        super().__init__(_LiteRtFaceModels(directory, threads), description)


class _LiteRtFaceModels:
    shapes = (1, LARGEST_BATCH)
    largest_batch = GATHERED

    def __init__(self, directory: Path, threads: int) -> None:
        self._detector = LiteRtModel(directory / face_files.DETECTOR_FILE, threads)
        self._landmarks = LiteRtModel(directory / face_files.LANDMARKS_FILE, threads)

    def detect(self, pictures: Sequence[Picture]) -> tuple[Array, Array]:
        inputs = face_detector.model_input(pictures)
        parts = [
            (face_detector.unfold(boxes, count), face_detector.unfold(logits, count))
            for count, (boxes, logits) in self._detector.slices(inputs)
        ]
        boxes, logits = (np.concatenate(part) for part in zip(*parts, strict=True))
        return boxes, logits[:, :, 0]

    def points(self, items: Sequence[tuple[Picture, Region]]) -> tuple[Array, Array]:
        parts = [answer for _, answer in self._landmarks.slices(face_landmarks.model_input(items))]
        points, logits = (np.concatenate(part) for part in zip(*parts, strict=True))
        return points.reshape(len(items), -1), logits.reshape(-1)
