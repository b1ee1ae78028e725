"""A worker process: reads requests of all servers from the bus, computes them in batches, answers.

It takes no more than it can hold, finals before partials. Requests that a worker took and did not answer belong to
the group until somebody acknowledges them: while it lives, a worker refreshes its claim on what it holds; when it
dies, its requests fall idle and the others take them over. A request that was delivered more than three times has
probably killed its workers; it is set aside and its caller is told.
"""

import asyncio
import logging
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from realtime.inference import wire
from realtime.inference.bus import Inference, InferenceError, InferenceUnavailable, RequestFailed, Superseded
from realtime.inference.engine import FaceRequest, FaceResult, SpeechResult
from realtime.inference.redis_bus import BODY, FACES, FINALS, GROUP, HEADER, PARTIALS, POISON, WORKERS

logger = logging.getLogger(__name__)

_REPLIES_KEPT = 4096
_POISON_KEPT = 1000


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """``capacity``: requests held at once. ``claim_idle_s``: how long a request lies untouched before its worker is
    taken for dead; a living one touches it four times as often. ``stale_after_s``: partials older than this are
    answered unread. ``drain_s``: patience with what is in the engine when stopping."""

    redis_url: str
    name: str = field(default_factory=lambda: f"worker-{uuid.uuid4().hex[:8]}")
    capacity: int = 96
    claim_idle_s: float = 2.0
    stale_after_s: float = 2.0
    most_deliveries: int = 3
    drain_s: float = 10.0


async def run_worker(settings: WorkerSettings, inference: Inference, stop: asyncio.Event) -> None:
    """Works until ``stop`` is set, then finishes what it holds. ``inference`` is started and stopped here."""
    await inference.start()
    worker = Worker(settings, inference)
    try:
        await worker.run(stop)
    finally:
        await inference.stop()
        await worker.close()


@dataclass(frozen=True, slots=True)
class _Entry:
    stream: str
    id: bytes
    fields: dict[bytes, bytes]


class Worker:
    def __init__(self, settings: WorkerSettings, inference: Inference) -> None:
        self._settings = settings
        self._inference = inference
        self._redis: Any = Redis.from_url(settings.redis_url)
        self._leaving = False
        self._held: dict[tuple[str, bytes], asyncio.Task[None]] = {}
        self._streams = [FINALS, PARTIALS] * (inference.speech is not None) + [FACES] * (inference.face is not None)

    async def run(self, stop: asyncio.Event) -> None:
        await self._join()
        logger.info("worker %s joined, for %s", self._settings.name, ", ".join(self._streams) or "nothing")
        tasks = [
            asyncio.create_task(self._forever(self._read), name="worker read"),
            asyncio.create_task(self._forever(self._stay_alive), name="worker alive"),
            asyncio.create_task(self._forever(self._take_over), name="worker take over"),
        ]
        await stop.wait()
        tasks[0].cancel()
        await self._drain()
        # redis-py can swallow a cancellation that comes while it connects, so the tasks are told as well.
        self._leaving = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(RedisError):
            await self._redis.delete(WORKERS + self._settings.name)
        logger.info("worker %s left", self._settings.name)

    async def close(self) -> None:
        await self._redis.aclose()

    async def _join(self) -> None:
        for stream in self._streams:
            try:
                await self._redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
        await self._show_card()

    async def _forever(self, step: Any) -> None:
        """Repeats a step over the bus's absences, until the worker leaves."""
        while not self._leaving:
            try:
                await step()
            except RedisError as error:
                logger.warning("the bus does not answer: %s", type(error).__name__)
                await asyncio.sleep(self._settings.claim_idle_s / 4)

    # ------------------------------------------------------------------ the three things it repeats
    async def _read(self) -> None:
        free = self._settings.capacity - len(self._held)
        if free <= 0 or not self._streams:
            await asyncio.sleep(0.005)
            return
        wanted = dict.fromkeys(self._streams, ">")
        count = max(1, free // len(wanted))
        found = await self._redis.xreadgroup(GROUP, self._settings.name, wanted, count=count, block=200)
        for stream, entries in found or ():
            for id, fields in entries:
                self._hold(_Entry(stream.decode(), id, fields))

    async def _stay_alive(self) -> None:
        await self._show_card()
        for stream in self._streams:
            ids = [id for held, id in self._held if held == stream]
            if ids:
                # JUSTID resets the idle time without counting as a delivery.
                await self._redis.xclaim(stream, GROUP, self._settings.name, 0, ids, justid=True)
        await asyncio.sleep(self._settings.claim_idle_s / 4)

    async def _take_over(self) -> None:
        idle_ms = int(self._settings.claim_idle_s * 1000)
        for stream in self._streams:
            room = self._settings.capacity - len(self._held)
            if room <= 0:
                continue
            found = await self._redis.xautoclaim(stream, GROUP, self._settings.name, idle_ms, count=min(16, room))
            for id, fields in found[1]:
                await self._hold_again(_Entry(stream, id, fields))
        await asyncio.sleep(self._settings.claim_idle_s / 2)

    async def _show_card(self) -> None:
        card = wire.WorkerCard(self._settings.name, self._inference.speech, self._inference.face)
        lifetime_ms = int(self._settings.claim_idle_s * 3000)
        await self._redis.set(WORKERS + self._settings.name, wire.encode(card), px=lifetime_ms)

    # ------------------------------------------------------------------ one request
    def _hold(self, entry: _Entry) -> None:
        key = (entry.stream, entry.id)
        if key not in self._held:
            task = asyncio.create_task(self._serve_or_leave(entry), name="worker request")
            self._held[key] = task
            task.add_done_callback(lambda _: self._held.pop(key, None))

    async def _hold_again(self, entry: _Entry) -> None:
        pending = await self._redis.xpending_range(entry.stream, GROUP, entry.id, entry.id, 1)
        deliveries = pending[0]["times_delivered"] if pending else 1
        if deliveries > self._settings.most_deliveries:
            await self._set_aside(entry, f"delivered {deliveries} times without an answer")
        else:
            self._hold(entry)

    async def _serve_or_leave(self, entry: _Entry) -> None:
        """If the bus goes away in between, the request stays pending and is taken over by whoever sees it next."""
        try:
            await self._serve(entry)
        except RedisError as error:
            logger.warning("a request could not be answered: %s", type(error).__name__)

    async def _serve(self, entry: _Entry) -> None:
        try:
            header = wire.read_header(entry.fields[HEADER])
            request = wire.unpack(header, entry.fields[BODY])
        except (KeyError, msgspec.DecodeError, ValueError, OSError) as error:
            await self._set_aside(entry, f"could not be read: {type(error).__name__}")
            return
        outcome: SpeechResult | FaceResult | InferenceError
        try:
            if entry.stream == PARTIALS and await self._age_s(entry) > self._settings.stale_after_s:
                outcome = Superseded("stale")
            elif isinstance(request, FaceRequest):
                outcome = await self._inference.analyse(request)
            else:
                outcome = await self._inference.transcribe(request)
        except InferenceUnavailable as error:
            if error.code == "stopped":
                return  # Not acknowledged: another worker takes it over.
            outcome = error
        except InferenceError as error:
            outcome = error
        await self._answer(entry, header.envelope, outcome)

    async def _answer(
        self, entry: _Entry, envelope: wire.Envelope, outcome: SpeechResult | FaceResult | InferenceError
    ) -> None:
        reply = wire.encode(wire.reply_of(envelope.id, outcome))
        async with self._redis.pipeline(transaction=True) as together:
            together.xadd(envelope.reply_to, {HEADER: reply}, maxlen=_REPLIES_KEPT, approximate=True)
            together.expire(envelope.reply_to, 120)
            together.xack(entry.stream, GROUP, entry.id)
            together.xdel(entry.stream, entry.id)
            await together.execute()

    async def _set_aside(self, entry: _Entry, reason: str) -> None:
        """What was in it is somebody's voice: only its name and its size are kept."""
        size = sum(map(len, entry.fields.values()))
        about = {"stream": entry.stream, "entry": entry.id, "bytes": size, "reason": reason}
        await self._redis.xadd(POISON, about, maxlen=_POISON_KEPT, approximate=True)
        logger.error("a request on %s was set aside: %s", entry.stream, reason)
        try:
            envelope = wire.read_header(entry.fields[HEADER]).envelope
        except (KeyError, msgspec.DecodeError):
            await self._redis.xack(entry.stream, GROUP, entry.id)
            await self._redis.xdel(entry.stream, entry.id)
        else:
            await self._answer(entry, envelope, RequestFailed("poison"))

    async def _age_s(self, entry: _Entry) -> float:
        """By Redis's own clock, which also made the entry's id: hosts need not agree on the time."""
        seconds, microseconds = await self._redis.time()
        return float(seconds) + float(microseconds) / 1e6 - int(entry.id.split(b"-")[0]) / 1e3

    async def _drain(self) -> None:
        if self._held:
            await asyncio.wait(list(self._held.values()), timeout=self._settings.drain_s)
        for task in list(self._held.values()):
            task.cancel()
