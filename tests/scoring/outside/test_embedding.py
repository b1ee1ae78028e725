"""The embedding rater with a tiny model of random weights, written here byte by byte: it must run, not be right."""

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from scoring.analysis.reading import read_answer
from scoring.analysis.transcript import typed
from scoring.outside.embedding import EmbeddingModelInvalid, EmbeddingRater
from scoring.outside.opinions import Opinion, counted, digest_of
from scoring.position_model import PositionModel
from scoring.raters import AnswerToRate

TEXT = "我会先提醒同事停下来。核实情况以后，再报告给主管。最后留好记录，下周再查一遍。"
WIDTH = 16
FLOAT, INT64 = 1, 7


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def field(number: int, value: bytes | str | int) -> bytes:
    """A protobuf field: varint for a number, length-delimited for the rest."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor_info(name: str, kind: int, *dims: str | int) -> bytes:
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def gather_model(table: np.ndarray) -> bytes:
    """ONNX: ``last_hidden_state = Gather(table, input_ids)`` (onnx.proto3, opset 13)."""
    node = field(1, "table") + field(1, "input_ids") + field(2, "last_hidden_state") + field(4, "Gather")
    raw = struct.pack(f"<{table.size}f", *table.ravel())
    weights = b"".join(field(1, dim) for dim in table.shape) + field(2, FLOAT) + field(8, "table") + field(9, raw)
    graph = field(1, node) + field(2, "g") + field(5, weights)
    graph += field(11, tensor_info("input_ids", INT64, 1, "n"))
    graph += field(12, tensor_info("last_hidden_state", FLOAT, 1, "n", WIDTH))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("embedding")
    letters = sorted(set(TEXT) | {chr(code) for code in range(0x4E00, 0x5600)} | set("abcdefghijklmnopqrstuvwxyz ,."))
    vocabulary = {"[UNK]": 0} | {letter: number for number, letter in enumerate(letters, start=1)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.save(str(where / "tokenizer.json"))
    table = np.random.default_rng(7).normal(size=(len(vocabulary), WIDTH)).astype(np.float32)
    (where / "model.onnx").write_bytes(gather_model(table))
    return where


def asked(model: PositionModel, text: str = TEXT) -> AnswerToRate:
    question = model.question("q4")
    assert question is not None
    return AnswerToRate(model, question, read_answer(typed(text), model, question))


def opinion_of(folder: Path, answer: AnswerToRate) -> Opinion:
    return EmbeddingRater(folder).opinion(answer, digest_of(answer.reading.transcript), "")


def test_every_competency_gets_a_level_and_a_sentence_of_the_answer(folder: Path, model: PositionModel) -> None:
    answer = asked(model)
    opinion = opinion_of(folder, answer)
    found = counted(opinion, answer.reading, answer.question.measures)
    assert [one.rating.competency_id for one in found] == list(answer.question.measures)
    assert all(1 <= one.rating.level <= 5 for one in found)
    assert opinion.rater.startswith("embedding 1 ")


def test_the_same_model_says_the_same_again(folder: Path, model: PositionModel) -> None:
    assert opinion_of(folder, asked(model)) == opinion_of(folder, asked(model))


def test_an_anchor_said_aloud_is_nearest_to_itself(folder: Path, model: PositionModel) -> None:
    anchors = model.competency("compliance").anchors
    for level in (1, 5):
        answer = asked(model, anchors[level].zh)
        rating = next(r for r in opinion_of(folder, answer).ratings if r.competency_id == "compliance")
        assert f"最接近 {level} 级" in rating.why.zh
        assert abs(rating.level - level) < 1


def test_a_folder_that_holds_no_model_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelInvalid, match=r"model\.onnx is missing"):
        EmbeddingRater(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"no model")
    shutil.copy(folder / "tokenizer.json", tmp_path)
    with pytest.raises(EmbeddingModelInvalid, match="cannot be loaded"):
        EmbeddingRater(tmp_path)
