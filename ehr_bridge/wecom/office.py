"""What Viva does with an app: messages to members, cards that change, signing in, tickets for pages."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ehr_bridge.wecom import jssdk
from ehr_bridge.wecom.cards import ResponseCode
from ehr_bridge.wecom.client import Caller
from ehr_bridge.wecom.errors import WeComError
from ehr_bridge.wecom.messages import MessageInvalid, Sendable
from ehr_bridge.wecom.oauth import Member, Outsider, identity, may_be_code
from ehr_bridge.wecom.tokens import Granted, TokenCache

DUPLICATE_CHECK_S = 4 * 3600
"""The most that WeCom allows: the same content to the same member within it arrives once."""
MOST_MEMBERS = 1000


class MemberLedger(Protocol):
    """Counts messages to members, for all processes of this corporation's Viva; see ``wecom.limits``."""

    async def take(self, app: str, member: str, now_ms: int) -> int:
        """Counts one and gives 0, or counts nothing and gives how many milliseconds to wait."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """``refused``: members whom WeCom names as not reachable, the reasons together."""

    message_id: str
    refused: frozenset[str]
    response_code: ResponseCode | None


class Office:
    def __init__(self, caller: Caller, ledger: MemberLedger) -> None:
        self._caller = caller
        self._ledger = ledger
        self._tickets = {
            "page": TokenCache(lambda: self._ticket("get_jsapi_ticket", None), caller.now_ms),
            "app": TokenCache(lambda: self._ticket("ticket/get", {"type": "agent_config"}), caller.now_ms),
        }

    async def send(self, members: Sequence[str], message: Sendable) -> Sent:
        """To members by name only: for a department or ``@all`` nobody could keep the members' limits.
        Raises ``WeComError``, ``MessageInvalid``."""
        named = sorted({member.strip().lower() for member in members})
        if not 1 <= len(named) <= MOST_MEMBERS or any("|" in name or name in ("", "@all") for name in named):
            raise MessageInvalid("touser", f"1 to {MOST_MEMBERS} UserIDs")
        body: dict[str, Any] = {
            "touser": "|".join(named),
            "agentid": self._caller.app.agent_id,
            **message.body(),
            "safe": 0,
            "enable_id_trans": 0,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_CHECK_S,
        }
        answer = await self._caller.call("message/send", body, before=lambda: self._count(named))
        refused = "|".join(str(answer.get(key) or "") for key in ("invaliduser", "unlicenseduser"))
        code = answer.get("response_code")
        return Sent(
            str(answer.get("msgid", "")),
            frozenset(filter(None, refused.lower().split("|"))),
            ResponseCode(code, self._caller.now_ms()) if isinstance(code, str) and code else None,
        )

    async def _count(self, members: Sequence[str]) -> None:
        for member in members:
            wait_ms = await self._ledger.take(str(self._caller.app.agent_id), member, self._caller.now_ms())
            if wait_ms:
                raise WeComError("message/send", 45009, retry_after_s=wait_ms / 1000)

    async def settle_card(self, code: ResponseCode, said: str, members: Sequence[str]) -> None:
        """Turns a card's buttons into one grey line: what was decided. Raises ``WeComError``, ``MessageInvalid``."""
        if not code.usable(self._caller.now_ms()):
            raise MessageInvalid("response_code", "used, or older than 72 hours")
        body = {
            "userids": list(members),
            "agentid": self._caller.app.agent_id,
            "response_code": code.value,
            "button": {"replace_name": said},
        }
        await self._caller.call("message/update_template_card", body)

    async def who(self, code: str) -> Member | Outsider:
        """Who came back with this code; it is used up by asking. Raises ``WeComError`` 40029 for what is no code."""
        if not may_be_code(code):
            raise WeComError("auth/getuserinfo", 40029)
        found = identity(await self._caller.call("auth/getuserinfo", None, {"code": code}))
        if found is None:
            raise WeComError("auth/getuserinfo", 40029)
        return found

    async def page_config(self, url: str, kind: str = "page") -> dict[str, Any]:
        """What ``wx.config`` (page) or ``wx.agentConfig`` (app) is called with."""
        ticket = await self._tickets[kind].get()
        noncestr, timestamp = secrets.token_hex(8), self._caller.now_ms() // 1000
        return {
            "appId": self._caller.app.corp_id,
            "timestamp": timestamp,
            "nonceStr": noncestr,
            "signature": jssdk.signature(ticket, noncestr, timestamp, url),
        }

    async def _ticket(self, api: str, params: dict[str, str] | None) -> Granted:
        asked_ms = self._caller.now_ms()
        answer = await self._caller.call(api, None, params)
        return Granted(str(answer["ticket"]), asked_ms + int(answer["expires_in"]) * 1000)
