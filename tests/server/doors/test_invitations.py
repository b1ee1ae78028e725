"""Invitations: only to what works, with the features and questions that HR chose, and every choice in the audit log."""

from typing import Any

import pytest
from sqlalchemy import update

from server.store.tables import positions


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"applicant_id": "ap_nobody"}, 404, "applicant_unknown"),
        ({"position_id": "pilot"}, 404, "position_unknown"),
        ({"profile": "atlantis"}, 400, "request_invalid"),
        ({"profile": "eu+"}, 400, "request_invalid"),
        ({"language": "fr"}, 400, "request_invalid"),
        ({"expires_in_hours": 0}, 400, "request_invalid"),
        ({"expires_in_hours": 100_000}, 400, "request_invalid"),
        ({"time_factor": 0.5}, 400, "request_invalid"),
        ({"time_factor": "twice"}, 400, "request_invalid"),
    ],
)
async def test_an_invitation_that_cannot_be(
    served: Any, problem: Any, changes: dict[str, Any], status: int, code: str
) -> None:
    async with served.hr() as hr:
        applicant = (await hr.post("/api/v1/applicants", json={"name": "甲"})).json()
        wanted = {"applicant_id": applicant["id"], "position_id": "client_manager"} | changes
        problem(await hr.post("/api/v1/invitations", json=wanted), status, code)


CHOICES: list[tuple[dict[str, Any], str]] = [
    ({"features": ["voice", "telepathy"]}, "telepathy"),
    ({"questions": ["q1", "q9"]}, "no question q9"),
    ({"questions": ["q1"]}, "at least 2"),
    ({"questions": ["q1", "q1"]}, "twice"),
]


@pytest.mark.parametrize(("changes", "says"), CHOICES)
async def test_a_choice_that_the_position_has_not(
    served: Any, problem: Any, changes: dict[str, Any], says: str
) -> None:
    async with served.hr() as hr:
        applicant = (await hr.post("/api/v1/applicants", json={"name": "甲"})).json()
        wanted = {"applicant_id": applicant["id"], "position_id": "client_manager"} | changes
        body = problem(await hr.post("/api/v1/invitations", json=wanted), 400, "request_invalid")
    assert says in body["detail"]


async def asked(served: Any, interview_id: str) -> dict[str, Any]:
    async with served.hr() as hr:
        found: dict[str, Any] = (await hr.get(f"/api/v1/interviews/{interview_id}/questions")).json()
    return found


async def test_without_a_choice_the_position_decides(served: Any) -> None:
    invited = await served.invite()
    assert await asked(served, invited.interview_id) == {
        "questions": ["q1", "q2", "q3", "q4"],
        "others": ["q5", "q6"],
        "chosen": False,
    }
    assert (await invited.join())["questions"] == 4


async def test_a_campaign_without_scenarios_asks_none(served: Any) -> None:
    invited = await served.invite(position_id="technology_engineer", features=["voice", "logic"])
    found = await asked(served, invited.interview_id)
    assert "failing_release" in found["others"]
    assert "blockchain" in found["questions"]
    assert (await invited.join())["questions"] == len(found["questions"])


async def test_questions_are_asked_in_the_order_in_which_hr_chose_them(served: Any) -> None:
    invited = await served.invite(questions=["q5", "q3", "q4"])
    assert (await asked(served, invited.interview_id))["questions"] == ["q5", "q3", "q4"]
    async with invited.talk() as talk:
        state = await talk.to_question()
        assert state.question.id == "q5"
        async with served.hr() as hr:
            answer = await hr.put(f"/api/v1/interviews/{invited.interview_id}/questions", json={"questions": []})
        assert (answer.status_code, answer.json()["code"]) == (409, "interview_started")


async def test_a_choice_may_change_until_the_candidate_comes_and_leaves_a_line(served: Any, problem: Any) -> None:
    invited = await served.invite()
    path = f"/api/v1/interviews/{invited.interview_id}/questions"
    async with served.hr() as hr:
        changed = await hr.put(path, json={"questions": ["q1", "q5"], "reason": "résumé speaks of teams"})
        assert changed.json() == {"questions": ["q1", "q5"], "others": ["q2", "q3", "q4", "q6"], "chosen": True}
        newest = (await hr.get("/api/v1/audit", params={"limit": 1})).json()["items"][0]
        assert (newest["actor"], newest["action"], newest["subject"]) == (
            "admin",
            "chose_questions",
            invited.interview_id,
        )
        assert newest["detail"] == "q1 q5 résumé speaks of teams"
        body = problem(await hr.put(path, json={"questions": ["q1", "nothing"]}), 400, "request_invalid")
        assert "nothing" in body["detail"]
        problem(await hr.put(path, json={"questions": ["q1", "q2"], "reason": "x" * 501}), 400, "request_invalid")
        assert (await hr.put(path, json={"questions": []})).json()["chosen"] is False
        problem(
            await hr.put("/api/v1/interviews/iv_nothing/questions", json={"questions": []}), 404, "interview_unknown"
        )
        problem(await hr.get("/api/v1/interviews/iv_nothing/questions"), 404, "interview_unknown")


async def test_an_interviewer_chooses_nothing(served: Any, as_role: Any, problem: Any) -> None:
    invited = await served.invite()
    async with await as_role("interviewer") as client:
        path = f"/api/v1/interviews/{invited.interview_id}/questions"
        assert (await client.get(path)).status_code == 200
        problem(await client.put(path, json={"questions": ["q1", "q2"]}), 403, "not_allowed")


async def test_nobody_is_invited_to_a_position_that_breaks_a_rule(served: Any, problem: Any) -> None:
    """A rule may be younger than the position: it stays readable, and old interviews stay scorable."""
    async with served.hr() as hr:
        source = (await hr.get("/api/v1/positions/client_manager")).json()["yaml"]
        own = source.replace("id: client_manager\n", "id: aged_manager\n", 1)
        made = await hr.post("/api/v1/positions", content=own.encode(), headers={"Content-Type": "application/yaml"})
        assert made.status_code == 201
        broken = own.replace("thinking_s: 90", "thinking_s: 600", 1)

        async def age() -> None:
            async with served.house.engine.begin() as store:
                where = positions.c.id == "aged_manager"
                await store.execute(update(positions).where(where).values(source_yaml=broken))

        served.inside(age())
        applicant = (await hr.post("/api/v1/applicants", json={"name": "甲"})).json()
        wanted = {"applicant_id": applicant["id"], "position_id": "aged_manager"}
        body = problem(await hr.post("/api/v1/invitations", json=wanted), 422, "position_invalid")
        assert "seconds: thinking_s is 600, not 60 to 120" in body["detail"]
        shown = (await hr.get("/api/v1/positions/aged_manager")).json()
        assert [error for error in shown["errors"] if "seconds" in error]
