"""Sound that no recogniser is made for, before a sentence that it knows: what is said of it has a type, and the
sentence is heard as if nothing had been.

Voice activity and engine are real, the model is the one that comes with the project; two real people speak at once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
import yaml

from realtime.inference.engine import SAMPLE_RATE, Pcm, SpeechRequest
from realtime.inference.vad import SileroVad
from realtime.inference.whisper import CTranslate2Whisper
from realtime.inference.whisper_files import fixture_directory
from realtime.inference.words import keys, split_words
from realtime.perception.level import LevelMeter, LevelReading
from realtime.perception.speech import CaptionUpdate, SpeechEnded, SpeechEvent, SpeechStarted, SpeechStream

VOICES = Path(__file__).parents[3] / "loadtest" / "voices"
SECONDS = 5


@dataclass
class Heard:
    events: list[SpeechEvent]
    levels: list[LevelReading]
    damaged_ms: float

    @property
    def finals(self) -> list[CaptionUpdate]:
        return [event for event in self.events if isinstance(event, CaptionUpdate) and event.final]


@pytest.fixture(scope="module")
def engine() -> CTranslate2Whisper:
    return CTranslate2Whisper.from_directory(fixture_directory())


@pytest.fixture(scope="module")
def sentence() -> tuple[Pcm, str]:
    catalogue = yaml.safe_load((VOICES / "catalogue.yaml").read_text(encoding="utf-8"))
    spoken = next(one for one in catalogue["utterances"] if one["id"] == "zh-introduction-1")
    return decoded(VOICES / spoken["file"]), spoken["text"]


@pytest.fixture(scope="module")
def people(speech_data: Path) -> tuple[Pcm, Pcm]:
    """Somebody who speaks English, and somebody who speaks Mandarin."""
    lines = (speech_data / "speech" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    first = [next(one for one in entries if one["language"].startswith(language)) for language in ("en", "zh")]
    english, mandarin = (decoded(speech_data / "speech" / one["file"]) for one in first)
    return english, mandarin


@pytest.fixture(scope="module")
def hear(engine: CTranslate2Whisper) -> Callable[[Pcm], Heard]:
    vad = SileroVad()

    def hear(sound: Pcm) -> Heard:
        stream, meter = SpeechStream("s", None, vad.listener()), LevelMeter()
        heard = Heard([], [], 0.0)
        for at in range(0, len(sound), 960):
            heard.events += stream.push(sound[at : at + 960], at / 16)
            heard.levels += meter.push(sound[at : at + 960], at / 16, stream.speaking)
            answer(stream, heard)
        heard.events += stream.finish()
        answer(stream, heard)
        heard.damaged_ms = stream.damaged_ms
        return heard

    def answer(stream: SpeechStream, heard: Heard) -> None:
        """Finals only: partials take the same way, and time."""
        while (request := stream.wants()) is not None:
            if request.kind == "partial":
                stream.failed(request.revision)
                return
            heard.events += stream.apply(engine.transcribe([request])[0])

    return hear


def decoded(path: Path) -> Pcm:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(path)) as container:
        frames = [*container.decode(audio=0), None]
        parts = [part.to_ndarray().reshape(-1) for frame in frames for part in resampler.resample(frame)]
    return np.asarray(np.concatenate(parts), np.float32)


def room(seconds: float) -> Pcm:
    return np.random.default_rng(5).normal(0, 0.0005, round(seconds * SAMPLE_RATE)).astype(np.float32)


def silence(seconds: int) -> Pcm:
    return np.zeros(seconds * SAMPLE_RATE, np.float32)


def noise() -> Pcm:
    return np.random.default_rng(6).normal(0, 0.1, SECONDS * SAMPLE_RATE).astype(np.float32)


def tone() -> Pcm:
    return (0.5 * np.sin(np.arange(SECONDS * SAMPLE_RATE) * 0.2)).astype(np.float32)


def music() -> Pcm:
    """Two chords a second with five harmonics and a drum, as a waiting loop plays it."""
    random = np.random.default_rng(7)
    at_s = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    beats = []
    for beat in range(2 * SECONDS):
        chord = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))[beat // 2 % 4]
        strings = sum(np.sin(2 * np.pi * hz * h * at_s) / h for hz in chord for h in range(1, 6)) * np.exp(-3 * at_s)
        beats.append(strings + random.normal(0, 1, len(at_s)) * np.exp(-30 * at_s))
    sound = np.concatenate(beats)
    return (0.4 * sound / np.abs(sound).max()).astype(np.float32)


def telephone(sound: Pcm) -> Pcm:
    """8 kHz, as a hands-free headset or a telephone sends it: 300 to 3400 Hz are left."""
    spectrum, hz = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


@pytest.mark.parametrize(
    "sound",
    [silence(SECONDS), room(SECONDS), noise(), tone(), music(), silence(SECONDS) + np.float32(0.5)],
    ids=["silence", "a quiet room", "loud noise", "a tone", "music", "a broken microphone's constant"],
)
def test_what_is_no_voice_is_no_utterance_and_the_next_sentence_is_heard(
    sound: Pcm, hear: Callable[[Pcm], Heard], sentence: tuple[Pcm, str]
) -> None:
    heard = hear(np.concatenate([sound, room(0.5), sentence[0], room(1)]))
    (started,) = (event for event in heard.events if isinstance(event, SpeechStarted))
    assert started.media_ms > SECONDS * 1000
    (final,) = heard.finals
    assert keys(split_words(final.committed)) == keys(split_words(sentence[1]))


@pytest.mark.parametrize("sound", [silence(3), room(3)], ids=["silence", "a quiet room"])
def test_an_engine_that_is_given_silence_says_so(engine: CTranslate2Whisper, sound: Pcm) -> None:
    (result,) = engine.transcribe([SpeechRequest("s", "u", 1, "final", sound, None)])
    assert (result.rejected, result.text) == ("no_speech", "")


def damaged(sound: Pcm) -> Pcm:
    broken = sound.copy()
    broken[8_000:8_100], broken[20_000] = np.nan, -np.inf
    return broken


@pytest.mark.parametrize("what", ["two at once", "telephone", "clipped", "no numbers"])
def test_a_voice_that_is_hard_to_hear_is_an_utterance_all_the_same(
    what: str, hear: Callable[[Pcm], Heard], people: tuple[Pcm, Pcm], sentence: tuple[Pcm, str]
) -> None:
    """Nothing is claimed about its words: the model has never heard these people."""
    english, mandarin = people
    shorter = min(map(len, people))
    sound = {
        "two at once": english[:shorter] + mandarin[:shorter],
        "telephone": telephone(english),
        "clipped": np.clip(english * 40, -1, 1),
        "no numbers": damaged(english),
    }[what]
    heard = hear(np.concatenate([room(1), sound, room(1.5), sentence[0], room(1)]))
    starts = [event.media_ms for event in heard.events if isinstance(event, SpeechStarted)]
    ends = [event.media_ms for event in heard.events if isinstance(event, SpeechEnded)]
    assert len(starts) == len(ends) == len(heard.finals) >= 2
    assert 700 <= starts[0] <= 1700
    assert keys(split_words(heard.finals[-1].committed)) == keys(split_words(sentence[1]))
    clipped = max(reading.clipped_share for reading in heard.levels)
    assert clipped > 0.3 if what == "clipped" else clipped < 0.01
    bands = [reading.high_band_db for reading in heard.levels if reading.high_band_db is not None]
    assert min(bands) < -55 if what == "telephone" else min(bands[:3]) > -40
    assert heard.damaged_ms == (120 if what == "no numbers" else 0)
    assert all(np.isfinite([reading.noise_dbfs, reading.clipped_share]).all() for reading in heard.levels)
