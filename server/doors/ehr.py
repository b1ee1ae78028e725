"""The read API for EHR consumers: canonical persons and interview results, page by page, field by field."""

from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge import reading
from ehr_bridge.joining import root_of
from server.access import PERSONS_READ, RECORDING_URL_MS, RECORDINGS_READ, RESULTS_READ
from server.clock import rfc3339, wall_ms
from server.consumers import opened
from server.doors.reports import recordings_with_urls
from server.problems import Problem
from server.representation import conditional, represent
from server.requests import answer, page_of


async def persons(request: Request) -> Response:
    async with opened(request, PERSONS_READ) as ehr:
        cursor, limit = page_of(request)
        try:
            page = await reading.persons(ehr.store, cursor, limit)
        except reading.CursorInvalid:
            raise Problem("request_invalid", detail="cursor is not one of this list") from None
        await ehr.note("listed_persons", "persons", f"{len(page.items)} rows")
    return represent(request, page, items="items")


async def person(request: Request) -> Response:
    async with opened(request, PERSONS_READ) as ehr:
        person_id = request.path_params["id"]
        found = await reading.person(ehr.store, person_id)
        applied = await reading.applications(ehr.store, person_id)
        await ehr.note("read_person", person_id)
    if found is None:
        raise Problem("person_unknown")
    return represent(request, {"person": found, "applications": applied})


async def timeline(request: Request) -> Response:
    async with opened(request, PERSONS_READ) as ehr:
        person_id = await root_of(ehr.store, request.path_params["id"])
        if await reading.person(ehr.store, person_id) is None:
            raise Problem("person_unknown")
        entries = await reading.timeline(ehr.store, person_id)
        await ehr.note("read_timeline", person_id)
    return represent(request, {"items": entries}, items="items")


async def results(request: Request) -> Response:
    async with opened(request, RESULTS_READ) as ehr:
        _, limit = page_of(request)
        cursor = request.query_params.get("after") or request.query_params.get("cursor")
        try:
            page = await reading.interview_results(ehr.store, cursor, limit)
        except reading.CursorInvalid:
            raise Problem("request_invalid", detail="after is not one of this list's cursors") from None
        await ehr.note("listed_results", "interview_results", f"{len(page.items)} rows")
    return represent(request, page, items="items")


async def result(request: Request) -> Response:
    async with opened(request, RESULTS_READ) as ehr:
        result_id = request.path_params["id"]
        found = await reading.interview_result(ehr.store, result_id)
        await ehr.note("read_result", result_id)
    if found is None:
        raise Problem("result_unknown")
    return represent(request, found, tag=found.report_digest)


async def result_report(request: Request) -> Response:
    async with opened(request, RESULTS_READ) as ehr:
        result_id = request.path_params["id"]
        body = await reading.report_json(ehr.store, result_id)
        await ehr.note("read_report", result_id)
    if body is None:
        raise Problem("result_unknown")
    return conditional(request, body)


async def result_recordings(request: Request) -> Response:
    """``GET /api/v1/ehr/interview-results/{id}/recordings``: addresses that are good for ten minutes. There are none of
    made-up persons."""
    async with opened(request, RESULTS_READ, RECORDINGS_READ) as ehr:
        found = await reading.interview_result(ehr.store, request.path_params["id"])
        if found is None:
            raise Problem("result_unknown")
        await ehr.note("listed_recordings", found.interview_id)
    expires = rfc3339(wall_ms() + RECORDING_URL_MS)
    items = [] if ehr.key.sandbox else await recordings_with_urls(request, found.interview_id)
    return answer({"items": [{**item, "expires_at": expires} for item in items]})
