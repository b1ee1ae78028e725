"""What the WeCom fake remembers, and the documented rules it keeps. Time is an argument.

Rules whose error codes no public page gives (the 客服 window: 95001, 95002) use the codes that developers report.
"""

import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
TEXT_BYTES = 2048


class Refused(Exception):
    def __init__(self, code: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.code = code
        self.errmsg = f"{errmsg}, hint: [{secrets.token_hex(8)}], from ip: 127.0.0.1, more info at e={code}"


def count(times: deque[int], now_ms: int, most: int, window_ms: int) -> bool:
    """False when ``most`` have been within the window. Counts none."""
    return sum(1 for at in times if at > now_ms - window_ms) < most


@dataclass(slots=True)
class Delivered:
    to: str
    body: dict[str, Any]
    at_ms: int


@dataclass(slots=True)
class Conversation:
    """Of a person with the 客服 account."""

    heard_ms: int = 0
    sent: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Books:
    corp_id: str = "wwcorp"
    apps: dict[str, int] = field(default_factory=lambda: {"app-secret": 1000002, "kf-secret": 0})
    """Secret → agent id; 0: the 客服 app."""
    members: set[str] = field(default_factory=lambda: {"zhang", "li", "wang"})
    open_kfid: str = "wkviva"
    expires_in: int = 7200
    minute_most: int = 10_000

    tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    codes: dict[str, tuple[dict[str, Any], int]] = field(default_factory=dict)
    delivered: list[Delivered] = field(default_factory=list)
    dropped: int = 0
    repeated: int = 0
    calls: list[str] = field(default_factory=list)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    stream: list[dict[str, Any]] = field(default_factory=list)
    refusing: set[str] = field(default_factory=set)
    """Persons for whom 客服 takes a message and later says that it failed."""
    next_errors: list[int] = field(default_factory=list)
    """Answered before anything is looked at, one a call; gettoken excepted."""
    cards: dict[str, tuple[str, int]] = field(default_factory=dict)
    settled: list[dict[str, Any]] = field(default_factory=list)
    tasks: set[str] = field(default_factory=set)
    _times: dict[str, deque[int]] = field(default_factory=dict)
    _blocked: dict[str, int] = field(default_factory=dict)
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def gettoken(self, corp_id: str, secret: str, now_ms: int) -> dict[str, Any]:
        times = self._times.setdefault("gettoken wrong", deque())
        if not count(times, now_ms, 2000, HOUR_MS):
            raise Refused(45009, "api freq out of limit")
        if corp_id != self.corp_id or secret not in self.apps:
            times.append(now_ms)
            raise Refused(40013 if corp_id != self.corp_id else 40001, "invalid credential")
        # The same token while it lives, as WeCom does it.
        for token, (owner, ends_ms) in self.tokens.items():
            if owner == secret and now_ms < ends_ms:
                return {"access_token": token, "expires_in": (ends_ms - now_ms) // 1000}
        token = secrets.token_urlsafe(64)
        self.tokens[token] = (secret, now_ms + self.expires_in * 1000)
        return {"access_token": token, "expires_in": self.expires_in}

    def enter(self, api: str, token: str | None, now_ms: int) -> str:
        """The secret behind the token, after the limits of the API."""
        self.calls.append(api)
        if self.next_errors:
            code = self.next_errors.pop(0)
            if code in (40014, 42001):
                self.tokens.clear()
            raise Refused(code, "as told")
        if not token:
            raise Refused(41001, "access_token missing")
        if token not in self.tokens:
            raise Refused(40014, "invalid access_token")
        owner, ends_ms = self.tokens[token]
        if now_ms >= ends_ms:
            raise Refused(42001, "access_token expired")
        if api != "auth/getuserinfo":
            self._limit(api, now_ms)
        return owner

    def _limit(self, api: str, now_ms: int) -> None:
        times = self._times.setdefault(api, deque())
        if now_ms < self._blocked.get(api, 0):
            raise Refused(45009, "api freq out of limit")
        if not count(times, now_ms, self.minute_most, MINUTE_MS):
            self._blocked[api] = now_ms + MINUTE_MS
            raise Refused(45009, "api freq out of limit")
        times.append(now_ms)

    def send(self, secret: str, body: dict[str, Any], now_ms: int) -> dict[str, Any]:
        if body.get("agentid") != self.apps[secret]:
            raise Refused(40056, "invalid agentid")
        named = [name.lower() for name in str(body.get("touser", "")).split("|") if name]
        known = [name for name in named if name in self.members]
        if not known:
            raise Refused(81013, "user & party & tag all invalid")
        content = body.get(body["msgtype"])
        if not isinstance(content, dict):
            raise Refused(40058, "content missing")
        answer: dict[str, Any] = {"msgid": secrets.token_hex(8), "invaliduser": "|".join(set(named) - set(known))}
        if body["msgtype"] == "template_card":
            answer |= self._card(content, now_ms)
        if body["msgtype"] == "text":
            content["content"] = content["content"].encode()[:TEXT_BYTES].decode(errors="ignore")
        for name in known:
            self._arrive(name, body, now_ms)
        return answer

    def _card(self, card: dict[str, Any], now_ms: int) -> dict[str, Any]:
        task = card.get("task_id")
        if task is None:
            return {}
        if task in self.tasks:
            raise Refused(40058, "task_id duplicated")
        self.tasks.add(task)
        code = secrets.token_urlsafe(24)
        self.cards[code] = (task, now_ms)
        return {"response_code": code}

    def _arrive(self, name: str, body: dict[str, Any], now_ms: int) -> None:
        """30 a minute and 1000 an hour for each member; what is above them vanishes without a word."""
        key = (name, repr(body.get(body["msgtype"])))
        within_ms = int(body.get("duplicate_check_interval", 1800)) * 1000
        if body.get("enable_duplicate_check") and now_ms - self._seen.get(key, -DAY_MS) < within_ms:
            self.repeated += 1
            return
        times = self._times.setdefault(f"member {name}", deque())
        if not (count(times, now_ms, 30, MINUTE_MS) and count(times, now_ms, 1000, HOUR_MS)):
            self.dropped += 1
            return
        times.append(now_ms)
        self._seen[key] = now_ms
        self.delivered.append(Delivered(name, body, now_ms))

    def update_card(self, body: dict[str, Any], now_ms: int) -> dict[str, Any]:
        task, given_ms = self.cards.pop(str(body.get("response_code")), ("", -DAY_MS * 9))
        if not task or now_ms - given_ms > 72 * HOUR_MS:
            raise Refused(40058, "response_code invalid")
        self.settled.append(body)
        return {"invaliduser": []}

    def user_of(self, code: str, now_ms: int) -> dict[str, Any]:
        found, given_ms = self.codes.pop(code, ({}, 0))
        if not found:
            raise Refused(40029, "invalid code")
        if now_ms - given_ms > 5 * MINUTE_MS:
            raise Refused(42003, "code expired")
        return found

    def sign_in(self, code: str, who: dict[str, Any], now_ms: int) -> None:
        self.codes[code] = (who, now_ms)

    def kf_send(self, secret: str, body: dict[str, Any], now_ms: int) -> dict[str, Any]:
        """48 hours and five messages since the person last wrote."""
        if self.apps[secret] != 0:
            raise Refused(48002, "api forbidden")
        if body.get("open_kfid") != self.open_kfid:
            raise Refused(95000, "invalid open_kfid")
        talk = self.conversations.get(str(body.get("touser")))
        if talk is None or now_ms - talk.heard_ms > 48 * HOUR_MS:
            raise Refused(95002, "over 48 hours")
        if talk.sent >= 5:
            raise Refused(95001, "over 5 messages")
        talk.sent += 1
        message_id = str(body.get("msgid") or secrets.token_hex(8))
        if body["touser"] in self.refusing:
            event = {"event_type": "msg_send_fail", "external_userid": body["touser"], "fail_msgid": message_id}
            self._happen({"msgtype": "event", "origin": 4, "event": event | {"fail_type": 10}}, now_ms)
        else:
            talk.got.append(body)
        return {"msgid": message_id}

    def person_writes(self, person: str, text: str, now_ms: int, menu_id: str = "") -> str:
        talk = self.conversations.setdefault(person, Conversation())
        talk.heard_ms, talk.sent = now_ms, 0
        said = {"content": text} | ({"menu_id": menu_id} if menu_id else {})
        return self._happen({"msgtype": "text", "origin": 3, "external_userid": person, "text": said}, now_ms)

    def person_enters(self, person: str, scene: str, now_ms: int) -> str:
        event = {"event_type": "enter_session", "external_userid": person, "scene_param": scene}
        return self._happen({"msgtype": "event", "origin": 4, "event": event}, now_ms)

    def _happen(self, item: dict[str, Any], now_ms: int) -> str:
        message_id = f"kf{len(self.stream)}"
        self.stream.append({"msgid": message_id, "send_time": now_ms // 1000, "open_kfid": self.open_kfid, **item})
        return message_id

    def sync(self, body: dict[str, Any]) -> dict[str, Any]:
        start = int(body.get("cursor") or 0)
        most = min(int(body.get("limit", 1000)), 1000)
        items = self.stream[start : start + most]
        following = start + len(items)
        return {"msg_list": items, "next_cursor": str(following), "has_more": int(following < len(self.stream))}
