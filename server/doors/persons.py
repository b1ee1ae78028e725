"""Persons and their lives, for HR: who there is, everything known of one in the order in which it happened."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge import joining, reading
from ehr_bridge.field_keys import FieldKeysUnavailable
from ehr_bridge.timeline import TimelineEntry
from server.access import RECRUITERS, hr
from server.clock import wall_ms
from server.doors.records import asked_for
from server.house import house
from server.problems import Problem
from server.requests import answer, json_of, page_of
from server.store import people, scorecards

MAX_SEARCH_CHARACTERS = 120
BLIND = "blind"


async def persons(request: Request) -> Response:
    """``GET /api/v1/persons?called=``."""
    user = await hr(request, RECRUITERS)
    cursor, limit = page_of(request)
    called = request.query_params.get("called", "")[:MAX_SEARCH_CHARACTERS]
    async with house(request).engine.begin() as store:
        try:
            page = await reading.persons(store, cursor, limit, called=called)
        except reading.CursorInvalid:
            raise Problem("request_invalid", detail="cursor is not one of this list") from None
        # What was searched for is often a name: it stays out of the log.
        await people.note(store, user.name, "listed_persons", "persons", f"{len(page.items)} rows")
    return answer(page)


async def timeline(request: Request) -> Response:
    """``GET /api/v1/persons/{id}/timeline``. Nothing sensitive is in it."""
    user = await hr(request, RECRUITERS)
    async with house(request).engine.begin() as store:
        person_id = await joining.root_of(store, request.path_params["id"])
        person = await reading.person(store, person_id)
        if person is None:
            raise Problem("person_unknown")
        entries = await reading.timeline(store, person_id)
        doubts = await reading.possible_duplicates(store, person_id)
        blind = await scorecards.blind_interviews(store, user.name)
        await people.note(store, user.name, "read_timeline", person_id)
    items = [_blinded(entry) if entry.interview_id in blind else entry for entry in entries]
    return answer({"person": person, "items": items, "possible_duplicates": doubts})


class Same(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    same: bool


async def decide(request: Request) -> Response:
    """``POST /api/v1/persons/{id}/duplicates/{other}``: one person, or two. A join is not undone."""
    user = await hr(request, RECRUITERS)
    first, second = request.path_params["id"], request.path_params["other"]
    wanted = await json_of(request, Same)
    rooms = house(request)
    try:
        async with rooms.engine.begin() as store:
            if wanted.same:
                decided = await joining.join(store, rooms.field_keys, first, second, user.name, wall_ms())
            else:
                decided = await joining.tell_apart(store, first, second, user.name, wall_ms())
            deed = "joined_persons" if wanted.same else "told_persons_apart"
            await people.note(store, user.name, deed, decided.person_id, f"{first} {second}")
    except joining.NotToBeJoined:
        raise Problem("person_unknown") from None
    except FieldKeysUnavailable:
        raise Problem("field_keys_unavailable") from None
    return answer(decided)


def _blinded(entry: TimelineEntry) -> TimelineEntry:
    """For a member of the panel who has not handed in a scorecard: that there is a result, and not which."""
    return msgspec.structs.replace(entry, score=None, detail="", state=BLIND)


async def read_record(request: Request) -> Response:
    """``GET /api/v1/persons/records/{id}?sensitive=true``: asked for by name, and noted by name."""
    user = await hr(request, RECRUITERS)
    sensitive = request.query_params.get("sensitive") == "true"
    return answer(await asked_for(request, user.name, sensitive=sensitive, rater=user.name))
