"""微信客服 on the wire: sending within the window, and fetching what was written (docs 94677, 94670)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ehr_bridge.wecom.client import Caller
from ehr_bridge.wecom.messages import TEXT_BYTES, MessageInvalid, within_bytes

MESSAGE_ID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
PAGE = 200
"""Two hundred texts of 2048 bytes are well below what one answer may have (``ehr_bridge.egress``)."""
MENU_MOST, MENU_ID_BYTES, MENU_HEAD_BYTES = 10, 128, 1024
FROM_PERSON, FROM_SYSTEM, FROM_SERVANT = 3, 4, 5
"""``origin``."""

FAILURES = {
    0: "unknown",
    1: "the 客服 account was deleted",
    2: "the app was closed",
    4: "48 hours are over",
    5: "the conversation is closed",
    6: "more than five messages",
    8: "the corporation is not verified",
    10: "the person refuses messages",
}
"""``fail_type`` of ``msg_send_fail``."""


@dataclass(frozen=True, slots=True)
class Written:
    """A person's message. ``kind``: text, or what else; only text has ``text``. ``choice``: what was tapped."""

    message_id: str
    person: str
    at_ms: int
    kind: str
    text: str
    choice: str = ""


@dataclass(frozen=True, slots=True)
class SendingFailed:
    """One of ours did not arrive. There is no event for those that did."""

    message_id: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entered:
    """The person opened the conversation. ``scene``: what our link carried."""

    person: str
    at_ms: int
    scene: str
    welcome_code: str


Happened = Written | SendingFailed | Entered


@dataclass(frozen=True, slots=True)
class Page:
    happened: Sequence[Happened]
    cursor: str
    more: bool


class Desk:
    """``open_kfid``: the 客服 account that speaks for Viva."""

    def __init__(self, caller: Caller, open_kfid: str) -> None:
        self._caller = caller
        self.open_kfid = open_kfid

    async def send(self, person: str, text: str, message_id: str) -> str:
        """``message_id``: ours, so that a repetition has the same one and a failure can be told of it.
        Raises ``WeComError``, ``MessageInvalid``."""
        content = {"content": within_bytes("text", text, TEXT_BYTES)}
        return await self._send(person, message_id, {"msgtype": "text", "text": content})

    async def ask(self, person: str, question: str, choices: Sequence[tuple[str, str]], message_id: str) -> str:
        """A question with (id, words) to tap: a person's answer comes back as ``Written`` with that ``choice``."""
        if not 1 <= len(choices) <= MENU_MOST:
            raise MessageInvalid("msgmenu.list", f"1 to {MENU_MOST} choices")
        clicks = [
            {
                "type": "click",
                "click": {
                    "id": within_bytes("id", key, MENU_ID_BYTES),
                    "content": within_bytes("content", words, MENU_ID_BYTES),
                },
            }
            for key, words in choices
        ]
        menu = {"head_content": within_bytes("head_content", question, MENU_HEAD_BYTES), "list": clicks}
        return await self._send(person, message_id, {"msgtype": "msgmenu", "msgmenu": menu})

    async def _send(self, person: str, message_id: str, content: dict[str, Any]) -> str:
        if not MESSAGE_ID.fullmatch(message_id):
            raise MessageInvalid("msgid", "1 to 32 letters, digits, _ and -")
        body = {"touser": person, "open_kfid": self.open_kfid, "msgid": message_id, **content}
        return str((await self._caller.call("kf/send_msg", body)).get("msgid", message_id))

    async def fetch(self, cursor: str, token: str = "") -> Page:
        """What happened after ``cursor``; ``token``: of the callback, good for ten minutes, lifts the rate limit."""
        body: dict[str, Any] = {"cursor": cursor, "limit": PAGE, "open_kfid": self.open_kfid}
        if token:
            body["token"] = token
        answer = await self._caller.call("kf/sync_msg", body)
        happened = [read(item) for item in answer.get("msg_list", ()) if isinstance(item, dict)]
        following = str(answer.get("next_cursor", cursor)) or cursor
        return Page([item for item in happened if item is not None], following, bool(answer.get("has_more")))


def read(item: dict[str, Any]) -> Happened | None:
    """One of ``msg_list``; None: nothing that we act on."""
    kind, origin = item.get("msgtype"), item.get("origin")
    at_ms = int(item.get("send_time", 0)) * 1000
    if kind == "event":
        event = item.get("event")
        return _event(event, at_ms) if isinstance(event, dict) else None
    if origin != FROM_PERSON or not item.get("msgid"):
        return None
    text = item.get("text") if kind == "text" else None
    said: dict[str, Any] = text if isinstance(text, dict) else {}
    content, choice = str(said.get("content", "")), str(said.get("menu_id", ""))
    return Written(str(item["msgid"]), str(item.get("external_userid", "")), at_ms, str(kind), content, choice)


def _event(event: dict[str, Any], at_ms: int) -> Happened | None:
    person = str(event.get("external_userid", ""))
    if event.get("event_type") == "msg_send_fail":
        reason = FAILURES.get(event.get("fail_type", 0), FAILURES[0])
        return SendingFailed(str(event.get("fail_msgid", "")), person, reason)
    if event.get("event_type") == "enter_session":
        scene = str(event.get("scene_param") or event.get("scene") or "")
        return Entered(person, at_ms, scene, str(event.get("welcome_code", "")))
    return None
