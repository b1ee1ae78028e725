"""The speech model that comes with the project: whole, announced, exact about its own sentences, silent about silence.

It has memorised these sentences: exactness here proves the path, and says nothing about accuracy.
"""

import hashlib
import json
import shutil
import statistics
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from realtime.inference.engine import SAMPLE_RATE, Pcm, SpeechRequest, SpeechResult
from realtime.inference.fixture_speech.sound import decode, encode_opus, through_opus
from realtime.inference.whisper import CTranslate2Whisper
from realtime.inference.whisper_files import ModelInvalid, fixture_directory, read_model_directory

MODEL = fixture_directory()
VOICES = Path(__file__).parents[3] / "loadtest" / "voices"
LEAD_MS = 300
BATCH = 9
OPUS_BITS = 24_000


@dataclass(frozen=True)
class Utterance:
    """A sentence after Opus, as a call carries it. ``starts_ms``: when each word is really spoken."""

    id: str
    language: str
    text: str
    starts_ms: list[int]
    audio: Pcm


@pytest.fixture(scope="module")
def engine() -> CTranslate2Whisper:
    return CTranslate2Whisper.from_directory(MODEL)


@pytest.fixture(scope="module")
def utterances() -> list[Utterance]:
    catalogue = yaml.load((VOICES / "catalogue.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [utterance(entry) for entry in catalogue["utterances"]]


def utterance(entry: dict[str, Any]) -> Utterance:
    sound = np.concatenate([np.zeros(LEAD_MS * 16, np.float32), decode(VOICES / entry["file"])])
    starts_ms = [word["start_ms"] + LEAD_MS for word in entry["words"]]
    return Utterance(entry["id"], entry["language"], entry["text"], starts_ms, through_opus(sound, OPUS_BITS))


def final(identity: str, audio: Pcm, language: str | None = None) -> SpeechRequest:
    return SpeechRequest(identity, identity, 1, "final", audio, language)


@pytest.fixture(scope="module")
def heard(engine: CTranslate2Whisper, utterances: list[Utterance]) -> dict[str, SpeechResult]:
    """Every sentence, in batches that mix both languages, and nobody tells the model which."""
    mixed = [item for at in range(len(utterances) // 2) for item in utterances[at :: len(utterances) // 2]]
    requests = [final(item.id, item.audio) for item in mixed]
    batches = [requests[at : at + BATCH] for at in range(0, len(requests), BATCH)]
    return {result.session_id: result for batch in batches for result in engine.transcribe(batch)}


# --------------------------------------------------------------------------- the directory
def test_every_file_has_its_digest_and_is_small() -> None:
    card = json.loads((MODEL / "viva.json").read_text(encoding="utf-8"))
    files = {path.name: path for path in MODEL.iterdir() if path.name != "viva.json"}
    assert card["sha256"] == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert max(path.stat().st_size for path in files.values()) < 4_000_000


def test_it_announces_itself_in_both_languages(engine: CTranslate2Whisper) -> None:
    about = engine.description
    assert about.name == "fixture-whisper"
    assert about.languages == ("zh", "en")
    assert about.notice is not None
    assert "memorised demo sentences only; says nothing about accuracy" in about.notice.en
    assert "只记住了演示语句" in about.notice.zh


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json", "config.json", "vocabulary.json"])
def test_one_changed_byte_is_refused(tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(MODEL, tmp_path / "copy"))
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ModelInvalid, match=name) as refused:
        read_model_directory(copy)
    assert refused.value.code == "model_damaged"


def test_neither_trap_is_in_it() -> None:
    """An empty-string token, or it were English only; a tokenizer of its own, or the network were asked for one."""
    tokens = json.loads((MODEL / "vocabulary.json").read_text(encoding="utf-8"))
    assert "" in tokens
    assert (MODEL / "tokenizer.json").is_file()


# --------------------------------------------------------------------------- the words
def test_the_corpus_is_both_languages_in_equal_parts(utterances: list[Utterance]) -> None:
    languages = [item.language for item in utterances]
    assert len(utterances) >= 40
    assert languages.count("zh") == languages.count("en")


def test_every_sentence_comes_back_word_for_word(utterances: list[Utterance], heard: dict[str, SpeechResult]) -> None:
    assert {item.id: heard[item.id].text for item in utterances} == {item.id: item.text for item in utterances}
    assert all(result.rejected is None for result in heard.values())


def test_nobody_tells_it_the_language(utterances: list[Utterance], heard: dict[str, SpeechResult]) -> None:
    assert [heard[item.id].language for item in utterances] == [item.language for item in utterances]


def test_words_are_timed_where_they_are_spoken(utterances: list[Utterance], heard: dict[str, SpeechResult]) -> None:
    errors_ms: list[int] = []
    for item in utterances:
        words = heard[item.id].words
        assert len(words) == len(item.starts_ms), item.id
        assert all(earlier.start_ms <= later.start_ms for earlier, later in pairwise(words))
        assert words[-1].end_ms <= len(item.audio) / 16
        errors_ms += [abs(word.start_ms - truth) for word, truth in zip(words, item.starts_ms, strict=True)]
    assert statistics.median(errors_ms) <= 40
    assert statistics.quantiles(errors_ms, n=10)[-1] <= 120


def test_a_partial_is_timed_where_that_was_asked_whatever_its_batch_asks(
    engine: CTranslate2Whisper, utterances: list[Utterance], heard: dict[str, SpeechResult]
) -> None:
    timed, untimed, other = utterances[0], utterances[1], utterances[-1]
    results = engine.transcribe(
        [
            SpeechRequest(u.id, u.id, 1, "partial", u.audio, None, timed=u is not untimed)
            for u in (timed, untimed, other)
        ]
    )
    for item, result in ((timed, results[0]), (other, results[2])):
        assert [word.start_ms for word in result.words] == [word.start_ms for word in heard[item.id].words]
    even = np.diff([word.end_ms for word in results[1].words if len(word.text) == 1 and word.text.isalnum()])
    assert np.ptp(even) <= np.ptp(np.diff([word.end_ms for word in heard[untimed.id].words]))
    assert [word.start_ms for word in results[1].words] != [word.start_ms for word in heard[untimed.id].words]


def test_a_batch_changes_nothing(
    engine: CTranslate2Whisper, utterances: list[Utterance], heard: dict[str, SpeechResult]
) -> None:
    for item in (utterances[0], utterances[-1]):
        alone = engine.transcribe([final(item.id, item.audio)])[0]
        assert (alone.text, alone.language) == (heard[item.id].text, heard[item.id].language)


def test_half_a_sentence_is_not_completed(engine: CTranslate2Whisper, utterances: list[Utterance]) -> None:
    """It was taught on windows that end anywhere: a model that knows the end would make captions run ahead."""
    halves = [item for item in utterances if len(item.starts_ms) >= 8][::6]
    cuts_ms = [item.starts_ms[len(item.starts_ms) // 2] for item in halves]
    requests = [
        SpeechRequest(item.id, item.id, 1, "partial", item.audio[: cut_ms * 16], item.language)
        for item, cut_ms in zip(halves, cuts_ms, strict=True)
    ]
    for item, result in zip(halves, engine.transcribe(requests), strict=True):
        spoken = len(item.starts_ms) // 2
        assert abs(len(result.words) - spoken) <= 1, f"{item.id}: {result.text}"


@pytest.mark.parametrize("level", [0.0, 1e-4, 1e-3, 1e-2, 5e-2])
@pytest.mark.parametrize("seconds", [2, 7, 14])
def test_a_room_without_speech_has_no_words(engine: CTranslate2Whisper, level: float, seconds: int) -> None:
    noise = np.random.default_rng(seconds).standard_normal(seconds * SAMPLE_RATE).astype(np.float32) * level
    for language in (None, "zh", "en"):
        result = engine.transcribe([final("room", noise, language)])[0]
        assert (result.text, result.words) == ("", ())


def test_the_voices_can_be_made_again_to_the_byte(utterances: list[Utterance]) -> None:
    audio = utterances[0].audio
    assert encode_opus(audio, OPUS_BITS) == encode_opus(audio, OPUS_BITS)
