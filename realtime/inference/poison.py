"""What no worker could digest: set aside, counted, looked at, tried again or dropped.

The list says where a request came from, how big it was and why it was set aside, and nothing of what was said in it.
Its content lies beside the list for an hour, so that a mended worker can be shown it; then only the line is left. The
caller was told at once and has the sound in its recording, so nothing waits for what becomes of it here.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.inference import wire
from realtime.inference.bus import InferenceError, InferenceUnavailable
from realtime.inference.engine import FaceResult, SpeechResult
from realtime.inference.streams import (
    CONTENT,
    GROUP,
    HEADER,
    POISON,
    POISON_CONTENT_S,
    POISON_KEPT,
    REPLY_TTL_S,
    poison_content,
)

T = TypeVar("T")


class PoisonUnknown(Exception):
    """Nothing is set aside under this name."""


class ContentGone(Exception):
    """The line is there; what was in the request was kept for an hour and is gone."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """``left_s``: how long its content can still be tried again; 0: it is gone."""

    id: str
    stream: str
    reason: str
    bytes: int
    at_ms: int
    left_s: int


class BusDown(Exception):
    """Redis does not answer."""


async def on_bus(redis_url: str, what: Callable[[Any], Awaitable[T]]) -> T:
    """``what`` with a connection of its own. Raises ``BusDown``."""
    redis: Any = Redis.from_url(redis_url)
    try:
        return await what(redis)
    except RedisError as error:
        raise BusDown(type(error).__name__) from error
    finally:
        await redis.aclose()


async def set_aside(redis: Any, stream: str, entry: bytes, header: bytes, reason: str) -> wire.Envelope | None:
    """Takes a request off its stream. Returns whom to tell; None: it cannot even be read that far."""
    try:
        envelope = wire.read_header(header).envelope
    except msgspec.DecodeError:
        envelope = None
    content = await redis.get(CONTENT + envelope.id) if envelope else None
    about = {"stream": stream, "entry": entry, "bytes": len(header) + len(content or b""), "reason": reason}
    name = await redis.xadd(POISON, about, maxlen=POISON_KEPT, approximate=True)
    async with redis.pipeline(transaction=True) as together:
        if content is not None:
            kept = poison_content(name.decode())
            together.hset(kept, mapping={"header": header, "content": content})
            together.expire(kept, POISON_CONTENT_S)
        if envelope is None:
            together.xack(stream, GROUP, entry)
            together.xdel(stream, entry)
        await together.execute()
    return envelope


async def listed(redis: Any) -> list[SetAside]:
    """Oldest first."""
    found = []
    for name, about in await redis.xrange(POISON):
        id = name.decode()
        found.append(
            SetAside(
                id=id,
                stream=about[b"stream"].decode(),
                reason=about[b"reason"].decode(),
                bytes=int(about[b"bytes"]),
                at_ms=int(id.split("-")[0]),
                left_s=max(0, await redis.ttl(poison_content(id))),
            )
        )
    return found


async def drop(redis: Any, id: str) -> None:
    """Line and content. Raises ``PoisonUnknown``."""
    if not await redis.xdel(POISON, id):
        raise PoisonUnknown(id)
    await redis.delete(poison_content(id))


async def try_again(redis: Any, id: str, *, timeout_s: float = 30.0) -> SpeechResult | FaceResult | InferenceError:
    """Gives it to the workers once more and waits for what they say; with that its line goes, or a new one took its
    place.
    Raises ``PoisonUnknown``, ``ContentGone`` or ``TimeoutError``: no worker took it in time."""
    lines = await redis.xrange(POISON, id, id)
    if not lines:
        raise PoisonUnknown(id)
    kept = await redis.hgetall(poison_content(id))
    if not kept:
        raise ContentGone(id)
    envelope = wire.Envelope(uuid.uuid4().hex, f"viva:reply:{uuid.uuid4().hex}")
    header = wire.encode(msgspec.structs.replace(wire.read_header(kept[b"header"]), envelope=envelope))
    stream = lines[0][1][b"stream"].decode()
    await redis.set(CONTENT + envelope.id, kept[b"content"], px=int(timeout_s * 2000))
    entry = await redis.xadd(stream, {HEADER: header})
    await redis.expire(envelope.reply_to, REPLY_TTL_S)
    answers = await redis.xread({envelope.reply_to: "0"}, count=1, block=int(timeout_s * 1000))
    if not answers:
        await redis.xdel(stream, entry)
        await redis.delete(CONTENT + envelope.id)
        raise TimeoutError
    outcome = wire.outcome_of(wire.read_reply(answers[0][1][0][1][HEADER]))
    await redis.delete(envelope.reply_to)
    if not isinstance(outcome, InferenceUnavailable):
        await drop(redis, id)  # answered, or set aside anew under another name
    return outcome
