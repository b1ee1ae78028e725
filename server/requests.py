"""Reading a request: bounded bodies, typed JSON, named mistakes."""

import asyncio
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from server.problems import Problem

T = TypeVar("T")
MAX_BODY_BYTES = 1024 * 1024
BODY_WITHIN_S = 30.0
"""A megabyte at 35 kB a second; slower than that is nobody who waits for an answer."""


async def body_of(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """The body, read up to ``limit`` bytes whatever Content-Length claims, and no longer than ``BODY_WITHIN_S``."""
    chunks = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                chunks += chunk
                if len(chunks) > limit:
                    raise Problem("message_too_large", detail=f"the limit is {limit} bytes")
    except TimeoutError:
        raise Problem("request_slow", detail=f"the body was not there after {BODY_WITHIN_S:g} s") from None
    return bytes(chunks)


async def json_of(request: Request, kind: type[T]) -> T:
    body = await body_of(request)
    if b"\\u0000" in body:
        raise Problem("request_invalid", detail="a text must not contain the character U+0000")  # PostgreSQL's limit
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Problem("request_invalid", detail=str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem("request_invalid", detail="the body is not valid JSON") from None


def page_of(request: Request, largest: int = 200) -> tuple[str | None, int]:
    """``?cursor=`` and ``?limit=``."""
    text = request.query_params.get("limit", "50")
    if not (text.isdecimal() and len(text) < 6) or not 1 <= int(text) <= largest:
        raise Problem("request_invalid", detail=f"limit must be a whole number from 1 to {largest}")
    return request.query_params.get("cursor") or None, int(text)


def answer(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(content),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
