"""From a résumé to a suggestion with its reasons, to what HR makes of it; and the rules themselves."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from ehr_bridge.resume.document import Document, Line
from ehr_bridge.resume.facts import Fact, ResumeFacts
from realtime.protocol.text import Phase
from server.automation import Automation, default_rules, resume_read
from server.store import automation as book
from server.store import people, resumes
from tests.ehr_bridge.resume.papers import pdf
from tests.server.doors.conftest import Problem

SHORT = Fact("f1", "education", "苏州职业技术学院 · 大专", {"degree": "associate"})
CERTIFIED = (Fact("f1", "education", "上海财经大学 · 硕士", {"degree": "master"}), Fact("f2", "certificate", "CPA"))
MASTER = ("教育背景", "2017.09 - 2020.06    上海财经大学    金融学    硕士", "证书", "CPA")


async def send(hr: httpx.AsyncClient, name: str, lines: tuple[str, ...]) -> str:
    query = {"position_id": "client_manager", "filename": f"{name}.pdf"}
    answer = await hr.post("/api/v1/resumes", params=query, content=pdf((f"姓名：{name}", *lines)))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def read(served: Any, name: str, *facts: Fact, email: str = "", text: str = "") -> str:
    """A résumé as if it had just been read; what reads files is tested elsewhere."""

    async def store_it() -> str:
        async with served.house.engine.begin() as store:
            applicant = await people.add_applicant(store, name=name, email=email)
            row = resumes.resume_row(
                applicant_id=applicant.id, position_id="client_manager", fills_applicant=False, filename="x.docx",
                media_type="x", size_bytes=1, sha256=name, uploaded_by="admin", keep_ms=1 << 40,
            )  # fmt: skip
            await resumes.add(store, replace(row, state="reading"))
            told = {
                "document": Document("docx", (Line(1, text),) if text else ()),
                "facts": ResumeFacts(facts),
                "reason": "",
                "notes": "",
                "pictures": 0,
            }
            await resumes.settle(store, row.id, **told)
            resume = await resumes.read(store, row.id)
            assert resume is not None
            await resume_read(store, resume)
        served.house.automation.nudge()
        return row.id

    return str(await asyncio.to_thread(lambda: served.inside(store_it())))


async def suggested(hr: httpx.AsyncClient, resume_id: str, state: str = "open") -> list[dict[str, Any]]:
    async with asyncio.timeout(60):
        while True:
            found = (await hr.get(f"/api/v1/suggestions?state={state}&limit=200")).json()["items"]
            if mine := [each for each in found if each["resume_id"] == resume_id]:
                return mine
            await asyncio.sleep(0.1)


async def settle(hr: httpx.AsyncClient, *ids: str, confirm: bool = True, **more: str) -> list[dict[str, Any]]:
    answer = await hr.post("/api/v1/suggestions/decisions", json={"ids": ids, "confirm": confirm, **more})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


async def test_what_is_suggested_says_why_and_is_done_once_when_hr_confirms(served: Any, problem: Problem) -> None:
    async with served.hr() as hr:
        resume_id = await send(hr, "赵敏", MASTER)
        [invite] = await suggested(hr, resume_id)
        assert (invite["effect"], invite["applicant_name"], invite["stage"]) == ("invite", "赵敏", "screening")
        assert {each["rule"]: each["result"] for each in invite["explained"]} == {
            "invite_qualified": "unknown", "invite_graduate_with_certificate": "fired", "tag_certified": "fired",
        }  # fmt: skip
        assert invite["inputs"] == {
            "position": "client_manager", "degree": 4.0, "years": None, "majors": ["金融学"], "certificates": ["CPA"],
            "skills": [], "languages": [], "titles": [],
        }  # fmt: skip
        [tag] = await suggested(hr, resume_id, "done")
        assert (tag["effect"], tag["tag"], tag["by"]) == ("tag", "持证人才", "viva")

        problem(await hr.post("/api/v1/suggestions/decisions", json={"ids": [invite["id"]], "confirm": False}), 422,
                "reason_missing")  # fmt: skip
        first, second = await asyncio.gather(settle(hr, invite["id"]), settle(hr, invite["id"]))
        [done] = [each for each in (*first, *second) if each["ok"]]
        [late] = [each for each in (*first, *second) if not each["ok"]]
        assert late["code"] == "suggestion_settled"
        link = done["candidate_link"].rpartition("/i/")[2]
        async with served.client() as candidate:
            assert (await candidate.post("/api/v1/join", json={"link": link})).status_code == 200
        [confirmed] = await suggested(hr, resume_id, "confirmed")
        assert (confirmed["stage"], confirmed["by"]) == ("invited", "admin")
        rows = (await hr.get("/api/v1/audit?limit=200")).json()["items"]
        assert {row["action"] for row in rows} >= {"ran_rules", "suggested", "confirmed_suggestion", "invited"}
        assert "invite_qualified=unknown" in next(row["detail"] for row in rows if row["action"] == "ran_rules")

        # A correction is looked at anew, and nobody is invited twice.
        added = {"kind": "skill", "value": "Excel"}
        assert (await hr.post(f"/api/v1/resumes/{resume_id}/corrections", json=added)).status_code == 201
        [again] = await suggested(hr, resume_id, "overtaken")
        assert (again["effect"], again["inputs"]["skills"]) == ("invite", ["Excel"])
        assert resume_id not in {each["resume_id"] for each in await every(hr)}
        [refused] = await settle(hr, again["id"])
        assert refused["code"] == "suggestion_settled"

        other = await read(served, "陈晨", SHORT)
        [left] = await suggested(hr, other)
        assert (await settle(hr, left["id"], confirm=False, reason="岗位已满"))[0]["state"] == "declined"
        [declined] = await suggested(hr, other, "declined")
        assert declined["reason"] == "岗位已满"


async def test_nobody_is_turned_away_people_look(served: Any) -> None:
    async with served.hr() as hr:
        resume_id = await read(served, "孙悦", SHORT)
        [left] = await suggested(hr, resume_id)
        assert (left["effect"], left["rule"]) == ("ask_hr", "viva_no_rule")
        [done] = await settle(hr, left["id"], instead="invite")
        assert done["interview_id"]
        counters = (await hr.get("/api/v1/automation/counters")).json()
        assert counters["resumes"]["read"] >= 1
        assert counters["suggestions"]["ask_hr.confirmed"] >= 1


async def test_rules_are_tried_on_past_cases_before_they_hold(served: Any, problem: Problem) -> None:
    async with served.hr() as hr:
        resume_id = await read(served, "周杰", SHORT)
        [left] = await suggested(hr, resume_id)
        shipped = (await hr.get("/api/v1/rules")).json()
        assert shipped["yaml"] == default_rules()
        wider = default_rules().replace("degree >= master or", "degree >= associate or")
        tried = (await hr.post("/api/v1/rules/dry-run", json={"yaml": wider})).json()
        [case] = [each for each in tried["cases"] if each["applicant_name"] == "周杰"]
        assert ([e["effect"] for e in case["before"]], [e["effect"] for e in case["after"]]) == (["ask_hr"], ["invite"])
        assert (await suggested(hr, resume_id))[0]["id"] == left["id"]  # nothing was changed

        wrong = default_rules().replace("degree >= bachelor", "gender == 1", 1)
        for door in ("/api/v1/rules", "/api/v1/rules/dry-run"):
            told = problem(await hr.post(door, json={"yaml": wrong}), 422, "rules_invalid")
            assert told["detail"].startswith("line 8: rule invite_qualified: rules never see 'gender'")

        published = (await hr.post("/api/v1/rules", json={"yaml": wider})).json()
        try:
            assert (await hr.get("/api/v1/rules")).json()["version"] == published["version"]
            other = await read(served, "吴磊", SHORT)
            assert [each["effect"] for each in await suggested(hr, other)] == ["invite"]
        finally:
            await hr.post("/api/v1/rules", json={"yaml": default_rules()})


async def test_with_auto_advance_the_rules_invite_and_a_doubt_waits(served: Any) -> None:
    async with served.hr() as hr:
        automatic = default_rules().replace("mode: hr_confirms", "mode: auto_advance")
        await hr.post("/api/v1/rules", json={"yaml": automatic})
        try:
            done = await suggested(hr, await read(served, "郑爽", *CERTIFIED), "done")
            assert {each["effect"] for each in done} == {"invite", "tag"}
            assert done[0]["stage"] == "invited"
            [left] = await suggested(hr, await read(served, "钱进", SHORT))
            assert left["effect"] == "ask_hr"
        finally:
            await hr.post("/api/v1/rules", json={"yaml": default_rules()})


async def test_what_dies_in_between_leaves_nothing_and_is_done_by_the_next(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is promised; the first who handles it dies after half of its writes; two others come at once."""
    async with served.hr() as hr:
        applicant = (await hr.post("/api/v1/applicants", json={"name": "冯程"})).json()["id"]
    engine, settings = served.house.engine, served.settings
    event_id = "resume.read:rs_nobody:0:0"
    monkeypatch.setattr(served.house.automation, "look", _nobody_looks)

    async def promised() -> None:
        async with engine.begin() as store:
            for _ in range(2):
                await book.promise(
                    store, "resume.read", "rs_nobody:0:0", applicant_id=applicant, position_id="client_manager"
                )

    class Dying(Automation):
        async def _put(self, *_: Any) -> None:
            raise OperationalError("killed", {}, RuntimeError())

    async def found() -> tuple[int, int]:
        async with engine.connect() as store:
            made = await book.list_suggestions(store, state="open", before=None, limit=200)
            return len(await book.runs(store, limit=1, event_id=event_id)), sum(
                row.applicant_id == applicant for row, _ in made
            )

    served.inside(promised())
    with pytest.raises(OperationalError):
        served.inside(Dying(settings, engine).look())
    assert served.inside(found()) == (0, 0)

    async def two_at_once() -> int:
        return sum(await asyncio.gather(*(Automation(settings, engine).look() for _ in range(2))))

    assert served.inside(two_at_once()) == 1
    assert served.inside(found()) == (1, 1)


async def _nobody_looks() -> int:
    return 0


async def test_a_report_is_looked_at_and_kept_from_who_must_stay_blind(served: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        await talk.type_everything()
        await talk.phase(Phase.REPORTED)
    async with served.hr() as hr:
        mine = await of_applicant(hr, invited.applicant_id, "report.ready")
        report_id = (await hr.get(f"/api/v1/interviews/{invited.interview_id}")).json()["report"]["id"]
        report = (await hr.get(f"/api/v1/reports/{report_id}")).json()
        assert {each["event"] for each in mine} == {"report.ready"}
        assert mine[0]["stage"] == "interviewed"
        assert mine[0]["inputs"]["report_total"] == report["total"]["value"]
        assert {"professional", "general", "culture"} <= set(mine[0]["inputs"])
        await hr.put(f"/api/v1/interviews/{invited.interview_id}/panel", json={"raters": ["admin"]})
        assert not [each for each in await every(hr) if each["applicant_id"] == invited.applicant_id]
        [refused] = await settle(hr, mine[0]["id"])
        assert refused["code"] == "blind_until_submitted"
        await hr.put(f"/api/v1/interviews/{invited.interview_id}/panel", json={"raters": []})

        # People decide otherwise: the rules look again, and the older suggestion is overtaken.
        otherwise = {"value": 91.0, "reason": "沟通能力明显强于评分所示"}
        assert (await hr.post(f"/api/v1/reports/{report_id}/overrides", json=otherwise)).status_code == 201
        mine = await of_applicant(hr, invited.applicant_id, "decided")
        assert [(each["effect"], each["to"]) for each in mine] == [("advance", "second_round")]
        assert mine[0]["inputs"]["total_that_holds"] == 91.0


async def every(hr: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await hr.get("/api/v1/suggestions?limit=200")).json()["items"]
    return found


async def of_applicant(hr: httpx.AsyncClient, applicant_id: str, event: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(60):
        while True:
            mine = [each for each in await every(hr) if each["applicant_id"] == applicant_id]
            if {each["event"] for each in mine} == {event}:
                return mine
            await asyncio.sleep(0.1)
