"""A sentence-embedding model as a rater: which anchor of the scale do the candidate's sentences lie nearest to?

The operator supplies a folder with ``model.onnx`` and ``tokenizer.json`` (any sentence encoder exported to ONNX). Every
sentence is compared with the anchors of each level; the level is the mean of the levels weighted by how near the
nearest sentence comes to each. Uncalibrated: as good as its model, and only ever one voice of the ensemble.
"""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from scoring.bilingual import Bilingual
from scoring.outside.opinions import Opinion, OpinionRating
from scoring.raters import AnswerToRate

LONGEST_TOKENS = 256
SENTENCES_READ = 64
SHORTEST_SENTENCE = 6
ANCHORS_KEPT = 4_096
SHARPNESS = 20.0
"""How much nearer an anchor must lie to outweigh another: 0.05 in cosine is a factor of e."""

Vectors = npt.NDArray[np.float32]


class EmbeddingModelInvalid(Exception):
    """The folder holds no usable model: what was missing or wrong."""

    code = "embedding_model_invalid"
    retry = False
    fault = "operator"


class EmbeddingRater:
    """``name`` holds the beginning of the model file's SHA-256."""

    def __init__(self, folder: Path) -> None:
        model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
        for path in (model, tokenizer):
            if not path.is_file():
                raise EmbeddingModelInvalid(f"{path} is missing: a folder with model.onnx and tokenizer.json is needed")
        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
            self._session = _session(model)
        except Exception as error:  # both libraries raise whatever they like on a bad file; this is their boundary
            raise EmbeddingModelInvalid(f"{folder} cannot be loaded: {error}") from None
        self._tokenizer.enable_truncation(LONGEST_TOKENS)
        self._inputs = {one.name for one in self._session.get_inputs()}
        if not {"input_ids"} <= self._inputs <= {"input_ids", "attention_mask", "token_type_ids"}:
            raise EmbeddingModelInvalid(
                f"{model} takes {sorted(self._inputs)}; input_ids and attention_mask are expected"
            )
        self._anchors: dict[str, Vectors] = {}
        self.name = f"embedding 1 {hashlib.sha256(model.read_bytes()).hexdigest()[:12]}"

    def opinion(self, answer: AnswerToRate, transcript: str, taken_at: str) -> Opinion:
        """``transcript``: digest of the whole transcript. Takes a while: not for an event loop."""
        sentences = _sentences(answer)
        ratings = self._ratings(answer, sentences) if sentences else ()
        return Opinion(answer.question.id, self.name, self.name, transcript, ratings, "", taken_at)

    def _ratings(self, answer: AnswerToRate, sentences: list[str]) -> tuple[OpinionRating, ...]:
        said = np.stack([self._embedded(sentence) for sentence in sentences])
        language = answer.reading.transcript.language
        found: list[OpinionRating] = []
        for name in answer.question.measures:
            anchors = answer.model.competency(name).anchors
            near = said @ np.stack([self._anchor(anchors[level].in_language(language)) for level in range(1, 6)]).T
            best = near.max(axis=0)
            weights = [math.exp(SHARPNESS * float(value - best.max())) for value in best]
            level = sum(level * weight for level, weight in enumerate(weights, start=1)) / sum(weights)
            nearest = int(best.argmax())
            quote = sentences[int(near[:, nearest].argmax())]
            found.append(OpinionRating(name, round(level, 1), (quote,), _why(nearest + 1, anchors[nearest + 1])))
        return tuple(found)

    def _anchor(self, text: str) -> Vectors:
        """Anchors come again with every answer and are kept; what candidates say is not."""
        if text not in self._anchors:
            if len(self._anchors) >= ANCHORS_KEPT:
                self._anchors.clear()
            self._anchors[text] = self._embedded(text)
        return self._anchors[text]

    def _embedded(self, text: str) -> Vectors:
        """Unit length."""
        encoded = self._tokenizer.encode(text)
        ids = encoded.ids or [0]
        mask = np.ones((1, len(ids)), np.int64)
        feeds: dict[str, Any] = {
            "input_ids": np.array([ids], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        output = self._session.run(None, {name: feeds[name] for name in self._inputs})[0]
        pooled: Vectors = np.asarray(output, np.float32)
        vector: Vectors = pooled[0].mean(axis=0) if pooled.ndim == 3 else pooled[0]
        length = float(np.linalg.norm(vector))
        return np.asarray(vector / length, np.float32) if length else vector


def _session(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one order of additions, so that the same model says the same again
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _sentences(answer: AnswerToRate) -> list[str]:
    text = answer.reading.transcript.text
    sentences: Sequence[str] = [text[s.start : s.end].strip() for s in answer.reading.structure.sentences]
    return [sentence for sentence in sentences if len(sentence) >= SHORTEST_SENTENCE][:SENTENCES_READ]


def _why(level: int, anchor: Bilingual) -> Bilingual:
    return Bilingual(
        zh=f"最接近 {level} 级的描述：{anchor.zh}", en=f"Nearest to the anchor of level {level}: {anchor.en}"
    )
