"""Decision support as HR meets it, over a record that the embedded EHR really took in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import Onboarding, Performance, Resume, Training
from ehr_bridge.records import New, record
from server.clock import wall_ms

HIRED = datetime.now(UTC) - timedelta(days=100)
LI = PersonFacts("李决策", "insight@example.com", "13900001111", "IN000001")


@pytest.fixture(scope="module")
def employee(served: Any) -> str:
    """Somebody with a résumé, a first day, a course and a review, and no interview."""
    bodies = (
        Resume(HIRED, skills=["CFA"], channel="campus"),
        Onboarding(HIRED, "done", hired_at=HIRED),
        Training(HIRED, "risk_control", attendance=0.8, exam_score=70),
        Performance(HIRED, "2026Q1", score=60),
    )

    async def put() -> str:
        async with served.house.engine.begin() as store:
            made = [
                await record(store, served.house.field_keys, New("test", f"in-{n}", LI, body), wall_ms())
                for n, body in enumerate(bodies)
            ]
        served.house.insights._picture = None  # of a minute ago
        return made[0].person_id

    return str(served.inside(put()))


@pytest.fixture
async def hr(served: Any) -> AsyncIterator[Any]:
    async with served.hr() as client:
        yield client


async def test_funnel_pool_and_outcomes(hr: Any, completed: Any, served: Any) -> None:
    stages = {"interviewed": 0}
    async with asyncio.timeout(20):
        while not stages["interviewed"]:  # its delivery may still be on the way
            await asyncio.sleep(0.05)
            served.house.insights._picture = None
            found = (await hr.get("/api/v1/insights/funnel")).json()
            stages = {step["stage"]: step["reached"] for step in found["funnels"][0]["steps"]}
    assert stages["applied"] >= stages["interviewed"] >= stages["passed"]
    assert found["alarms"] == []
    by_channel = (await hr.get("/api/v1/insights/funnel?by=channel&pass_mark=0")).json()
    assert by_channel["funnels"][1]["group"] == "unknown"
    people = (await hr.get("/api/v1/insights/pool?least_total=0")).json()
    assert people["items"][0]["position"]["zh"] == "客户经理"
    none = (await hr.get("/api/v1/insights/pool?text=nobody-of-this-name")).json()
    assert none == {"items": [], "found": 0}
    told = (await hr.get("/api/v1/insights/outcomes")).json()
    assert told["improvements"]["reports"] >= 1
    assert told["improvements"]["items"][0]["label"]["zh"]
    person = (await hr.get(f"/api/v1/insights/persons/{people['items'][0]['person_id']}")).json()
    assert person["fits"][0]["covered"] >= 0.5
    assert all(step["gap"] > 0 for step in person["plan"])
    assert person["prediction"] is None, "who does not work here is not predicted"


async def test_a_prediction_names_its_inputs_and_the_sign_of_leaving(hr: Any, employee: str) -> None:
    found = (await hr.get("/api/v1/insights/retention")).json()
    assert found["model"]["fitted"] is False
    (row,) = [row for row in found["employees"] if row["person_id"] == employee]
    assert (row["band"], row["risk"]) == ("low", True)
    assert {each["name"]["en"] for each in row["inputs"]} == {
        "attendance at training", "exams after training", "performance",
    }  # fmt: skip
    person = (await hr.get(f"/api/v1/insights/persons/{employee}")).json()
    assert person["prediction"]["risk"]["code"] == "leaving_risk"
    assert person["prediction"]["advice"]["code"] == "retention_low"


async def test_where_the_law_forbids_it_nothing_is_predicted(
    hr: Any, employee: str, served: Any, monkeypatch: pytest.MonkeyPatch, problem: Any
) -> None:
    monkeypatch.setattr(served.house.insights, "settings", replace(served.settings, profile="cn-bank+eu"))
    problem(await hr.get("/api/v1/insights/retention"), 403, "prediction_forbidden")
    person = (await hr.get(f"/api/v1/insights/persons/{employee}")).json()
    assert (person["may_predict"], person["prediction"]) == (False, None)


async def test_what_is_refused(hr: Any, as_role: Any, problem: Any) -> None:
    problem(await hr.get("/api/v1/insights/persons/P0"), 404, "person_unknown")
    for query in ("funnel?by=moon", "funnel?pass_mark=x", "pool?least_total=400"):
        problem(await hr.get(f"/api/v1/insights/{query}"), 400, "request_invalid")
    async with await as_role("interviewer") as interviewer:
        for door in ("funnel", "pool", "retention", "outcomes", "persons/P1"):
            problem(await interviewer.get(f"/api/v1/insights/{door}"), 403, "not_allowed")


async def test_who_was_invited_stands_in_the_funnel_before_the_interview(hr: Any, served: Any) -> None:
    async def applied() -> tuple[int, int]:
        served.house.insights._picture = None
        found = (await hr.get("/api/v1/insights/funnel")).json()["funnels"][0]["steps"]
        return found[0]["reached"], found[1]["reached"]

    before, interviewed = await applied()
    await served.invite()
    assert await applied() == (before + 1, interviewed)
