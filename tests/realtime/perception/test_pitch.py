"""Pitch of voices whose pitch is known, and none where there is no voice."""

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from realtime.inference.engine import SAMPLE_RATE, Pcm
from realtime.perception.pitch import HOP_MS, WINDOW_MS, track

A = ((700, 80), (1200, 90), (2600, 120))
E = ((300, 60), (2300, 100), (3000, 120))
U = ((300, 60), (800, 80), (2400, 120))
Vowel = Callable[..., Pcm]


def tone(hz: float, seconds: float = 1.0) -> Pcm:
    return np.asarray(0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE), np.float32)


def noise(seconds: float, level: float = 0.1) -> Pcm:
    return np.random.default_rng(3).normal(0, level, round(seconds * SAMPLE_RATE)).astype(np.float32)


@pytest.mark.parametrize("formants", [A, E, U], ids="aiu")
@pytest.mark.parametrize("hz", [65, 80, 100, 133, 170, 210, 250, 300, 350, 400, 480])
def test_a_vowel_of_known_pitch(vowel: Vowel, hz: float, formants: tuple[tuple[float, float], ...]) -> None:
    f0_hz = track(vowel(hz, 0.6, formants)).f0_hz
    assert len(f0_hz) == 56
    assert np.abs(f0_hz / hz - 1).max() < 0.01


@pytest.mark.parametrize(("first_hz", "last_hz"), [(80, 160), (300, 150), (110, 400)])
def test_a_glide_is_followed(vowel: Vowel, first_hz: float, last_hz: float) -> None:
    course_hz = np.geomspace(first_hz, last_hz, SAMPLE_RATE)
    pitch = track(vowel(course_hz, 1.0))
    expected_hz = course_hz[(pitch.times_ms * SAMPLE_RATE / 1000).astype(int)]
    assert not np.isnan(pitch.f0_hz).any()
    assert np.abs(pitch.f0_hz / expected_hz - 1).max() < 0.02


@pytest.mark.parametrize(("signal_db", "voiced"), [(20.0, 0.99), (10.0, 0.95), (5.0, 0.8)])
def test_a_vowel_in_noise(vowel: Vowel, signal_db: float, voiced: float) -> None:
    voice = vowel(140, 2.0)
    hiss = noise(2.0, float(np.sqrt(np.mean(voice**2))) * 10 ** (-signal_db / 20))
    heard_hz = track(voice + hiss).voiced_hz
    assert len(heard_hz) / 196 >= voiced
    assert np.mean(np.abs(heard_hz / 140 - 1) < 0.01) > 0.95


def test_clipping_leaves_the_pitch(vowel: Vowel) -> None:
    clipped = np.clip(vowel(190, 1.0) * 12, -1, 1)
    assert np.abs(track(clipped).f0_hz / 190 - 1).max() < 0.01


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(SAMPLE_RATE, np.float32),
        np.full(SAMPLE_RATE, 0.4, np.float32),
        noise(5.0),
        np.cumsum(noise(5.0, 0.01)).astype(np.float32),
        noise(5.0, 1e-5),
        tone(30),
        tone(50),
        tone(540),
        tone(880),
        tone(1500),
        tone(2600),
        tone(3500),
    ],
    ids=["silence", "offset", "white", "brown", "rounding", "30", "mains", "540", "880", "1500", "2600", "3500"],
)
def test_what_is_no_voice_has_no_pitch(sound: Pcm) -> None:
    """Brown noise has its energy where a voice has, and comes to 2.4 % by chance; everything else to none."""
    pitch = track(sound)
    assert len(pitch.voiced_hz) <= 0.03 * len(pitch.f0_hz)


@pytest.mark.parametrize("hz", [82.4, 146.8, 220.0, 440.0])
def test_a_held_note_has_its_own_pitch(hz: float) -> None:
    """A tone within a voice's range cannot be told from humming: this measures pitch, it does not find speakers."""
    assert np.abs(track(tone(hz)).f0_hz / hz - 1).max() < 0.01


def test_a_chord_is_heard_as_its_common_period_or_not_at_all() -> None:
    """4 : 5 : 6 repeats with the period of 1: never one of its notes, and never anything between them."""
    chord = np.asarray(tone(440) + tone(550) + tone(660), np.float32)
    heard_hz = track(chord).voiced_hz
    assert np.all(np.abs(heard_hz / 110 - 1) < 0.01)


def test_an_octave_is_jumped_only_by_a_voice_that_stays_there(vowel: Vowel) -> None:
    """One strong harmonic for two frames moves nothing; a real jump is followed."""
    voice = vowel(120, 1.0)
    voice[8000:8320] += tone(240, 0.02)
    assert np.abs(track(voice).f0_hz / 120 - 1).max() < 0.05
    f0_hz = track(np.concatenate([vowel(120, 0.5), vowel(240, 0.5)])).f0_hz
    assert np.allclose(f0_hz[:45], 120, rtol=0.01)
    assert np.allclose(f0_hz[-45:], 240, rtol=0.01)


def test_a_click_does_not_silence_the_rest(vowel: Vowel) -> None:
    voice = vowel(150, 2.0, peak=0.02)
    voice[16_000] = 1.0
    assert len(track(voice).voiced_hz) > 180


def test_times_are_the_middles_of_the_frames(vowel: Vowel) -> None:
    """Half a second of silence, then a voice: it begins within a window of where it does."""
    pitch = track(np.concatenate([np.zeros(8_000, np.float32), vowel(200, 0.5)]))
    assert pitch.times_ms[0] == WINDOW_MS / 2
    assert set(np.diff(pitch.times_ms)) == {HOP_MS}
    assert pitch.times_ms[-1] + WINDOW_MS / 2 == 1_000
    first_ms = pitch.times_ms[~np.isnan(pitch.f0_hz)][0]
    assert abs(first_ms - 500) <= WINDOW_MS / 2


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (1, 0), (799, 0), (800, 1), (959, 1), (960, 2)])
def test_very_short_sound(vowel: Vowel, samples: int, frames: int) -> None:
    pitch = track(vowel(200, 1.0)[:samples])
    assert len(pitch.times_ms) == len(pitch.f0_hz) == frames


def test_real_voices_lie_where_voices_do(speech_data: Path) -> None:
    """LJ Speech is read by a woman, the Mandarin clips by one speaker: a clip's median stays near the speaker's own,
    running speech is voiced for a third to nine tenths of it, and neighbouring frames rarely part by a fifth."""
    lines = (speech_data / "speech" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    speakers = [
        [entry for entry in entries if entry["corpus"] == "ljspeech"][:6],
        [entry for entry in entries if entry["language"].startswith("zh")][:6],
    ]
    for clips in speakers:
        tracks = [track(_decode(speech_data / "speech" / entry["file"])) for entry in clips]
        medians_hz = np.array([np.median(pitch.voiced_hz) for pitch in tracks])
        assert np.all((medians_hz > 70) & (medians_hz < 300))
        assert np.all(np.abs(np.log2(medians_hz / np.median(medians_hz))) < 0.35)
        for pitch in tracks:
            assert 0.33 < len(pitch.voiced_hz) / len(pitch.f0_hz) < 0.9
            steps = np.abs(np.diff(np.log2(pitch.f0_hz)))
            assert np.mean(steps[~np.isnan(steps)] > np.log2(1.2)) < 0.02
    women_hz = [np.median(track(_decode(speech_data / "speech" / entry["file"])).voiced_hz) for entry in speakers[0]]
    assert 160 < np.median(women_hz) < 260


def _decode(path: Path) -> Pcm:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate(frames) / 32768, np.float32)
