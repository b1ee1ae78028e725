"""Records of a life over HTTP: idempotent, each by itself in a batch, sensitive only by name, every look in the log."""

import asyncio
from typing import Any

import pytest

from server.administration import add_api_key

SCOPES = ("persons:read", "records:read", "records:write")
PERSON = {"name": "韩梅梅", "email": "hmm@example.com", "external_id": "CMB90001"}
OFFER = {"at": "2026-03-01T00:00:00Z", "state": "made", "salary": {"amount_minor": 1_250_000}}


@pytest.fixture
async def writer(served: Any) -> Any:
    async with served.client(await add_api_key(served.settings, "hr-core", SCOPES)) as client:
        yield client


async def audit_of(served: Any, subject: str) -> list[str]:
    async with served.hr() as hr:
        lines = (await hr.get("/api/v1/audit", params={"limit": 200})).json()["items"]
    return [f"{line['actor']} {line['action']}" for line in lines if line["subject"] == subject]


async def test_the_same_again_changes_nothing_and_another_state_is_a_version(served: Any, writer: Any) -> None:
    url, body = "/api/v1/ehr/records/offer/of/77", {"person": PERSON, "record": OFFER}
    first, again = await writer.put(url, json=body), await writer.put(url, json=body)
    accepted = await writer.put(url, json={"person": PERSON, "record": {**OFFER, "state": "accepted"}})
    assert [answer.status_code for answer in (first, again, accepted)] == [201, 200, 201]
    assert [answer.json()["version"] for answer in (first, again, accepted)] == [1, 1, 2]
    person_id = first.json()["person_id"]
    (item,) = (await writer.get(f"/api/v1/ehr/persons/{person_id}/records")).json()["items"]
    assert (item["body"]["state"], item["body"]["salary"], item["withheld"]) == ("accepted", None, ["salary"])
    before = (await writer.get(f"/api/v1/ehr/records/{item['id']}", params={"version": 1})).json()
    assert before["body"]["state"] == "made"
    assert (await audit_of(served, person_id)).count("key hr-core wrote_offer") == 2
    assert "key hr-core read_records" in await audit_of(served, person_id)


async def test_what_is_sensitive_needs_a_scope_of_its_own_and_leaves_a_line(
    served: Any, writer: Any, problem: Any
) -> None:
    stored = (await writer.put("/api/v1/ehr/records/offer/of-secret", json={"person": PERSON, "record": OFFER})).json()
    url = f"/api/v1/ehr/records/{stored['id']}?sensitive=true"
    problem(await writer.get(url), 403, "not_allowed")
    key = await add_api_key(served.settings, "payroll", ("records:read", "sensitive:read"))
    async with served.client(key) as payroll:
        found = (await payroll.get(url)).json()
        problem(await payroll.put("/api/v1/ehr/records/offer/x", json={"record": OFFER}), 403, "not_allowed")
    assert found["body"]["salary"]["amount_minor"] == 1_250_000
    assert "key payroll read_sensitive" in await audit_of(served, stored["person_id"])
    async with served.hr() as hr:
        told = (await hr.get(f"/api/v1/persons/{stored['person_id']}/timeline")).text
        shown = (await hr.get(f"/api/v1/persons/records/{stored['id']}?sensitive=true")).json()
    assert "1250000" not in told
    assert shown["body"]["salary"]["amount_minor"] == 1_250_000
    assert "admin read_sensitive" in await audit_of(served, stored["person_id"])


async def test_of_many_those_that_are_wrong_say_why_and_the_others_are_stored(writer: Any) -> None:
    good = {"kind": "training", "record": {"at": "2026-04-01T00:00:00Z", "course_id": "risk"}, "person": PERSON}
    items = [
        {**good, "external_id": "t-1"},
        {**good, "external_id": "t-2", "kind": "horoscope"},
        {**good, "external_id": "t-3", "kind": "decision"},
        {**good, "external_id": "t-4", "record": {"at": "yesterday", "course_id": "risk"}},
        {**good, "external_id": "t-5", "person": {"name": "无名"}},
        {**good, "external_id": "t-6", "application": "inv_nobody"},
        {**good, "external_id": "t-7", "person": {}, "person_id": "P0"},
        {**good, "external_id": "", "kind": "training"},
        {**good, "external_id": "t-9"},
    ]
    answer = await writer.post("/api/v1/ehr/records", json={"items": items})
    assert answer.status_code == 207
    outcomes = answer.json()["items"]
    assert [item["problem"]["code"] if "problem" in item else "stored" for item in outcomes] == [
        "stored",
        "record_kind_unknown",
        "record_kind_unknown",
        "request_invalid",
        "person_unnamed",
        "application_unknown",
        "person_unknown",
        "request_invalid",
        "stored",
    ]
    assert "`$.at`" in outcomes[3]["problem"]["detail"]
    assert all(item["problem"]["message"]["zh"] for item in outcomes if "problem" in item)


async def test_what_is_not_there(served: Any, writer: Any, problem: Any) -> None:
    problem(await writer.get("/api/v1/ehr/records/E0"), 404, "record_unknown")
    problem(await writer.get("/api/v1/ehr/records/E0?version=one"), 400, "request_invalid")
    problem(await writer.get("/api/v1/ehr/persons/P0/records"), 404, "person_unknown")
    problem(await writer.get("/api/v1/ehr/persons/P0/records?kind=horoscope"), 404, "record_kind_unknown")
    problem(await writer.post("/api/v1/ehr/records", json={"items": [{}] * 3}), 400, "request_invalid")
    async with served.hr() as hr:
        problem(await hr.get("/api/v1/persons/P0/timeline"), 404, "person_unknown")


async def test_the_schemas_are_served(served: Any) -> None:
    async with served.client() as client:
        found = (await client.get("/api/v1/ehr/schema")).json()
    assert found["$defs"]["Offer"]["properties"]["salary"]["x-data-class"] == "sensitive"


async def person_of(hr: Any, interview_id: str) -> str:
    """Whose interview it was, once its result has arrived."""
    name = (await hr.get(f"/api/v1/interviews/{interview_id}")).json()["applicant"]["name"]
    async with asyncio.timeout(20):
        while True:
            found = (await hr.get("/api/v1/persons", params={"called": name, "limit": 200})).json()["items"]
            for person in found:
                life = (await hr.get(f"/api/v1/persons/{person['id']}/timeline")).json()["items"]
                if interview_id in [entry["interview_id"] for entry in life]:
                    return str(person["id"])
            await asyncio.sleep(0.05)


async def test_a_life_on_one_page(served: Any, writer: Any, completed: Any) -> None:
    """The interview that this server held, and what the employer's system told of the same person before and after."""
    interview_id = completed.invited.interview_id
    async with served.hr() as hr:
        person_id = await person_of(hr, interview_id)
        lives = [
            ("resume", {"school": "北京大学"}, "2020-01-01"),
            ("written_test", {"score": 88}, "2020-01-02"),
            ("second_interview", {"outcome": "passed"}, "2030-01-01"),
            ("offer", {"state": "accepted"}, "2030-01-02"),
            ("onboarding", {"steps": [{"key": "contract", "state": "done"}]}, "2030-01-03"),
            ("training", {"course_id": "risk", "attendance": 1}, "2030-02-01"),
            ("performance", {"period": "2030Q1", "grade": "excellent"}, "2030-03-31"),
            ("leave", {"cause": "resignation", "reason": "搬家"}, "2031-01-01"),
        ]
        for kind, fields, day in lives:
            record = {"at": f"{day}T00:00:00Z", **fields}
            body = {"person_id": person_id, "record": record}
            assert (await writer.put(f"/api/v1/ehr/records/{kind}/life", json=body)).status_code == 201
        told = (await hr.get(f"/api/v1/persons/{person_id}/timeline")).json()
    kinds = [entry["kind"] for entry in told["items"]]
    assert kinds[:2] == ["resume", "written_test"]
    assert {"applied", "interview_result"} < set(kinds)
    assert kinds[-6:] == [kind for kind, _, _ in lives[2:]]
    assert "搬家" not in str(told)
    assert told["person"]["id"] == person_id


async def test_only_recruiters_read_lives(as_role: Any, problem: Any) -> None:
    async with await as_role("interviewer") as client:
        problem(await client.get("/api/v1/persons"), 403, "not_allowed")
        problem(await client.get("/api/v1/persons/P1/timeline"), 403, "not_allowed")
        problem(await client.get("/api/v1/persons/records/E1"), 403, "not_allowed")


async def test_two_files_of_one_person_are_joined_by_hand(served: Any, writer: Any, problem: Any) -> None:
    url, ids = "/api/v1/ehr/records/resume", []
    for number, name in enumerate(("赵敏", "赵一敏")):
        body = {"person": {"name": name, "email": "zm@example.com"}, "record": {"at": "2026-01-01T00:00:00Z"}}
        ids.append((await writer.put(f"{url}/zm-{number}", json=body)).json()["person_id"])
    first, second = ids
    async with served.hr() as hr:
        life = (await hr.get(f"/api/v1/persons/{first}/timeline")).json()
        assert [each["reason"] for each in life["possible_duplicates"]] == ["same_contact_other_name"]
        door = f"/api/v1/persons/{second}/duplicates/{first}"
        problem(await hr.post(door, json={}), 400, "request_invalid")
        problem(await hr.post(f"/api/v1/persons/{second}/duplicates/P0", json={"same": True}), 404, "person_unknown")
        assert (await hr.post(door, json={"same": True})).json() == {"person_id": first, "joined": True}
        joined = (await hr.get(f"/api/v1/persons/{second}/timeline")).json()
    assert joined["person"]["id"] == first
    assert (len(joined["items"]), joined["possible_duplicates"]) == (2, [])
    assert len((await writer.get(f"/api/v1/ehr/persons/{second}/records")).json()["items"]) == 2
    assert "admin joined_persons" in await audit_of(served, first)
