"""The door of systems that call us: Greenhouse, Workable, SCIM. Each has a path of its own, a key of its own, and the
answers of its own protocol: problem documents are spoken here only where there is no such destination."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge.adapters.hosting import Host, HostedAnswer, HostedRequest
from server.house import house
from server.problems import Problem
from server.requests import body_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


async def serve(request: Request) -> Response:
    """``/integrations/{name}/{path}``."""
    name = request.path_params["name"]
    return await _served(request, name, f"/integrations/{name}")


async def serve_scim(request: Request) -> Response:
    """``/scim/v2/{path}``: the first destination that speaks SCIM, where clients look for it."""
    scim = next((one.name for one in house(request).destinations.configured if one.adapter_name == "scim"), "")
    return await _served(request, scim, "/scim/v2")


async def _served(request: Request, name: str, mount: str) -> Response:
    rooms = house(request)
    hosted = rooms.destinations.hosted.get(name)
    if hosted is None or not isinstance(hosted.speaker, Host):
        raise Problem("not_found")
    asked = HostedRequest(
        request.method,
        "/" + request.path_params["path"],
        dict(request.query_params),
        dict(request.headers),
        await body_of(request),
        f"{rooms.settings.base_url}{mount}",
    )
    return _response(await hosted.hold(hosted.speaker.serve(asked)))


def _response(answer: HostedAnswer) -> Response:
    headers = {"Cache-Control": "no-store", **answer.headers}
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    kind = headers.pop("Content-Type", "application/json")
    return Response(msgspec.json.encode(answer.body), status_code=answer.status, media_type=kind, headers=headers)
