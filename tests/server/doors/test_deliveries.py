"""What became of the promises: dead letters with reasons, replay, comparison, rates, and decisions that travel too."""

import asyncio
from typing import Any

import pytest

from ehr_bridge.ledger import Failed, begin_attempt, deliveries, note_outcome
from ehr_bridge.outbox import Message, enqueue
from server.clock import wall_ms

NOWHERE = "somewhere-else"


async def dead_letter(served: Any, name: str) -> None:
    """One that another system has refused for good."""

    async def make() -> None:
        message = Message("test", name, "viva.interview_result.v1", "iv_x", b"{}", wall_ms(), name)
        async with served.house.engine.begin() as store:
            await enqueue(store, message, [NOWHERE])
            (row,) = [each for each in await deliveries(store, destination=NOWHERE) if each.message_id == name]
            await begin_attempt(store, row.delivery_id, 0, wall_ms())
            failed = Failed("destination_refuses", "HTTP 422", None, "email")
            await note_outcome(store, row.delivery_id, 0, failed, wall_ms())

    await asyncio.to_thread(served.inside, make())


async def test_a_dead_letter_says_why_and_what_to_do(served: Any, as_role: Any, problem: Any) -> None:
    await dead_letter(served, "letter-1")
    async with served.hr() as hr:
        answer = await hr.get("/api/v1/deliveries", params={"state": "dead", "destination": NOWHERE})
        (item,) = [each for each in answer.json()["items"] if each["message_id"] == "letter-1"]
        overview = (await hr.get("/api/v1/deliveries/overview")).json()
        problem(await hr.get("/api/v1/deliveries?state=lost"), 400, "request_invalid")
        problem(await hr.get("/api/v1/deliveries?cursor=x"), 400, "request_invalid")
    assert item["error"]["field"] == "email"
    assert item["error"]["what"]["zh"]
    assert item["error"]["todo"]["en"]
    states = {each["name"]: each for each in overview["destinations"]}
    assert states[NOWHERE]["dead"] >= 1
    rates = {each["destination"]: each for each in overview["rates"]}
    assert rates[NOWHERE]["sync_success"]["value"] == 0
    assert 0 < rates[NOWHERE]["sync_success"]["high"] < 1
    async with await as_role("interviewer") as client:
        problem(await client.get("/api/v1/deliveries"), 403, "not_allowed")


async def test_a_replay_queues_once_and_is_noted(served: Any, problem: Any) -> None:
    await dead_letter(served, "letter-2")
    one = {"source": "test", "message_id": "letter-2"}
    async with served.hr() as hr:
        for wrong in ({}, {"all": True, **one}, {"source": "test"}, {"from_ms": 1}):
            problem(await hr.post("/api/v1/deliveries/replay", json=wrong), 400, "request_invalid")
        assert (await hr.post("/api/v1/deliveries/replay", json={**one, "destination": "other"})).json() == {
            "queued": 0
        }
        assert (await hr.post("/api/v1/deliveries/replay", json=one)).json() == {"queued": 1}
        lines = (await hr.get("/api/v1/audit", params={"limit": 200})).json()["items"]
    assert ("replayed", "letter-2", "1 to all") in [(x["action"], x["subject"], x["detail"]) for x in lines]


async def test_what_the_ehr_holds_is_compared_with_what_was_sent(served: Any, completed: Any, problem: Any) -> None:
    async with served.hr() as hr:
        problem(await hr.post("/api/v1/deliveries/reconcile", json={"destination": "x"}), 404, "destination_unknown")
        problem(await hr.post("/api/v1/deliveries/reconcile", json={"days": 0}), 400, "request_invalid")
        before = (await hr.get("/api/v1/deliveries/overview")).json()["comparisons"]
        started = await hr.post("/api/v1/deliveries/reconcile", json={"destination": "embedded", "days": 3})
        assert started.json() == {"started": ["embedded"]}
        async with asyncio.timeout(20):
            while True:
                found = (await hr.get("/api/v1/deliveries/overview")).json()
                if found["comparisons"] != before:
                    break
                await asyncio.sleep(0.05)
        (mine,) = [each for each in found["comparisons"] if each["destination"] == "embedded"]
        rows = (await hr.get(f"/api/v1/deliveries/comparisons/{mine['id']}")).json()["items"]
    assert mine["records"] >= 1
    assert (mine["in_conflict"], rows) == (0, [])
    assert mine["fields"] == mine["fields_equal"] > 10
    assert mine["listed"]


@pytest.mark.usefixtures("completed")
async def test_the_figures_are_scraped(served: Any) -> None:
    async with served.client() as client:
        text = (await client.get("/metrics")).text
    assert 'viva_ehr_deliveries{destination="embedded",state="acknowledged"}' in text
    assert 'viva_ehr_share{destination="total",rate="sync_success"}' in text
