"""A consumer looks after its own webhook: what was sent and what became of it, sent again, and a call to try it.

A key has the scope ``webhook:NAME`` for the destination of that name, and sees no other.
"""

from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge.canonical import milliseconds
from ehr_bridge.ledger import DeliveryRecord, DeliveryState, One, Range, Selection, deliveries, replay
from server import destinations
from server.access import WEBHOOK, consumer
from server.clock import rfc3339, wall_ms
from server.house import house
from server.problems import Problem
from server.representation import represent
from server.requests import answer, json_of, page_of
from server.store import people

ADAPTER = "webhook"
STATES: tuple[DeliveryState, ...] = ("queued", "delivering", "waiting", "acknowledged", "dead")


async def _mine(request: Request) -> tuple[people.ApiKey, str]:
    """The key and the destination's name. Raises ``Problem``."""
    name = request.path_params["name"]
    key = await consumer(request, f"{WEBHOOK}{name}")
    known = [one.name for one in house(request).destinations.configured if one.adapter_name == ADAPTER and one.enabled]
    if key.sandbox or name not in known:
        raise Problem("destination_unknown")
    return key, name


async def listing(request: Request) -> Response:
    """``GET /api/v1/ehr/webhooks/{name}/deliveries?state=&cursor=&limit=``."""
    key, name = await _mine(request)
    cursor, limit = page_of(request)
    state = request.query_params.get("state", "")
    if state and state not in STATES:
        raise Problem("request_invalid", detail=f"state is one of {', '.join(STATES)}")
    if cursor is not None and not (cursor.isdecimal() and len(cursor) <= 18):
        raise Problem("request_invalid", detail="cursor is not one of this list")
    async with house(request).engine.begin() as store:
        chosen = [each for each in STATES if each == state]
        rows = await deliveries(store, states=chosen, destination=name, after_id=int(cursor or 0), limit=limit)
        await people.note(store, f"key {key.name}", "listed_deliveries", name, f"{len(rows)} rows")
    last = str(rows[-1].delivery_id) if len(rows) == limit else None
    return represent(request, {"items": [_shown(row) for row in rows], "next_cursor": last}, items="items")


def _shown(row: DeliveryRecord) -> dict[str, object]:
    return {
        "id": str(row.delivery_id),
        "event_id": row.message_id,
        "type": row.kind,
        "subject": row.subject,
        "state": row.state,
        "attempts": row.attempts,
        "error": row.error_code or None,
        "created_at": rfc3339(row.created_at_ms),
        "next_attempt_at": rfc3339(row.next_attempt_at_ms) if row.next_attempt_at_ms else None,
        "acknowledged_at": rfc3339(row.acknowledged_at_ms) if row.acknowledged_at_ms else None,
    }


class NewReplay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event, or all that were promised from ``since`` until before ``until``. ``arrived_too``: also those that were
    acknowledged; the receiver knows them by their ``webhook-id``."""

    event_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    arrived_too: bool = False

    def selection(self) -> Selection:
        if bool(self.event_id) == (self.since is not None):
            raise Problem("request_invalid", detail="choose one event_id, or a time since when")
        if self.event_id:
            return One("viva", self.event_id)
        assert self.since is not None
        return Range(milliseconds(self.since), milliseconds(self.until) if self.until else wall_ms() + 1)


async def send_again(request: Request) -> Response:
    """``POST /api/v1/ehr/webhooks/{name}/replays``: 202 with how many are sent again, in their order."""
    key, name = await _mine(request)
    wanted = await json_of(request, NewReplay)
    selection = wanted.selection()
    async with house(request).engine.begin() as store:
        count = await replay(store, selection, wall_ms(), destination=name, acknowledged_too=wanted.arrived_too)
        await people.note(store, f"key {key.name}", "replayed", name, f"{count} deliveries")
    house(request).relay.nudge()
    return answer({"replayed": count}, 202)


async def try_it(request: Request) -> Response:
    """``POST /api/v1/ehr/webhooks/{name}/check``: one signed event without data, now."""
    key, name = await _mine(request)
    async with house(request).engine.begin() as store:
        await people.note(store, f"key {key.name}", "checked_webhook", name)
    checked = await destinations.check(house(request).destinations.remotes[name])
    return answer({"answered": not checked.code, "code": checked.code, "said": checked.said})
