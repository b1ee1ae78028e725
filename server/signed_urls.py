"""Addresses of recordings that need no sign-in and are good for ten minutes: what a player can follow."""

from starlette.requests import Request

from server.access import RECORDING_URL_MS
from server.clock import wall_ms
from server.finish import recordings_of
from server.house import house
from server.tokens import Token


async def signed_urls(request: Request, interview_id: str) -> dict[str, str]:
    """A URL for each recording's key, good for ten minutes. Whole URLs, on the address that people use: behind a
    proxy that speaks TLS, the request's own would be http."""
    expires = wall_ms() + RECORDING_URL_MS
    signer = house(request).signer
    base = (house(request).settings.public_url or str(request.base_url)).rstrip("/")
    found = recordings_of(await house(request).journal.evidence(interview_id))
    urls = {}
    for item in found:
        signature = signer.sign("recording", Token(item.key, expires, interview_id))
        urls[item.key] = f"{base}/api/v1/recordings/{signature}"
    return urls
