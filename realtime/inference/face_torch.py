"""The face engine on a GPU: the same models as torch modules, squares cut out on the device, up to 256 at once.

Needs torch (extra ``worker``), which the base install never has. It also runs on torch's CPU, two to three times
slower than LiteRT: that is for tests.
"""

# Torch is an extra: without it mypy sees Any.
# mypy: disable-error-code="import-not-found,untyped-decorator,no-any-return,unused-ignore"

from collections.abc import Sequence
from pathlib import Path

import torch

from realtime.inference import face_detector, face_files, face_landmarks
from realtime.inference.engine import EngineDescription, Picture
from realtime.inference.face import BatchedFaceEngine
from realtime.inference.face_detector import Array
from realtime.inference.face_picture import Region
from realtime.inference.tflite_file import read_network
from realtime.inference.torch_batches import SIZES, TorchBatches
from realtime.inference.torch_network import TorchNetwork
from realtime.inference.torch_squares import Item, groups, parts_of, squares


def has_gpu() -> bool:
    return torch.cuda.is_available()


class TorchFaceEngine(BatchedFaceEngine):
    """Raises ``ModelUnavailable`` for other models than those meant."""

    def __init__(self, directory: Path, device: str = "cuda") -> None:
        digest = face_files.check(directory)
        description = EngineDescription("mediapipe-face-torch", face_files.VERSION, digest, languages=())
        super().__init__(_TorchFaceModels(directory, torch.device(device)), description)


class _TorchFaceModels:
    shapes = SIZES
    largest_batch = SIZES[-1]

    def __init__(self, directory: Path, device: torch.device) -> None:
        self._device = device
        self._detector, self._landmarks = (
            TorchBatches(TorchNetwork(read_network(directory / name)), device)
            for name in (face_files.DETECTOR_FILE, face_files.LANDMARKS_FILE)
        )

    @torch.inference_mode()
    def detect(self, pictures: Sequence[Picture]) -> tuple[Array, Array]:
        boxes, logits = [], []
        items = [(picture, face_detector.letterbox(picture)) for picture in pictures]
        for group in groups(items, SIZES[-1]):
            inputs = self._squares(group, face_detector.INPUT_SIDE, edge=False) / 127.5 - 1.0
            box, logit = self._detector.answers(inputs)
            boxes.append(box)
            logits.append(logit)
        return torch.cat(boxes).numpy(), torch.cat(logits)[:, :, 0].numpy()

    @torch.inference_mode()
    def points(self, items: Sequence[tuple[Picture, Region]]) -> tuple[Array, Array]:
        points, logits = [], []
        for group in groups(items, SIZES[-1]):
            inputs = self._squares(group, face_landmarks.INPUT_SIDE, edge=True) / 255.0
            point, logit = self._landmarks.answers(inputs)
            points.append(point)
            logits.append(logit)
        return torch.cat(points).reshape(len(items), -1).numpy(), torch.cat(logits).reshape(-1).numpy()

    def _squares(self, items: Sequence[Item], size: int, edge: bool) -> torch.Tensor:
        return squares(parts_of(items, size), size, edge, self._device)
