"""SMS through a gateway: there is no standard, so this is the smallest contract that a bank's own can be put behind.

    POST {url}   Authorization: Bearer KEY   Idempotency-Key: <message id>
    {"id": <message id>, "to": "+8613…", "sign": "示范银行", "template": "progress", "text": "…", "language": "zh"}
    → 202 {"id": <the gateway's>}; 409: this id was taken before; 4xx: never; 429, 5xx: later

What became of it is posted to ``/api/v1/callbacks/sms`` (docs/reference/sms-gateway.md). ``template`` is there for
gateways that send approved templates only. A gateway that keeps no idempotency key may send twice when its answer
was lost.
"""

import re
from dataclasses import dataclass, field

import msgspec

from ehr_bridge.adapters.destination import DeliveryFailed
from ehr_bridge.egress import Call
from ehr_bridge.notices.ladder import AnswerLost, Refused, Taken
from ehr_bridge.notices.sender import Answered, Outgoing
from ehr_bridge.notices.texts import SMS_CHARACTERS, Rendered
from ehr_bridge.wecom.client import NEVER_SENT, Out

NUMBER = re.compile(r"\+?[0-9]{6,15}")


@dataclass(frozen=True, slots=True)
class SmsGateway:
    url: str
    key: str = field(repr=False)


def number_of(phone: str) -> str | None:
    """Without spaces, hyphens and brackets; None: no number."""
    bare = re.sub(r"[\s()\-]", "", phone)
    return bare if NUMBER.fullmatch(bare) else None


class SmsSender:
    def __init__(self, gateway: SmsGateway, out: Out) -> None:
        self._gateway = gateway
        self._out = out

    def fits(self, words: Rendered) -> bool:
        return 0 < len(words.sms) <= SMS_CHARACTERS

    async def send(self, item: Outgoing) -> Answered:
        number = number_of(item.to.phone)
        if number is None:
            return Refused("number_invalid")
        body = {
            "id": item.notice_id,
            "to": number,
            "sign": item.employer,
            "template": item.kind,
            "text": item.words.sms,
            "language": item.language,
        }
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self._gateway.key}",
            "Idempotency-Key": item.notice_id,
        }
        try:
            answer = await self._out.ask(Call("POST", self._gateway.url, headers, msgspec.json.encode(body)))
        except DeliveryFailed as failed:
            return Refused(failed.code, 20_000) if failed.code in NEVER_SENT else AnswerLost(failed.code)
        return _understood(answer.status)


def _understood(status: int) -> Answered:
    if 200 <= status < 300 or status == 409:
        return Taken()
    reason = f"sms_http_{status}"
    if status in (408, 425, 429):
        return Refused(reason, 60_000)
    if status >= 500:
        return AnswerLost(reason)
    # Our key is not good there: an operator can heal that, the next rung need not wait for it.
    return Refused(reason)
