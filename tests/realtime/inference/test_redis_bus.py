"""Servers and workers over a real Redis: answers, death, poison, a bus that is not there."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from redis.asyncio import Redis

from realtime.inference import wire
from realtime.inference.bus import Inference, InferenceUnavailable, RequestFailed, Superseded
from realtime.inference.engine import (
    EngineDescription,
    FaceRequest,
    FaceResult,
    SpeechEngine,
    SpeechRequest,
    SpeechResult,
)
from realtime.inference.log_mel import LogMelRing, MelWindow, RingWindow
from realtime.inference.redis_bus import BODY, FINALS, GROUP, HEADER, PARTIALS, POISON, RemoteInference
from realtime.inference.runner import LocalInference
from realtime.inference.two_pass import TwoPass
from realtime.inference.worker import WorkerSettings, run_worker

pytestmark = pytest.mark.services


@dataclass
class SpeechDouble:
    """Says how much sound it was given. ``gate`` closed: it is busy."""

    name: str = "double"
    gate: threading.Event = field(default_factory=threading.Event)
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def description(self) -> EngineDescription:
        return EngineDescription(self.name, "1", "0" * 64, ("zh", "en"))

    def warm_up(self) -> None: ...

    def transcribe(self, requests: list[SpeechRequest]) -> list[SpeechResult]:
        self.heard += [request.session_id for request in requests]
        assert self.gate.wait(10)
        return [
            SpeechResult(r.session_id, r.utterance_id, r.revision, r.kind, said(r), "zh", (), 0.0, 0.0)
            for r in requests
        ]


def said(request: SpeechRequest) -> str:
    return f"{request.samples}{' as features' * isinstance(request.features, MelWindow)}"


class FaceDouble:
    description = EngineDescription("faces", "1", "0" * 64, ())

    def warm_up(self) -> None: ...

    def analyse(self, requests: list[FaceRequest]) -> list[FaceResult]:
        return [FaceResult(r.session_id, r.media_ms, None, float(r.picture.mean()), 1, None) for r in requests]


def kept(session: str) -> SpeechRequest:
    """A partial of which the frames are kept with the session."""
    return replace(speech(session, "partial"), features=RingWindow(LogMelRing(80), 0))


def speech(session: str = "s", kind: str = "final") -> SpeechRequest:
    return SpeechRequest(session, "u1", 1, "final" if kind == "final" else "partial", np.zeros(160, np.float32), "zh")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Any]:
    client = Redis.from_url(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def remote(redis: Any, redis_url: str) -> AsyncIterator[RemoteInference]:
    inference = RemoteInference(redis_url, timeout_s=10)
    await inference.start()
    yield inference
    await inference.stop()


@pytest.fixture
async def hire(redis: Any, redis_url: str) -> AsyncIterator[Callable[..., asyncio.Event]]:
    """Starts workers; all are dismissed at the end."""
    stops: list[asyncio.Event] = []
    tasks: list[asyncio.Task[None]] = []

    def start(engine: SpeechEngine | None, **settings: Any) -> asyncio.Event:
        stops.append(asyncio.Event())
        faces = FaceDouble() if engine is None else None
        about = WorkerSettings(redis_url, **{"claim_idle_s": 0.4, **settings})
        tasks.append(asyncio.create_task(run_worker(about, LocalInference(engine, faces), stops[-1])))
        return stops[-1]

    yield start
    for stop in stops:
        stop.set()
    await asyncio.gather(*tasks)


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


async def test_a_request_goes_to_a_worker_and_its_answer_comes_back(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    inference: Inference = remote
    assert not inference.ready
    hire(SpeechDouble())
    hire(None)
    await until(lambda: inference.speech is not None and inference.face is not None)
    results = await asyncio.gather(*(inference.transcribe(speech(f"s{at}")) for at in range(20)))
    assert [(result.session_id, result.text) for result in results] == [(f"s{at}", "160") for at in range(20)]
    assert (await inference.transcribe(kept("s"))).text == "160 as features"
    face = await inference.analyse(FaceRequest("s", 40, np.full((16, 16, 3), 77, np.uint8)))
    assert face.presence == pytest.approx(77, abs=2)
    assert await redis.xlen(FINALS) == 0
    assert inference.statistics().answered == 22


async def test_a_worker_of_two_models_gives_each_kind_to_its_own_and_says_so(
    remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    cheap, better = SpeechDouble("cheap"), SpeechDouble("better")
    hire(TwoPass(cheap, better))
    await until(lambda: remote.speech is not None)
    assert remote.speech is not None
    assert (remote.speech.name, remote.speech.partials.split("/")[0]) == ("better", "cheap")
    await asyncio.gather(remote.transcribe(speech("a", "partial")), remote.transcribe(speech("b")))
    assert (cheap.heard, better.heard) == (["a"], ["b"])


async def test_without_a_worker_the_answer_is_a_typed_no(remote: RemoteInference) -> None:
    with pytest.raises(InferenceUnavailable) as refused:
        await remote.transcribe(speech())
    assert (refused.value.code, refused.value.retry) == ("no_worker", True)


async def test_a_worker_of_another_version_takes_nobody_down(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event], redis_url: str
) -> None:
    """Neither its card nor its answer can be read; the others are found and heard all the same."""
    await redis.set("viva:worker:stranger", b"{}")
    again = RemoteInference(redis_url, timeout_s=10)
    await again.start()
    hire(SpeechDouble(), name="w1")
    await until(lambda: again.ready)
    await redis.xadd(again._reply_to, {"h": b"what is this"})
    assert (await again.transcribe(speech())).text == "160"
    await again.stop()


async def test_what_a_dead_worker_held_is_taken_over(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    hire(None)
    await until(lambda: remote.ready)
    await redis.xgroup_create(FINALS, GROUP, id="0", mkstream=True)
    remote._workers = [replace_speech(remote._workers[0])]
    asked = asyncio.create_task(remote.transcribe(speech()))
    await until(lambda: delivered(redis, "dead"))
    engine = SpeechDouble()
    hire(engine)
    assert (await asked).text == "160"
    assert engine.heard == ["s"]
    assert (await redis.xpending(FINALS, GROUP))["pending"] == 0


async def delivered(redis: Any, name: str) -> bool:
    """Reads as a worker that is killed the moment it has read."""
    return bool(await redis.xreadgroup(GROUP, name, {FINALS: ">"}, count=1))


def replace_speech(card: wire.WorkerCard) -> wire.WorkerCard:
    return wire.WorkerCard(card.name, SpeechDouble().description, card.face)


async def test_a_living_worker_keeps_what_it_works_on_however_long_it_takes(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    slow, idle = SpeechDouble("slow"), SpeechDouble("idle")
    slow.gate.clear()
    hire(slow, claim_idle_s=1.0)
    await until(lambda: remote.ready)
    asked = asyncio.create_task(remote.transcribe(speech()))
    await until(lambda: slow.heard == ["s"])
    hire(idle, claim_idle_s=1.0)
    await asyncio.sleep(1.6)
    slow.gate.set()
    await asked
    assert idle.heard == []


async def test_a_request_that_kills_its_workers_is_set_aside_without_its_content(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    hire(None)
    await until(lambda: remote.ready)
    await redis.xgroup_create(FINALS, GROUP, id="0", mkstream=True)
    remote._workers = [replace_speech(remote._workers[0])]
    asked = asyncio.create_task(remote.transcribe(speech("somebody")))
    await until(lambda: delivered(redis, "dead-1"))
    for name in ("dead-2", "dead-3"):
        await redis.xautoclaim(FINALS, GROUP, name, 0)
    engine = SpeechDouble()
    hire(engine)
    with pytest.raises(RequestFailed) as failed:
        await asked
    assert (failed.value.code, engine.heard) == ("poison", [])
    ((_, about),) = await redis.xrange(POISON)
    assert about[b"reason"] == b"delivered 4 times without an answer"
    assert not any(b"somebody" in value for value in about.values())
    assert await redis.xlen(FINALS) == 0


async def test_garbage_on_the_bus_is_set_aside_and_harms_nobody(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    hire(SpeechDouble())
    await until(lambda: remote.ready)
    await redis.xadd(FINALS, {HEADER: b"garbage", BODY: b""})
    await redis.xadd(FINALS, {b"x": b"y"})
    assert (await remote.transcribe(speech())).text == "160"
    await until(lambda: set_aside(redis, 2))
    assert await redis.xlen(FINALS) == 0


async def set_aside(redis: Any, count: int) -> bool:
    return bool(await redis.xlen(POISON) == count)


async def test_a_partial_that_lay_on_the_bus_too_long_is_not_computed(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    hire(None)
    await until(lambda: remote.ready)
    remote._workers = [replace_speech(remote._workers[0])]
    asked = asyncio.create_task(remote.transcribe(speech(kind="partial")))
    await until(lambda: waiting(redis))
    await asyncio.sleep(0.05)
    engine = SpeechDouble()
    hire(engine, stale_after_s=0.02)
    with pytest.raises(Superseded, match="stale"):
        await asked
    assert engine.heard == []


async def waiting(redis: Any) -> bool:
    return bool(await redis.xlen(PARTIALS))


async def test_an_answer_that_does_not_come_is_not_awaited_for_ever_and_the_request_is_taken_back(
    redis: Any, redis_url: str, hire: Callable[..., asyncio.Event]
) -> None:
    engine = SpeechDouble()
    hire(engine)
    remote = RemoteInference(redis_url, timeout_s=0.05)
    await remote.start()
    await until(lambda: remote.ready)
    engine.gate.clear()
    with pytest.raises(InferenceUnavailable) as late:
        await remote.transcribe(speech())
    assert (late.value.code, late.value.retry) == ("timed_out", True)
    assert await redis.xlen(FINALS) == 0
    engine.gate.set()
    await remote.stop()


async def test_a_worker_that_stops_finishes_what_it_holds_and_leaves(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    engine = SpeechDouble()
    stop = hire(engine)
    await until(lambda: remote.ready)
    engine.gate.clear()
    asked = asyncio.create_task(remote.transcribe(speech()))
    await until(lambda: engine.heard == ["s"])
    stop.set()
    engine.gate.set()
    assert (await asked).text == "160"
    await until(lambda: not remote.ready)


async def test_a_bus_that_is_not_there_is_a_typed_no() -> None:
    remote = RemoteInference("redis://127.0.0.1:1/0")
    await remote.start()
    assert not remote.ready
    with pytest.raises(InferenceUnavailable):
        await remote.transcribe(speech())
    remote._workers = [wire.WorkerCard("w", SpeechDouble().description, None)]
    with pytest.raises(InferenceUnavailable, match="bus_down"):
        await remote.transcribe(replace(speech(), session_id="t"))
    await remote.stop()
