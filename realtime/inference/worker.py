"""A worker process: reads requests of all servers from the bus, computes them in batches, answers.

It takes no more than it can hold, finals before partials, and keeps a quarter of its room for finals. Requests that a
worker took and did not answer belong to the group until somebody acknowledges them: while it lives, a worker renews its
claim on what it holds; when it dies, or its engine hangs, its requests fall idle and the others take them over. A
request that was delivered more than three times has probably killed its workers; it is set aside and its caller told.
"""

import asyncio
import logging
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from realtime.inference import poison, wire
from realtime.inference.bus import Inference, InferenceError, InferenceUnavailable, RequestFailed, Superseded
from realtime.inference.engine import EngineDescription, FaceRequest, FaceResult, SpeechResult
from realtime.inference.streams import (
    CONTENT,
    FACES,
    FINALS,
    GROUP,
    HEADER,
    PARTIALS,
    REPLIES_KEPT,
    REPLY_TTL_S,
    WIRE_VERSION,
    WORKERS,
)

logger = logging.getLogger(__name__)

Outcome = SpeechResult | FaceResult | InferenceError
CARD_LIVES = 3.0
"""In times of ``claim_idle_s``: a card that is not shown again for so long belongs to nobody."""


class WorkerRefused(Exception):
    """It may not join: the sentence says why and what to do."""


class EngineStuck(Exception):
    """A batch does not come out of the engine. Its thread cannot be ended, so the process has to be."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """``capacity``: requests held at once; two full batches, so that the next is there when one is done and the rest
    is left for other workers. ``claim_idle_s``: how long a request lies untouched before its worker is taken for dead;
    claims are renewed, and others' looked through, four times as often, so what a dead worker held is taken over
    within 1.25 times this. ``stale_after_s``: partials older than this are answered unread. ``step_limit_s``: the
    longest that a batch may take; None: what the engine's warming up has shown. ``drain_s``: patience with what is in
    the engine when stopping."""

    redis_url: str
    name: str = field(default_factory=lambda: f"worker-{uuid.uuid4().hex[:8]}")
    capacity: int = 32
    claim_idle_s: float = 1.4
    stale_after_s: float = 2.0
    most_deliveries: int = 3
    step_limit_s: float | None = None
    drain_s: float = 10.0


async def run_worker(settings: WorkerSettings, inference: Inference, stop: asyncio.Event) -> None:
    """Works until ``stop`` is set, then finishes what it holds. ``inference`` is started and stopped here. Raises
    ``WorkerRefused``, and ``EngineStuck``, after which the process must end."""
    await inference.start()
    worker = Worker(settings, inference)
    try:
        await worker.run(stop)
    except EngineStuck:
        raise  # without stopping the inference: that waits for its thread
    except BaseException:
        await inference.stop()
        raise
    else:
        await inference.stop()
    finally:
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
        self._stuck = asyncio.Event()
        self._bus_away = False
        self._held: dict[tuple[str, bytes], asyncio.Task[None]] = {}
        self._streams = [FINALS, PARTIALS] * (inference.speech is not None) + [FACES] * (inference.face is not None)

    async def run(self, stop: asyncio.Event) -> None:
        if not await self._arrive(stop):
            return
        logger.info("worker %s joined, for %s", self._settings.name, ", ".join(self._streams) or "nothing")
        tasks = [
            asyncio.create_task(self._forever(self._read), name="worker read"),
            asyncio.create_task(self._forever(self._stay_alive), name="worker alive"),
            asyncio.create_task(self._forever(self._take_over), name="worker take over"),
        ]
        await self._until(stop)
        tasks[0].cancel()
        if not self._stuck.is_set():
            await self._drain()
        # redis-py can swallow a cancellation that comes while it connects, so the tasks are told as well.
        self._leaving = True
        for task in (*tasks, *self._held.values()):
            task.cancel()
        await asyncio.gather(*tasks, *self._held.values(), return_exceptions=True)
        with suppress(RedisError):
            await self._redis.delete(WORKERS + self._settings.name)
        if self._stuck.is_set():
            raise EngineStuck(f"a batch has been in the engine for {self._inference.statistics().step_s:.0f} s")
        logger.info("worker %s left", self._settings.name)

    async def _arrive(self, stop: asyncio.Event) -> bool:
        """Joins, as soon as there is a bus to join. False: it was told to stop before that."""
        while not stop.is_set():
            try:
                await self._refuse_other_models()
                await self._join()
            except RedisError as error:
                if not self._bus_away:
                    logger.warning("no Redis answers yet (%s): waiting for it", type(error).__name__)
                self._bus_away = True
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._settings.claim_idle_s / 2)
            else:
                self._bus_away = False
                return True
        return False

    async def _until(self, stop: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (stop, self._stuck)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

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

    async def _refuse_other_models(self) -> None:
        """All workers of a bus transcribe with the same models: which of two answered would be chance, and features
        made for the partials of one may be nothing to another. A card may be a dead worker's, so what it says counts
        only if it outlives one."""
        own = self._inference.speech
        for _ in range(8):
            cards = [card for card in await self._cards() if own and card.speech]
            others = [card for card in cards if _models(card.speech) != _models(own)]
            if not others:
                return
            await asyncio.sleep(self._settings.claim_idle_s * CARD_LIVES / 6)
        raise WorkerRefused(
            f"worker {others[0].name} on this Redis transcribes with {_models(others[0].speech)}, this one would with "
            f"{_models(own)}: stop the others first, or give these workers and their servers a Redis database of their "
            "own"
        )

    async def _cards(self) -> list[wire.WorkerCard]:
        names = [key async for key in self._redis.scan_iter(match=WORKERS + "*", count=200)]
        cards = []
        for data in await self._redis.mget(names) if names else []:
            with suppress(msgspec.DecodeError):
                cards += [wire.read_card(data)] if data else []
        return [card for card in cards if card.wire == WIRE_VERSION and card.name != self._settings.name]

    async def _forever(self, step: Any) -> None:
        """Repeats a step over the bus's absences, until the worker leaves. A bus that comes back empty is joined
        again."""
        while not self._leaving:
            try:
                await step()
                self._bus_away = False
            except RedisError as error:
                if not self._bus_away:
                    logger.warning("the bus does not answer: %s", type(error).__name__)
                self._bus_away = True
                await asyncio.sleep(self._settings.claim_idle_s / 4)
                if str(error).startswith("NOGROUP"):
                    with suppress(RedisError):
                        await self._join()

    # ------------------------------------------------------------------ the three things it repeats
    async def _read(self) -> None:
        room = self._settings.capacity - len(self._held)
        if room <= 0 or not self._streams:
            await asyncio.sleep(0.005)
            return
        for_all = room - self._settings.capacity // 4
        streams = self._streams if for_all > 0 or FINALS not in self._streams else [FINALS]
        count = max(1, (for_all if for_all > 0 else room) // len(streams))
        found = await self._redis.xreadgroup(
            GROUP, self._settings.name, dict.fromkeys(streams, ">"), count=count, block=200
        )
        for stream, entries in found or ():
            for id, fields in entries:
                self._hold(_Entry(stream.decode(), id, fields))

    async def _stay_alive(self) -> None:
        now = self._inference.statistics()
        if now.step_s > (self._settings.step_limit_s or now.step_limit_s):
            # Nothing is renewed any more, so what it holds goes to others.
            logger.error("the engine of worker %s hangs", self._settings.name)
            self._stuck.set()
            await asyncio.sleep(self._settings.claim_idle_s)
            return
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
        await asyncio.sleep(self._settings.claim_idle_s / 4)

    async def _show_card(self) -> None:
        inference, place = self._inference, self._inference.places()[""]
        card = wire.WorkerCard(
            self._settings.name, inference.speech, inference.face, WIRE_VERSION, place.statistics, place.measures
        )
        lifetime_ms = int(self._settings.claim_idle_s * CARD_LIVES * 1000)
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
        except (KeyError, msgspec.DecodeError) as error:
            await self._set_aside(entry, f"could not be read: {type(error).__name__}")
            return
        if entry.stream == PARTIALS and await self._age_s(entry) > self._settings.stale_after_s:
            await self._answer(entry, header.envelope, Superseded("stale"))
            return
        content = await self._redis.get(CONTENT + header.envelope.id)
        if content is None:
            gone = InferenceUnavailable("content_gone", retry=True)
            await self._answer(entry, header.envelope, Superseded("stale") if entry.stream == PARTIALS else gone)
            return
        try:
            request = wire.unpack(header, content)
        except (ValueError, OSError) as error:
            await self._set_aside(entry, f"could not be read: {type(error).__name__}")
            return
        outcome: Outcome
        try:
            if isinstance(request, FaceRequest):
                outcome = await self._inference.analyse(request)
            else:
                outcome = self._signed(await self._inference.transcribe(request))
        except InferenceUnavailable as error:
            if error.code == "stopped":
                return  # Not acknowledged: another worker takes it over.
            outcome = error
        except RequestFailed as error:
            await self._set_aside(entry, "the engine could not digest it", error)
            return
        except InferenceError as error:
            outcome = error
        await self._answer(entry, header.envelope, outcome)

    def _signed(self, result: SpeechResult) -> SpeechResult:
        return replace(result, spent=result.spent and replace(result.spent, worker=self._settings.name))

    async def _answer(self, entry: _Entry, envelope: wire.Envelope, outcome: Outcome) -> None:
        reply = wire.encode(wire.reply_of(envelope.id, outcome))
        async with self._redis.pipeline(transaction=True) as together:
            together.xadd(envelope.reply_to, {HEADER: reply}, maxlen=REPLIES_KEPT, approximate=True)
            together.expire(envelope.reply_to, REPLY_TTL_S)
            together.xack(entry.stream, GROUP, entry.id)
            together.xdel(entry.stream, entry.id)
            together.delete(CONTENT + envelope.id)
            await together.execute()

    async def _set_aside(self, entry: _Entry, reason: str, told: RequestFailed | None = None) -> None:
        envelope = await poison.set_aside(self._redis, entry.stream, entry.id, entry.fields.get(HEADER, b""), reason)
        logger.error("a request on %s was set aside: %s", entry.stream, reason)
        if envelope is not None:
            await self._answer(entry, envelope, told or RequestFailed("poison"))

    async def _age_s(self, entry: _Entry) -> float:
        """By Redis's own clock, which also made the entry's id: hosts need not agree on the time."""
        seconds, microseconds = await self._redis.time()
        return float(seconds) + float(microseconds) / 1e6 - int(entry.id.split(b"-")[0]) / 1e3

    async def _drain(self) -> None:
        if self._held:
            await asyncio.wait(list(self._held.values()), timeout=self._settings.drain_s)
        for task in list(self._held.values()):
            task.cancel()


def _models(speech: EngineDescription | None) -> str:
    """Both of them, where what is said live has a model of its own."""
    assert speech is not None
    return f"{speech} and, live, {speech.partials}" if speech.partials else str(speech)
