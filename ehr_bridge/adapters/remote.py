"""The shell around every adapter that speaks to another system: carries out what its conversation asks for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from ehr_bridge.adapters.adapter import Record, Speaker
from ehr_bridge.adapters.conversation import Conversation, Request
from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure, ReadBack
from ehr_bridge.canonical import ResultPayload, read_payload, sha256
from ehr_bridge.canonical.payloads import RECORD_KINDS, RecordPayload, read_record
from ehr_bridge.outbox import Message

T = TypeVar("T")

Perform = Callable[[Any], Awaitable[Any]]
Content = ResultPayload | RecordPayload
Mapping = Callable[[Content], Content]


class Pace:
    """At most ``per_second`` a second, evenly spaced: no burst that a sliding window on the other side would refuse."""

    def __init__(self, per_second: float) -> None:
        self._spacing_s = 1 / per_second
        self._next_s = 0.0

    def reserve(self, now_s: float) -> float:
        """Seconds to wait before the next request; its place is taken."""
        at_s = max(now_s, self._next_s)
        self._next_s = at_s + self._spacing_s
        return at_s - now_s


class RemoteDestination:
    """``perform`` carries out one effect and may raise ``DeliveryFailed``. ``mapping`` makes this employer's codes and
    formats of ours; it is applied once, before the adapter sees the record."""

    def __init__(
        self,
        name: str,
        speaker: Speaker,
        perform: Perform,
        now_ms: Callable[[], int],
        mapping: Mapping = lambda payload: payload,
        monotonic_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self.speaker = speaker
        self._perform = perform
        self._now_ms = now_ms
        self._mapping = mapping
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._paces = {pace: Pace(per_second) for pace, per_second in speaker.paces.items()}

    async def deliver(self, message: Message) -> Acknowledgement:
        return await self.hold(self.speaker.deliver(self._record(message)))

    async def read_back(self, message: Message) -> ReadBack | None:
        return await self.hold(self.speaker.read_back(self._record(message)))

    async def check(self) -> str:
        """What a harmless call showed. Raises ``DeliveryFailed``."""
        return await self.hold(self.speaker.check(self._now_ms()))

    def _record(self, message: Message) -> Record:
        try:
            if message.kind in RECORD_KINDS:
                said, _ = read_record(message.kind, message.payload)
                return Record(message, self._mapping(said), self._now_ms())
            payload = read_payload(message.payload)
        except msgspec.MsgspecError as error:
            raise PermanentFailure("payload_invalid", str(error)) from None
        if sha256(bytes(payload.report)) != payload.report_sha256:
            raise PermanentFailure("report_damaged", payload.report_sha256)
        return Record(message, self._mapping(payload), self._now_ms())

    async def hold(self, conversation: Conversation[T]) -> T:
        """Carries out what the conversation asks for, and returns what it ends with. Raises ``DeliveryFailed``."""
        try:
            effect = next(conversation)
            while True:
                if isinstance(effect, Request) and effect.pace:
                    await self._sleep(self._paces[effect.pace].reserve(self._monotonic_s()))
                effect = conversation.send(await self._perform(effect))
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        finally:
            conversation.close()
