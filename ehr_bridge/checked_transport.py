"""An httpx transport that resolves, checks and connects in one place: the address that was checked is the one called.

httpcore asks its network backend for each new connection. Ours resolves the name, refuses when *any* of its addresses
is forbidden (a name with a public and a private address is no accident), and connects to one that it has checked; TLS
still verifies the name. A connection that is used again was checked when it was made. Proxies of the environment are
not used: they would resolve the name once more, elsewhere.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from ipaddress import ip_address
from types import TracebackType

import httpcore
import httpx

from ehr_bridge.addresses import Address, AddressRules

Resolve = Callable[[str, int], Awaitable[list[Address]]]
MAX_CONNECTIONS = 100
KEPT_ALIVE = 20
KEPT_ALIVE_S = 15.0
_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


class AddressRefused(Exception):
    """The name leads to an address that may not be called; ``why`` as in ``addresses.forbidden``."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"{host} leads to a {why} address")
        self.host = host
        self.why = why


class NameUnknown(Exception):
    """The name does not resolve."""


async def resolve_by_system(host: str, port: int) -> list[Address]:
    """All addresses of a name, as the system's resolver orders them. Raises ``NameUnknown``."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NameUnknown(host) from None
    # A scope ("fe80::1%eth0") is no part of the address that is checked; such an address is refused anyway.
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, rules: AddressRules, resolve: Resolve, inner: httpcore.AsyncNetworkBackend) -> None:
        self._rules = rules
        self._resolve = resolve
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._checked(host, port)
                return await self._first(addresses, port, timeout, local_address, socket_options)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None

    async def _checked(self, host: str, port: int) -> list[Address]:
        addresses = await self._resolve(host, port)
        for address in addresses:
            why = self._rules.refusal(host, address)
            if why is not None:
                raise AddressRefused(host, why)
        if not addresses:
            raise NameUnknown(host)
        return addresses

    async def _first(
        self,
        addresses: list[Address],
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                continue
        return await self._inner.connect_tcp(str(addresses[-1]), port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused(path, "local")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _Body(httpx.AsyncByteStream):
    """httpcore's response stream as httpx's, with httpx's exceptions."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.aiter_stream():
                yield chunk
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise _as_httpx(error) from error

    async def aclose(self) -> None:
        await self._response.aclose()


class CheckedTransport(httpx.AsyncBaseTransport):
    """What ``ehr_bridge.egress`` sends through. ``certificates``: for tests; default as the environment names them."""

    def __init__(
        self,
        rules: AddressRules,
        resolve: Resolve = resolve_by_system,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=certificates or trusted(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=KEPT_ALIVE,
            keepalive_expiry=KEPT_ALIVE_S,
            network_backend=CheckedBackend(rules, resolve, httpcore.AnyIOBackend()),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(asked)
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise _as_httpx(error) from error
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()


def trusted() -> ssl.SSLContext:
    """The certificate authorities of the file that the environment names, as pip and curl take them; else the system's
    and those that httpx ships with."""
    bundle = next((os.environ[name] for name in _CERTIFICATES if os.environ.get(name)), None)
    return ssl.create_default_context(cafile=bundle) if bundle else httpx.create_ssl_context(trust_env=False)


def _as_httpx(error: Exception) -> httpx.TransportError:
    match error:
        case httpcore.ConnectTimeout():
            return httpx.ConnectTimeout("connect")
        case httpcore.TimeoutException():
            return httpx.ReadTimeout("read")
        case httpcore.ConnectError():
            return httpx.ConnectError(type(error.__cause__).__name__)
        case httpcore.NetworkError():
            return httpx.ReadError("cut off")
        case httpcore.LocalProtocolError():
            return httpx.LocalProtocolError("not to be sent")
        case _:
            return httpx.RemoteProtocolError("not HTTP")
