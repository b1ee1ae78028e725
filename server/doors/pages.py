"""The two pages, and their assets, as the web client's build left them in ``web_client/dist``."""

from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from server.house import house

DIST = Path(__file__).parent.parent.parent / "web_client" / "dist"

# Nothing is loaded from anywhere else, and the page may use camera and microphone.
HEADERS = {
    "Permissions-Policy": "camera=(self), microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>Viva</title><p>网页端尚未构建：请运行 <code>make web</code>。</p>"
    "<p>The web client is not built yet: run <code>make web</code>.</p>"
)


def content_policy(own_url: str) -> str:
    """``own_url``: of this process, empty where it is the only one. Where there are several, the page asks for media
    at whichever holds the interview: one that may begin to live long after the page was loaded, so no list of hosts
    will do (docs/decisions/0118)."""
    others = f" {urlsplit(own_url).scheme}:" if own_url else ""
    return (
        f"default-src 'self'; connect-src 'self' ws: wss:{others}; img-src 'self' data: blob:; media-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; frame-src 'self' blob:; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    )


def _page(name: str, request: Request) -> Response:
    path = DIST / name
    if not path.exists():
        return HTMLResponse(_NOT_BUILT, status_code=503)
    policy = {"Content-Security-Policy": content_policy(house(request).settings.own_url)}
    return FileResponse(path, media_type="text/html; charset=utf-8", headers=HEADERS | policy)


async def candidate(request: Request) -> Response:
    return _page("candidate.html", request)


async def hr(request: Request) -> Response:
    return _page("hr.html", request)


async def home(_request: Request) -> Response:
    return RedirectResponse("/hr")


async def favicon(_request: Request) -> Response:
    path = DIST / "favicon.svg"
    return FileResponse(path) if path.exists() else Response(status_code=204)
