"""Inference over Redis Streams: what a server process holds instead of engines.

Everything it asked for it still has, so nothing depends on Redis remembering: when the bus was away, whatever it has
forgotten meanwhile is sent again (``streams`` says what lies where).
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.inference import wire
from realtime.inference.bus import InferenceError, InferenceStatistics, InferenceUnavailable, Place, Superseded
from realtime.inference.engine import EngineDescription, FaceRequest, FaceResult, SpeechRequest, SpeechResult, Spent
from realtime.inference.measures import Measures
from realtime.inference.streams import CONTENT, FACES, FINALS, HEADER, PARTIALS, REPLY_TTL_S
from realtime.inference.worker_roll import WorkerRoll

logger = logging.getLogger(__name__)

MOST_ASKED = 2048
"""Requests of this process under way."""
MOST_BYTES = 256 * 1024 * 1024
"""Of their content, held here until they are answered, and as much at most in Redis for this process."""
MOST_PARTIALS_WAITING = 512
"""A backlog of partials from which on new ones are refused: they would be stale before they were read."""
MOST_FINALS_WAITING = 4096
PARTIAL_CONTENT_S = 10.0
_LOOK_AROUND_S = 0.5
_REPLY_BLOCK_MS = 200


@dataclass(slots=True, eq=False)
class _Asked:
    stream: str
    id: str
    header: bytes
    body: bytes
    future: "asyncio.Future[SpeechResult | FaceResult]"
    entry: bytes | None = None


class RemoteInference:
    """``Inference`` by worker processes. ``timeout_s``: how long an answer is awaited before the request is taken
    back. ``digest``: of the only speech model that may answer; None: of whichever model most workers have.

    It is ready while at least one worker lives.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        timeout_s: float = 20.0,
        digest: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # redis-py's own annotations describe both of its clients at once; Any keeps the noise out.
        self._redis: Any = Redis.from_url(redis_url)
        self._timeout_s = timeout_s
        self._clock = clock
        self._reply_to = f"viva:reply:{uuid.uuid4().hex}"
        self._asked: dict[str, _Asked] = {}
        self._bytes = 0
        self._roll = WorkerRoll(digest)
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = self._interrupted = False
        self._submitted = self._answered = self._failed = self._superseded = self._refused = self._refused_finals = 0
        self._lost = 0
        self._measures = Measures()

    @property
    def ready(self) -> bool:
        return bool(self._roll.workers)

    @property
    def speech(self) -> EngineDescription | None:
        return self._roll.speech

    @property
    def face(self) -> EngineDescription | None:
        return self._roll.face

    @property
    def reasons(self) -> list[str]:
        return self._roll.reasons or ([] if self.ready else ["no worker answers"])

    async def start(self) -> None:
        with suppress(RedisError):
            await self._roll.look(self._redis)
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
        for asked in self._asked.values():
            if not asked.future.done():
                asked.future.set_exception(InferenceUnavailable("stopped", retry=True))
        with suppress(RedisError):
            await self._redis.delete(self._reply_to)
        await self._redis.aclose()

    async def transcribe(self, request: SpeechRequest) -> SpeechResult:
        if self.ready and self.speech is None:
            raise InferenceUnavailable("no_speech_engine", retry=False)
        began = self._clock()
        stream = FINALS if request.kind == "final" else PARTIALS
        result = cast(SpeechResult, await self._ask(stream, request))
        took_s = self._clock() - began
        self._measures.observe("answer", request.kind, took_s)
        return replace(result, spent=_with_transport(result.spent, took_s))

    async def analyse(self, request: FaceRequest) -> FaceResult:
        if self.ready and self.face is None:
            raise InferenceUnavailable("no_face_engine", retry=False)
        began = self._clock()
        result = cast(FaceResult, await self._ask(FACES, request))
        self._measures.observe("answer", "face", self._clock() - began)
        return result

    def statistics(self) -> InferenceStatistics:
        """What this process asked, and what the workers say of their engines."""
        return self._own(self._roll.engines())

    def places(self) -> dict[str, Place]:
        own = Place(self._own(InferenceStatistics()), self._measures)
        return {"": own, **{card.name: Place(card.statistics, card.measures) for card in self._roll.workers}}

    def _own(self, engines: InferenceStatistics) -> InferenceStatistics:
        return replace(
            engines,
            submitted=self._submitted,
            answered=self._answered,
            failed=self._failed,
            coalesced=self._superseded,
            refused=self._refused,
            refused_finals=self._refused_finals,
            waiting=len(self._asked),
            lost=self._lost,
        )

    # ------------------------------------------------------------------ one request
    async def _ask(self, stream: str, request: SpeechRequest | FaceRequest) -> SpeechResult | FaceResult:
        self._submitted += 1
        self._admit(stream)
        id = uuid.uuid4().hex
        header, body = await _packed(request, wire.Envelope(id, self._reply_to))
        asked = _Asked(stream, id, header, body, asyncio.get_running_loop().create_future())
        self._asked[id] = asked
        self._bytes += len(body)
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._send(asked)
                return await asked.future
        except TimeoutError:
            self._failed += 1
            raise InferenceUnavailable("timed_out", retry=True) from None
        except RedisError:
            self._failed += 1
            raise InferenceUnavailable("bus_down", retry=True) from None
        finally:
            del self._asked[id]
            self._bytes -= len(body)
            if asked.entry is not None and (asked.future.cancelled() or not asked.future.done()):
                await self._take_back(asked)

    def _admit(self, stream: str) -> None:
        limit = MOST_FINALS_WAITING if stream == FINALS else MOST_PARTIALS_WAITING
        refusal = None
        if not self.ready:
            refusal = "no_worker"
        elif len(self._asked) >= MOST_ASKED or self._bytes >= MOST_BYTES or self._roll.backlog[stream] >= limit:
            refusal = "queue_full"
        if refusal:
            self._refused += 1
            self._refused_finals += stream == FINALS
            raise InferenceUnavailable(refusal, retry=True)

    async def _send(self, asked: _Asked) -> None:
        lives_s = PARTIAL_CONTENT_S if asked.stream != FINALS else 2 * self._timeout_s
        async with self._redis.pipeline(transaction=True) as together:
            together.set(CONTENT + asked.id, asked.body, px=int(lives_s * 1000))
            together.xadd(asked.stream, {HEADER: asked.header})
            _, asked.entry = await together.execute()

    async def _take_back(self, asked: _Asked) -> None:
        with suppress(RedisError):
            async with self._redis.pipeline(transaction=True) as together:
                together.xdel(asked.stream, asked.entry)
                together.delete(CONTENT + asked.id)
                await together.execute()

    # ------------------------------------------------------------------ what goes on beside
    async def _watch(self) -> None:
        while not self._stopping:
            await asyncio.sleep(_LOOK_AROUND_S)
            try:
                await self._roll.look(self._redis)
                if self._interrupted:
                    self._interrupted = False
                    logger.info("the bus answers again")
                    await self._send_again()
            except RedisError as error:
                self._roll.forget()
                self._interrupt(error)

    def _interrupt(self, error: RedisError) -> None:
        """Told once, however long it lasts."""
        if not self._interrupted:
            logger.warning("the bus does not answer: %s", type(error).__name__)
        self._interrupted = True

    async def _send_again(self) -> None:
        """The bus is back. What it forgot, with or without the answer to it, is asked anew; what it still has is left
        to whoever has it."""
        for asked in list(self._asked.values()):
            if asked.entry is None or asked.future.done():
                continue
            if not await self._redis.xrange(asked.stream, asked.entry, asked.entry) and not asked.future.done():
                self._lost += 1
                await self._send(asked)

    async def _read_replies(self) -> None:
        last: bytes | str = "0"
        while not self._stopping:
            try:
                await self._redis.expire(self._reply_to, REPLY_TTL_S)
                answers = await self._redis.xread({self._reply_to: last}, count=256, block=_REPLY_BLOCK_MS)
                for _, entries in answers or ():
                    for entry, fields in entries:
                        last = entry
                        self._deliver(fields)
                    await self._redis.xdel(self._reply_to, *(entry for entry, _ in entries))
            except RedisError as error:
                self._interrupt(error)
                last = "0"  # whatever is in the stream now has not been read: what has is deleted
                await asyncio.sleep(_LOOK_AROUND_S)

    def _deliver(self, fields: dict[bytes, bytes]) -> None:
        try:
            reply = wire.read_reply(fields[HEADER])
            outcome = wire.outcome_of(reply)
        except (KeyError, ValueError, msgspec.DecodeError):
            logger.warning("an answer on the bus could not be read")
            return
        asked = self._asked.get(reply.id)
        if asked is None or asked.future.done():
            return
        if isinstance(outcome, InferenceError):
            self._superseded += isinstance(outcome, Superseded)
            self._failed += not isinstance(outcome, Superseded)
            asked.future.set_exception(outcome)
        else:
            self._answered += 1
            asked.future.set_result(outcome)


def _with_transport(spent: Spent | None, took_s: float) -> Spent | None:
    """What of the time no worker accounts for: packing, the bus there and back, reading. Only durations travel, so
    the hosts' clocks need not agree."""
    if spent is None:
        return None
    away_ms = took_s * 1e3 - spent.total_ms
    return replace(spent, parts_ms={"transport": away_ms, **spent.parts_ms})


async def _packed(request: SpeechRequest | FaceRequest, envelope: wire.Envelope) -> tuple[bytes, bytes]:
    """A picture is compressed, a window's new frames are computed: in a thread, live interviews share this loop."""
    if isinstance(request, FaceRequest) or request.features is not None:
        return await asyncio.to_thread(wire.pack, request, envelope)
    return wire.pack(request, envelope)
