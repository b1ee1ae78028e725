"""The true path through CTranslate2 with a model of random weights: shapes, batching, isolation. Not accuracy."""

import shutil
from dataclasses import replace
from pathlib import Path

import ctranslate2  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.engine import SAMPLE_RATE, SpeechEngine, SpeechRequest, SpeechResult
from realtime.inference.whisper import CTranslate2Whisper, _max_length, shared_prompt
from realtime.inference.whisper_files import ModelInvalid, fixture_directory, read_model_directory
from tests.realtime.inference.conftest import build_micro_whisper


@pytest.fixture(scope="module")
def engine(micro_whisper: Path) -> CTranslate2Whisper:
    # float32: with int8 the sums of a batch may differ in the last digit from those of a single row.
    return CTranslate2Whisper.from_directory(micro_whisper, threads=1, compute_type="float32")


def request(seconds: float = 2.0, kind: str = "partial", language: str | None = "zh", seed: int = 0) -> SpeechRequest:
    audio = np.random.default_rng(seed).normal(0, 0.1, round(seconds * SAMPLE_RATE)).astype(np.float32)
    return SpeechRequest("s", f"u{seed}", seed, "final" if kind == "final" else "partial", audio, language)


def raw(engine: CTranslate2Whisper, *requests: SpeechRequest) -> list[SpeechResult]:
    return engine.transcribe(list(requests))


def test_it_is_an_engine(engine: CTranslate2Whisper) -> None:
    speech: SpeechEngine = engine
    assert speech.description.name == "micro"


def test_every_request_is_answered_in_order_whatever_it_needs(engine: CTranslate2Whisper) -> None:
    requests = [
        request(2, "partial", None, seed=1),
        request(20, "final", "en", seed=2),
        request(2, "final", "zh", seed=3),
        request(8, "partial", "en", seed=4),
        request(3, "partial", "zh", seed=5),
    ]
    results = engine.transcribe(requests)
    assert [(result.utterance_id, result.revision, result.kind) for result in results] == [
        (asked.utterance_id, asked.revision, asked.kind) for asked in requests
    ]
    assert [result.language for result in results[1:]] == ["en", "zh", "en", "zh"]
    assert results[0].language in ("zh", "en")


def test_a_batch_says_what_each_would_have_said_alone(engine: CTranslate2Whisper) -> None:
    requests = [request(2, seed=seed, language=("zh", "en")[seed % 2]) for seed in range(4)]
    together = engine.transcribe(requests)
    alone = [engine.transcribe([one])[0] for one in requests]
    assert [result.text for result in together] == [result.text for result in alone]


def test_one_bad_request_never_spoils_its_neighbours(engine: CTranslate2Whisper) -> None:
    good = request(2, seed=6)
    empty = replace(good, audio=np.zeros(0, np.float32))
    broken = replace(good, audio=np.full(16_000, np.nan, np.float32))
    endless = replace(good, audio=np.zeros(31 * SAMPLE_RATE, np.float32))
    results = engine.transcribe([empty, good, broken, endless])
    assert [result.rejected for result in (results[0], results[2], results[3])] == [
        "no_speech",
        "invalid_audio",
        "audio_too_long",
    ]
    assert results[1].text == engine.transcribe([good])[0].text


def test_previous_text_is_used_at_the_lengths_that_a_batch_may_share(engine: CTranslate2Whisper) -> None:
    # The micro model's tokens are bytes: three to a Chinese character.
    assert engine.shape(request(2)) == (8, 0)
    assert engine.shape(replace(request(9.5), previous_text="短")) == (15, 0)
    assert engine.shape(replace(request(2), previous_text="我" * 11)) == (8, 32)
    assert engine.shape(replace(request(2), previous_text="我" * 40)) == (8, 64)
    mixed = [replace(request(2, seed=seed), previous_text="我" * (seed * 11)) for seed in range(4)]
    assert len(engine.transcribe(mixed)) == 4


@given(st.integers(0, 90), st.integers(0, 90))
def test_a_prompt_is_the_ends_of_hot_words_and_text_at_a_length_that_a_batch_may_share(told: int, said: int) -> None:
    words, text = list(range(told)), list(range(1000, 1000 + said))
    prompt = shared_prompt(words, text)
    assert len(prompt) == (64 if told + said >= 64 else 32 if told + said >= 32 else 0)
    if prompt:
        mine = [token for token in prompt if token < 1000]
        assert list(prompt) == [*words[told - len(mine) :], *text[said - (len(prompt) - len(mine)) :]]
        assert len(mine) >= min(told, len(prompt) // 2)
        assert len(mine) <= max(len(prompt) // 2, len(prompt) - said)


def test_hot_words_reach_only_a_model_that_says_they_do_it_no_harm(micro_whisper: Path) -> None:
    model = read_model_directory(micro_whisper)
    told = replace(request(2), hot_words=("反洗钱", "大额可疑交易", "受益所有人"))
    assert not model.hot_words
    assert CTranslate2Whisper(model).shape(told) == (8, 0)
    assert CTranslate2Whisper(replace(model, hot_words=True)).shape(told) == (8, 32)


@pytest.mark.parametrize(("tokens", "prompt"), [(5, 4), (24, 4), (24, 37), (100, 69)])
def test_the_length_that_was_asked_for_is_the_length_that_is_got(
    engine: CTranslate2Whisper, tokens: int, prompt: int
) -> None:
    start = [257] * prompt
    start[-4:] = [*engine._tokenizer.sot_sequence, engine._tokenizer.no_timestamps]
    features = ctranslate2.StorageView.from_array(np.zeros((1, 80, 800), np.float32))
    answer = engine._model.generate(
        features, [start], beam_size=1, max_length=_max_length(tokens, prompt), suppress_tokens=[engine._tokenizer.eot]
    )
    assert len(answer[0].sequences_ids[0]) == tokens


def test_finals_have_words_with_ordered_times_inside_the_sound(engine: CTranslate2Whisper) -> None:
    results = [engine.transcribe([request(3, "final", seed=seed)])[0] for seed in range(8)]
    spoken = [result for result in results if result.rejected is None]
    assert spoken, "the nonsense of at least one seed passes the guards"
    for result in spoken:
        edges = [edge for word in result.words for edge in (word.start_ms, word.end_ms)]
        assert edges == sorted(edges)
        assert edges[0] >= 0
        assert edges[-1] <= 3000
        assert "".join(word.text for word in result.words).replace(" ", "") == "".join(result.text.split())


def test_warming_up_leaves_no_trace_in_the_account(micro_whisper: Path) -> None:
    engine = CTranslate2Whisper.from_directory(micro_whisper)
    engine.warm_up()
    assert engine.stage_ms() == {}
    engine.transcribe([request(1, "final")])
    assert set(engine.stage_ms()) == {"features", "encode", "detect", "generate", "align"}


@pytest.mark.parametrize(("version", "compute_type"), [(99, "int8"), (6, "int3")])
def test_what_only_loading_can_find_is_told_in_words(
    micro_whisper: Path, tmp_path: Path, version: int, compute_type: str
) -> None:
    copy = Path(shutil.copytree(micro_whisper, tmp_path / "copy"))
    whole = (copy / "model.bin").read_bytes()
    (copy / "model.bin").write_bytes(version.to_bytes(4, "little") + whole[4:])
    with pytest.raises(ModelInvalid) as refused:
        CTranslate2Whisper.from_directory(copy, compute_type=compute_type)
    assert refused.value.code == "model_not_loaded"


def test_speech_in_a_language_that_the_model_may_not_write_is_told_as_such(tmp_path: Path) -> None:
    """A model that knows French too; the seed is one whose random weights take this sound for French (0.83)."""
    folder = build_micro_whisper(tmp_path / "micro", seed=16, languages=("en", "zh", "fr"))
    knows_french = CTranslate2Whisper.from_directory(folder, compute_type="float32")
    assert knows_french.description.languages == ("zh", "en")
    heard, told = knows_french.transcribe([request(3, "final", None), request(3, "final", "zh")])
    assert (heard.rejected, heard.text, heard.words) == ("other_language", "", ())
    assert told.rejected != "other_language", "who asks for Chinese gets Chinese"


def test_a_result_without_a_word_has_numbers_all_the_same(engine: CTranslate2Whisper) -> None:
    silence = SpeechRequest("s", "u", 1, "final", np.zeros(16_000, np.float32), None)
    fixture = CTranslate2Whisper.from_directory(fixture_directory())
    for one in (*engine.transcribe([silence]), *fixture.transcribe([silence])):
        assert np.isfinite([one.mean_log_probability, one.no_speech_probability]).all()
