"""The read API for EHR consumers: keys, scopes, pages, and the names of what is not there."""

from typing import Any

import pytest

from server.administration import add_api_key

PATHS = ("/persons", "/persons/pe_x", "/persons/pe_x/timeline", "/interview-results", "/interview-results/x")


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_key_nothing_is_read(served: Any, problem: Any, path: str) -> None:
    async with served.client() as client:
        problem(await client.get(f"/api/v1/ehr{path}"), 401, "not_signed_in")
    async with served.client("vk_forged") as client:
        problem(await client.get(f"/api/v1/ehr{path}"), 401, "not_signed_in")
    async with served.hr() as hr:
        problem(await hr.get(f"/api/v1/ehr{path}"), 401, "not_signed_in")


async def test_a_key_reads_what_its_scopes_say(served: Any, problem: Any) -> None:
    key = await add_api_key(served.settings, "narrow", ("results:read",))
    async with served.client(key) as client:
        problem(await client.get("/api/v1/ehr/persons"), 403, "not_allowed")
        assert (await client.get("/api/v1/ehr/interview-results")).status_code == 200
        problem(await client.get("/api/v1/me"), 401, "not_signed_in")


async def test_what_is_not_there(served: Any, problem: Any, api_key: str) -> None:
    async with served.client(api_key) as client:
        problem(await client.get("/api/v1/ehr/persons/nobody"), 404, "person_unknown")
        problem(await client.get("/api/v1/ehr/persons/nobody/timeline"), 404, "person_unknown")
        problem(await client.get("/api/v1/ehr/interview-results/nothing"), 404, "result_unknown")
        problem(await client.get("/api/v1/ehr/interview-results/nothing/report"), 404, "result_unknown")


@pytest.mark.parametrize("query", ["/persons?cursor=made-up", "/interview-results?after=made-up", "/persons?limit=999"])
async def test_a_page_that_was_never_given_out(served: Any, problem: Any, api_key: str, query: str) -> None:
    async with served.client(api_key) as client:
        problem(await client.get(f"/api/v1/ehr{query}"), 400, "request_invalid")


async def test_a_cursor_goes_on_where_it_stopped(served: Any, completed: Any, api_key: str) -> None:
    async with served.client(api_key) as client:
        first = (await client.get("/api/v1/ehr/persons", params={"limit": 1})).json()
        cursor = first["next_cursor"]
        again = (await client.get("/api/v1/ehr/persons", params={"limit": 200, "cursor": cursor})).json()
        everybody = (await client.get("/api/v1/ehr/persons", params={"limit": 200})).json()
    ids = [person["id"] for person in everybody["items"]]
    assert [person["id"] for person in first["items"] + again["items"]] == ids
