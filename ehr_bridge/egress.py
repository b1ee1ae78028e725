"""The one way out: every call to another system's HTTP goes through ``Egress``, whoever makes it and why.

    answer = await egress.deliver(Call("POST", url, headers, body))       # 2xx and the promised JSON, or DeliveryFailed
    answer = await egress.ask(Call("GET", url))                           # any status; only the way itself can fail

- The URL is https (http where a setting names the host), without user and password in it.
- Private, loopback, link-local, metadata and multicast addresses are refused unless a setting names them, and the
  address that was checked is the address that is called (``ehr_bridge.checked_transport``).
- Redirects are answers, never followed. No cookies, no proxy of the environment, no compression (a small body cannot
  become a large one).
- Connecting, each read and the whole call have their limits; so has the body: a longer one is cut off and named.
- Nothing of a call or an answer is logged here, and no failure quotes either: URLs carry tokens, bodies carry people.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

import httpx

from ehr_bridge.adapters.destination import DeliveryFailed, PermanentFailure, RetryableFailure
from ehr_bridge.addresses import AddressRules
from ehr_bridge.answers import Answer, failure, not_json
from ehr_bridge.checked_transport import AddressRefused, CheckedTransport, NameUnknown

USER_AGENT = "viva-ehr-bridge/1"


@dataclass(frozen=True, slots=True)
class Limits:
    """``total_s`` stays below ``Delivery``'s own limit for an attempt, so that the reason is ours to give."""

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 25.0
    body_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``expects_json``: a 2xx answer that is anything else has not been understood over there. An empty
    body is no broken promise: many destinations answer 204, or 200 with nothing."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    expects_json: bool = True


class Egress:
    """One per process. ``transport``: for tests (``httpx.MockTransport``); ``now_s``: the wall clock, for dates."""

    def __init__(
        self,
        rules: AddressRules | None = None,
        limits: Limits | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.rules = rules or AddressRules()
        self.limits = limits or Limits()
        self._transport = transport or CheckedTransport(self.rules)
        self._now_s = now_s

    async def deliver(self, call: Call) -> Answer:
        """The answer that says "taken". Raises ``DeliveryFailed`` for everything else."""
        answer = await self.ask(call)
        refused = failure(answer, self._now_s())
        if refused is not None:
            raise refused
        if call.expects_json and answer.body:
            if not answer.says_json and answer.body.lstrip()[:1] not in (b"{", b"["):
                raise not_json(answer)
            answer.json()
        return answer

    async def ask(self, call: Call) -> Answer:
        """Whatever the other side answers. Raises ``DeliveryFailed`` when the way there or back fails."""
        request = self._request(call)
        try:
            async with asyncio.timeout(self.limits.total_s):
                return await self._answer(request)
        except TimeoutError:
            raise RetryableFailure("destination_timeout", f"no whole answer in {self.limits.total_s:g} s") from None

    def check(self, url: str) -> httpx.URL:
        """A URL that may be tried, for whoever stores one. Raises ``PermanentFailure``; what its name leads to is
        looked at when it is called."""
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError, TypeError):
            raise _unusable("egress_url_invalid", "not a URL") from None
        if parsed.scheme not in ("https", "http") or not parsed.host:
            raise _unusable("egress_url_invalid", "must begin with https://")
        if not 0 < (parsed.port or 443) < 65536:
            raise _unusable("egress_url_invalid", "there is no such port")
        if parsed.userinfo:
            raise _unusable("egress_url_invalid", "user and password belong into a header")
        if parsed.scheme == "http" and not self.rules.plain_allowed(parsed.host):
            raise _unusable("egress_not_encrypted", parsed.host)
        return parsed

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def __aenter__(self) -> "Egress":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _request(self, call: Call) -> httpx.Request:
        limits = self.limits
        timeout = httpx.Timeout(limits.read_s, connect=limits.connect_s, pool=limits.total_s)
        headers = httpx.Headers(
            {"User-Agent": USER_AGENT, "Accept": "application/json" if call.expects_json else "*/*"}
        )
        headers.update(call.headers)
        headers["Accept-Encoding"] = "identity"
        try:
            return httpx.Request(
                call.method,
                self.check(call.url),
                headers=headers,
                content=call.body or None,
                extensions={"timeout": timeout.as_dict()},
            )
        except (ValueError, TypeError):  # of a header's value, whose text stays out of the message
            raise _header_invalid() from None

    async def _answer(self, request: httpx.Request) -> Answer:
        # The transport itself and no client: nothing follows redirects, keeps cookies or logs a URL.
        try:
            response = await self._transport.handle_async_request(request)
            try:
                body = await self._body(response)
            finally:
                await response.aclose()
        except AddressRefused as refused:
            raise _unusable("egress_address_refused", str(refused)) from None
        except NameUnknown:
            raise RetryableFailure("destination_name_unknown", request.url.host) from None
        except httpx.TransportError as error:
            raise _of_transport(error) from None
        return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, body)

    async def _body(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise RetryableFailure("destination_answer_unreadable", "compressed although identity was asked for")
        body = bytearray()
        assert isinstance(response.stream, httpx.AsyncByteStream)
        async for chunk in response.stream:
            body += chunk
            if len(body) > self.limits.body_bytes:
                raise PermanentFailure(
                    "destination_answer_too_large", f"more than {self.limits.body_bytes} bytes", fault="destination"
                )
        return bytes(body)


def _unusable(code: str, detail: str) -> PermanentFailure:
    return PermanentFailure(code, detail, fault="configuration")


def _header_invalid() -> PermanentFailure:
    return _unusable("egress_header_invalid", "a header holds what no header may hold")


def _of_transport(error: httpx.TransportError) -> DeliveryFailed:
    match error:
        case httpx.LocalProtocolError():  # what we were asked to send is not HTTP: a line break in a header
            return _header_invalid()
        case httpx.TimeoutException():
            return RetryableFailure("destination_timeout", str(error))
        case httpx.ConnectError() if _certificate(error):
            return RetryableFailure("destination_certificate_invalid", fault="configuration")
        case httpx.ConnectError():
            return RetryableFailure("destination_unreachable")
        case _:
            return RetryableFailure("destination_cut_off", type(error).__name__)


def _certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__
    return False
