"""Two models behind one engine: fakes for the sorting, and the true path with two real models."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml

from realtime.inference.engine import EngineDescription, SpeechEngine, SpeechRequest, SpeechResult
from realtime.inference.fixture_speech.sound import decode
from realtime.inference.runner import LocalInference
from realtime.inference.two_pass import TwoPass
from realtime.inference.whisper import CTranslate2Whisper
from realtime.inference.whisper_files import fixture_directory
from realtime.perception.speech import CaptionUpdate, SpeechStream
from realtime.protocol.text import Bilingual

VOICES = Path(__file__).parents[3] / "loadtest" / "voices"
NOTICE = Bilingual(zh="演示", en="demo")


class Double:
    def __init__(self, name: str, mels: int = 80, notice: Bilingual | None = None) -> None:
        self.description = EngineDescription(name, "1", "0" * 64, ("zh", "en"), notice, mels)
        self.batches: list[list[str]] = []
        self.warm = False

    def warm_up(self, batches: Sequence[int] = (1,)) -> None:
        self.warm = True

    def shape(self, request: SpeechRequest) -> tuple[int, int]:
        return self.description.mels, 0

    def stage_ms(self) -> dict[str, float]:
        return {"encode": 2.0}

    def transcribe(self, requests: list[SpeechRequest]) -> list[SpeechResult]:
        self.batches.append([request.utterance_id for request in requests])
        name = str(self.description)
        return [
            SpeechResult(r.session_id, r.utterance_id, r.revision, r.kind, name, "zh", (), 0.0, 0.0, engine=name)
            for r in requests
        ]


def request(kind: str, utterance: str) -> SpeechRequest:
    return SpeechRequest("s", utterance, 1, "final" if kind == "final" else "partial", np.zeros(160, np.float32), "zh")


def test_each_kind_goes_to_its_model_and_the_answers_come_back_in_order() -> None:
    cheap, better = Double("cheap"), Double("better", mels=128)
    engine: SpeechEngine = TwoPass(cheap, better)
    asked = [request("final", "u1"), request("partial", "u2"), request("final", "u3")]
    results = engine.transcribe(asked)
    assert [result.utterance_id for result in results] == ["u1", "u2", "u3"]
    assert [result.text.split("/")[0] for result in results] == ["better", "cheap", "better"]
    assert (cheap.batches, better.batches) == ([["u2"]], [["u1", "u3"]])


def test_it_says_that_it_is_the_finals_and_takes_the_features_of_the_partials() -> None:
    engine = TwoPass(Double("cheap", notice=NOTICE), Double("better", mels=128))
    about = engine.description
    assert (about.name, about.mels, about.notice) == ("better", 80, NOTICE)
    assert about.partials.startswith("cheap/1@")
    assert engine.shape(request("partial", "u")) == (80, 0)
    assert engine.shape(request("final", "u")) == (128, 0)
    assert engine.stage_ms() == {"encode": 4.0}


def test_both_are_warm_before_it_is() -> None:
    cheap, better = Double("cheap"), Double("better")
    TwoPass(cheap, better).warm_up()
    assert cheap.warm
    assert better.warm


async def test_a_better_model_has_the_last_word_over_the_true_path(micro_whisper: Path) -> None:
    """What is live comes from a model of random weights; the record is the fixture's, word for word."""
    cheap = CTranslate2Whisper.from_directory(micro_whisper)
    better = CTranslate2Whisper.from_directory(fixture_directory())
    inference = LocalInference(TwoPass(cheap, better), None)
    await inference.start()
    catalogue = yaml.safe_load((VOICES / "catalogue.yaml").read_text(encoding="utf-8"))
    spoken = next(utterance for utterance in catalogue["utterances"] if utterance["language"] == "zh")
    sound = np.concatenate([np.zeros(4800, np.float32), decode(VOICES / spoken["file"]), np.zeros(16_000, np.float32)])
    stream = SpeechStream("s", None, lambda chunks: np.float32(np.abs(chunks).max(axis=1) > 0.003), mels=80)
    updates: list[CaptionUpdate] = []
    engines: dict[str, set[str]] = {"partial": set(), "final": set()}
    for at in range(0, len(sound), 3200):
        stream.push(sound[at : at + 3200], at / 16)
        while (asked := stream.wants()) is not None:
            result = await inference.transcribe(asked)
            engines[asked.kind].add(result.engine)
            updates += [event for event in stream.apply(result) if isinstance(event, CaptionUpdate)]
    await inference.stop()
    final = updates[-1]
    assert engines == {"partial": {str(cheap.description)}, "final": {str(better.description)}}
    assert (final.final, final.committed, final.engine) == (True, spoken["text"], str(better.description))
    assert all(update.revision < final.revision for update in updates[:-1])
    assert {update.utterance_id for update in updates} == {final.utterance_id}


@pytest.mark.parametrize("kinds", [(), ("partial",), ("final",)])
def test_a_list_of_one_kind_or_none_is_fine(kinds: tuple[str, ...]) -> None:
    engine = TwoPass(Double("cheap"), Double("better"))
    assert len(engine.transcribe([request(kind, "u") for kind in kinds])) == len(kinds)
