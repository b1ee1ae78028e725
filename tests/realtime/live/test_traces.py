"""An utterance's time, part by part: the parts are the whole, and nothing that was said is in it."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np
import pytest

from realtime.inference.bus import InferenceUnavailable
from realtime.inference.engine import EngineDescription, SpeechRequest, SpeechResult, Spent
from realtime.inference.runner import LocalInference
from realtime.interview.effects import OpenAnswer
from realtime.interview.events import CaptionChanged, InterviewEvent
from realtime.live.ear import AnswerEar, Senses
from realtime.live.traces import KEPT, Traces

ENGINE_S = {"features": 0.002, "encode": 0.006, "generate": 0.004}


def request(kind: str = "final", utterance: str = "u1", revision: int = 1) -> SpeechRequest:
    sound = np.zeros(32_000, np.float32)
    return SpeechRequest("iv", utterance, revision, "final" if kind == "final" else "partial", sound, "zh", "旧的话")


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_parts_are_those_that_went_by_and_nothing_else() -> None:
    clock = Clock()
    traces = Traces(clock=clock, wall=lambda: 0.0)
    first = traces.asked(request())
    clock.now += 0.5
    traces.failed(first)
    clock.now += 0.25
    trace = traces.asked(request(revision=2))
    clock.now += 0.2
    traces.answered(trace, Spent({"gather": 15.0, "encode": 100.0}, 4, 15, "w1"))
    clock.now += 0.03
    traces.committed(trace)
    clock.now += 0.07
    traces.published("iv", "u1", 2)
    (kept,) = traces.last("final")
    assert kept.parts_ms == pytest.approx(
        {"again": 750.0, "gather": 15.0, "encode": 100.0, "loop": 85.0, "commit": 30.0, "publish": 70.0}
    )
    assert kept.total_ms == pytest.approx(sum(kept.parts_ms.values())) == pytest.approx(1050.0)
    assert (kept.audio_ms, kept.window_s, kept.batch, kept.worker) == (2000, 15, 4, "w1")
    assert "旧" not in msgspec.json.encode(kept).decode()
    assert traces.last("partial") == []


def test_only_the_last_are_kept_and_what_nobody_traces_is_passed_over() -> None:
    traces = Traces()
    traces.published("iv", "nobody", 1)
    for number in range(KEPT + 10):
        trace = traces.asked(request("partial", revision=number))
        traces.answered(trace, Spent({}, 1, 8))
        traces.committed(trace)
        traces.published("iv", "u1", number)
    assert [trace.revision for trace in traces.last("partial", 2)] == [KEPT + 9, KEPT + 8]
    assert len(traces.last("partial")) == KEPT
    assert traces._open == {}


ABOUT = EngineDescription("working", "1", "0" * 64, ("zh",))


@dataclass
class Working:
    """An engine that takes its time, and says where it went."""

    description: EngineDescription = ABOUT
    spent_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ENGINE_S, 0.0))

    def warm_up(self, batches: Any = (1,)) -> None: ...

    def stage_ms(self) -> dict[str, float]:
        return {stage: spent * 1e3 for stage, spent in self.spent_s.items()}

    def transcribe(self, requests: list[SpeechRequest]) -> list[SpeechResult]:
        for stage, seconds in ENGINE_S.items():
            began = time.monotonic()
            time.sleep(seconds)
            self.spent_s[stage] += time.monotonic() - began
        return [
            SpeechResult(r.session_id, r.utterance_id, r.revision, r.kind, "好", "zh", (), -0.1, 0.0) for r in requests
        ]


class Watched(LocalInference):
    """Notes when it was asked, by a hand of its own; the first final finds nobody there."""

    def __init__(self) -> None:
        super().__init__(Working(), None)
        self.asked_at: dict[str, float] = {}
        self.absent = 1

    async def transcribe(self, request: SpeechRequest) -> SpeechResult:
        if request.kind == "final":
            self.asked_at.setdefault(request.utterance_id, time.monotonic())
            if self.absent:
                self.absent = 0
                raise InferenceUnavailable("no_worker", retry=True)
        return await super().transcribe(request)


async def test_through_ear_and_engine_the_parts_sum_to_the_latency_that_somebody_else_measured(
    plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.live.ear.RETRY_PAUSE_S", 0.02)
    traces, events = Traces(), list[InterviewEvent]()
    measured_ms: dict[str, float] = {}
    inference = Watched()
    await inference.start()

    def tell(event: InterviewEvent) -> bool:
        events.append(event)
        if isinstance(event, CaptionChanged):
            if event.final:
                measured_ms[event.utterance_id] = (time.monotonic() - inference.asked_at[event.utterance_id]) * 1e3
            traces.published(interview.interview_id, event.utterance_id, event.revision)
        return True

    interview = plan()
    senses = Senses(
        detector=lambda: lambda chunks: (np.abs(chunks).max(axis=1) > 0.1).astype(np.float32), traces=traces
    )
    ear = AnswerEar(
        OpenAnswer("q1", 1, "voice", practice=False), interview, inference, senses, tell=tell, language="zh"
    )
    sound = np.concatenate([np.full(32_000, 0.3, np.float32), np.zeros(16_000, np.float32)])
    for at in range(0, len(sound), 960):
        ear.hear(sound[at : at + 960], at // 16)
        await asyncio.sleep(0)
    await ear.settle()
    await inference.stop()
    (final,) = traces.last("final")
    parts = final.parts_ms
    assert list(parts) == [
        "again", "gather", "queue", *ENGINE_S, "engine", "handover", "loop", "commit", "publish",
    ]  # fmt: skip
    assert min(parts.values()) >= 0
    assert sum(parts.values()) == pytest.approx(final.total_ms, abs=1e-6)
    assert final.total_ms == pytest.approx(measured_ms[final.utterance_id], abs=5)
    assert parts["again"] >= 20
    for stage, seconds in ENGINE_S.items():
        assert parts[stage] >= seconds * 1e3 * 0.99


def test_an_interview_says_when_words_are_durable_and_on_their_way(stage: Any, plan: Any, virtually: Any) -> None:
    async def work() -> None:
        on, said = stage(plan()), list[tuple[str, str, int]]()
        on.interview._connections = replace(on.interview._connections, published=lambda *what: said.append(what))
        on.interview.tell(CaptionChanged("q1", "u1", 3, "好", "", "zh", 0, 900, True, (), "engine"))
        await on.quiet()
        assert said == [(on.plan.interview_id, "u1", 3)]
        await on.close()

    virtually(work())
