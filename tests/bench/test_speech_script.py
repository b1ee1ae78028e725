"""The instrument itself: what the stand-in hears must follow from the sound in the window, wherever it was cut."""

from types import SimpleNamespace

import numpy as np
import pytest
import tokenizers
from faster_whisper.feature_extractor import FeatureExtractor

from bench.speech import judge, material, pilot
from bench.speech.recogniser import Teller
from bench.speech.script import Script
from realtime.inference.whisper_files import fixture_directory


@pytest.fixture(scope="module")
def said():
    return material.voices(with_pilot=True, most_sentences=2)


@pytest.fixture(scope="module")
def listen(said):
    extract = FeatureExtractor()

    def heard(pcm, window_s=15):
        return said.script.heard(pilot.read(extract(np.pad(pcm, (0, window_s * 16_000 - len(pcm))), padding=0)))

    return heard


def text(heard):
    return [unit for word in heard.words for unit in judge.units(word.text)]


def cut(part, from_ms, to_ms):
    return part.pcm[round(from_ms * 16) : round(to_ms * 16)]


@pytest.mark.parametrize("number", range(4))
def test_a_whole_part_is_heard_as_it_was_said(said, listen, number):
    part = said.parts[number]
    heard = listen(part.pcm)
    assert text(heard) == [unit for word in part.words for unit in judge.units(word.text)]
    assert heard.language == part.language
    for word, true in zip(heard.words, part.words, strict=True):
        assert word.start_ms == pytest.approx(true.start_ms, abs=25)


def test_a_window_that_begins_and_ends_anywhere_holds_the_words_that_are_whole_in_it(said, listen):
    random = np.random.default_rng(5)
    for _ in range(12):
        part = said.parts[int(random.integers(4))]
        from_ms = random.uniform(0, part.seconds * 1000 - 3000)
        to_ms = min(part.seconds * 1000, from_ms + random.uniform(1500, 9000))
        whole = [w for w in part.words if w.start_ms > from_ms and w.end_ms < to_ms]
        wanted = [unit for word in whole for unit in judge.units(word.text)]
        assert judge.distance(wanted, text(listen(cut(part, from_ms, to_ms)))) <= 2  # one at either end


def test_a_word_cut_by_the_end_is_misheard_and_one_hardly_begun_is_not_heard(said, listen):
    part = said.part(0)
    word, before = part.words[9], part.words[8]
    length_ms = word.end_ms - word.start_ms
    most = listen(cut(part, 0, word.start_ms + 0.7 * length_ms)).words[-1]
    assert most.word.text == word.text
    assert most.text != word.text
    least = listen(cut(part, 0, word.start_ms + 0.2 * length_ms)).words[-1]
    assert least.text == before.text


def test_silence_and_noise_are_nobody(said, listen):
    random = np.random.default_rng(3)
    for room in (np.zeros(64_000, np.float32), random.standard_normal(64_000).astype(np.float32) * 0.05):
        assert listen(room).words == ()
    assert not listen(np.zeros(64_000, np.float32)).voiced


def test_a_script_survives_its_file(said, tmp_path):
    said.script.save(tmp_path / "script.json")
    again = Script.load(tmp_path / "script.json")
    assert again.words == said.script.words
    assert (again.symbols == said.script.symbols).all()


@pytest.fixture(scope="module")
def teller(said):
    return Teller(said.script, tokenizers.Tokenizer.from_file(str(fixture_directory() / "tokenizer.json")))


def test_sentences_stand_between_timestamps_where_they_are_asked_for(said, listen, teller):
    heard = listen(said.part(1).pcm)
    plain = teller.tokens(heard, timestamps=False)
    stamped = teller.tokens(heard, timestamps=True)
    stamps = [token - teller.no_timestamps - 1 for token in stamped if token > teller.no_timestamps]
    assert [token for token in stamped if token <= teller.no_timestamps] == plain
    assert len(stamps) == 4
    assert stamps == sorted(stamps)
    assert stamps[0] * 20 == pytest.approx(said.part(1).words[0].start_ms, abs=30)


def test_an_alignment_has_the_true_time_of_every_token_and_of_the_end(said, listen, teller):
    heard = listen(said.part(0).pcm)
    tokens = teller.tokens(heard, timestamps=False)
    path = teller.path(heard, tokens, 3000)
    assert isinstance(path, SimpleNamespace)
    assert [token for token, _ in path.alignments] == list(range(len(tokens) + 1))
    times = [position for _, position in path.alignments]
    assert times == sorted(times)
    assert times[-1] * 20 == pytest.approx(said.part(0).words[-1].end_ms, abs=30)
    assert set(path.text_token_probs) == {0.97}
    later = teller.path(heard, tokens[5:], 3000)
    assert later.alignments[0][1] == times[5]
