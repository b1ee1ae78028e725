import json
import shutil
from pathlib import Path

import pytest

from realtime.inference.whisper_files import ModelInvalid, read_model_directory


@pytest.fixture
def copy(micro_whisper: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro_whisper, tmp_path / "copy"))


def refusal(path: Path) -> ModelInvalid:
    with pytest.raises(ModelInvalid) as caught:
        read_model_directory(path)
    return caught.value


def test_a_whole_directory_describes_itself(micro_whisper: Path) -> None:
    model = read_model_directory(micro_whisper)
    assert (model.description.name, model.description.version) == ("micro", "1")
    assert model.description.languages == ("zh", "en")
    assert model.description.notice is not None
    assert len(model.description.digest) == 64


def test_without_a_card_the_folder_gives_the_name(copy: Path) -> None:
    (copy / "viva.json").unlink()
    description = read_model_directory(copy).description
    assert (description.name, description.notice, description.languages) == ("copy", None, ("zh", "en"))


def test_a_text_vocabulary_will_do(copy: Path) -> None:
    tokens = json.loads((copy / "vocabulary.json").read_text(encoding="utf-8"))
    (copy / "vocabulary.json").unlink()
    (copy / "vocabulary.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    assert read_model_directory(copy).description.languages == ("zh", "en")
    without_empty = "\n".join(token for token in tokens if token)
    (copy / "vocabulary.txt").write_text(without_empty + "\n", encoding="utf-8")
    assert refusal(copy).code == "model_english_only"


def test_no_directory(tmp_path: Path) -> None:
    error = refusal(tmp_path / "nowhere")
    assert error.code == "model_missing"
    assert "nowhere" in error.message.zh
    assert "viva models pull" in error.message.en


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    error = refusal(copy)
    assert error.code == "model_incomplete"
    assert name in error.message.zh
    assert name in error.message.en


def test_the_english_only_trap(english_only_whisper: Path) -> None:
    error = refusal(english_only_whisper)
    assert error.code == "model_english_only"
    assert '""' in error.message.en


@pytest.mark.parametrize("content", [b"", b"\x06\x00\x00\x00\x0e\x00TransformerSp\x00", b"GGUF" + bytes(300)])
def test_something_that_is_not_whisper(copy: Path, content: bytes) -> None:
    (copy / "model.bin").write_bytes(content)
    assert refusal(copy).code == "model_not_whisper"


def test_a_damaged_file(copy: Path) -> None:
    card = json.loads((copy / "viva.json").read_text(encoding="utf-8"))
    (copy / "viva.json").write_text(json.dumps(card | {"sha256": {"model.bin": "0" * 64}}), encoding="utf-8")
    error = refusal(copy)
    assert error.code == "model_damaged"
    assert "model.bin" in error.message.en
    (copy / "viva.json").write_text("{", encoding="utf-8")
    assert refusal(copy).code == "model_damaged"


@pytest.mark.parametrize("content", ["{", "[]", '{"added_tokens": [{}]}'])
def test_a_broken_tokenizer(copy: Path, content: str) -> None:
    (copy / "tokenizer.json").write_text(content, encoding="utf-8")
    assert refusal(copy).code == "model_damaged"


def test_a_tokenizer_of_another_model(copy: Path, english_only_whisper: Path) -> None:
    shutil.copy(english_only_whisper / "tokenizer.json", copy)
    error = refusal(copy)
    assert error.code == "model_damaged"
    assert "another model" in error.message.en


def damage_config(copy: Path, **changes: object) -> None:
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    (copy / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"lang_ids": "zh"}', "\0"])
def test_a_config_that_is_none(copy: Path, content: str) -> None:
    (copy / "config.json").write_text(content, encoding="utf-8")
    error = refusal(copy)
    assert error.code == "model_damaged"
    assert "config.json" in error.message.zh
    assert "config.json" in error.message.en


@pytest.mark.parametrize(
    "changes",
    [
        {"lang_ids": [10**9]},
        {"lang_ids": [-1]},
        {"suppress_ids": [10**7]},
        {"suppress_ids_begin": [-2]},
        {"alignment_heads": [[7, 0]]},
        {"alignment_heads": [[0, 77]]},
        {"alignment_heads": [[0]]},
    ],
)
def test_numbers_that_would_end_the_process_are_refused_before_it_reads_them(
    copy: Path, changes: dict[str, object]
) -> None:
    damage_config(copy, **changes)
    assert refusal(copy).code == "model_damaged"


def test_a_vocabulary_of_another_model(copy: Path) -> None:
    tokens = json.loads((copy / "vocabulary.json").read_text(encoding="utf-8"))
    (copy / "vocabulary.json").write_text(json.dumps(tokens[:-200]), encoding="utf-8")
    error = refusal(copy)
    assert error.code == "model_damaged"
    assert "different models" in error.message.en


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_a_model_cut_short(copy: Path, kept: float) -> None:
    data = (copy / "model.bin").read_bytes()
    (copy / "model.bin").write_bytes(data[: int(len(data) * kept)])
    error = refusal(copy)
    assert error.code == "model_damaged"
    assert "cut short" in error.message.en
