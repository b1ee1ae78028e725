"""Servers and workers over a real Redis: answers, death, poison, a bus that is not there."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from realtime.inference import poison, wire
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
from realtime.inference.redis_bus import RemoteInference
from realtime.inference.runner import LocalInference
from realtime.inference.streams import CONTENT, FINALS, GROUP, HEADER, PARTIALS, POISON, WIRE_VERSION
from realtime.inference.two_pass import TwoPass
from realtime.inference.worker import EngineStuck, WorkerRefused, WorkerSettings, run_worker

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

    def warm_up(self, batches: Sequence[int] = (1,)) -> None: ...

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
    remote._roll.workers = [replace_speech(remote._roll.workers[0])]
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
    return wire.WorkerCard(card.name, SpeechDouble().description, card.face, WIRE_VERSION)


async def test_a_living_worker_keeps_what_it_works_on_however_long_it_takes(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    slow, idle = SpeechDouble("slow"), SpeechDouble("idle")
    slow.gate.clear()
    hire(slow, claim_idle_s=0.6)
    await until(lambda: remote.ready)
    asked = asyncio.create_task(remote.transcribe(speech()))
    await until(lambda: slow.heard == ["s"])
    hire(idle, claim_idle_s=0.6)
    await asyncio.sleep(1.2)
    slow.gate.set()
    await asked
    assert idle.heard == []


async def test_a_request_that_kills_its_workers_is_set_aside_without_its_content(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    hire(None)
    await until(lambda: remote.ready)
    await redis.xgroup_create(FINALS, GROUP, id="0", mkstream=True)
    remote._roll.workers = [replace_speech(remote._roll.workers[0])]
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
    await redis.xadd(FINALS, {HEADER: b"garbage"})
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
    remote._roll.workers = [replace_speech(remote._roll.workers[0])]
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


async def test_a_bus_that_is_not_there_is_a_typed_no_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    remote = RemoteInference("redis://127.0.0.1:1/0")
    await remote.start()
    assert not remote.ready
    with pytest.raises(InferenceUnavailable):
        await remote.transcribe(speech())
    remote._roll.workers = [wire.WorkerCard("w", SpeechDouble().description, None, WIRE_VERSION)]
    with pytest.raises(InferenceUnavailable, match="bus_down"):
        await remote.transcribe(replace(speech(), session_id="t"))
    await until(lambda: remote._interrupted)
    remote._interrupt(ConnectionError())
    assert caplog.text.count("the bus does not answer") == 1
    await remote.stop()


async def test_content_lies_beside_the_stream_and_goes_with_the_answer(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    engine = SpeechDouble()
    hire(engine)
    await until(lambda: remote.ready)
    engine.gate.clear()
    began = asyncio.get_running_loop().time()
    asked = asyncio.create_task(remote.transcribe(speech()))
    await until(lambda: engine.heard == ["s"])
    ((_, fields),) = await redis.xrange(FINALS)
    assert set(fields) == {HEADER}
    (content,) = await redis.keys(CONTENT + "*")
    assert await redis.strlen(content) == 320
    assert 0 < await redis.pttl(content) <= 20_000
    assert remote._bytes == 320
    engine.gate.set()
    result = await asked
    took_ms = (asyncio.get_running_loop().time() - began) * 1e3
    assert await redis.keys(CONTENT + "*") == []
    assert remote._bytes == 0
    assert result.spent is not None
    assert list(result.spent.parts_ms) == ["transport", "gather", "queue", "engine", "handover"]
    assert result.spent.worker.startswith("worker-")
    assert min(result.spent.parts_ms.values()) >= 0
    assert 0 < result.spent.total_ms <= took_ms, "on the asker's clock, whatever the worker's says"


async def test_a_final_whose_content_is_gone_is_worth_asking_again_and_a_partial_is_stale(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    hire(None)
    await until(lambda: remote.ready)
    remote._roll.workers = [replace_speech(remote._roll.workers[0])]
    final = asyncio.create_task(remote.transcribe(speech()))
    partial = asyncio.create_task(remote.transcribe(speech("t", kind="partial")))
    await until(lambda: contents(redis, 2))
    await redis.delete(*await redis.keys(CONTENT + "*"))
    engine = SpeechDouble()
    hire(engine)
    with pytest.raises(InferenceUnavailable) as gone:
        await final
    assert (gone.value.code, gone.value.retry, gone.value.tried) == ("content_gone", True, False)
    with pytest.raises(Superseded, match="stale"):
        await partial
    assert engine.heard == []


async def contents(redis: Any, count: int) -> bool:
    return len(await redis.keys(CONTENT + "*")) == count


async def test_what_is_held_weighs_no_more_than_so_much(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.inference.redis_bus.MOST_BYTES", 640)
    engine = SpeechDouble()
    hire(engine)
    await until(lambda: remote.ready)
    engine.gate.clear()
    asked = [asyncio.create_task(remote.transcribe(speech(f"s{at}"))) for at in range(3)]
    with pytest.raises(InferenceUnavailable, match="queue_full"):
        await asked[2]
    engine.gate.set()
    await asyncio.gather(*asked[:2])
    assert remote.statistics().refused_finals == 1


async def test_a_bus_that_comes_back_empty_is_joined_again_and_told_what_it_forgot(
    redis: Any, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    """As after the restart of a Redis that keeps nothing: streams, group, content and cards are gone."""
    engine = SpeechDouble()
    hire(engine, claim_idle_s=0.2, capacity=1)
    await until(lambda: remote.ready)
    engine.gate.clear()
    first = asyncio.create_task(remote.transcribe(speech("first")))
    await until(lambda: engine.heard == ["first"])
    waiting = asyncio.create_task(remote.transcribe(speech("second")))
    await until(lambda: contents(redis, 2))
    await redis.flushdb()
    remote._interrupted = True
    engine.gate.set()
    assert (await waiting).session_id == "second"
    assert (await first).session_id == "first"
    assert remote.statistics().lost == 1
    assert (await remote.transcribe(speech("third"))).session_id == "third"


async def test_a_worker_with_another_model_is_refused_and_says_which(
    redis: Any, redis_url: str, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    hire(SpeechDouble("one"), claim_idle_s=0.2)
    await until(lambda: remote.ready)
    other = replace(SpeechDouble().description, name="two", digest="1" * 64)

    class Other(SpeechDouble):
        description = other

    settings = WorkerSettings(redis_url, claim_idle_s=0.2)
    with pytest.raises(WorkerRefused, match=r"one/1@0+, this one would with two/1@1+"):
        await run_worker(settings, LocalInference(Other(), None), asyncio.Event())


async def test_a_worker_whose_live_model_is_another_is_refused_too(
    redis: Any, redis_url: str, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    """Their last words would be the same, and the captions those of whoever comes first."""
    better = SpeechDouble("better")
    hire(TwoPass(SpeechDouble("cheap"), better), claim_idle_s=0.2)
    await until(lambda: remote.ready)
    with pytest.raises(WorkerRefused, match=r"better/1@0+ and, live, cheap/1@0+, this one would with better/1@0+:"):
        await run_worker(WorkerSettings(redis_url, claim_idle_s=0.2), LocalInference(better, None), asyncio.Event())


async def test_a_server_asks_only_workers_of_its_version_and_its_model_and_says_so(
    redis: Any, redis_url: str, hire: Callable[..., asyncio.Event], caplog: pytest.LogCaptureFixture
) -> None:
    hire(SpeechDouble(), name="w1")
    await redis.set("viva:worker:old", wire.encode(wire.WorkerCard("old", SpeechDouble().description, None)))
    remote = RemoteInference(redis_url, digest="1" * 64)
    await remote.start()
    await until(lambda: len(remote.reasons) == 2)
    assert not remote.ready
    assert remote.reasons == [
        f"worker old speaks another version of the bus than {WIRE_VERSION}",
        "worker w1 has double/1@000000000000, not the model 111111111111",
    ]
    assert sum("is not asked" in record.message for record in caplog.records) == 2
    await remote.stop()


async def test_the_load_of_workers_and_of_the_bus_reaches_every_server(
    redis: Any, remote: RemoteInference, redis_url: str, hire: Callable[..., asyncio.Event]
) -> None:
    engine = SpeechDouble()
    hire(engine, capacity=2, name="w1")
    watcher = RemoteInference(redis_url)
    await watcher.start()
    await until(lambda: remote.ready and watcher.ready)
    engine.gate.clear()
    asked = [asyncio.create_task(remote.transcribe(speech(f"s{at}"))) for at in range(8)]
    await until(lambda: watcher.statistics().final_lag_s > 0.3)
    assert watcher._roll.backlog[FINALS] == 8
    engine.gate.set()
    await asyncio.gather(*asked)
    await until(lambda: watcher.statistics().final_lag_s == 0.0 or not watcher._roll.backlog[FINALS])
    await until(lambda: answered_by(watcher, "w1") == 8)
    assert answered_by(remote, "") == 8
    await watcher.stop()


def answered_by(inference: RemoteInference, place: str) -> int:
    found = inference.places().get(place)
    return found.measures.answer["final"].count if found and "final" in found.measures.answer else 0


async def test_a_worker_waits_for_a_bus_that_is_not_there_yet_and_stops_when_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop = asyncio.Event()
    settings = WorkerSettings("redis://127.0.0.1:1/0", claim_idle_s=0.02)
    waiting = asyncio.create_task(run_worker(settings, LocalInference(SpeechDouble(), None), stop))
    await until(lambda: "waiting for it" in caplog.text)
    await asyncio.sleep(0.05)
    stop.set()
    await waiting
    assert caplog.text.count("waiting for it") == 1


async def test_an_engine_that_hangs_ends_its_worker_and_its_work_goes_to_another(
    redis: Any, redis_url: str, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    stuck, other = SpeechDouble(), SpeechDouble()
    stuck.gate.clear()
    settings = WorkerSettings(redis_url, claim_idle_s=0.2, step_limit_s=0.3)
    hung = asyncio.create_task(run_worker(settings, LocalInference(stuck, None), asyncio.Event()))
    await until(lambda: remote.ready)
    asked = asyncio.create_task(remote.transcribe(speech()))
    await until(lambda: stuck.heard == ["s"])
    with pytest.raises(EngineStuck):
        await hung
    hire(other)
    assert (await asked).text == "160"
    assert other.heard == ["s"]
    stuck.gate.set()


async def test_what_was_set_aside_is_listed_tried_again_and_dropped(
    redis: Any, redis_url: str, remote: RemoteInference, hire: Callable[..., asyncio.Event]
) -> None:
    class Picky(SpeechDouble):
        broken = True

        def transcribe(self, requests: list[SpeechRequest]) -> list[SpeechResult]:
            if self.broken:
                raise RuntimeError("indigestible")
            return super().transcribe(requests)

    engine = Picky()
    hire(engine)
    await until(lambda: remote.ready)
    with pytest.raises(RequestFailed, match="engine_failed"):
        await remote.transcribe(speech("somebody"))
    (line,) = await poison.listed(redis)
    assert (line.stream, line.reason, line.bytes > 320) == (FINALS, "the engine could not digest it", True)
    assert 3500 < line.left_s <= 3600
    assert isinstance(await poison.try_again(redis, line.id), RequestFailed)
    (again,) = await poison.listed(redis)
    assert again.id != line.id
    engine.broken = False
    assert isinstance(await poison.try_again(redis, again.id), SpeechResult)
    assert await poison.listed(redis) == []
    with pytest.raises(poison.PoisonUnknown):
        await poison.drop(redis, again.id)
    await redis.xadd(FINALS, {HEADER: b"garbage"})
    await until(lambda: set_aside(redis, 1))
    (unreadable,) = await poison.listed(redis)
    with pytest.raises(poison.ContentGone):
        await poison.try_again(redis, unreadable.id)
    await poison.drop(redis, unreadable.id)
    assert await redis.keys("viva:poison*") == [] or await poison.listed(redis) == []
