"""A Whisper of random weights, under a megabyte: it says nonsense, through exactly the true path."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from ctranslate2.specs import WhisperSpec  # type: ignore[import-untyped]
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

LANGUAGES = ("en", "zh")
LAYERS, HEADS, WIDTH, MELS, POSITIONS, TEXT_POSITIONS = 1, 2, 16, 80, 1500, 448


def _vocabulary(multilingual: bool, languages: Sequence[str]) -> tuple[Tokenizer, list[str]]:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*alphabet, ""] if multilingual else list(alphabet)
    tokenizer = Tokenizer(models.BPE({token: at for at, token in enumerate(tokens)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{language}|>" for language in languages)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>"]
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
    times = [f"<|{at * 0.02:.2f}|>" for at in range(POSITIONS + 1)]
    tokenizer.add_tokens([AddedToken(token, special=True) for token in times])
    return tokenizer, [*tokens, *special, *times]


def build_micro_whisper(
    folder: Path, *, multilingual: bool = True, seed: int = 7, languages: Sequence[str] = LANGUAGES
) -> Path:
    """A directory as CTranslate2's converter would write it."""
    random = np.random.default_rng(seed)
    tokenizer, tokens = _vocabulary(multilingual, languages)

    def weight(*shape: int) -> npt.NDArray[np.float32]:
        return random.normal(0, 0.3, shape).astype(np.float32)

    def norm(layer: object) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)  # type: ignore[attr-defined]

    def linear(layer: object, rows: int, columns: int) -> None:
        layer.weight, layer.bias = weight(rows, columns), np.zeros(rows, np.float32)  # type: ignore[attr-defined]

    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    spec.encoder.conv1.weight, spec.encoder.conv1.bias = weight(WIDTH, MELS, 3), np.zeros(WIDTH, np.float32)
    spec.encoder.conv2.weight, spec.encoder.conv2.bias = weight(WIDTH, WIDTH, 3), np.zeros(WIDTH, np.float32)
    spec.encoder.position_encodings.encodings = weight(POSITIONS, WIDTH)
    spec.decoder.position_encodings.encodings = weight(TEXT_POSITIONS, WIDTH)
    spec.decoder.embeddings.weight = weight(len(tokens), WIDTH)
    spec.decoder.projection.weight = weight(len(tokens), WIDTH)
    for layer in spec.encoder.layer:
        linear(layer.self_attention.linear[0], 3 * WIDTH, WIDTH)
        linear(layer.self_attention.linear[1], WIDTH, WIDTH)
    for layer in spec.decoder.layer:
        linear(layer.self_attention.linear[0], 3 * WIDTH, WIDTH)
        linear(layer.self_attention.linear[1], WIDTH, WIDTH)
        linear(layer.attention.linear[0], WIDTH, WIDTH)
        linear(layer.attention.linear[1], 2 * WIDTH, WIDTH)
        linear(layer.attention.linear[2], WIDTH, WIDTH)
        norm(layer.attention.layer_norm)
    for layer in (*spec.encoder.layer, *spec.decoder.layer):
        norm(layer.self_attention.layer_norm)
        norm(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, 4 * WIDTH, WIDTH)
        linear(layer.ffn.linear_1, WIDTH, 4 * WIDTH)
    norm(spec.encoder.layer_norm)
    norm(spec.decoder.layer_norm)
    spec.register_vocabulary(tokens)
    spec.config.lang_ids = [tokens.index(f"<|{language}|>") for language in languages] if multilingual else []
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokens.index("<|endoftext|>")]
    spec.config.alignment_heads = [(0, 0), (0, 1)]
    spec.validate()
    spec.optimize()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def micro_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build_micro_whisper(tmp_path_factory.mktemp("models") / "micro")
    notice = {"zh": "随机权重，仅供测试", "en": "random weights, for tests"}
    about = {"name": "micro", "version": "1", "languages": list(LANGUAGES), "notice": notice}
    (folder / "viva.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def english_only_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_micro_whisper(tmp_path_factory.mktemp("models") / "english", multilingual=False)
