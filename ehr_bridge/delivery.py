"""From the outbox to a destination: one durable workflow per promised delivery.

    send ──► note ──► acknowledged                 each arrow is a place where the process may be killed;
      ▲        │                                   docs/explanation/delivery.md walks through all of them
      └ wait ◄─┴──► dead

*send* is at least once: it ends with the destination's answer written into the workflow's books, and if the
process dies before that, it is sent again and the destination recognises the message. *note* copies the outcome
into the delivery row, which people and the relay read. Only ids and outcomes enter the books, never the message.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.adapters.destination import DeliveryFailed, Destination, RetryableFailure
from ehr_bridge.durable import Durable
from ehr_bridge.health import Health
from ehr_bridge.ledger import Acknowledged, Attempt, Failed, begin_attempt, note_outcome
from ehr_bridge.outbox import PendingDelivery
from ehr_bridge.retry import RetryPolicy

logger = logging.getLogger(__name__)

Outcome = Acknowledged | Failed


def _passed(_point: str) -> None:
    """The default observer looks away."""


class Delivery:
    """Owns the workflow ``ehr.deliver``. Build it before ``durable.launch()``; recovery finds it by that name.

    ``now_ms`` reads the wall clock; ``random`` gives 0 ≤ x < 1; ``settled`` is called after each outcome, for the
    relay; ``passed`` hears the name of every point passed (for traces, and for tests that kill at one).
    """

    def __init__(
        self,
        durable: Durable,
        engine: AsyncEngine,
        destinations: Sequence[Destination],
        *,
        now_ms: Callable[[], int],
        random: Callable[[], float],
        retry: RetryPolicy | None = None,
        timeout_s: float = 30.0,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        passed: Callable[[str], None] = _passed,
    ) -> None:
        self._durable = durable
        self._engine = engine
        self._destinations = {destination.name: destination for destination in destinations}
        self.now_ms = now_ms
        self._random = random
        self._retry = retry or RetryPolicy()
        self._timeout_s = timeout_s
        self._sleep = sleep or durable.sleep
        self._passed = passed
        self.health = Health()
        self.settled: Callable[[], None] = lambda: None
        self._workflow = durable.workflow("ehr.deliver", self._deliver)

    @property
    def destinations(self) -> Sequence[Destination]:
        return tuple(self._destinations.values())

    async def start(self, head: PendingDelivery) -> None:
        """Starts the delivery unless it was started before."""
        await self._durable.start(self._workflow, head.workflow_id, head.delivery_id, head.round)

    async def _deliver(self, delivery_id: int, round_number: int) -> None:
        while True:
            self._passed("before_send")
            record = await self._durable.step("send", self._send, delivery_id, round_number)
            self._passed("send_recorded")
            if record is None:
                return
            await self._durable.step("note", self._note, delivery_id, round_number, record)
            self._passed("note_recorded")
            outcome = _outcome(record)
            # Also after a failure: another lane may have its turn.
            self.settled()
            if isinstance(outcome, Acknowledged) or outcome.delay_s is None:
                return
            await self._sleep(outcome.delay_s)
            self._passed("waited")

    async def _send(self, delivery_id: int, round_number: int) -> dict[str, Any] | None:
        async with self._engine.begin() as connection:
            attempt = await begin_attempt(connection, delivery_id, round_number, self.now_ms())
        self._passed("attempt_counted")
        if attempt is None:
            return None
        outcome = await self._attempt(attempt)
        self._passed("answered")
        return {type(outcome).__name__: msgspec.to_builtins(outcome)}

    async def _attempt(self, attempt: Attempt) -> Outcome:
        try:
            answer = await self._ask(attempt)
        except DeliveryFailed as failure:
            return self._failed(failure, attempt)
        except Exception as error:  # the boundary to code of other systems: no defect there may stop the lane
            logger.warning("destination %s failed: %s", attempt.destination, type(error).__name__)
            return self._failed(RetryableFailure("destination_broken", type(error).__name__), attempt)
        self.health.settled(attempt.destination)
        return Acknowledged(answer.ehr_id, answer.received_at_ms, answer.duplicate)

    async def _ask(self, attempt: Attempt) -> Any:
        destination = self._destinations.get(attempt.destination)
        if destination is None:
            # Retryable: a configuration that forgot a destination is repaired by a restart, not by a replay.
            logger.error("promised to %r, which is not among %s", attempt.destination, sorted(self._destinations))
            raise RetryableFailure("destination_unknown", attempt.destination)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await destination.deliver(attempt.message)
        except TimeoutError:
            raise RetryableFailure("destination_timeout", f"no answer within {self._timeout_s:g} s") from None

    def _failed(self, failure: DeliveryFailed, attempt: Attempt) -> Failed:
        # One that is given up after its last attempt says as little good of the destination as the others before it.
        (self.health.failed if failure.retry else self.health.settled)(attempt.destination)
        final = not failure.retry or self._retry.exhausted(attempt.number)
        delay_s = None if final else self._retry.delay_s(attempt.number, self._random())
        if delay_s is not None and failure.retry_after_s is not None:
            delay_s = max(delay_s, failure.retry_after_s)  # never earlier than it asked for
        return Failed(failure.code, failure.detail, delay_s, failure.field)

    async def _note(self, delivery_id: int, round_number: int, record: dict[str, Any]) -> None:
        async with self._engine.begin() as connection:
            await note_outcome(connection, delivery_id, round_number, _outcome(record), self.now_ms())
        self._passed("noted")


def _outcome(record: dict[str, Any]) -> Outcome:
    """What ``send`` left in the books, as a value again."""
    ((name, fields),) = record.items()
    if name == "Acknowledged":
        return msgspec.convert(fields, Acknowledged)
    return msgspec.convert(fields, Failed)
