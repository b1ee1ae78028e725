"""The directories that every server is given, each in turn.

* *fixture*: comes with the project and knows its own sentences; it was taught on windows as our server cuts them
  (one or two sentences, no timestamps), so what it says to other policies' windows says little about them;
* *stand-in*: random weights of the true shape of Whisper tiny, for the true cost of every call; its words come from
  the script (``recogniser``), so every policy is given the same good recogniser;
* *given*: a real model.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from realtime.inference.whisper_files import fixture_directory as fixture

STAND_IN_NAME = "tiny-shaped-stand-in"


@dataclass(frozen=True, slots=True)
class Shape:
    """``text_tokens``: in the vocabulary, before the special ones."""

    mels: int
    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    vocabulary: int


TINY = Shape(80, 384, 6, 4, 4, 51_865)
SMALL = Shape(80, 768, 12, 12, 12, 51_865)
TURBO = Shape(128, 1280, 20, 32, 4, 51_866)
POSITIONS, TEXT_POSITIONS = 1500, 448


def start_tokens(shape: Shape) -> list[int]:
    """What a transcript in Mandarin begins with."""
    _, special = _tokenizer(shape)
    return [special[token] for token in ("<|startoftranscript|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>")]


def stand_in(directory: Path, shape: Shape = TINY, quantisation: str = "int8_float32") -> Path:
    """Writes the directory at the first call: seconds and 40 MB for tiny. The same bytes every time."""
    from ctranslate2.specs.whisper_spec import WhisperSpec  # type: ignore[import-untyped]

    if (directory / "viva.json").exists():
        return directory
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer, special = _tokenizer(shape)
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    _fill(spec, shape, np.random.default_rng(1))
    spec.register_vocabulary(_tokens(tokenizer))
    spec.config.suppress_ids = sorted(special.values())
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [special["<|en|>"], special["<|zh|>"]]
    spec.config.alignment_heads = [[shape.decoder_layers - 1, head] for head in range(min(2, shape.heads))]
    for name, token in (("unk", "<|endoftext|>"), ("bos", "<|startoftranscript|>"), ("eos", "<|endoftext|>")):
        spec.config.add_attribute(f"{name}_token", token)
    spec.validate()
    spec.optimize(quantization=quantisation)
    spec.save(str(directory))
    _write(directory / "tokenizer.json", tokenizer)
    features = {"feature_size": shape.mels, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    _write(directory / "preprocessor_config.json", features)
    notice = {"zh": "随机权重，仅用于测速。", "en": "Random weights, for measuring speed only."}
    card = {"name": STAND_IN_NAME, "version": "1", "languages": ["zh", "en"], "notice": notice}
    _write(directory / "viva.json", card)
    return directory


def _tokenizer(shape: Shape) -> tuple[dict[str, Any], dict[str, int]]:
    """The fixture's, its vocabulary filled up to the true size before the empty token and the special ones."""
    told = json.loads((fixture() / "tokenizer.json").read_text(encoding="utf-8"))
    words: dict[str, int] = told["model"]["vocab"]
    known = [token for token in sorted(words, key=words.__getitem__) if token]
    added = sorted(told["added_tokens"], key=lambda token: token["id"])
    missing = shape.vocabulary - len(known) - 1 - len(added)
    text = [*known, *(f"Ġfiller{number}" for number in range(missing)), ""]
    told["model"]["vocab"] = {token: number for number, token in enumerate(text)}
    for number, token in enumerate(added, start=len(text)):
        token["id"] = number
    special = {token["content"]: token["id"] for token in added if token["special"]}
    return told, special


def _tokens(tokenizer: dict[str, Any]) -> list[str]:
    words: dict[str, int] = tokenizer["model"]["vocab"]
    return [*sorted(words, key=words.__getitem__), *(token["content"] for token in tokenizer["added_tokens"])]


def _fill(spec: Any, shape: Shape, random: np.random.Generator) -> None:
    width = shape.width

    def matrix(*size: int) -> Any:
        return (random.standard_normal(size, np.float32) * 0.02).astype(np.float32)

    def linear(target: Any, outputs: int, inputs: int = width) -> None:
        target.weight, target.bias = matrix(outputs, inputs), np.zeros(outputs, np.float32)

    def norm(target: Any) -> None:
        target.gamma, target.beta = np.ones(width, np.float32), np.zeros(width, np.float32)

    encoder, decoder = spec.encoder, spec.decoder
    for convolution, inputs in ((encoder.conv1, shape.mels), (encoder.conv2, width)):
        convolution.weight, convolution.bias = matrix(width, inputs, 3), np.zeros(width, np.float32)
    encoder.position_encodings.encodings = matrix(POSITIONS, width)
    decoder.position_encodings.encodings = matrix(TEXT_POSITIONS, width)
    decoder.embeddings.weight = matrix(shape.vocabulary, width)
    decoder.projection.weight = decoder.embeddings.weight
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    for layer, attentions in _layers(encoder, decoder):
        for attention, self_attention in attentions:
            norm(attention.layer_norm)
            widths = (3 * width, width) if self_attention else (width, 2 * width, width)
            for target, outputs in zip(attention.linear, widths, strict=True):
                linear(target, outputs)
        norm(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, 4 * width)
        linear(layer.ffn.linear_1, width, 4 * width)


def _layers(encoder: Any, decoder: Any) -> Iterator[tuple[Any, list[tuple[Any, bool]]]]:
    for layer in encoder.layer:
        yield layer, [(layer.self_attention, True)]
    for layer in decoder.layer:
        yield layer, [(layer.self_attention, True), (layer.attention, False)]


def _write(file: Path, told: object) -> None:
    file.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
