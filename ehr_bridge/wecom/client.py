"""One app of one corporation: calls with its token, within its limits, and errors that say what to do.

A call never waits for a limit: it raises with ``retry_after_s``, and who called keeps the message durable meanwhile.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec

from ehr_bridge.adapters.destination import DeliveryFailed
from ehr_bridge.answers import Answer
from ehr_bridge.egress import Call
from ehr_bridge.wecom.errors import BUSY_TRIES, MINUTE_BLOCK_S, WeComError, WeComUnreachable
from ehr_bridge.wecom.limits import ADDRESS, CORPORATION, Windows
from ehr_bridge.wecom.tokens import Granted, TokenCache

log = logging.getLogger("viva.wecom")

BASE_URL = "https://qyapi.weixin.qq.com"
EXEMPT = frozenset({"auth/getuserinfo", "gettoken"})
"""Not counted by WeCom; gettoken is kept rare by the cache."""
TOKEN_BYTES = 512
NEVER_SENT = frozenset(
    {
        "destination_unreachable",
        "destination_name_unknown",
        "destination_certificate_invalid",
        "egress_url_invalid",
        "egress_not_encrypted",
        "egress_address_refused",
        "egress_header_invalid",
    }
)
"""Failures of ``Egress`` before a byte of the request had left."""


class Out(Protocol):
    """The way out: ``ehr_bridge.egress.Egress``."""

    async def ask(self, call: Call) -> Answer: ...


@dataclass(frozen=True, slots=True)
class TokenApi:
    """How a token is asked for: the API, and what it calls the app and its secret."""

    name: str
    app: str
    secret: str
    more: Mapping[str, str] = field(default_factory=dict)


CORPORATE = TokenApi("gettoken", "corpid", "corpsecret")
MINI_PROGRAM = TokenApi("token", "appid", "secret", {"grant_type": "client_credential"})
"""WeChat's own API, for mini-programs: the same errors and rules at another address."""


@dataclass(frozen=True, slots=True)
class App:
    """``corp_id``: of a mini-program its app id."""

    corp_id: str
    secret: str = field(repr=False)
    agent_id: int = 0
    base_url: str = BASE_URL
    token_api: TokenApi = CORPORATE


class Caller:
    """``address``: the windows of this server's address, shared by all apps of a process."""

    def __init__(
        self,
        app: App,
        out: Out,
        now_ms: Callable[[], int],
        *,
        address: Windows | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.app = app
        self.now_ms = now_ms
        self.tokens = TokenCache(self._gettoken, now_ms)
        self._out = out
        self._sleep = sleep
        self._corporation = Windows(CORPORATION)
        self._address = address or Windows(ADDRESS)
        self._blocked_until_ms: dict[str, int] = {}

    async def call(
        self,
        api: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> dict[str, Any]:
        """The answer of ``/cgi-bin/{api}``, errcode 0. ``before`` each try: it counts the try, or raises.
        Raises ``WeComError``."""
        renewed = False
        tries = 0
        while True:
            self._within_limits(api)
            token = await self.tokens.get()
            if before is not None:
                await before()
            try:
                return await self._once(api, body, {"access_token": token, **(params or {})})
            except WeComUnreachable:
                raise
            except WeComError as error:
                tries += 1
                if error.branch.action == "token" and not renewed:
                    renewed = True
                    self.tokens.discard(token)
                elif error.branch.action == "busy" and tries < BUSY_TRIES:
                    await self._sleep(0.5 * tries)
                else:
                    raise self._told(api, error) from None

    def _told(self, api: str, error: WeComError) -> WeComError:
        """With the time after which it may be tried again; the line in the log carries WeCom's hint."""
        log.warning("wecom %s", error)
        if error.branch.action == "wait":
            self._blocked_until_ms[api] = self.now_ms() + round(MINUTE_BLOCK_S * 1000)
            error.retry_after_s = MINUTE_BLOCK_S
        elif error.branch.action in ("busy", "token"):
            error.retry_after_s = 30.0
        return error

    def _within_limits(self, api: str) -> None:
        now = self.now_ms()
        blocked_ms = self._blocked_until_ms.get(api, 0) - now
        if blocked_ms <= 0 and api not in EXEMPT:
            blocked_ms = self._address.take("", now) or self._corporation.take(api, now)
        if blocked_ms > 0:
            raise WeComError(api, 45009, retry_after_s=blocked_ms / 1000)

    async def _gettoken(self) -> Granted:
        api = self.app.token_api
        params = {api.app: self.app.corp_id, api.secret: self.app.secret, **api.more}
        asked_ms = self.now_ms()
        try:
            answer = await self._once(api.name, None, params)
        except WeComUnreachable:
            raise
        except WeComError as error:
            raise self._told("gettoken", error) from None
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not (isinstance(value, str) and 0 < len(value) <= TOKEN_BYTES and isinstance(seconds, int)):
            raise WeComUnreachable("gettoken", "an answer without a token", sent=True)
        return Granted(value, asked_ms + seconds * 1000)

    async def _once(self, api: str, body: Mapping[str, Any] | None, params: Mapping[str, Any]) -> dict[str, Any]:
        url = f"{self.app.base_url}/cgi-bin/{api}?{urlencode(params)}"
        headers = {} if body is None else {"Content-Type": "application/json"}
        encoded = b"" if body is None else msgspec.json.encode(body)
        try:
            answer = await self._out.ask(Call("GET" if body is None else "POST", url, headers, encoded))
        except DeliveryFailed as failed:
            raise WeComUnreachable(api, failed.code, sent=failed.code not in NEVER_SENT) from None
        return _understood(api, answer)


def _understood(api: str, answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        raise WeComUnreachable(api, f"HTTP {answer.status}", sent=True)
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WeComUnreachable(api, "an answer that is no JSON", sent=True) from None
    if not isinstance(found, dict):
        raise WeComUnreachable(api, "an answer that is no object", sent=True)
    code = found.get("errcode", 0)
    if not isinstance(code, int):
        raise WeComUnreachable(api, "an answer without errcode", sent=True)
    if code:
        raise WeComError(api, code, str(found.get("errmsg", "")))
    return found
