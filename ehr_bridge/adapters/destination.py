"""What every destination is: one protocol, one acknowledgement, two ways to fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from ehr_bridge.outbox import Message


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The destination has it, durably. ``duplicate``: it had it before, so nothing changed."""

    ehr_id: str
    received_at_ms: int
    duplicate: bool


Value = str | float | bool | None


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the destination holds for one message: compared with what was sent by ``ehr_bridge.reconciliation``.

    ``fields``: what it gives back, by the paths of ``reconciliation.fields_of`` ("applicant.email", "result.score",
    "result.competency.communication", "report_sha256"). A field that it holds in a form of its own (a rounded score) is
    left out; one that it should hold and does not is None. ``version`` 0 and ``report_sha256`` "": not known there.
    """

    ehr_id: str
    version: int
    report_sha256: str
    received_at_ms: int
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Holding:
    """One record that the destination says it has from us."""

    source: str
    message_id: str
    ehr_id: str


class Destination(Protocol):
    """Takes messages at least once and in effect exactly once: ``deliver`` is idempotent by (source, id).

    Both calls may raise ``DeliveryFailed``; anything else that escapes counts as retryable and unknown.
    """

    @property
    def name(self) -> str: ...

    async def deliver(self, message: Message) -> Acknowledgement: ...

    async def read_back(self, message: Message) -> ReadBack | None: ...


@runtime_checkable
class Listing(Protocol):
    """A destination that can also tell everything it has from us, so that what is unknown here is found."""

    async def holdings(self, after: str, limit: int) -> tuple[list[Holding], str]:
        """One page in a stable order, and where to go on; an empty page ends it. ``after`` "": from the beginning."""
        ...


class DeliveryFailed(Exception):
    """``code`` is stable and safe to log; ``detail`` may not contain personal data. ``fault``: destination, message,
    configuration (of this installation) or server. ``retry_after_s``: the destination's own wish. ``field``: the one
    it names as the reason."""

    retry: bool
    fault: str

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        fault: str | None = None,
        retry_after_s: float | None = None,
        field: str = "",
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.field = field
        if fault is not None:
            self.fault = fault


class RetryableFailure(DeliveryFailed):
    """The destination is ill or busy: the same message may succeed later. The lane waits with it."""

    retry = True
    fault = "destination"


class PermanentFailure(DeliveryFailed):
    """The destination will never take this message as it is: it goes to the dead letters, the lane goes on."""

    retry = False
    fault = "message"
