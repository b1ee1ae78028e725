"""From the demo's voices to words, without a network: Opus, voice activity, windows, batches, Whisper, commits.

Four candidates speak at once, in virtual time, 60 ms a step. The engine is real and runs the model that comes with the
project; the first candidate's partials are sound, those of the others features, and the last two's engine is reached
over the wire. It has memorised these sentences: that the words are right says nothing about accuracy, that they arrive,
complete, once, in order and with their times, says everything about the path.
"""

import asyncio
import statistics
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import yaml

from realtime.inference import wire
from realtime.inference.engine import SAMPLE_RATE, Pcm, SpeechRequest
from realtime.inference.runner import LocalInference
from realtime.inference.vad import SileroVad
from realtime.inference.whisper import CTranslate2Whisper
from realtime.inference.whisper_files import fixture_directory
from realtime.inference.words import keys, split_words
from realtime.perception.speech import CaptionUpdate, SpeechEnded, SpeechEvent, SpeechStarted, SpeechStream

VOICES = Path(__file__).parents[3] / "loadtest" / "voices"
ANSWERS = ("zh-introduction", "zh-returns", "en-introduction", "en-complaint")
LEAD_MS = 300
STEP_SAMPLES = 960
NOISE = 0.0005


@dataclass
class Spoken:
    """An answer as it sounds, and what is true about it: text, and (word, start, end) in media milliseconds."""

    sound: Pcm
    text: str
    words: list[tuple[str, int, int]]
    utterances: int


@dataclass
class Candidate:
    spoken: Spoken
    stream: SpeechStream
    away: bool
    """The engine is a worker's: what is asked of it goes over the wire."""
    events: list[SpeechEvent] = field(default_factory=list)

    def sent(self, request: SpeechRequest) -> SpeechRequest:
        if not self.away:
            return request
        header, body = wire.pack(request, wire.Envelope("id", "reply"))
        arrived = wire.unpack(wire.read_header(header), body)
        assert isinstance(arrived, SpeechRequest)
        assert (arrived.features is None) == (request.kind == "final")
        return arrived

    @property
    def finals(self) -> list[CaptionUpdate]:
        return [event for event in self.events if isinstance(event, CaptionUpdate) and event.final]

    @property
    def partials(self) -> list[CaptionUpdate]:
        return [event for event in self.events if isinstance(event, CaptionUpdate) and not event.final]


def decode(path: Path) -> Pcm:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(path)) as container:
        frames = [*container.decode(audio=0), None]
        parts = [part.to_ndarray().reshape(-1) for frame in frames for part in resampler.resample(frame)]
    return np.asarray(np.concatenate(parts), np.float32)


def spoken(catalogue: dict[str, Any], name: str) -> Spoken:
    answer = catalogue["answers"][name]
    by_id = {utterance["id"]: utterance for utterance in catalogue["utterances"]}
    parts, words, text = [np.zeros(LEAD_MS * 16, np.float32)], [], []
    for utterance in (by_id[id] for id in answer["utterances"]):
        at_ms = sum(map(len, parts)) // 16
        words += [(w["text"], w["start_ms"] + at_ms, w["end_ms"] + at_ms) for w in utterance["words"]]
        text.append(utterance["text"])
        sound = decode(VOICES / utterance["file"])[: utterance["duration_ms"] * 16]
        parts += [sound, np.zeros(answer["pause_ms"] * 16, np.float32)]
    sound = np.concatenate(parts)
    room = np.random.default_rng(1).normal(0, NOISE, len(sound))
    return Spoken((sound + room).astype(np.float32), " ".join(text), words, len(text))


async def hear(candidates: list[Candidate], inference: LocalInference) -> None:
    """Everybody speaks, one step after the other; every step waits for the answers that were asked for in it."""
    longest = max(len(candidate.spoken.sound) for candidate in candidates)
    for at in range(0, longest, STEP_SAMPLES):
        for candidate in candidates:
            pcm = candidate.spoken.sound[at : at + STEP_SAMPLES]
            candidate.events += candidate.stream.push(pcm, at / 16) if len(pcm) else []
        await answer(candidates, inference)
    for candidate in candidates:
        candidate.events += candidate.stream.finish()
    await answer(candidates, inference)


async def answer(candidates: list[Candidate], inference: LocalInference) -> None:
    asked = [(candidate, request) for candidate in candidates for request in iter(candidate.stream.wants, None)]
    results = await asyncio.gather(*(inference.transcribe(candidate.sent(request)) for candidate, request in asked))
    for (candidate, _), result in zip(asked, results, strict=True):
        candidate.events += candidate.stream.apply(result)


@pytest.fixture(scope="module")
def candidates() -> list[Candidate]:
    catalogue = yaml.safe_load((VOICES / "catalogue.yaml").read_text(encoding="utf-8"))
    vad, engine = SileroVad(), CTranslate2Whisper.from_directory(fixture_directory())
    heard = []
    for at, name in enumerate(ANSWERS):
        stream = SpeechStream(
            name, None, vad.listener(), utterance_prefix=f"{name}.", mels=engine.description.mels if at else 0
        )
        heard.append(Candidate(spoken(catalogue, name), stream, away=at > 1))
    asyncio.run(interview(heard, engine))
    return heard


async def interview(candidates: list[Candidate], engine: CTranslate2Whisper) -> None:
    inference = LocalInference(engine, None)
    await inference.start()
    await hear(candidates, inference)
    await inference.stop()
    counted = inference.statistics()
    assert counted.failed == counted.stale == counted.refused == 0
    assert counted.mean_batch > 1, "sessions shared batches"


def test_the_words_of_every_answer_are_those_that_were_spoken(candidates: list[Candidate]) -> None:
    for candidate in candidates:
        text = " ".join(final.committed for final in candidate.finals)
        assert keys(split_words(text)) == keys(split_words(candidate.spoken.text))
        assert candidate.stream.pending_finals() == candidate.stream.lost_finals == 0


def test_every_sentence_is_an_utterance_in_its_language(candidates: list[Candidate]) -> None:
    for name, candidate in zip(ANSWERS, candidates, strict=True):
        assert [final.language for final in candidate.finals] == [name[:2]] * candidate.spoken.utterances
        assert sum(isinstance(event, SpeechStarted) for event in candidate.events) == candidate.spoken.utterances
        assert sum(isinstance(event, SpeechEnded) for event in candidate.events) == candidate.spoken.utterances


def test_words_appear_while_they_are_spoken_and_what_is_committed_only_grows(candidates: list[Candidate]) -> None:
    for candidate in candidates:
        committed: dict[str, str] = {}
        for partial in candidate.partials:
            assert partial.committed.startswith(committed.get(partial.utterance_id, ""))
            committed[partial.utterance_id] = partial.committed
        assert len(committed) == candidate.spoken.utterances
        settled_live = sum(len(split_words(text)) for text in committed.values())
        assert settled_live > len(candidate.spoken.words) / 3


def test_word_times_are_those_of_the_voice(candidates: list[Candidate]) -> None:
    for candidate in candidates:
        words = [word for final in candidate.finals for word in final.words]
        off_ms = [
            abs(word.start_ms - start_ms) for word, (_, start_ms, _) in zip(words, candidate.spoken.words, strict=True)
        ]
        assert statistics.median(off_ms) < 300
        assert all(earlier.end_ms <= later.start_ms for earlier, later in pairwise(words))
