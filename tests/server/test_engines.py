"""Which model a setting means."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from realtime.inference.runner import FACE_BATCH, limits
from realtime.inference.whisper_files import fixture_directory
from server.engines import choose, face_engine, speech_engine
from server.settings import SettingInvalid, Settings


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The fixture model in another folder, under another name."""
    folder = tmp_path / "other"
    shutil.copytree(fixture_directory(), folder)
    card = folder / "viva.json"
    card.write_text(card.read_text(encoding="utf-8").replace("fixture-whisper", "other"), encoding="utf-8")
    return folder


def settings(tmp_path: Path, **chosen: str) -> Settings:
    return Settings(data_dir=str(tmp_path), face_model="none", **chosen)


def test_without_a_choice_one_model_does_both(tmp_path: Path) -> None:
    chosen = settings(tmp_path, speech_model="fixture")
    assert choose(chosen).final_speech == choose(chosen).speech == fixture_directory()
    engine = speech_engine(chosen)
    assert engine is not None
    assert engine.description.partials == ""


def test_two_models_are_one_engine_described_as_the_better(tmp_path: Path, other: Path) -> None:
    engine = speech_engine(settings(tmp_path, speech_model="fixture", final_speech_model=str(other)))
    assert engine is not None
    assert engine.description.name == "other"
    assert engine.description.partials.startswith("fixture-whisper/1@")


def test_the_same_model_named_twice_is_loaded_once(tmp_path: Path) -> None:
    engine = speech_engine(settings(tmp_path, speech_model="fixture", final_speech_model=str(fixture_directory())))
    assert engine is not None
    assert engine.description.partials == ""


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"speech_model": "none", "final_speech_model": "fixture"}, "VIVA_FINAL_SPEECH_MODEL: needs a model"),
        ({"speech_model": "fixture", "final_speech_model": "speech-huge"}, "VIVA_FINAL_SPEECH_MODEL: 'speech-huge'"),
    ],
)
def test_a_final_model_that_cannot_be_is_named(tmp_path: Path, chosen: dict[str, str], says: str) -> None:
    with pytest.raises(SettingInvalid, match=says):
        speech_engine(settings(tmp_path, **chosen))


def test_a_broken_final_model_is_told_by_its_own_setting(tmp_path: Path, other: Path) -> None:
    (other / "model.bin").write_bytes(b"nothing")
    with pytest.raises(SettingInvalid, match="VIVA_FINAL_SPEECH_MODEL"):
        speech_engine(settings(tmp_path, speech_model="fixture", final_speech_model=str(other)))


def test_faces_wanted_on_a_gpu_that_is_not_here_are_analysed_on_the_cpu(caplog: pytest.LogCaptureFixture) -> None:
    models = Path(__file__).parents[2] / "var" / "models" / "face"
    if not (models / "model.json").is_file():
        pytest.skip("no face models: `viva models pull face`")
    if find_spec("torch") is not None:
        pytest.skip("torch is here")
    engine = face_engine(Settings(face_model=str(models), inference_device="cuda"))
    assert engine is not None
    assert engine.description.name == "mediapipe-face-litert"
    assert "faces are analysed on the CPU" in caplog.text
    assert limits(engine) == {"face": 32}
    assert limits(None) == {"face": FACE_BATCH}
