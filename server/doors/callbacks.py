"""What other systems tell us of themselves: WeCom's callbacks, an SMS gateway's reports. An answer within moments,
the work after it; a repetition changes nothing."""

import hashlib
import hmac
import logging

import msgspec
from sqlalchemy import delete
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ehr_bridge.notices.ladder import Arrived, Event, Failed
from ehr_bridge.notices.tables import notice_seen
from ehr_bridge.store import insert_if_absent
from ehr_bridge.wecom.callback import MAX_BYTES, Received, receive
from ehr_bridge.wecom.crypt import CryptError, Secrets, open_sealed
from server.clock import wall_ms
from server.correspondence.office import Correspondence
from server.house import house
from server.problems import Problem
from server.requests import body_of

log = logging.getLogger("viva.notices")

FORGET_MS = 24 * 3_600_000
"""WeCom repeats within seconds; a day is for clocks that differ."""
LATE_S = 600
MOST_REPORT_BYTES = 16 * 1024


def _secrets(request: Request) -> tuple[Correspondence, Secrets]:
    office = house(request).correspondence
    if office.configured.callback is None:
        raise Problem("not_found")
    return office, office.configured.callback


def _signed(request: Request) -> tuple[str, str, str]:
    query = request.query_params
    signature, timestamp, nonce = (query.get(name, "") for name in ("msg_signature", "timestamp", "nonce"))
    if not (timestamp.isdecimal() and len(timestamp) < 14 and abs(wall_ms() / 1000 - int(timestamp)) < LATE_S):
        raise Problem("callback_refused", detail="timestamp")
    return signature, timestamp, nonce


async def verify(request: Request) -> Response:
    """``GET /api/v1/callbacks/wecom``: WeCom asks whether this is us; the echo goes back as it was, bare."""
    _, secrets = _secrets(request)
    signature, timestamp, nonce = _signed(request)
    try:
        echo = open_sealed(secrets, signature, timestamp, nonce, request.query_params.get("echostr", ""))
    except CryptError as refused:
        raise Problem("callback_refused", detail=str(refused)) from None
    return PlainTextResponse(echo)


async def wecom(request: Request) -> Response:
    """``POST /api/v1/callbacks/wecom``: kept as seen, answered empty within the five seconds, worked on after that."""
    office, secrets = _secrets(request)
    signature, timestamp, nonce = _signed(request)
    body = await body_of(request, MAX_BYTES)
    try:
        received = receive(secrets, signature, timestamp, nonce, body)
    except CryptError as refused:
        raise Problem("callback_refused", detail=str(refused)) from None
    now = wall_ms()
    async with office.engine.begin() as store:
        await store.execute(delete(notice_seen).where(notice_seen.c.at_ms < now - FORGET_MS))
        new = await insert_if_absent(store, notice_seen, {"key": received.key, "at_ms": now})
    return PlainTextResponse("", background=BackgroundTask(_work, office, received) if new else None)


async def _work(office: Correspondence, received: Received) -> None:
    """What follows. If the process dies here, 客服 messages are found by the next look, which needs no callback."""
    try:
        if received.event == "kf_msg_or_event" and office.channels.desk is not None:
            await office.inbox.fetch(received.fields.get("Token", ""))
        elif received.event == "template_card_event":
            await office.pressed(received)
        elif received.event == "subscribe_msg_sent_event":
            await office.inbox.subscription_told(received.sender, received.fields)
    except Exception:  # the boundary of this task: WeCom has its answer already
        log.exception("a callback of WeCom could not be worked on")


class SmsReport(msgspec.Struct, frozen=True):
    """``id``: ours. ``status``: delivered or failed; any other is news of no use."""

    id: str
    status: str
    reason: str = ""


async def sms(request: Request) -> Response:
    """``POST /api/v1/callbacks/sms``: what became of a message, signed with the gateway's key."""
    office = house(request).correspondence
    gateway = office.configured.settings.sms
    if gateway is None:
        raise Problem("not_found")
    body = await body_of(request, MOST_REPORT_BYTES)
    expected = "sha256=" + hmac.new(gateway.key.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), request.headers.get("x-sms-signature", "").encode()):
        raise Problem("callback_refused", detail="signature")
    try:
        report = msgspec.json.decode(body, type=SmsReport)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("request_invalid", detail=str(error)) from None
    known: dict[str, Event] = {"delivered": Arrived("sms"), "failed": Failed("sms", "gateway_failed")}
    event = known.get(report.status)
    if event is not None:
        await office.clerk.happen(report.id, event)
    return Response(status_code=204)
