"""The sandbox of a consumer: made anew when it has been played with enough."""

from starlette.requests import Request
from starlette.responses import Response

from server.access import consumer
from server.house import house
from server.problems import Problem


async def reset(request: Request) -> Response:
    """``POST /api/v1/ehr/sandbox/reset``: for sandbox keys."""
    key = await consumer(request)
    if not key.sandbox:
        raise Problem("not_allowed", detail="this key is for the real record; make one with --sandbox")
    await house(request).sandbox.reset()
    return Response(status_code=204)
