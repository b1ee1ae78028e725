"""People beside the machine: blind until handed in, merged by rule, overridden with a reason."""

import asyncio
from typing import Any

import httpx
import pytest

from realtime.protocol.text import Phase
from server.store import people

PASSWORDS = {"li.na": "a long enough password", "wang.wei": "another long password"}
RECRUITER = {"zhao.lei": "a third long password"}
WHY = "The recording shows it at 2:10."


@pytest.fixture(scope="module")
def interview_id(served: Any) -> str:
    async def whole() -> str:
        invited = await served.invite()
        async with invited.talk() as talk:
            await talk.type_everything()
            await talk.phase(Phase.REPORTED)
        return str(invited.interview_id)

    async def staff() -> None:
        async with served.house.engine.begin() as store:
            for name, password in PASSWORDS.items():
                await people.put_user(store, name=name, password=password, roles=("interviewer",), branch="")
            for name, password in RECRUITER.items():
                await people.put_user(store, name=name, password=password, roles=("hr",), branch="")

    served.inside(staff())
    return asyncio.run(whole())


async def as_user(served: Any, name: str) -> httpx.AsyncClient:
    return served.client(await served.sign_in(name, {**PASSWORDS, **RECRUITER}[name]))  # type: ignore[no-any-return]


async def report_of(hr: httpx.AsyncClient, interview_id: str) -> str:
    return str((await hr.get(f"/api/v1/interviews/{interview_id}")).json()["report"]["id"])


def filled(form: dict[str, Any], level: int | None, **others: int | None) -> dict[str, Any]:
    marks = [{"competency_id": c["id"], "level": others.get(c["id"], level)} for c in form["competencies"]]
    return {"marks": marks, "comment": "clear and calm", "recommendation": "advance"}


async def test_a_panel_from_assignment_to_decision(served: Any, interview_id: str, problem: Any) -> None:
    path = f"/api/v1/interviews/{interview_id}"
    async with served.hr() as hr:
        report_id = await report_of(hr, interview_id)
        report = (await hr.get(f"/api/v1/reports/{report_id}")).json()
        unknown = await hr.put(f"{path}/panel", json={"raters": ["nobody"]})
        problem(unknown, 400, "request_invalid")
        assert (await hr.put(f"{path}/panel", json={"raters": list(PASSWORDS)})).json()["members"] == list(PASSWORDS)

    async with await as_user(served, "li.na") as li:
        # Blind: no report, no panel, no total in any list.
        for address in (f"/api/v1/reports/{report_id}", f"/api/v1/reports/{report_id}.pdf", f"{path}/panel"):
            problem(await li.get(address), 403, "blind_until_submitted")
        rows = (await li.get("/api/v1/reports")).json()["items"]
        mine = next(row for row in rows if row["interview_id"] == interview_id)
        assert (mine["total"], mine["rank"], mine["views"], mine["blind"]) == (None, None, [], True)
        ranking = (await li.get("/api/v1/ranking", params={"position_id": report["interview"]["position_id"]})).json()
        assert interview_id not in [item["interview_id"] for item in ranking["items"]]
        assert ranking["hidden"] == 1

        form = (await li.get(f"{path}/scorecard")).json()
        assert (form["state"], form["blind"]) == ("empty", True)
        assert [c["id"] for c in form["competencies"]] == [c["id"] for c in report["competencies"]]
        assert len(form["answers"]) == 4
        assert all(item["typed"] and item["question"]["zh"] for item in form["answers"])
        assert set(form["competencies"][0]["anchors"]) == {"1", "2", "3", "4", "5"}
        half = {"marks": [{"competency_id": form["competencies"][0]["id"], "level": 4}]}
        assert (await li.put(f"{path}/scorecard", json=half)).json() == {"state": "draft", "version": 1}
        assert (await li.get(f"{path}/scorecard")).json()["card"]["marks"][0]["level"] == 4
        problem(await li.post(f"{path}/scorecard", json=half), 422, "scorecard_invalid")
        handed_in = await li.post(f"{path}/scorecard", json=filled(form, 4))
        assert (handed_in.status_code, handed_in.json()) == (201, {"state": "submitted", "version": 1, "blind": True})

        merged = (await li.get(f"{path}/panel")).json()
        assert merged["panel"] == [{"rater": "li.na", "submitted": True}, {"rater": "wang.wei", "submitted": False}]
        assert merged["report_id"] == report_id
        assert merged["merged"]["people_total"] == 80.0
        assert merged["merged"]["machine_total"] == report["total"]["value"]
        assert (await li.get(f"/api/v1/reports/{report_id}")).status_code == 200
        # What is given after that is a new version, and says so.
        again = await li.post(f"{path}/scorecard", json=filled(form, 3))
        assert again.json() == {"state": "submitted", "version": 2, "blind": False}

    async with await as_user(served, "wang.wei") as wang:
        problem(await wang.get(f"{path}/panel"), 403, "blind_until_submitted")
        first = form["competencies"][0]["id"]
        assert (await wang.post(f"{path}/scorecard", json=filled(form, 3, **{first: 5}))).json()["blind"] is True
        merged = (await wang.get(f"{path}/panel")).json()["merged"]
        competency = merged["competencies"][0]
        assert (competency["people"], competency["spread"]) == (4.0, 2)
        assert "people_apart" in competency["flags"]
        assert merged["must_talk"] is True
        # An interviewer decides nothing.
        decided = {"value": 90.0, "reason": WHY}
        problem(await wang.post(f"/api/v1/reports/{report_id}/overrides", json=decided), 403, "not_allowed")

    async with served.hr() as hr:
        await _decide(hr, report_id, report, problem)
        async with served.hr() as auditor:
            lines = (await auditor.get("/api/v1/audit", params={"limit": 200})).json()["items"]
        # What people gave and decided stands in the person's file too, each decision and the newest of the panel.
        told = await _in_the_file(hr, interview_id, report["interview"]["applicant_name"])
        await hr.put(f"{path}/panel", json={"raters": [*PASSWORDS, "zhao.lei"]})
    async with await as_user(served, "zhao.lei") as zhao:
        # A recruiter who is on the panel and has not handed in a card: the person's file keeps it back too.
        life = (await zhao.get(f"/api/v1/persons/{told['person_id']}/timeline")).json()["items"]
        shown = [entry for entry in life if entry["interview_id"] == interview_id]
        assert {(entry["state"], entry["score"], entry["detail"]) for entry in shown} == {("blind", None, "")}
        problem(await zhao.get(f"/api/v1/persons/records/{told['ref']}"), 403, "blind_until_submitted")
    deeds = {(line["actor"], line["action"]) for line in lines}
    assert {("li.na", "submitted_scorecard"), ("li.na", "read_panel"), ("admin", "overrode")} <= deeds
    assert not any(WHY in line["detail"] for line in lines)
    assert not any(WHY in line for line in served.logged)


async def _in_the_file(hr: httpx.AsyncClient, interview_id: str, name: str) -> dict[str, str]:
    """Whose file it is, and the panel's record in it."""
    persons = (await hr.get("/api/v1/persons", params={"called": name, "limit": 200})).json()["items"]

    async def told() -> list[dict[str, Any]]:
        lives = {each["id"]: (await hr.get(f"/api/v1/persons/{each['id']}/timeline")).json() for each in persons}
        entries = [{**entry, "person_id": person} for person, life in lives.items() for entry in life["items"]]
        return [entry for entry in entries if entry["interview_id"] == interview_id]

    async with asyncio.timeout(20):
        while True:
            entries = await told()
            if [entry["kind"] for entry in entries].count("decision") == 2:
                break
            await asyncio.sleep(0.05)
    (panel,) = [entry for entry in entries if entry["kind"] == "panel_result"]
    assert (panel["version"], panel["detail"]) == (3, "2")
    decisions = [entry["score"] for entry in entries if entry["kind"] == "decision"]
    result = next(entry for entry in entries if entry["kind"] == "interview_result")
    assert decisions == [92.5, result["score"]]
    return {"person_id": panel["person_id"], "ref": panel["ref"]}


async def _decide(hr: httpx.AsyncClient, report_id: str, report: dict[str, Any], problem: Any) -> None:
    path = f"/api/v1/reports/{report_id}/overrides"
    problem(await hr.post(path, json={"value": 90.0, "reason": "because"}), 422, "override_invalid")
    problem(await hr.post(path, json={"value": 900.0, "reason": WHY}), 422, "override_invalid")
    problem(await hr.post("/api/v1/reports/rp_x/overrides", json={"value": 9.0, "reason": WHY}), 404, "report_unknown")
    first = await hr.post(path, json={"value": 92.5, "reason": WHY})
    assert first.status_code == 201
    holds = first.json()["effective"]
    assert (holds["total"], holds["machine_total"]) == (92.5, report["total"]["value"])
    position_id = report["interview"]["position_id"]
    ranked = (await hr.get("/api/v1/ranking", params={"position_id": position_id, "normalise": "true"})).json()
    mine = next(item for item in ranked["items"] if item["report_id"] == report_id)
    assert mine["total"] == 92.5
    assert mine["place"] == 1
    assert mine["top"]
    assert not ranked["normalised"]
    assert "are needed" in ranked["normalisation"]["refused"]
    rows = (await hr.get("/api/v1/reports", params={"position_id": position_id})).json()["items"]
    mine = next(row for row in rows if row["id"] == report_id)
    assert (mine["total"], mine["rank"], mine["top"], mine["decided"]) == (92.5, 1, True, True)
    await hr.post(path, json={"value": None, "reason": "It was another candidate's recording."})
    kept = (await hr.get(path)).json()
    assert [(item["version"], item["value"], item["by"]) for item in kept["overrides"]] == [
        (1, 92.5, "admin"),
        (2, None, "admin"),
    ]
    assert kept["effective"]["total"] == report["total"]["value"]
    # The report itself was never touched.
    assert (await hr.get(f"/api/v1/reports/{report_id}")).json() == report


async def test_ranking_needs_a_share(served: Any, problem: Any) -> None:
    async with served.hr() as hr:
        for share in ("0", "2", "most", "nan"):
            problem(await hr.get("/api/v1/ranking", params={"top_share": share}), 400, "request_invalid")
        empty = (await hr.get("/api/v1/ranking", params={"position_id": "nothing"})).json()
    assert empty["items"] == []


async def test_nobody_marks_what_is_not_there(served: Any, problem: Any) -> None:
    async with served.hr() as hr:
        problem(await hr.get("/api/v1/interviews/iv_x/scorecard"), 404, "interview_unknown")
        problem(await hr.get("/api/v1/interviews/iv_x/panel"), 404, "interview_unknown")
        invited = await served.invite()
        problem(await hr.get(f"/api/v1/interviews/{invited.interview_id}/panel"), 409, "report_not_ready")
        form = await hr.put(f"/api/v1/interviews/{invited.interview_id}/scorecard", json={"marks": [{"level": 3}]})
        problem(form, 400, "request_invalid")
