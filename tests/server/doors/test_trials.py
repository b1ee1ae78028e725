"""A trial as its owner, its raters and its candidates meet it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from ehr_bridge.ledger import deliveries
from scoring.acceptance.questionnaire import items
from server.administration import put_user
from server.clock import wall_ms
from server.store.tables import trials
from server.store.uptime import hours

RATERS = ["trial.rater1", "trial.rater2", "trial.rater3"]
PASSWORD = "correct horse battery"
WHOLE = {"hr": {item.id: 5 for item in items("hr")}, "candidate": {item.id: 4 for item in items("candidate")}}


@pytest.fixture(scope="module", autouse=True)
def raters(served: Any) -> None:
    for name in RATERS:
        served.inside(put_user(served.settings, name, PASSWORD, ("interviewer",), "bj"))


async def begun(hr: Any, **changes: Any) -> str:
    wanted = {"name": "秋招试用", "position_id": "teller", "raters": RATERS, "interfaces": ["EHR"]} | changes
    made = await hr.post("/api/v1/trials", json=wanted)
    assert made.status_code == 201, made.text
    return f"/api/v1/trials/{made.json()['id']}"


async def test_a_trial_from_its_beginning_to_its_end(served: Any, problem: Any) -> None:
    async with served.hr() as hr:
        path = await begun(hr)
        invited = [await served.invite(position_id="teller") for _ in range(6)]
        taken = await hr.post(f"{path}/interviews", json={})
        assert taken.json() == {"included": 6, "assigned": 6}
        assert (await hr.post(f"{path}/interviews", json={})).json() == {"included": 0, "assigned": 0}

        seen = (await hr.get(path)).json()
        assert [subject["code"] for subject in seen["subjects"]] == [f"C{number:03}" for number in range(1, 7)]
        assert {subject["interview_id"] for subject in seen["subjects"]} == {one.interview_id for one in invited}
        loads = [rater["rater"] for subject in seen["subjects"] for rater in subject["raters"]]
        assert sorted(loads.count(name) for name in RATERS) == [4, 4, 4]
        assert not seen["readiness"]["go"]
        gates = {gate["code"]: gate["verdict"] for gate in seen["readiness"]["gates"] if gate["code"] != "uptime"}
        assert gates.pop("integrated") == "missed"  # agreed, and tried by nobody
        assert set(gates.values()) == {"undetermined"}

        check = {"kind": "interface", "name": "EHR", "outcome": "works", "note": "tried with five records"}
        assert (await hr.post(f"{path}/checks", json=check)).status_code == 201
        problem(await hr.post(f"{path}/checks", json=check | {"name": "SAP"}), 400, "request_invalid")
        seen = (await hr.get(path)).json()
        gates = {gate["code"]: gate["verdict"] for gate in seen["readiness"]["gates"]}
        assert (gates["integrated"], gates["conflicts"]) == ("met", "undetermined")
        (tried,) = [one for one in seen["checks"] if one["kind"] == "interface"]
        assert (tried["outcome"], tried["by"]) == ("works", "admin")

        early = problem(
            await hr.post(f"{path}/decision", json={"decision": "go", "reason": "it looks good"}),
            409,
            "trial_gates_missed",
        )
        assert "consistency" in early["detail"]
        over = await hr.post(f"{path}/decision", json={"decision": "no_go", "reason": "无人评分，暂不推广"})
        assert (over.json()["decision"], over.json()["decided_by"]) == ("no_go", "admin")
        again = {"decision": "no_go", "reason": "once more"}
        for door, body in (("decision", again), ("checks", check), ("interviews", {}), ("rounds", {})):
            problem(await hr.post(f"{path}/{door}", json=body), 409, "trial_over")
        (listed,) = [one for one in (await hr.get("/api/v1/trials")).json()["items"] if path.endswith(one["id"])]
        assert listed["reason"] == "无人评分，暂不推广"


async def test_the_decision_page_in_three_forms(served: Any, problem: Any) -> None:
    async with served.hr() as hr:
        path = await begun(hr, name="春招")
        page = await hr.get(f"{path}/export?language=zh")
        assert "试用结论 · 春招" in page.text
        assert "暂不推广" in page.text
        table = await hr.get(f"{path}/export?format=csv&language=en")
        assert table.content.startswith("\ufeff".encode())
        assert "consistency at least" in table.text
        told = (await hr.get(f"{path}/export?format=json")).json()
        assert told["readiness"]["gates"][0]["code"] == "synced"
        assert "attachment" in page.headers["content-disposition"]
        problem(await hr.get(f"{path}/export?format=exe"), 400, "request_invalid")


async def test_a_candidate_of_a_trial_is_asked_once_a_round(served: Any, problem: Any) -> None:
    stranger = await served.invite(position_id="operations")
    async with served.client((await stranger.join())["session_token"]) as candidate:
        door = f"/api/v1/interviews/{stranger.interview_id}/questionnaire"
        assert (await candidate.get(door)).json() == {"asked": False, "answered": False, "items": []}
        problem(await candidate.post(door, json={"ratings": WHOLE["candidate"]}), 409, "questionnaire_closed")
    async with served.hr() as hr:
        path = await begun(hr, position_id="operations")
        await hr.post(f"{path}/interviews", json={"interview_ids": [stranger.interview_id]})
        async with served.client((await stranger.join())["session_token"]) as candidate:
            offered = (await candidate.get(door)).json()
            assert offered["asked"]
            assert {item["id"] for item in offered["items"]} == set(WHOLE["candidate"])
            problem(await candidate.post(door, json={"ratings": {"friendliness": 9}}), 400, "request_invalid")
            given = {"ratings": WHOLE["candidate"], "comment": "谢谢"}
            assert (await candidate.post(door, json=given)).status_code == 201
            problem(await candidate.post(door, json=given), 409, "questionnaire_answered")
            assert (await candidate.get(door)).json()["answered"]
            await hr.post(f"{path}/rounds")
            assert (await candidate.post(door, json=given)).status_code == 201
        seen = (await hr.get(path)).json()
        assert (seen["round"], seen["answered"]["candidate"], seen["satisfaction"]) == (2, 1, [])
        assert (await hr.post(f"{path}/questionnaire", json={"ratings": WHOLE["hr"]})).status_code == 201
        assert (await hr.get(f"{path}/questionnaire")).json()["answered"]


async def test_what_is_refused(served: Any, problem: Any, as_role: Any) -> None:
    async with served.hr() as hr:
        wanted = {"name": "x", "position_id": "teller", "raters": RATERS}
        problem(await hr.post("/api/v1/trials", json=wanted | {"raters": ["nobody", "at.all"]}), 400, "request_invalid")
        problem(await hr.post("/api/v1/trials", json=wanted | {"raters": RATERS[:1]}), 422, "trial_raters_few")
        problem(await hr.post("/api/v1/trials", json=wanted | {"position_id": "astronaut"}), 404, "position_unknown")
        for wrong in ({"name": " "}, {"raters_each": 9}, {"pass_mark": 7}, {"interfaces": [""]}):
            problem(await hr.post("/api/v1/trials", json=wanted | wrong), 400, "request_invalid")
        problem(await hr.get("/api/v1/trials/tr_none"), 404, "trial_unknown")
        path = await begun(hr)
        unknown = await hr.post(f"{path}/interviews", json={"interview_ids": ["iv_none"]})
        assert "iv_none" in problem(unknown, 400, "request_invalid")["detail"]
    async with await as_role("interviewer") as rater:
        problem(await rater.post("/api/v1/trials", json=wanted), 403, "not_allowed")
        problem(
            await rater.post(f"{path}/decision", json={"decision": "no_go", "reason": "no reason"}), 403, "not_allowed"
        )


async def test_whoever_has_seen_a_report_does_not_rate_it(served: Any, completed: Any, problem: Any) -> None:
    """Three raters for each, and one of them has read it: nobody is assigned, and the door says why."""
    async with served.client(await served.sign_in(RATERS[0], PASSWORD)) as rater:
        assert (await rater.get(f"/api/v1/reports/{completed.report_id}")).status_code == 200
    async with served.hr() as hr:
        path = await begun(hr, position_id="client_manager", raters_each=3)
        body = {"interview_ids": [completed.invited.interview_id]}
        refused = problem(await hr.post(f"{path}/interviews", json=body), 422, "trial_raters_few")
        assert completed.invited.interview_id in refused["detail"]
        seen = (await hr.get(path)).json()
        assert seen["subjects"] == []
        (synced,) = [gate for gate in seen["readiness"]["gates"] if gate["code"] == "synced"]
        assert synced["found"]["value"] is None, "nothing was promised since the trial began"


async def test_what_reached_the_employee_system_counts(served: Any, completed: Any) -> None:
    async with served.hr() as hr:
        path = await begun(hr, position_id="client_manager")
        async with served.house.engine.begin() as store:  # as if that interview's delivery alone were of its time
            subject = completed.invited.interview_id
            (promised, *_) = [each for each in await deliveries(store, limit=10_000) if each.subject == subject]
            time = {"started_at": promised.created_at_ms, "ended_at": promised.created_at_ms + 1}
            this = trials.c.id == path.rpartition("/")[2]
            await store.execute(update(trials).where(this).values(**time))

        async def synced() -> Any:
            gates = (await hr.get(path)).json()["readiness"]["gates"]
            return next(gate["found"]["value"] for gate in gates if gate["code"] == "synced")

        async with asyncio.timeout(20):
            while await synced() != 1.0:  # noqa: ASYNC110  its delivery may still be on the way
                await asyncio.sleep(0.1)


async def test_a_process_that_is_ready_is_written_down_as_up(served: Any) -> None:
    async def written() -> list[tuple[int, int]]:
        async with served.house.engine.connect() as store:
            return await hours(store, 0, wall_ms())

    assert served.inside(written())
