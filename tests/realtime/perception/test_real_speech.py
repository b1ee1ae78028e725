"""Voice activity and segmentation on real people, Mandarin and English. Times, not words."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from realtime.inference.engine import SAMPLE_RATE, Pcm
from realtime.inference.vad import SileroVad
from realtime.perception.speech import SpeechEnded, SpeechEvent, SpeechStarted, SpeechStream

CLIPS_EACH = 8


@pytest.fixture(scope="module")
def vad() -> SileroVad:
    return SileroVad()


@pytest.fixture(scope="module")
def clips(speech_data: Path) -> list[Pcm]:
    lines = (speech_data / "speech" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    chosen = [entry["file"] for language in ("zh", "en") for entry in entries if entry["language"].startswith(language)]
    per_language = len(chosen) // 2
    return [decode(speech_data / "speech" / name) for name in chosen[:CLIPS_EACH] + chosen[per_language:][:CLIPS_EACH]]


def decode(path: Path) -> Pcm:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate(frames) / 32768, np.float32)


def quiet_room(seconds: float) -> Pcm:
    return np.random.default_rng(5).normal(0, 0.0005, round(seconds * SAMPLE_RATE)).astype(np.float32)


def listen(vad: SileroVad, sound: Pcm) -> list[SpeechEvent]:
    speech = SpeechStream("s", None, vad.listener(), recognise=False)
    events: list[SpeechEvent] = []
    for at in range(0, len(sound), 960):
        events += speech.push(sound[at : at + 960], at / 16)
    return events + speech.finish()


def test_a_quiet_room_says_nothing(vad: SileroVad) -> None:
    assert listen(vad, quiet_room(20)) == []


def test_every_clip_is_found_where_it_was_put(vad: SileroVad, clips: list[Pcm]) -> None:
    """Two seconds of room, the clip, two seconds of room: speech starts and ends inside the clip, and fills it."""
    for clip in clips:
        events = listen(vad, np.concatenate([quiet_room(2), clip, quiet_room(2)]))
        starts = [event.media_ms for event in events if isinstance(event, SpeechStarted)]
        ends = [event.media_ms for event in events if isinstance(event, SpeechEnded)]
        clip_ms = len(clip) / 16
        assert len(starts) == len(ends) >= 1
        assert starts[0] >= 1900
        assert ends[-1] <= 2000 + clip_ms + 200
        spoken_ms = sum(end - start for start, end in zip(starts, ends, strict=True))
        assert spoken_ms >= 0.6 * clip_ms


def test_the_pause_between_two_people_ends_an_utterance(vad: SileroVad, clips: list[Pcm]) -> None:
    one, other = clips[0], clips[-1]
    events = listen(vad, np.concatenate([quiet_room(1), one, quiet_room(2), other, quiet_room(1)]))
    gap_ms = (1000 + len(one) / 16, 3000 + len(one) / 16)
    assert any(isinstance(event, SpeechEnded) and event.media_ms <= gap_ms[0] + 200 for event in events)
    starts = [event.media_ms for event in events if isinstance(event, SpeechStarted)]
    assert any(start >= gap_ms[1] - 200 for start in starts)
    assert not any(gap_ms[0] + 200 < start < gap_ms[1] - 200 for start in starts)
