"""One door: what Starlette needs to route to it and what the OpenAPI document says of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

Auth = Literal["none", "session", "sign-in", "api-key"]
API = "/api/v1"
PAGE = ("cursor", "limit")


@dataclass(frozen=True, slots=True)
class Door:
    method: str
    path: str
    endpoint: Callable[[Request], Awaitable[Response]]
    summary: str
    auth: Auth
    body: type[msgspec.Struct] | None = None
    sends: str = "application/json"
    takes: str = "application/json"
    status: int = 200
    query: tuple[str, ...] = ()
