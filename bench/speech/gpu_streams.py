"""Speaking sessions in one process: real ears, the real scheduler, small partials and large finals, until it is late.

No sockets: sound comes as the media path hands it on, 100 ms at a time, by the clock. Everybody speaks; a thousand
interviews of which half are speaking are five hundred of these.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import ctranslate2  # type: ignore[import-untyped]

from bench.speech import judge, material, search
from bench.speech.empty_plan import empty_plan
from bench.speech.material import Material, Part
from bench.speech.pilot import RATE
from bench.speech.recogniser import counted
from realtime.inference.bus import Inference
from realtime.interview.effects import OpenAnswer
from realtime.interview.events import CaptionChanged, InterviewEvent
from realtime.live.ear import AnswerEar, Senses
from server import engines
from server.settings import load

Row = dict[str, Any]

CHUNK_MS = 100
PARTIAL_LAG_S, FINAL_LAG_S = 2.0, 3.0
MOST_BATCH = 32
Pace = Callable[[float], Awaitable[None]]
"""Waits until so many seconds after the beginning."""


class Scaled(Protocol):
    @property
    def device(self) -> str: ...
    @property
    def first_streams(self) -> int: ...
    @property
    def most_streams(self) -> int: ...
    @property
    def search_steps(self) -> int: ...
    @property
    def seconds(self) -> float: ...


@dataclass(slots=True)
class Lags:
    """Seconds from the end of the sound that a caption is about to the caption."""

    partials_s: list[float] = field(default_factory=list)
    finals_s: list[float] = field(default_factory=list)

    def row(self) -> Row:
        return {
            "partials": len(self.partials_s),
            "finals": len(self.finals_s),
            "partial_p50_s": judge.told(judge.percentile(self.partials_s, 0.5)),
            "partial_p95_s": judge.told(judge.percentile(self.partials_s, 0.95)),
            "final_p95_s": judge.told(judge.percentile(self.finals_s, 0.95)),
        }

    @property
    def in_time(self) -> bool:
        return (
            judge.percentile(self.partials_s, 0.95) <= PARTIAL_LAG_S
            and judge.percentile(self.finals_s, 0.95) <= FINAL_LAG_S
        )


async def carried(scale: Scaled, partials: Path, finals: Path) -> Row:
    """Streams until a caption is later than ``PARTIAL_LAG_S`` or a final than ``FINAL_LAG_S``, both p95."""
    said, steps = material.voices(with_pilot=True), list[Row]()
    whisper = ctranslate2.models.Whisper
    with tempfile.TemporaryDirectory(prefix="viva-speech-") as folder:
        ctranslate2.models.Whisper = counted(whisper, Path(folder), said.script)
        try:
            inference, senses = _built(scale, partials, finals)
        finally:
            ctranslate2.models.Whisper = whisper
        await inference.start()

        async def holds(streams: int) -> bool:
            before = inference.statistics()
            lags = await speak(inference, senses, said, streams, scale.seconds, by_the_clock())
            after = inference.statistics()
            spent = {stage: round(ms - before.stage_ms.get(stage, 0.0)) for stage, ms in after.stage_ms.items()}
            busy = (after.busy_ms - before.busy_ms) / 1000 / scale.seconds
            row = {"streams": streams, **lags.row(), "engine_busy": round(busy, 3), "stage_ms": spent}
            steps.append({**row, "mean_batch": round(after.mean_batch, 2), "in_time": lags.in_time})
            print(f"    {streams} streams: {steps[-1]}", flush=True)
            return lags.in_time

        try:
            found = await search.carried(
                holds, first=scale.first_streams, most=scale.most_streams, steps=scale.search_steps
            )
        finally:
            await inference.stop()
            senses.close()
    return {"sessions": found.sessions, "more": found.more, "steps": steps}


def _built(scale: Scaled, partials: Path, finals: Path) -> tuple[Any, Senses]:
    settings = load(
        {},
        speech_model=str(partials),
        final_speech_model=str(finals),
        face_model="none",
        inference_device=scale.device,
        inference_threads=1,
        speech_batch=MOST_BATCH,
    )
    return engines.build(settings), engines.senses(settings)


async def speak(
    inference: Inference, senses: Senses, said: Material, streams: int, seconds: float, until: Pace
) -> Lags:
    """Everybody says a part, each begun elsewhere, over and over for ``seconds``."""
    lags, began = Lags(), time.monotonic()

    def now_ms() -> float:
        return (time.monotonic() - began) * 1000

    ears = [_ear(number, inference, senses, lags, now_ms) for number in range(streams)]
    parts = [said.part(number) for number in range(streams)]
    for tick in range(round(seconds * 1000 / CHUNK_MS)):
        await until((tick + 1) * CHUNK_MS / 1000)
        for number, (ear, part) in enumerate(zip(ears, parts, strict=True)):
            ear.hear(_piece(part, tick, number), tick * CHUNK_MS)
    await asyncio.gather(*(ear.settle() for ear in ears))
    return lags


def by_the_clock() -> Pace:
    began = time.monotonic()

    async def until(second: float) -> None:
        await asyncio.sleep(max(0.0, began + second - time.monotonic()))

    return until


def _piece(part: Part, tick: int, number: int) -> Any:
    samples = CHUNK_MS * RATE // 1000
    pieces = len(part.pcm) // samples
    at = (tick + number * 7) % pieces * samples
    return part.pcm[at : at + samples]


def _ear(number: int, inference: Inference, senses: Senses, lags: Lags, now_ms: Callable[[], float]) -> AnswerEar:
    def tell(event: InterviewEvent) -> bool:
        if isinstance(event, CaptionChanged):
            (lags.finals_s if event.final else lags.partials_s).append((now_ms() - event.end_ms) / 1000)
        return True

    answer = OpenAnswer("q", attempt=1, mode="voice", practice=True)
    return AnswerEar(answer, empty_plan(f"stream-{number}"), inference, senses, tell=tell, language="zh")
