"""The two face models on disk: which files, of which release, and that they are these to the byte."""

from pathlib import Path

from realtime.inference import model_errors
from realtime.inference.model_digest import combined, sha256_of
from realtime.inference.models_catalogue import CATALOGUE

DETECTOR_FILE = "face_detection_short_range.tflite"
LANDMARKS_FILE = "face_landmark.tflite"
VERSION = "0.10.21"
"""Release of the package whose models these are."""


def check(directory: Path) -> str:
    """The digest of both together.

    Raises ``ModelUnavailable`` where ``directory`` does not hold the two models, to the byte: every number in this
    package was set for these, and the evidence log names their release.
    """
    files = (DETECTOR_FILE, LANDMARKS_FILE)
    if not all((directory / name).is_file() for name in files):
        raise model_errors.not_installed("face")
    digests = {name: sha256_of(directory / name) for name in files}
    for file in CATALOGUE["face"].files:
        if file.sha256 and file.sha256 != digests[file.name]:
            raise model_errors.damaged("face", str(directory / file.name), file.sha256, digests[file.name])
    return combined(digests)
