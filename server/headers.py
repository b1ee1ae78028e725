"""What every answer carries, whichever door it comes from."""

import re

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SaferAnswers:
    """No browser may guess another type than ours: an upload that looks like a script stays what it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        await self._app(scope, receive, sending)


_MEDIA = re.compile(r"/api/v1/interviews/[^/]+/(whip|whep|still)(/|$)")


class MediaFromAnywhere:
    """The page of one process sends media to the process that holds its interview, which may have another origin; so
    does any WHIP publisher in a browser (RFC 9725, section 4.7). Tokens stand in a header and nothing in a cookie, so
    no site gains anything that its visitor did not have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=("*",),
            allow_methods=("GET", "POST", "PATCH", "DELETE", "OPTIONS"),
            allow_headers=("Authorization", "Content-Type", "If-Match"),
            expose_headers=("Location", "ETag", "Link", "Retry-After", "Accept-Patch"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        media = scope["type"] == "http" and _MEDIA.match(scope["path"])
        await (self._open if media else self._app)(scope, receive, send)
