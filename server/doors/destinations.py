"""Where results go, for HR: each destination of this installation, and a harmless call to one when somebody asks."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge.canonical import Label
from ehr_bridge.destinations import Configured, short
from server.access import ADMIN, RECRUITERS, hr
from server.destinations import check
from server.house import house
from server.problems import Problem
from server.requests import answer
from server.store import people

EMBEDDED = Label("内置员工系统", "The EHR inside")


async def listing(request: Request) -> Response:
    """``GET /api/v1/destinations``: no settings, which may name hosts and accounts; only what each is and takes."""
    await hr(request, RECRUITERS)
    rooms = house(request)
    embedded = {
        "name": rooms.destinations.embedded.name,
        "adapter": "embedded",
        "title": EMBEDDED,
        "enabled": True,
        "hosted": False,
        "kinds": [],
        "mapping": "",
        "address": "",
    }
    rows = [_row(one, rooms.settings.base_url) for one in rooms.destinations.configured]
    return answer({"items": [embedded, *rows]})


def _row(one: Configured, base: str) -> dict[str, object]:
    scim = one.adapter_name == "scim"
    address = f"{base}{'/scim/v2' if scim else f'/integrations/{one.name}'}" if one.adapter.hosted else ""
    return {
        "name": one.name,
        "adapter": one.adapter_name,
        "title": one.adapter.title,
        "enabled": one.enabled,
        "hosted": one.adapter.hosted,
        "kinds": [short(kind) for kind in one.kinds],
        "mapping": one.mapping,
        "address": address,
    }


async def try_one(request: Request) -> Response:
    """``POST /api/v1/destinations/{name}/check``: one harmless call, by an administrator, noted."""
    user = await hr(request, ADMIN)
    rooms = house(request)
    remote = rooms.destinations.remotes.get(request.path_params["name"])
    if remote is None:
        raise Problem("not_found")
    found = await check(remote)
    async with rooms.engine.begin() as store:
        await people.note(store, user.name, "checked_destination", remote.name, found.code or "ok")
    return answer(asdict(found))
