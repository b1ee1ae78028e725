"""A take, transcribed from its packets: the real engine, real voice activity, the model that comes with the project.

The model has memorised these sentences, so right words say nothing about accuracy; that every word of a part that came
late is there, once and at its time, says everything about the road.
"""

import asyncio
from typing import Any

import numpy as np
import pytest

from loadtest.media import speech, speech_packets, words
from realtime.inference.bus import InferenceUnavailable
from realtime.inference.engine import RecognisedWord, SpeechRequest, SpeechResult
from realtime.inference.runner import LocalInference
from realtime.inference.vad import SileroVad
from realtime.inference.whisper import CTranslate2Whisper
from realtime.inference.whisper_files import fixture_directory
from realtime.inference.words import keys, split_words
from realtime.interview.plan import Term
from realtime.live.hearing_again import HeardAgain, hear_again
from realtime.media.take import Packet

ANSWER = "zh-introduction"
PTIME_MS = 60


def take_of(answer: str) -> list[Packet]:
    return [Packet(n, n * PTIME_MS, PTIME_MS, "opus", p.data) for n, p in enumerate(speech_packets(answer))]


def samples_of(answer: str) -> list[Packet]:
    """The same as a browser without Opus sends it."""
    pcm = (np.clip(speech(answer), -1, 1) * 32767).astype("<i2")
    pieces = [pcm[at : at + 960].tobytes() for at in range(0, len(pcm) - 959, 960)]
    return [Packet(n, n * PTIME_MS, PTIME_MS, "pcm", piece) for n, piece in enumerate(pieces)]


async def heard_in(*takes: list[Packet]) -> list[HeardAgain]:
    inference = LocalInference(CTranslate2Whisper.from_directory(fixture_directory()), None)
    await inference.start()
    vad = SileroVad()
    try:
        return [
            await hear_again(take, inference, vad.listener(), session_id="iv_1", utterance_prefix="q1.1.again.")
            for take in takes
        ]
    finally:
        await inference.stop()


async def test_the_words_of_the_job_are_known_when_it_is_heard_again(engines: Any) -> None:
    async def spelled(request: SpeechRequest) -> SpeechResult:
        words = tuple(RecognisedWord(letter, at * 100, at * 100 + 100, 0.9) for at, letter in enumerate("AUM"))
        return SpeechResult("iv_1", request.utterance_id, request.revision, "final", "A U M", "zh", words, -0.1, 0.0)

    inference = engines(answer=spelled)
    glossary = (Term("管理资产规模", "AUM"),)
    detect = SileroVad().listener()
    again = await hear_again(
        take_of(ANSWER), inference, detect, session_id="iv_1", utterance_prefix="q1.", glossary=glossary, language="zh"
    )
    assert {request.hot_words for request in inference.asked} == {("管理资产规模", "AUM")}
    assert {caption.committed for caption in again.captions} == {"AUM"}


@pytest.fixture(scope="module")
def heard() -> dict[str, HeardAgain]:
    whole = take_of(ANSWER)
    # The second sentence begins where the first one's last word and the pause after it are over.
    with_hole = [packet for packet in whole if not 1_000 <= packet.start_ms < 3_000]
    results = asyncio.run(heard_in(whole, samples_of(ANSWER), with_hole))
    return dict(zip(("opus", "pcm", "hole"), results, strict=True))


@pytest.mark.parametrize("coding", ["opus", "pcm"])
def test_every_word_is_there_once_and_at_its_time(heard: dict[str, HeardAgain], coding: str) -> None:
    found, spoken = heard[coding], words(ANSWER)
    text = " ".join(caption.committed for caption in found.captions)
    assert keys(split_words(text)) == keys([word.text for word in spoken])
    assert found.complete
    recognised = [word for caption in found.captions for word in caption.words]
    assert recognised[0].start_ms == pytest.approx(spoken[0].start_ms, abs=300)
    assert recognised[-1].end_ms == pytest.approx(spoken[-1].end_ms, abs=400)
    assert [caption.utterance_id for caption in found.captions] == [
        f"q1.1.again.{number + 1}" for number in range(len(found.captions))
    ]


def test_speech_has_its_spans_and_the_pauses_are_between_them(heard: dict[str, HeardAgain]) -> None:
    found = heard["opus"]
    assert len(found.spans) == len(found.captions)
    assert found.voiced_ms == pytest.approx(sum(end - start for start, end in found.spans), abs=500)
    assert all(later[0] > earlier[1] for earlier, later in zip(found.spans, found.spans[1:], strict=False))


def test_a_hole_in_the_take_glues_nobody_together(heard: dict[str, HeardAgain]) -> None:
    ends = [(caption.start_ms, caption.end_ms) for caption in heard["hole"].captions]
    assert all(end <= 1_100 or start >= 2_900 for start, end in ends)
    assert heard["hole"].captions[-1].end_ms == pytest.approx(heard["opus"].captions[-1].end_ms, abs=200)


async def test_an_engine_that_cannot_leaves_it_incomplete() -> None:
    class Broken:
        async def transcribe(self, request: Any) -> Any:
            raise InferenceUnavailable("no_speech_engine", retry=False)

    found = await hear_again(
        take_of(ANSWER),
        Broken(),  # type: ignore[arg-type]
        SileroVad().listener(),
        session_id="iv_1",
        utterance_prefix="again.",
    )
    assert not found.complete
    assert found.voiced_ms > 3_000


async def test_nothing_is_nothing() -> None:
    (found,) = await heard_in([])
    assert found == HeardAgain()
