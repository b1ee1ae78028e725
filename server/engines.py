"""Which engines this process uses, chosen from the settings. Nothing heavy is loaded before it is needed."""

import logging
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from realtime.inference.bus import Inference
from realtime.inference.engine import FaceEngine, SpeechEngine
from realtime.inference.model_errors import ModelUnavailable
from realtime.inference.model_store import ModelStore
from realtime.inference.onnx_weights import NotOnnx
from realtime.inference.runner import LocalInference, limits
from realtime.inference.scheduler import Policy
from realtime.inference.silero import SileroNetwork
from realtime.inference.vad import SileroVad
from realtime.inference.voice_activity import VoiceActivity
from realtime.live.ear import Senses
from realtime.perception.commit import POLICIES
from server.profiles import named
from server.settings import SettingInvalid, Settings

log = logging.getLogger("viva.engines")

SPEECH_MODELS = ("speech-turbo", "speech-large-v3", "speech-medium", "speech-small", "speech-base", "speech-tiny")
"""Best first: what `auto` takes when it is installed."""

COMPUTE_TYPES = {"cpu": "int8", "cuda": "float16"}
FINAL_PATIENCE_S = 0.25
"""On a GPU, where ten finals cost little more than one (decision 0168)."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """``final_speech``: the model of the last words, mostly the same."""

    speech: Path | None
    final_speech: Path | None
    face: Path | None


def choose(settings: Settings) -> Chosen:
    """Where the models lie. Raises ``SettingInvalid`` for one that is named and not there."""
    speech = _speech(settings)
    return Chosen(speech, _final_speech(settings, speech), _face(settings))


def _speech(settings: Settings) -> Path | None:
    wanted = settings.speech_model
    if wanted == "none":
        return None
    if wanted == "auto":
        # Never the fixture model by itself: it knows a few sentences by heart, and a real candidate is not one.
        store = ModelStore(settings.models)
        return next((path for name in SPEECH_MODELS if (path := store.find(name)) is not None), None)
    return _named_speech(settings, wanted, "VIVA_SPEECH_MODEL")


def _final_speech(settings: Settings, partials: Path | None) -> Path | None:
    """The model of the last words; without a choice, the same."""
    if not settings.final_speech_model:
        return partials
    if partials is None:
        raise SettingInvalid("VIVA_FINAL_SPEECH_MODEL", "needs a model for what is said live: set VIVA_SPEECH_MODEL")
    return _named_speech(settings, settings.final_speech_model, "VIVA_FINAL_SPEECH_MODEL")


def _named_speech(settings: Settings, wanted: str, variable: str) -> Path:
    if wanted == "fixture":
        from realtime.inference.whisper_files import fixture_directory

        return fixture_directory()
    found = ModelStore(settings.models).find(wanted) or (Path(wanted) if Path(wanted).is_dir() else None)
    if found is None:
        how = (
            f"`viva models pull {wanted}` gets it"
            if wanted in SPEECH_MODELS
            else "`viva models list` says what there is"
        )
        raise SettingInvalid(variable, f"{wanted!r} is no folder and not installed; {how}")
    return found


def _face(settings: Settings) -> Path | None:
    if settings.face_model == "none":
        return None
    if settings.face_model == "auto":
        return ModelStore(settings.models).find("face")
    path = Path(settings.face_model)
    if not path.is_dir():
        raise SettingInvalid("VIVA_FACE_MODEL", f"{settings.face_model!r} is not a folder; `viva models pull face`")
    return path


def build(settings: Settings) -> Inference:
    """Loads the engines. Raises ``SettingInvalid`` for a model that is not there or cannot be used."""
    if settings.inference == "redis":
        from realtime.inference.redis_bus import RemoteInference

        return RemoteInference(settings.redis_url, digest=_expected(settings))
    return local(settings)


def local(settings: Settings) -> LocalInference:
    """Engines of this process, a server's or a worker's."""
    batch, on_gpu = settings.speech_batch, settings.inference_device == "cuda"
    face = face_engine(settings)
    policy = Policy(max_batch=batch, batch_limits=limits(face), final_patience_s=FINAL_PATIENCE_S if on_gpu else 0.0)
    warm = _doubling(batch) if on_gpu else ()
    return LocalInference(speech_engine(settings), face, policy, warm_batches=warm)


def _doubling(batch: int) -> tuple[int, ...]:
    """1, 2, 4, … and the largest: a GPU chooses its kernels by size, and the first of each takes its time."""
    return (*(2**power for power in range(batch.bit_length()) if 2**power < batch), batch)


def _expected(settings: Settings) -> str | None:
    """The model of the last words that workers must have, where one is named here."""
    if settings.speech_model in ("auto", "none"):
        return None
    from realtime.inference.whisper_files import ModelInvalid, read_model_directory

    directory = choose(settings).final_speech
    assert directory is not None
    try:
        return read_model_directory(directory).description.digest
    except ModelInvalid as error:
        raise SettingInvalid("VIVA_SPEECH_MODEL", error.message.en) from None


def speech_engine(settings: Settings) -> SpeechEngine | None:
    chosen = choose(settings)
    if chosen.speech is None or chosen.final_speech is None:
        log.warning("no speech model: voice is recorded and marked as awaiting transcription")
        return None
    engine = _loaded(chosen.speech, "VIVA_SPEECH_MODEL", settings)
    if chosen.final_speech.resolve() != chosen.speech.resolve():
        from realtime.inference.two_pass import TwoPass

        log.info("speech while it is spoken: %s", engine.description)
        engine = TwoPass(engine, _loaded(chosen.final_speech, "VIVA_FINAL_SPEECH_MODEL", settings))
    log.info("speech: %s", engine.description)
    if engine.description.notice is not None:
        log.warning("speech: %s", engine.description.notice.en)
    return engine


def _loaded(directory: Path, variable: str, settings: Settings) -> SpeechEngine:
    from realtime.inference.whisper import CTranslate2Whisper
    from realtime.inference.whisper_files import ModelInvalid

    try:
        return CTranslate2Whisper.from_directory(
            directory,
            threads=settings.inference_threads,
            device=settings.inference_device,
            compute_type=COMPUTE_TYPES[settings.inference_device],
        )
    except ModelInvalid as error:
        raise SettingInvalid(variable, error.message.en) from None


def senses(settings: Settings) -> Senses:
    """What perception needs besides engines: voice activity, of live sound for all sessions together, of recordings
    many chunks at a time. Where the network cannot be taken apart, every session judges for itself, on the loop."""
    one_by_one, commit = SileroVad().listener, POLICIES[settings.commit_policy]
    try:
        return Senses(detector=one_by_one, voices=VoiceActivity(SileroNetwork()), commit=commit)
    except (NotOnnx, OSError) as error:
        log.warning("voice activity is judged session by session: %s", error)
        return Senses(detector=one_by_one, commit=commit)


def face_engine(settings: Settings) -> FaceEngine | None:
    """None also where the law of this installation makes face analysis impossible: the code is not even loaded."""
    if named(settings.profile).face == "impossible":
        return None
    directory = _face(settings)
    if directory is None:
        log.info("no face models: `viva models pull face` gets them")
        return None
    try:
        engine = _face_engine(directory, settings.inference_device)
    except ModelUnavailable as error:
        raise SettingInvalid("VIVA_FACE_MODEL", error.message.en) from None
    log.info("faces: %s", engine.description)
    return engine


def _face_engine(directory: Path, device: str) -> FaceEngine:
    """On the GPU where one is wanted and torch sees it; the CPU gives the same points, only fewer of them."""
    if device == "cuda":
        if find_spec("torch") is not None:
            from realtime.inference.face_torch import TorchFaceEngine, has_gpu

            if has_gpu():
                return TorchFaceEngine(directory)
        log.warning("faces are analysed on the CPU: torch with CUDA is not here (the extra `worker` brings it)")
    from realtime.inference.face_litert import LiteRtFaceEngine

    return LiteRtFaceEngine(directory, threads=1)
