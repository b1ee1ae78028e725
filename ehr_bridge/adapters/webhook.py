"""Signed webhooks: one POST for each message, to whoever implements two open specifications.

The headers are Standard Webhooks 1.0 (``webhook-id``, ``webhook-timestamp``, ``webhook-signature``); the body is a
CloudEvents 1.0 event in structured mode. The body also has the ``timestamp`` that Standard Webhooks recommends beside
``type`` and ``data``, as a CloudEvents extension attribute, so that a reader of either finds what it looks for.

Everything but 2xx is a failure (Standard Webhooks, "Delivery success and failure"); 410 means "never again".
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from ehr_bridge.adapters.adapter import Adapter, Record, Secret
from ehr_bridge.adapters.conversation import Conversation, Request, refusal
from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure, ReadBack, RetryableFailure
from ehr_bridge.answers import Answer
from ehr_bridge.canonical import RESULT_KIND, Label, sha256
from ehr_bridge.canonical.payloads import RECORD_KINDS, RecordPayload

REFUSED_FOR_GOOD = (400, 413, 415, 422)
CHECK_TYPE = "viva.check.v1"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``secrets``: every one signs, the newest first; two of them while the receiver changes over. ``content``: thin
    leaves the report out (the receiver reads it by the EHR API), full has it, which makes events of 40 kB and more."""

    url: str
    secrets: Annotated[list[Secret], msgspec.Meta(min_length=1, max_length=5)]
    content: Literal["thin", "full"] = "thin"
    source: str = "/viva"

    def __post_init__(self) -> None:
        for secret in self.secrets:
            key_of(secret)


def key_of(secret: str) -> bytes:
    """The key in ``whsec_<base64>``. Raises ``ValueError``: 24 to 64 bytes are wanted by the specification."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        raise ValueError("a webhook secret is whsec_ and base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError(f"a webhook secret has 24 to 64 bytes, this has {len(key)}")
    return key


def sign(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``."""
    signed = b".".join((message_id.encode(), str(timestamp_s).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()


def headers_of(secrets: Sequence[str], message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(sign(secret, message_id, timestamp_s, body) for secret in secrets),
    }


def _rfc3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Webhook:
    paces: dict[str, float] = {}  # noqa: RUF012 - the receiver says 429 where it has a limit

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def deliver(self, record: Record) -> Conversation[Acknowledgement]:
        # The id is the message's and no attempt's: a receiver recognises by it what it has already.
        message_id = record.key.replace("viva-", "msg_")
        answer = yield self._request(message_id, record.now_ms, self._event(record))
        _expect_taken(answer, record.now_ms)
        return Acknowledgement(message_id, record.now_ms, duplicate=False)

    def read_back(self, record: Record) -> Conversation[ReadBack | None]:
        raise PermanentFailure("read_back_unsupported", "a webhook has no way back")
        yield

    def check(self, now_ms: int) -> Conversation[str]:
        event = self._envelope("check-" + sha256(str(now_ms).encode())[:16], CHECK_TYPE, "check", now_ms, {})
        answer = yield self._request(event["id"], now_ms, msgspec.json.encode(event))
        _expect_taken(answer, now_ms)
        return f"took a signed event of type {CHECK_TYPE}: status {answer.status}"

    def _event(self, record: Record) -> bytes:
        content = record.content
        data: dict[str, Any] = {"schema_version": content.schema_version, "applicant": content.applicant}
        if isinstance(content, RecordPayload):
            data |= {"external_id": content.external_id, "record": content.record}
        else:
            data |= {"result": content.result, "report_sha256": content.report_sha256}
            if self._settings.content == "full":
                data["report"] = content.report
        message = record.message
        return msgspec.json.encode(
            self._envelope(message.id, message.kind, message.subject, message.created_at_ms, data)
        )

    def _envelope(self, event_id: str, kind: str, subject: str, at_ms: int, data: object) -> dict[str, Any]:
        at = _rfc3339(at_ms)
        return {
            "specversion": "1.0",
            "id": event_id,
            "source": self._settings.source,
            "type": kind,
            "subject": subject,
            "time": at,
            "timestamp": at,
            "datacontenttype": "application/json",
            "data": data,
        }

    def _request(self, message_id: str, now_ms: int, body: bytes) -> Request:
        headers = headers_of(self._settings.secrets, message_id, now_ms // 1000, body)
        return Request("POST", self._settings.url, headers, body)


def _expect_taken(answer: Answer, now_ms: int) -> None:
    """A receiver may be mended (404 until it is deployed); only what it says of this very message, or 410, is final."""
    if answer.ok:
        return
    if answer.status == 410:
        raise PermanentFailure("destination_gone", "HTTP 410: the receiver wants no more events; turn it off")
    failed = refusal(answer, now_ms)
    if failed.retry or answer.status in REFUSED_FOR_GOOD:
        raise failed
    raise RetryableFailure(failed.code, failed.detail, fault=failed.fault)


TITLE = Label("签名 Webhook", "Signed webhooks")
ADAPTER = Adapter(TITLE, Settings, Webhook, (RESULT_KIND, *RECORD_KINDS), reads_back=False)
