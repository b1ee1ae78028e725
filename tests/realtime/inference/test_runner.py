"""The shell: with engines that block, break and take their time on command."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from realtime.inference.bus import Inference, InferenceUnavailable, RequestFailed, Superseded
from realtime.inference.engine import (
    EngineDescription,
    FaceEngine,
    FaceRequest,
    FaceResult,
    SpeechEngine,
    SpeechRequest,
    SpeechResult,
)
from realtime.inference.runner import LocalInference
from realtime.inference.scheduler import Policy

ABOUT = EngineDescription("double", "1", "0" * 64, ("zh", "en"))


@dataclass
class SpeechDouble:
    """Says its utterance's name. ``gate`` closed: the engine is busy. A session named poison makes it raise."""

    description: EngineDescription = ABOUT
    gate: threading.Event = field(default_factory=threading.Event)
    batches: list[list[str]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    warm: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.gate.set()

    def warm_up(self, batches: Sequence[int] = (1,)) -> None:
        self.warm = tuple(batches)

    def transcribe(self, requests: list[SpeechRequest]) -> list[SpeechResult]:
        self.threads.add(threading.get_ident())
        self.batches.append([f"{request.session_id}/{request.revision}" for request in requests])
        assert self.gate.wait(10)
        if any(request.session_id == "poison" for request in requests):
            raise RuntimeError("indigestible")
        return [
            SpeechResult(r.session_id, r.utterance_id, r.revision, r.kind, r.session_id, "zh", (), 0.0, 0.0)
            for r in requests
        ]


@dataclass
class FaceDouble:
    description: EngineDescription = ABOUT
    batches: list[int] = field(default_factory=list)

    def warm_up(self) -> None: ...

    def analyse(self, requests: list[FaceRequest]) -> list[FaceResult]:
        self.batches.append(len(requests))
        return [FaceResult(r.session_id, r.media_ms, None, 0.0, 0, None) for r in requests]


def speech(session: str, revision: int = 1, kind: str = "partial") -> SpeechRequest:
    return SpeechRequest(
        session, "u1", revision, "final" if kind == "final" else "partial", np.zeros(160, np.float32), "zh"
    )


def face(session: str, media_ms: int = 0) -> FaceRequest:
    return FaceRequest(session, media_ms, np.zeros((4, 4, 3), np.uint8))


@asynccontextmanager
async def running(
    engine: SpeechEngine | None = None, faces: FaceEngine | None = None, policy: Policy | None = None
) -> AsyncIterator[LocalInference]:
    inference = LocalInference(engine, faces, policy)
    await inference.start()
    try:
        yield inference
    finally:
        await inference.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - the other side is a thread
            await asyncio.sleep(0.001)


async def test_it_is_an_inference_that_warms_up_before_it_is_ready() -> None:
    engine = SpeechDouble()
    inference: Inference = LocalInference(engine, None)
    assert not inference.ready
    with pytest.raises(InferenceUnavailable, match="stopped"):
        await inference.transcribe(speech("a"))
    await inference.start()
    assert inference.ready
    assert engine.warm == (1,)
    assert (inference.speech, inference.face) == (ABOUT, None)
    await inference.stop()
    assert not inference.ready


@pytest.mark.parametrize(("sizes", "warmed"), [((), (1,)), ((1, 2, 8), (1, 2, 8))])
async def test_it_warms_up_in_the_batch_sizes_it_is_given(sizes: tuple[int, ...], warmed: tuple[int, ...]) -> None:
    engine = SpeechDouble()
    inference = LocalInference(engine, None, warm_batches=sizes)
    await inference.start()
    assert engine.warm == warmed
    await inference.stop()


async def test_an_engine_that_hangs_is_not_ready_and_the_limit_is_what_warming_up_has_shown() -> None:
    now = [0.0]

    class Slow(SpeechDouble):
        def warm_up(self, batches: Sequence[int] = (1,)) -> None:
            now[0] += 5.0

    engine = Slow()
    inference = LocalInference(engine, None, Policy(gather_s=0.0, max_batch=4), clock=lambda: now[0])
    await inference.start()
    assert inference.statistics().step_limit_s == 3 * 5.0 * 4
    engine.gate.clear()
    asked = asyncio.create_task(inference.transcribe(speech("a", kind="final")))
    await until(lambda: bool(engine.batches))
    now[0] += 59.0
    assert inference.ready
    now[0] += 2.0
    assert not inference.ready
    assert inference.reasons == ["a batch has been in the engine for 61 s"]
    engine.gate.set()
    await asked
    assert inference.ready
    assert inference.reasons == []
    await inference.stop()


async def test_requests_of_many_sessions_share_batches_in_one_thread_that_is_not_the_loop() -> None:
    engine = SpeechDouble()
    async with running(engine) as inference:
        results = await asyncio.gather(*(inference.transcribe(speech(f"s{at}")) for at in range(12)))
    assert [result.text for result in results] == [f"s{at}" for at in range(12)]
    assert [len(batch) for batch in engine.batches] == [8, 4]
    assert len(engine.threads) == 1
    assert threading.get_ident() not in engine.threads
    statistics = inference.statistics()
    assert (statistics.answered, statistics.batches, statistics.mean_batch) == (12, 2, 6.0)
    assert statistics.audio_s == pytest.approx(0.12)


async def test_a_newer_partial_replaces_the_one_that_waits() -> None:
    engine = SpeechDouble()
    engine.gate.clear()
    async with running(engine) as inference:
        first = asyncio.create_task(inference.transcribe(speech("a", 1)))
        await until(lambda: engine.batches == [["a/1"]])
        second = asyncio.create_task(inference.transcribe(speech("a", 2)))
        await asyncio.sleep(0)
        third = asyncio.create_task(inference.transcribe(speech("a", 3)))
        with pytest.raises(Superseded, match="replaced"):
            await second
        engine.gate.set()
        assert (await first).revision == 1
        assert (await third).revision == 3
    assert inference.statistics().coalesced == 1


async def test_a_partial_that_waited_too_long_is_told_so_and_a_final_is_computed() -> None:
    engine = SpeechDouble()
    engine.gate.clear()
    async with running(engine, policy=Policy(stale_after_s=0.02)) as inference:
        busy = asyncio.create_task(inference.transcribe(speech("a", 1)))
        await until(lambda: len(engine.batches) == 1)
        partial = asyncio.create_task(inference.transcribe(speech("b")))
        final = asyncio.create_task(inference.transcribe(speech("c", kind="final")))
        await asyncio.sleep(0.05)
        engine.gate.set()
        with pytest.raises(Superseded, match="stale"):
            await partial
        assert (await final).kind == "final"
        await busy


async def test_poison_is_isolated(caplog: pytest.LogCaptureFixture) -> None:
    engine = SpeechDouble()
    async with running(engine) as inference:
        good, bad, other = await asyncio.gather(
            inference.transcribe(speech("a")),
            inference.transcribe(speech("poison")),
            inference.transcribe(speech("b")),
            return_exceptions=True,
        )
        assert isinstance(good, SpeechResult)
        assert isinstance(other, SpeechResult)
        assert isinstance(bad, RequestFailed)
        assert (bad.code, bad.retry) == ("engine_failed", False)
        assert (await inference.transcribe(speech("c"))).text == "c"
    assert "poison" not in caplog.text, "session ids are not for the log"
    assert inference.statistics().failed == 1


async def test_without_an_engine_the_answer_is_a_typed_no() -> None:
    async with running() as inference:
        assert inference.ready
        with pytest.raises(InferenceUnavailable) as no_speech:
            await inference.transcribe(speech("a"))
        with pytest.raises(InferenceUnavailable) as no_face:
            await inference.analyse(face("a"))
    assert (no_speech.value.code, no_speech.value.retry) == ("no_speech_engine", False)
    assert (no_face.value.code, no_face.value.retry) == ("no_face_engine", False)


async def test_a_full_line_refuses_and_says_that_later_may_do() -> None:
    engine = SpeechDouble()
    engine.gate.clear()
    async with running(engine, policy=Policy(max_partials=1)) as inference:
        busy = asyncio.create_task(inference.transcribe(speech("a")))
        await until(lambda: len(engine.batches) == 1)
        waiting = asyncio.create_task(inference.transcribe(speech("b")))
        await asyncio.sleep(0)
        with pytest.raises(InferenceUnavailable) as refused:
            await inference.transcribe(speech("c"))
        assert (refused.value.code, refused.value.retry) == ("queue_full", True)
        engine.gate.set()
        await asyncio.gather(busy, waiting)


async def test_faces_are_batched_and_the_newest_picture_of_a_session_wins() -> None:
    engine, faces = SpeechDouble(), FaceDouble()
    engine.gate.clear()
    async with running(engine, faces) as inference:
        busy = asyncio.create_task(inference.transcribe(speech("a")))
        await until(lambda: len(engine.batches) == 1)
        asked = [asyncio.create_task(inference.analyse(face(f"s{at % 9}", at))) for at in range(18)]
        await asyncio.sleep(0)
        engine.gate.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
        await busy
    assert faces.batches == [9]
    assert all(isinstance(result, Superseded) for result in results[:9])
    assert [result.media_ms for result in results[9:] if isinstance(result, FaceResult)] == list(range(9, 18))


async def test_a_caller_that_goes_away_takes_its_request_along() -> None:
    engine = SpeechDouble()
    engine.gate.clear()
    async with running(engine) as inference:
        busy = asyncio.create_task(inference.transcribe(speech("a")))
        await until(lambda: len(engine.batches) == 1)
        gone = asyncio.create_task(inference.transcribe(speech("b", kind="final")))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        engine.gate.set()
        await busy
    assert engine.batches == [["a/1"]]
    assert inference.statistics().withdrawn == 1


async def test_stopping_answers_the_batch_in_the_engine_and_refuses_the_rest() -> None:
    engine = SpeechDouble()
    engine.gate.clear()
    inference = LocalInference(engine, None)
    await inference.start()
    busy = asyncio.create_task(inference.transcribe(speech("a")))
    await until(lambda: len(engine.batches) == 1)
    waiting = asyncio.create_task(inference.transcribe(speech("b", kind="final")))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(inference.stop())
    await asyncio.sleep(0)
    engine.gate.set()
    await stopping
    assert (await busy).text == "a"
    with pytest.raises(InferenceUnavailable, match="stopped"):
        await waiting
