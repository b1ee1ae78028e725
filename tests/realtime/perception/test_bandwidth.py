import json
from pathlib import Path

import av
import numpy as np
import pytest

from realtime.inference.engine import SAMPLE_RATE, Pcm
from realtime.interview.prompts import NARROW
from realtime.media.opus import OpusDecoder, OpusEncoder
from realtime.perception.bandwidth import BandMeter

SECONDS = 6
PEOPLE = 6


def band(sound: Pcm) -> float | None:
    meter = BandMeter()
    for frame in sound[: len(sound) // 320 * 320].reshape(-1, 320):
        meter.push(frame)
    return meter.read()


def through_opus(sound: Pcm) -> Pcm:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    return np.concatenate([decoder.decode(encoder.encode(frame)) for frame in frames])


def telephone(sound: Pcm) -> Pcm:
    spectrum, hz = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


@pytest.fixture(scope="module")
def people(speech_data: Path) -> list[Pcm]:
    lines = (speech_data / "speech" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    sounds = []
    for entry in entries[:: len(entries) // PEOPLE]:
        with av.open(str(speech_data / "speech" / entry["file"])) as container:
            frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
        sound = np.concatenate(frames)[: SECONDS * SAMPLE_RATE].astype(np.float32)
        sounds.append(0.5 * sound / np.abs(sound).max())
    return sounds


def test_real_voices_are_wide_and_through_a_telephone_they_are_not(people: list[Pcm]) -> None:
    for sound in people:
        wide, narrow = band(through_opus(sound)), band(through_opus(telephone(sound)))
        assert wide is not None
        assert narrow is not None
        assert wide > NARROW.good + 5
        assert narrow < NARROW.bad - 5


def test_nothing_is_said_of_silence_and_a_reading_begins_anew() -> None:
    meter = BandMeter()
    assert meter.read() is None
    meter.push(np.zeros(320, np.float32))
    assert meter.read() is None
    meter.push(np.sin(np.arange(320) * 0.4).astype(np.float32))
    assert meter.read() is not None
    assert meter.read() is None
