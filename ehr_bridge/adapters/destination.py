"""What every destination is: one protocol, one acknowledgement, two ways to fail."""

from dataclasses import dataclass
from typing import Protocol

from ehr_bridge.outbox import Message


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The destination has it, durably. ``duplicate``: it had it before, so nothing changed."""

    ehr_id: str
    received_at_ms: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the destination holds for one message: compared with what was sent by reconciliation."""

    ehr_id: str
    version: int
    report_sha256: str
    received_at_ms: int


class Destination(Protocol):
    """Takes messages at least once and in effect exactly once: ``deliver`` is idempotent by (source, id).

    Both calls may raise ``DeliveryFailed``; anything else that escapes counts as retryable and unknown.
    """

    @property
    def name(self) -> str: ...

    async def deliver(self, message: Message) -> Acknowledgement: ...

    async def read_back(self, message: Message) -> ReadBack | None: ...


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
