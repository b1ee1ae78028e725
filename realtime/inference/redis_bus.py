"""Inference over Redis Streams: what a server process holds instead of engines.

    viva:speech:final  viva:speech:partial  viva:face     requests, read by one consumer group of workers
    viva:reply:<process>                                  answers, read by the process that asked
    viva:worker:<name>                                    a worker's card; it expires when the worker dies
    viva:poison                                           what no worker could digest, without its content

A request is deleted once it is answered, so the length of a stream is its backlog. Delivery is at least once:
a worker answers before it acknowledges, and the first answer counts.
"""

import asyncio
import logging
import uuid
from contextlib import suppress
from typing import Any, cast

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.inference import wire
from realtime.inference.bus import InferenceError, InferenceStatistics, InferenceUnavailable, Superseded
from realtime.inference.engine import EngineDescription, FaceRequest, FaceResult, SpeechRequest, SpeechResult

logger = logging.getLogger(__name__)

FINALS, PARTIALS, FACES = "viva:speech:final", "viva:speech:partial", "viva:face"
"""In the order in which a worker reads them."""
GROUP = "workers"
POISON = "viva:poison"
WORKERS = "viva:worker:"
HEADER, BODY = b"h", b"b"

MOST_ASKED = 2048
"""Requests of this process under way."""
MOST_PARTIALS_WAITING = 512
"""A backlog of partials from which on new ones are refused: they would be stale before they were read."""
MOST_FINALS_WAITING = 4096
_LOOK_AROUND_S = 0.5
_REPLY_BLOCK_MS = 500
_REPLY_TTL_S = 120


class RemoteInference:
    """``Inference`` by worker processes. ``timeout_s``: how long an answer is awaited before the request is taken
    back. It is ready while at least one worker lives."""

    def __init__(self, redis_url: str, *, timeout_s: float = 20.0) -> None:
        # redis-py's own annotations describe both of its clients at once; Any keeps the noise out.
        self._redis: Any = Redis.from_url(redis_url)
        self._timeout_s = timeout_s
        self._reply_to = f"viva:reply:{uuid.uuid4().hex}"
        self._asked: dict[str, asyncio.Future[SpeechResult | FaceResult]] = {}
        self._workers: list[wire.WorkerCard] = []
        self._backlog = {FINALS: 0, PARTIALS: 0, FACES: 0}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._submitted = self._answered = self._failed = self._superseded = self._refused = 0

    @property
    def ready(self) -> bool:
        return bool(self._workers)

    @property
    def speech(self) -> EngineDescription | None:
        return next((worker.speech for worker in self._workers if worker.speech), None)

    @property
    def face(self) -> EngineDescription | None:
        return next((worker.face for worker in self._workers if worker.face), None)

    async def start(self) -> None:
        with suppress(RedisError):
            await self._look_around()
        self._tasks = [
            asyncio.create_task(self._watch(), name="bus watch"),
            asyncio.create_task(self._read_replies(), name="bus replies"),
        ]

    async def stop(self) -> None:
        # redis-py can swallow a cancellation that comes while it connects, so the tasks are told as well.
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for future in self._asked.values():
            if not future.done():
                future.set_exception(InferenceUnavailable("stopped", retry=True))
        with suppress(RedisError):
            await self._redis.delete(self._reply_to)
        await self._redis.aclose()

    async def transcribe(self, request: SpeechRequest) -> SpeechResult:
        if self._workers and self.speech is None:
            raise InferenceUnavailable("no_speech_engine", retry=False)
        stream = FINALS if request.kind == "final" else PARTIALS
        return cast(SpeechResult, await self._ask(stream, request))

    async def analyse(self, request: FaceRequest) -> FaceResult:
        if self._workers and self.face is None:
            raise InferenceUnavailable("no_face_engine", retry=False)
        return cast(FaceResult, await self._ask(FACES, request))

    def statistics(self) -> InferenceStatistics:
        return InferenceStatistics(
            submitted=self._submitted,
            answered=self._answered,
            failed=self._failed,
            coalesced=self._superseded,
            refused=self._refused,
            waiting=len(self._asked),
        )

    async def _ask(self, stream: str, request: SpeechRequest | FaceRequest) -> SpeechResult | FaceResult:
        self._submitted += 1
        self._admit(stream)
        envelope = wire.Envelope(uuid.uuid4().hex, self._reply_to)
        future: asyncio.Future[SpeechResult | FaceResult] = asyncio.get_running_loop().create_future()
        self._asked[envelope.id] = future
        entry: bytes | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                header, body = await _packed(request, envelope)
                entry = await self._redis.xadd(stream, {HEADER: header, BODY: body})
                return await future
        except TimeoutError:
            self._failed += 1
            raise InferenceUnavailable("timed_out", retry=True) from None
        except RedisError:
            self._failed += 1
            raise InferenceUnavailable("bus_down", retry=True) from None
        finally:
            del self._asked[envelope.id]
            if entry is not None and (future.cancelled() or not future.done()):
                await self._take_back(stream, entry)

    def _admit(self, stream: str) -> None:
        limit = MOST_FINALS_WAITING if stream == FINALS else MOST_PARTIALS_WAITING
        refusal = None
        if not self._workers:
            refusal = "no_worker"
        elif len(self._asked) >= MOST_ASKED or self._backlog[stream] >= limit:
            refusal = "queue_full"
        if refusal:
            self._refused += 1
            raise InferenceUnavailable(refusal, retry=True)

    async def _take_back(self, stream: str, entry: bytes) -> None:
        with suppress(RedisError):
            await self._redis.xdel(stream, entry)

    async def _watch(self) -> None:
        while not self._stopping:
            await asyncio.sleep(_LOOK_AROUND_S)
            try:
                await self._look_around()
            except RedisError as error:
                logger.warning("the bus does not answer: %s", type(error).__name__)
                self._workers = []

    async def _look_around(self) -> None:
        """Who works, and how much waits."""
        names = sorted([key async for key in self._redis.scan_iter(match=WORKERS + "*", count=200)])
        cards = await self._redis.mget(names) if names else []
        self._workers = [card for data in cards if data and (card := _card(data)) is not None]
        for stream in self._backlog:
            self._backlog[stream] = await self._redis.xlen(stream)

    async def _read_replies(self) -> None:
        last: bytes | str = "0"
        while not self._stopping:
            try:
                await self._redis.expire(self._reply_to, _REPLY_TTL_S)
                answers = await self._redis.xread({self._reply_to: last}, count=256, block=_REPLY_BLOCK_MS)
                for _, entries in answers or ():
                    for entry, fields in entries:
                        last = entry
                        self._deliver(fields)
                    await self._redis.xdel(self._reply_to, *(entry for entry, _ in entries))
            except RedisError as error:
                logger.warning("answers cannot be read from the bus: %s", type(error).__name__)
                await asyncio.sleep(_LOOK_AROUND_S)

    def _deliver(self, fields: dict[bytes, bytes]) -> None:
        try:
            reply = wire.read_reply(fields[HEADER])
            outcome = wire.outcome_of(reply)
        except (KeyError, ValueError, msgspec.DecodeError):
            logger.warning("an answer on the bus could not be read")
            return
        future = self._asked.get(reply.id)
        if future is None or future.done():
            return
        if isinstance(outcome, InferenceError):
            self._superseded += isinstance(outcome, Superseded)
            self._failed += not isinstance(outcome, Superseded)
            future.set_exception(outcome)
        else:
            self._answered += 1
            future.set_result(outcome)


async def _packed(request: SpeechRequest | FaceRequest, envelope: wire.Envelope) -> tuple[bytes, bytes]:
    """A picture is compressed, a window's new frames are computed: in a thread, live interviews share this loop."""
    if isinstance(request, FaceRequest) or request.features is not None:
        return await asyncio.to_thread(wire.pack, request, envelope)
    return wire.pack(request, envelope)


def _card(data: bytes) -> wire.WorkerCard | None:
    """None for one that cannot be read: a worker of another version is as good as none."""
    try:
        return wire.read_card(data)
    except msgspec.DecodeError:
        logger.warning("a worker's card could not be read")
        return None
