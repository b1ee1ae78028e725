"""One answer through voice activity, windows, engine and policy, in media time: nothing waits, and a result arrives as
much later as the engine was busy with it."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.commit.corpus import Answer
from realtime.inference.engine import SpeechRequest, SpeechResult
from realtime.inference.whisper import CTranslate2Whisper
from realtime.perception.commit import CommitPolicy
from realtime.perception.speech import CaptionUpdate, Detect, SpeechEvent, SpeechStream

STEP_SAMPLES = 960


class Counted:
    """Stands in for the CTranslate2 model and counts what is called."""

    def __init__(self, model: Any, calls: Counter[str]) -> None:
        self._model, self._calls = model, calls

    def __getattr__(self, name: str) -> Any:
        if name in ("encode", "generate", "align"):
            self._calls[name] += 1
        return getattr(self._model, name)


class Engine:
    """The real engine, its calls counted and its CPU time measured: alone in its thread, computing with one."""

    def __init__(self, whisper: CTranslate2Whisper) -> None:
        self.calls: Counter[str] = Counter()
        self.busy_s = 0.0
        self.description = whisper.description
        self._whisper = whisper
        whisper._model = Counted(whisper._model, self.calls)

    def reset(self) -> None:
        self.calls.clear()
        self.busy_s = 0.0

    def transcribe(self, request: SpeechRequest) -> tuple[SpeechResult, float]:
        """The result, and the CPU milliseconds it took."""
        began = time.process_time()
        (result,) = self._whisper.transcribe([request])
        spent_s = time.process_time() - began
        self.busy_s += spent_s
        return result, spent_s * 1e3


@dataclass(slots=True)
class Shown:
    """A caption update, and when it was there to be read, media milliseconds."""

    at_ms: float
    update: CaptionUpdate


@dataclass(slots=True)
class Played:
    answer: Answer
    shown: list[Shown] = field(default_factory=list)
    lost_finals: int = 0


def play(answer: Answer, engine: Engine, detect: Detect, commit: Callable[[], CommitPolicy]) -> Played:
    stream = SpeechStream(answer.name, None, detect, commit=commit, mels=engine.description.mels)
    played, under_way = Played(answer), list[tuple[float, SpeechResult]]()

    def note(events: list[SpeechEvent], at_ms: float) -> None:
        played.shown += [Shown(at_ms, event) for event in events if isinstance(event, CaptionUpdate)]

    def ask() -> None:
        while (request := stream.wants()) is not None:
            result, spent_ms = engine.transcribe(request)
            under_way.append((stream.heard_ms + spent_ms, result))

    def answered(until_ms: float) -> None:
        while under_way and min(under_way, key=lambda due: due[0])[0] <= until_ms:
            due = min(under_way, key=lambda due: due[0])
            under_way.remove(due)
            note(stream.apply(due[1]), due[0])
            ask()

    for at in range(0, len(answer.sound), STEP_SAMPLES):
        note(stream.push(answer.sound[at : at + STEP_SAMPLES], at / 16), at / 16)
        answered(stream.heard_ms)
        ask()
    note(stream.finish(), stream.heard_ms)
    ask()
    answered(float("inf"))
    played.lost_finals = stream.lost_finals
    return played
