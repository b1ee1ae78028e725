"""What a consumer of the record gets: fields, conditional answers, recordings, its webhook, its sandbox."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from server.access import SCOPES
from server.administration import add_api_key
from server.store.tables import audit

EHR = "/api/v1/ehr"


async def key(served: Any, *scopes: str, sandbox: bool = False) -> Any:
    return served.client(await add_api_key(served.settings, "consumer", scopes or SCOPES, sandbox=sandbox))


async def lines(served: Any) -> int:
    async with served.house.engine.connect() as store:
        mine = select(func.count()).where(audit.c.actor == "key consumer")
        return int((await store.execute(mine)).scalar_one())


@pytest.fixture
async def result(served: Any, completed: Any) -> dict[str, Any]:
    """The result of an interview that reached the record."""
    async with await key(served) as client:
        page = (await client.get(f"{EHR}/interview-results?limit=200")).json()
    mine = [item for item in page["items"] if item["interview_id"] == completed.invited.interview_id]
    if not mine:
        pytest.fail("the interview did not reach the record")
    found: dict[str, Any] = mine[-1]
    return found


async def test_fields_and_conditional_answers(served: Any, result: dict[str, Any], problem: Any) -> None:
    async with await key(served) as client:
        page = await client.get(f"{EHR}/interview-results?fields=id,score&limit=200")
        assert all(set(item) == {"id", "score"} for item in page.json()["items"])
        again = await client.get(page.url, headers={"If-None-Match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        one = await client.get(f"{EHR}/interview-results/{result['id']}")
        assert one.headers["etag"] == f'"{result["report_digest"]}"'
        report = await client.get(f"{EHR}/interview-results/{result['id']}/report")
        kept = {"If-None-Match": report.headers["etag"]}
        assert (await client.get(report.url, headers=kept)).status_code == 304
        problem(await client.get(f"{EHR}/persons?fields=salary"), 400, "request_invalid")
        before = await lines(served)
        await client.get(f"{EHR}/persons/{result['person_id']}/timeline?fields=at")
        assert await lines(served) == before + 1, "asked about, so noted"


async def test_recordings_need_their_own_scope_and_are_good_for_minutes(
    served: Any, result: dict[str, Any], problem: Any
) -> None:
    path = f"{EHR}/interview-results/{result['id']}/recordings"
    async with await key(served, "results:read") as client:
        told = problem(await client.get(path), 403, "not_allowed")
        assert "recordings:read" in told["detail"]
    async with await key(served, "results:read", "recordings:read") as client:
        assert (await client.get(path)).json() == {"items": []}, "this candidate typed"
        problem(await client.get(f"{EHR}/interview-results/R0/recordings"), 404, "result_unknown")


async def test_a_sandbox_key_sees_nobody_who_is_real(served: Any, result: dict[str, Any], problem: Any) -> None:
    before = await lines(served)
    async with await key(served, sandbox=True) as client:
        people = (await client.get(f"{EHR}/persons?limit=200")).json()["items"]
        assert len(people) == 10
        assert all(person["external_id"].startswith("SB") for person in people)
        problem(await client.get(f"{EHR}/persons/P999999"), 404, "person_unknown")
        results = (await client.get(f"{EHR}/interview-results?limit=3")).json()
        assert results["more"]
        whole = (await client.get(f"{EHR}/interview-results/{results['items'][0]['id']}/report")).json()
        assert "Sandbox" in whole["label"]["en"]
        one = people[0]["id"]
        kinds = {item["kind"] for item in (await client.get(f"{EHR}/persons/{one}/records")).json()["items"]}
        assert kinds == {"resume", "offer", "onboarding", "training", "performance"}
        new = {"person_id": one, "record": {"at": "2026-05-01T00:00:00Z", "course_id": "aml"}}
        written = await client.put(f"{EHR}/records/training/mine-1", json=new)
        assert written.status_code == 201, written.text
        (offer,) = (await client.get(f"{EHR}/persons/{one}/records?kind=offer")).json()["items"]
        assert offer["withheld"] == ["salary"]
        told = (await client.get(f"{EHR}/records/{offer['id']}?sensitive=true")).json()
        assert told["body"]["salary"]["amount_minor"] == 1_000_000
        assert (await client.post(f"{EHR}/sandbox/reset")).status_code == 204
        again = (await client.get(f"{EHR}/persons/{one}/records?kind=training")).json()["items"]
        assert len(again) == 1, "what was written is gone, who was there is there under the same id"
    assert await lines(served) == before
    async with await key(served) as client:
        problem(await client.post(f"{EHR}/sandbox/reset"), 403, "not_allowed")
        assert all(
            not (p["external_id"] or "").startswith("SB") for p in (await client.get(f"{EHR}/persons")).json()["items"]
        )


async def test_a_webhook_is_looked_after_by_its_own_key(
    served: Any, problem: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = served.house.destinations
    adapter = _configured(served)
    monkeypatch.setattr(served.house, "destinations", replace(known, configured=(*known.configured, adapter)))
    path = f"{EHR}/webhooks/mine"
    async with await key(served, "webhook:mine") as client:
        assert (await client.get(f"{path}/deliveries")).json() == {"items": [], "next_cursor": None}
        replayed = await client.post(f"{path}/replays", json={"since": "2026-01-01T00:00:00Z"})
        assert (replayed.status_code, replayed.json()) == (202, {"replayed": 0})
        for body in ({}, {"event_id": "x", "since": "2026-01-01T00:00:00Z"}):
            problem(await client.post(f"{path}/replays", json=body), 400, "request_invalid")
        problem(await client.get(f"{path}/deliveries?state=lost"), 400, "request_invalid")
        problem(await client.get(f"{EHR}/webhooks/other/deliveries"), 403, "not_allowed")
    async with await key(served, "webhook:embedded") as client:
        problem(await client.get(f"{EHR}/webhooks/embedded/deliveries"), 404, "destination_unknown")


def _configured(served: Any) -> Any:
    from ehr_bridge.destinations import Entry, understand

    secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    entry = Entry("mine", "webhook", settings={"url": "https://hr.example.com/hook", "secrets": [{"env": "SECRET"}]})
    return understand(entry, {"SECRET": secret})
