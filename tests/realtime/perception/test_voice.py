"""Windows of a voice made of numbers, and of real ones."""

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.inference.engine import SAMPLE_RATE, Pcm, RecognisedWord
from realtime.inference.vad import SileroVad
from realtime.perception.speech import SpeechStream
from realtime.perception.voice import VoiceMeter, VoiceReading

Vowel = Callable[..., Pcm]
Part = tuple[Pcm, bool]


def quiet(seconds: float) -> Pcm:
    return np.random.default_rng(2).normal(0, 0.0003, round(seconds * SAMPLE_RATE)).astype(np.float32)


def listen(parts: list[Part], lengths: list[int] | None = None, meter: VoiceMeter | None = None) -> list[VoiceReading]:
    meter = meter or VoiceMeter("en")
    cycle = itertools.cycle(lengths or [960])
    at, readings = 0, []
    for sound, speaking in parts:
        begins = 0
        while begins < len(sound):
            piece = sound[begins : begins + next(cycle)]
            readings += meter.push(piece, round((at + begins) / 16), speaking)
            begins += len(piece)
        at += len(sound)
    return readings + meter.finish()


@pytest.fixture(scope="module")
def talk(vowel: Vowel) -> list[Part]:
    return [(quiet(0.51), False), (vowel(150, 3.3), True), (quiet(0.77), False), (vowel(180, 3.1), True)]


def test_five_seconds_of_a_known_voice(vowel: Vowel) -> None:
    voice = vowel(170, 5.0)
    [reading] = listen([(voice, True)])
    assert (reading.start_ms, reading.end_ms) == (0, 5_000)
    assert reading.pitch_hz == pytest.approx(170, rel=0.01)
    assert reading.pitch_range_semitones == pytest.approx(0, abs=0.1)
    assert reading.voiced_share > 0.98
    assert reading.pause_share == 0
    assert reading.loudness_dbfs == pytest.approx(20 * math.log10(float(np.sqrt(np.mean(voice**2)))), abs=0.1)
    assert reading.pace_per_minute is None


def test_the_range_of_a_glide(vowel: Vowel) -> None:
    """An octave in equal steps: from its 10th to its 90th percentile are 9.6 semitones."""
    [reading] = listen([(vowel(np.geomspace(120, 240, 5 * SAMPLE_RATE), 5.0), True)])
    assert reading.pitch_range_semitones == pytest.approx(9.6, abs=0.2)
    assert reading.pitch_hz == pytest.approx(120 * math.sqrt(2), rel=0.01)


def test_windows_follow_each_other_and_the_rest_comes_at_the_end(vowel: Vowel) -> None:
    readings = listen([(quiet(2), False), (vowel(140, 12.0), True), (quiet(3), False)])
    assert [(r.start_ms, r.end_ms) for r in readings] == [(2_000, 7_000), (7_000, 12_000), (12_000, 14_000)]
    assert all(r.pause_share == 0 for r in readings), "silence before the first and after the last word is no pause"


def test_less_than_a_second_of_speech_is_no_reading(vowel: Vowel) -> None:
    meter = VoiceMeter("zh")
    assert listen([(quiet(20), False), (vowel(140, 0.9), True), (quiet(5), False)], meter=meter) == []
    assert meter.finish() == []


def test_a_second_finish_says_nothing(vowel: Vowel) -> None:
    meter = VoiceMeter("zh")
    assert len(listen([(vowel(140, 2.0), True)], meter=meter)) == 1
    assert meter.finish() == []


@pytest.mark.parametrize("flagged", [True, False], ids=["called speech", "called silence"])
@pytest.mark.parametrize(("pause_s", "share"), [(0.2, 0.0), (0.3, 0.375), (0.5, 0.5)])
def test_pauses_are_found_whether_or_not_voice_activity_saw_them(
    vowel: Vowel, pause_s: float, share: float, flagged: bool
) -> None:
    parts = [part for _ in range(8) for part in ((vowel(200, 0.5), True), (quiet(pause_s), flagged))][:-1]
    [reading] = [r for r in listen(parts) if r.start_ms == 0]
    assert reading.pause_share == pytest.approx(share, abs=0.06)
    assert reading.voiced_share > 0.85 if share else reading.voiced_share > 0.6
    assert reading.pitch_hz == pytest.approx(200, rel=0.01)


def test_a_long_thought_counts_in_full_and_is_not_remembered_as_it_grows(vowel: Vowel) -> None:
    meter = VoiceMeter("zh")
    parts = [(vowel(140, 2.0), True), (quiet(120), False), (vowel(140, 3.0), True)]
    [reading] = listen(parts, meter=meter)
    assert (reading.start_ms, reading.end_ms) == (0, 125_000)
    assert reading.pause_share == pytest.approx(120 / 125, abs=0.001)


def test_lost_sound_is_no_pause(vowel: Vowel) -> None:
    meter = VoiceMeter("zh")
    readings = meter.push(vowel(140, 2.0), 0, True) + meter.push(vowel(140, 3.0), 30_000, True)
    [reading] = readings + meter.finish()
    assert (reading.start_ms, reading.end_ms, reading.pause_share) == (0, 33_000, 0)


def test_a_hum_under_the_pauses_is_not_the_voice(vowel: Vowel) -> None:
    """Alone for a whole second, a hum at -60 dB is as periodic as a voice, and voice activity may be wrong."""
    hum = np.asarray(0.001 * np.sin(2 * np.pi * 100 * np.arange(round(1.5 * SAMPLE_RATE)) / SAMPLE_RATE), np.float32)
    [reading] = listen([(vowel(220, 1.0), True), (hum, True), (vowel(220, 1.0), True), (hum, True)])
    assert reading.pause_share == pytest.approx(0.6, abs=0.02)
    assert reading.pitch_hz == pytest.approx(220, rel=0.01)
    assert reading.pitch_range_semitones == pytest.approx(0, abs=0.2)
    assert 0.9 < reading.voiced_share <= 1


def test_whispering_has_no_pitch_and_is_not_invented() -> None:
    whisper = np.random.default_rng(4).normal(0, 0.05, 5 * SAMPLE_RATE).astype(np.float32)
    [reading] = listen([(whisper, True)])
    assert reading.pitch_hz is None
    assert reading.pitch_range_semitones is None
    assert reading.voiced_share < 0.02


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_broken_sound_gives_finite_numbers(value: float) -> None:
    [reading] = listen([(np.full(5 * SAMPLE_RATE, value, np.float32), True)])
    assert reading.pitch_hz is None
    assert math.isfinite(reading.loudness_dbfs)
    assert 0 <= reading.pause_share <= 1


def test_the_sound_that_is_held_is_bounded(vowel: Vowel) -> None:
    meter, voice = VoiceMeter("zh"), vowel(140, 3.0)
    for at in range(20):
        meter.push(voice, at * 3_000, True)
        assert sum(map(len, meter._sound)) <= 1.1 * SAMPLE_RATE
    assert meter._window is not None
    assert len(meter._window.voiced) <= 500


def test_pace_comes_from_final_words_and_only_while_somebody_speaks(vowel: Vowel) -> None:
    meter = VoiceMeter("en")
    meter.push(vowel(140, 6.0), 0, True)
    assert meter.pace_per_minute is None
    meter.words([RecognisedWord("word", at * 400, at * 400 + 300, 0.9) for at in range(15)])
    assert meter.pace_per_minute == pytest.approx(15 * 60_000 / 5_900)
    meter.push(quiet(1), 6_000, False)
    assert meter.pace_per_minute is None
    meter.push(vowel(140, 1.0), 7_000, True)
    assert meter.pace_per_minute == pytest.approx(15 * 60_000 / 5_900)
    [*_, reading] = meter.finish()
    assert reading.pace_per_minute == pytest.approx(15 * 60_000 / 5_900)
    meter.push(vowel(140, 1.0), 60_000, True)
    assert meter.pace_per_minute is None, "words of a minute ago say nothing about now"


@settings(max_examples=10, deadline=None)
@given(lengths=st.lists(st.integers(60, 30_000), min_size=1, max_size=5))
def test_the_chunking_changes_nothing(talk: list[Part], lengths: list[int]) -> None:
    assert listen(talk, lengths) == listen(talk)


@pytest.mark.parametrize(("language", "low_hz", "high_hz"), [("en", 150, 270), ("zh", 80, 300)])
def test_real_speech_is_plausible(speech_data: Path, language: str, low_hz: float, high_hz: float) -> None:
    """About twenty seconds of one real reader, with real voice activity: pitch near the speaker's median in every
    window, a range as running speech has it (Mandarin's tones need half an octave), and pauses as in reading."""
    lines = (speech_data / "speech" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    clips = [e for e in entries if e["language"].startswith(language) and e["corpus"] in ("ljspeech", "aishell-1")]
    assert len(clips) >= 4
    sound = np.concatenate([_decode(speech_data / "speech" / entry["file"]) for entry in clips[:4]])
    stream = SpeechStream("s", None, SileroVad().listener(), recognise=False)
    meter, readings = VoiceMeter("en"), []
    for at in range(0, len(sound), 960):
        piece = sound[at : at + 960]
        stream.push(piece, at / 16)
        readings += meter.push(piece, at // 16, stream.speaking)
    readings += meter.finish()
    assert len(readings) >= 3
    for reading in readings:
        assert reading.pitch_hz is not None
        assert low_hz < reading.pitch_hz < high_hz
        assert reading.pitch_range_semitones is not None
        assert 3 < reading.pitch_range_semitones < 18
        assert 0.4 < reading.voiced_share <= 1
        assert 0 <= reading.pause_share < 0.45
        assert -40 < reading.loudness_dbfs < -10
    assert [r.start_ms for r in readings[1:]] == [r.end_ms for r in readings[:-1]]


def _decode(path: Path) -> Pcm:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate(frames) / 32768, np.float32)
