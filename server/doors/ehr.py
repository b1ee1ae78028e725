"""The read API for EHR consumers: canonical persons and interview results, page by page."""

from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge import reading
from ehr_bridge.joining import root_of
from server.access import PERSONS_READ, RESULTS_READ, consumer
from server.house import house
from server.problems import Problem
from server.requests import answer, page_of
from server.store import people


async def persons(request: Request) -> Response:
    key = await consumer(request, PERSONS_READ)
    cursor, limit = page_of(request)
    async with house(request).engine.begin() as store:
        try:
            page = await reading.persons(store, cursor, limit)
        except reading.CursorInvalid:
            raise Problem("request_invalid", detail="cursor is not one of this list") from None
        await people.note(store, f"key {key.name}", "listed_persons", "persons", f"{len(page.items)} rows")
    return answer(page)


async def person(request: Request) -> Response:
    key = await consumer(request, PERSONS_READ)
    person_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        found = await reading.person(store, person_id)
        applied = await reading.applications(store, person_id)
        await people.note(store, f"key {key.name}", "read_person", person_id)
    if found is None:
        raise Problem("person_unknown")
    return answer({"person": found, "applications": applied})


async def timeline(request: Request) -> Response:
    key = await consumer(request, PERSONS_READ)
    async with house(request).engine.begin() as store:
        person_id = await root_of(store, request.path_params["id"])
        if await reading.person(store, person_id) is None:
            raise Problem("person_unknown")
        entries = await reading.timeline(store, person_id)
        await people.note(store, f"key {key.name}", "read_timeline", person_id)
    return answer({"items": entries})


async def results(request: Request) -> Response:
    key = await consumer(request, RESULTS_READ)
    _, limit = page_of(request)
    cursor = request.query_params.get("after") or request.query_params.get("cursor")
    async with house(request).engine.begin() as store:
        try:
            page = await reading.interview_results(store, cursor, limit)
        except reading.CursorInvalid:
            raise Problem("request_invalid", detail="after is not one of this list's cursors") from None
        await people.note(store, f"key {key.name}", "listed_results", "interview_results", f"{len(page.items)} rows")
    return answer(page)


async def result(request: Request) -> Response:
    key = await consumer(request, RESULTS_READ)
    result_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        found = await reading.interview_result(store, result_id)
        await people.note(store, f"key {key.name}", "read_result", result_id)
    if found is None:
        raise Problem("result_unknown")
    return answer(found, headers={"ETag": f'"{found.report_digest}"'})


async def result_report(request: Request) -> Response:
    key = await consumer(request, RESULTS_READ)
    result_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        body = await reading.report_json(store, result_id)
        await people.note(store, f"key {key.name}", "read_report", result_id)
    if body is None:
        raise Problem("result_unknown")
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
