"""What a consumer reads, in the shape it asked for: some of the fields, and nothing at all if it has it already.

``?fields=id,result.score`` keeps those members (dots go into them, also into each item of a list); ``ETag`` and
``If-None-Match`` (RFC 9110, sections 8.8.3 and 13.1.2) spare the body when nothing has changed. Answers are private and
must be asked about every time: the audit log knows each of them.
"""

import hashlib
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from server.problems import Problem

MOST_FIELDS = 50
CACHE_CONTROL = "private, no-cache"

Wanted = dict[str, "Wanted"]


def wanted_fields(text: str) -> Wanted:
    """``{}``: everything. ``a.b,a.c,d`` as a tree. Raises ``Problem``."""
    paths = [path.strip() for path in text.split(",") if path.strip()]
    if len(paths) > MOST_FIELDS:
        raise Problem("request_invalid", detail=f"fields: at most {MOST_FIELDS}")
    tree: Wanted = {}
    for path in paths:
        inside = tree
        for name in path.split("."):
            inside = inside.setdefault(name, {})
    return tree


def selected(value: Any, wanted: Wanted) -> Any:
    """Raises ``Problem`` for a field that is not there: a typing error would else look like missing data."""
    if not wanted or value is None:
        return value
    if isinstance(value, list):
        return [selected(item, wanted) for item in value]
    if not isinstance(value, dict):
        raise Problem("request_invalid", detail=f"fields: nothing is inside of it to choose {', '.join(wanted)}")
    unknown = [name for name in wanted if name not in value]
    if unknown:
        raise Problem("request_invalid", detail=f"fields: there is no {unknown[0]}; there are {', '.join(value)}")
    return {name: selected(value[name], inside) for name, inside in wanted.items()}


def represent(request: Request, content: object, *, items: str = "", tag: str = "") -> Response:
    """``items``: the member whose elements the fields are of; "": of the whole. ``tag``: what changes whenever the
    content does, if it is known; else it is made of the body."""
    wanted = wanted_fields(request.query_params.get("fields", ""))
    if wanted:
        whole = msgspec.to_builtins(content)
        chosen = selected(whole[items] if items else whole, wanted)
        content = {**whole, items: chosen} if items else chosen
    return conditional(request, msgspec.json.encode(content), "" if wanted else tag)


def conditional(request: Request, body: bytes, tag: str = "") -> Response:
    etag = f'"{tag or hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": CACHE_CONTROL}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _matches(given: str, etag: str) -> bool:
    """Weak comparison, as If-None-Match asks for (RFC 9110, section 13.1.2)."""
    listed = [each.strip().removeprefix("W/") for each in given.split(",")]
    return given.strip() == "*" or etag in listed
