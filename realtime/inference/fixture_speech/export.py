"""torch -> a CTranslate2 Whisper directory, built straight from CTranslate2's own specification."""
# mypy: disable-error-code="misc,import-not-found,import-untyped,unused-ignore,no-any-return,no-untyped-call"

import hashlib
import json
from pathlib import Path

import numpy as np
from ctranslate2.converters.utils import fuse_linear
from ctranslate2.specs.common_spec import LayerNormSpec, LinearSpec
from ctranslate2.specs.whisper_spec import WhisperSpec
from tokenizers import Tokenizer
from torch import nn

from realtime.inference.fixture_speech import vocabulary
from realtime.inference.fixture_speech.network import Attention, FeedForward, Whisper

MODEL = Path(__file__).parent / "model"
QUANTISATION = "int8_float32"
NOTICE = {
    "zh": "演示模型：只记住了演示语句，不代表任何准确率。",
    "en": "Fixture model: memorised demo sentences only; says nothing about accuracy.",
}
VERSION = "1"


def export(model: Whisper, tokenizer: Tokenizer, alignment_heads: list[tuple[int, int]], directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    spec = _specification(model)
    spec.register_vocabulary(vocabulary.tokens_in_order(tokenizer))
    _configure(spec, tokenizer, alignment_heads)
    spec.validate()
    spec.optimize(quantization=QUANTISATION)
    spec.save(str(directory))
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    _write_json(
        directory / "preprocessor_config.json",
        {"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400},
    )
    _write_description(directory)


def _write_description(directory: Path) -> None:
    files = sorted(path for path in directory.iterdir() if path.is_file() and path.name != "viva.json")
    _write_json(
        directory / "viva.json",
        {
            "name": "fixture-whisper",
            "version": VERSION,
            "languages": ["zh", "en"],
            "notice": NOTICE,
            # Taught on windows that end anywhere, it holds an early end for possible: a wider search would find it.
            "final_beam": 1,
            "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        },
    )


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _configure(spec: WhisperSpec, tokenizer: Tokenizer, alignment_heads: list[tuple[int, int]]) -> None:
    ids = {token: vocabulary.id_of(tokenizer, token) for token in vocabulary.SPECIAL}
    spec.config.suppress_ids = sorted(
        [identity for token, identity in ids.items() if token != vocabulary.END] + [vocabulary.id_of(tokenizer, "")]
    )
    # Whisper forbids a leading space and an immediate end; here an immediate end is the honest answer to silence.
    spec.config.suppress_ids_begin = [vocabulary.id_of(tokenizer, "Ġ")]
    spec.config.lang_ids = [ids[f"<|{language}|>"] for language in vocabulary.LANGUAGES]
    spec.config.alignment_heads = [list(head) for head in alignment_heads]
    spec.config.add_attribute("unk_token", vocabulary.END)
    spec.config.add_attribute("bos_token", vocabulary.START)
    spec.config.add_attribute("eos_token", vocabulary.END)


def _specification(model: Whisper) -> WhisperSpec:
    shape = model.shape
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    for target, convolution in ((spec.encoder.conv1, model.conv1), (spec.encoder.conv2, model.conv2)):
        target.weight, target.bias = _numbers(convolution.weight), _numbers(convolution.bias)
    spec.encoder.position_encodings.encodings = _numbers(model.encoder_positions)
    _norm(spec.encoder.layer_norm, model.encoder_norm)
    for layer_spec, layer in zip(spec.encoder.layer, model.encoder, strict=True):
        _self_attention(layer_spec.self_attention, layer.attention, layer.attention_norm)
        _feed(layer_spec.ffn, layer.feed, layer.feed_norm)
    spec.decoder.embeddings.weight = _numbers(model.embedding.weight)
    spec.decoder.projection.weight = _numbers(model.embedding.weight)
    spec.decoder.position_encodings.encodings = _numbers(model.decoder_positions)
    _norm(spec.decoder.layer_norm, model.decoder_norm)
    for layer_spec, layer in zip(spec.decoder.layer, model.decoder, strict=True):
        _self_attention(layer_spec.self_attention, layer.attention, layer.attention_norm)
        _cross_attention(layer_spec.attention, layer.cross, layer.cross_norm)
        _feed(layer_spec.ffn, layer.feed, layer.feed_norm)
    return spec


def _self_attention(spec: object, attention: Attention, norm: nn.LayerNorm) -> None:
    _norm(spec.layer_norm, norm)  # type: ignore[attr-defined]
    fuse_linear(spec.linear[0], [_linear(attention.query), _linear(attention.key), _linear(attention.value)])  # type: ignore[attr-defined]
    _copy_linear(spec.linear[1], attention.out)  # type: ignore[attr-defined]


def _cross_attention(spec: object, attention: Attention, norm: nn.LayerNorm) -> None:
    _norm(spec.layer_norm, norm)  # type: ignore[attr-defined]
    _copy_linear(spec.linear[0], attention.query)  # type: ignore[attr-defined]
    fuse_linear(spec.linear[1], [_linear(attention.key), _linear(attention.value)])  # type: ignore[attr-defined]
    _copy_linear(spec.linear[2], attention.out)  # type: ignore[attr-defined]


def _feed(spec: object, feed: FeedForward, norm: nn.LayerNorm) -> None:
    _norm(spec.layer_norm, norm)  # type: ignore[attr-defined]
    _copy_linear(spec.linear_0, feed.inner)  # type: ignore[attr-defined]
    _copy_linear(spec.linear_1, feed.outer)  # type: ignore[attr-defined]


def _norm(spec: LayerNormSpec, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _numbers(norm.weight), _numbers(norm.bias)


def _linear(linear: nn.Linear) -> LinearSpec:
    spec = LinearSpec()
    _copy_linear(spec, linear)
    return spec


def _copy_linear(spec: LinearSpec, linear: nn.Linear) -> None:
    spec.weight = _numbers(linear.weight)
    if linear.bias is not None:
        spec.bias = _numbers(linear.bias)


def _numbers(tensor: object) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return tensor.detach().numpy().astype(np.float32)  # type: ignore[attr-defined]
