"""What became of the promises, for HR: rates, dead letters and why, replay, and comparison with what is there."""

from dataclasses import asdict

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge import reconciliation
from ehr_bridge.ledger import All, DeliveryRecord, DeliveryState, One, Range, Selection, deliveries, replay, states_of
from ehr_bridge.rates import rates
from ehr_bridge.reasons import reason
from server.access import RECRUITERS, hr
from server.clock import rfc3339, wall_ms
from server.house import house
from server.problems import Problem
from server.requests import answer, json_of, page_of
from server.store import people

DAY_MS = 24 * 3_600_000
MOST_DAYS = 366
STATES: tuple[DeliveryState, ...] = ("queued", "delivering", "waiting", "acknowledged", "dead")


async def overview(request: Request) -> Response:
    """``GET /api/v1/deliveries/overview?days=``: how it stands now, and the three rates over the last days."""
    await hr(request, RECRUITERS)
    days = _number(request.query_params.get("days", "30"), MOST_DAYS, "days")
    now_ms = wall_ms()
    configured = {one.name for one in house(request).destinations.all}
    async with house(request).engine.connect() as store:
        states = await states_of(store)
        shares = await rates(store, now_ms - days * DAY_MS, now_ms + 1, now_ms)
        compared = await reconciliation.latest(store)
    return answer(
        {
            "days": days,
            "destinations": [
                {"name": name, **{state: states.get((name, state), 0) for state in STATES}}
                for name in sorted(configured | {name for name, _ in states})
            ],
            "rates": shares,
            "comparisons": [{**asdict(each), "ended_at": rfc3339(each.ended_at_ms)} for each in compared],
        }
    )


async def listing(request: Request) -> Response:
    """``GET /api/v1/deliveries?state=dead&destination=``: each with its reason in both languages."""
    user = await hr(request, RECRUITERS)
    cursor, limit = page_of(request)
    state, destination = request.query_params.get("state"), request.query_params.get("destination")
    chosen = [each for each in STATES if each == state]
    if state and not chosen:
        raise Problem("request_invalid", detail=f"state is one of {', '.join(STATES)}")
    after = _number(cursor, 10**18, "cursor", least=0) if cursor else 0
    async with house(request).engine.begin() as store:
        rows = await deliveries(store, states=chosen, destination=destination, after_id=after, limit=limit)
        await people.note(store, user.name, "listed_deliveries", state or "all", f"{len(rows)} rows")
    last = str(rows[-1].delivery_id) if len(rows) == limit else None
    return answer({"items": [_row(row) for row in rows], "next_cursor": last})


def _row(row: DeliveryRecord) -> dict[str, object]:
    told = reason(row.error_code) if row.error_code else None
    return {
        "id": row.delivery_id,
        "source": row.source,
        "message_id": row.message_id,
        "kind": row.kind,
        "subject": row.subject,
        "destination": row.destination,
        "state": row.state,
        "attempts": row.attempts,
        "round": row.round,
        "error": None
        if told is None
        else {
            "code": row.error_code,
            "detail": row.error,
            "field": row.refused_field,
            "what": told.what,
            "todo": told.todo,
        },
        "ehr_id": row.ehr_id,
        "created_at": rfc3339(row.created_at_ms),
        "next_attempt_at": rfc3339(row.next_attempt_at_ms) if row.next_attempt_at_ms else None,
        "acknowledged_at": rfc3339(row.acknowledged_at_ms) if row.acknowledged_at_ms else None,
    }


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message (``source`` and ``message_id``), a range of time (``from_ms`` to ``until_ms``, of the promise), or
    ``all``. ``acknowledged_too``: also what has arrived; the destination recognises it."""

    source: str = ""
    message_id: str = ""
    from_ms: int | None = None
    until_ms: int | None = None
    all: bool = False
    destination: str | None = None
    acknowledged_too: bool = False

    def selection(self) -> Selection:
        """Raises ``Problem``."""
        one, span = bool(self.source and self.message_id), self.from_ms is not None and self.until_ms is not None
        if one + span + self.all != 1:
            raise Problem("request_invalid", detail="choose one message, a range of time, or all")
        if one:
            return One(self.source, self.message_id)
        if self.all:
            return All()
        assert self.from_ms is not None
        assert self.until_ms is not None
        return Range(self.from_ms, self.until_ms)


async def replay_them(request: Request) -> Response:
    """``POST /api/v1/deliveries/replay``: how many were queued again. Asked twice, the second finds none."""
    user = await hr(request, RECRUITERS)
    wanted = await json_of(request, Replay)
    selection = wanted.selection()
    async with house(request).engine.begin() as store:
        count = await replay(
            store,
            selection,
            wall_ms(),
            destination=wanted.destination,
            acknowledged_too=wanted.acknowledged_too,
        )
        subject = wanted.message_id or type(selection).__name__.lower()
        await people.note(store, user.name, "replayed", subject, f"{count} to {wanted.destination or 'all'}")
    house(request).relay.nudge()
    return answer({"queued": count})


class Reconcile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``destination`` absent: every one. ``days``: how far back."""

    destination: str | None = None
    days: int = 30


async def reconcile(request: Request) -> Response:
    """``POST /api/v1/deliveries/reconcile``: begun, each destination by itself; the overview shows what was found."""
    user = await hr(request, RECRUITERS)
    wanted = await json_of(request, Reconcile)
    reconciler = house(request).reconciler
    if not 1 <= wanted.days <= MOST_DAYS:
        raise Problem("request_invalid", detail=f"days is a whole number from 1 to {MOST_DAYS}")
    names = reconciler.names if wanted.destination is None else [wanted.destination]
    if not set(names) <= set(reconciler.names):
        raise Problem("destination_unknown")
    now_ms = wall_ms()
    async with house(request).engine.begin() as store:
        await people.note(store, user.name, "reconciled", wanted.destination or "all", f"{wanted.days} days")
    for name in names:
        await reconciler.start(name, since_ms=now_ms - wanted.days * DAY_MS, asked_by=user.name, run=str(now_ms))
    return answer({"started": names}, 202)


async def differences(request: Request) -> Response:
    """``GET /api/v1/deliveries/comparisons/{id}``: the differences, field by field."""
    user = await hr(request, RECRUITERS)
    cursor, limit = page_of(request)
    number = _number(request.path_params["id"], 10**18, "id")
    after = _number(cursor, 10**18, "cursor", least=0) if cursor else 0
    async with house(request).engine.begin() as store:
        found = await reconciliation.differences_of(store, number, after, limit)
        await people.note(store, user.name, "read_differences", str(number), f"{len(found)} rows")
    last = str(found[-1][0]) if len(found) == limit else None
    return answer({"items": [each for _, each in found], "next_cursor": last})


def _number(text: str, most: int, name: str, least: int = 1) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and least <= int(text) <= most):
        raise Problem("request_invalid", detail=f"{name} is a whole number from {least} to {most}")
    return int(text)
