"""A résumé from the door to the facts beside their source, as HR and as the candidate."""

import asyncio
import hashlib
from typing import Any

import httpx

from ehr_bridge.records import find_named
from tests.ehr_bridge.resume.papers import CHINESE, pdf, word
from tests.server.doors.conftest import Problem

POSITION = "client_manager"


async def send(hr: httpx.AsyncClient, data: bytes, **query: str) -> httpx.Response:
    return await hr.post(
        "/api/v1/resumes", params={"position_id": POSITION, "filename": "简历.pdf", **query}, content=data
    )


async def settled(hr: httpx.AsyncClient, resume_id: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found: dict[str, Any] = (await hr.get(f"/api/v1/resumes/{resume_id}")).json()
            if found["state"] in ("read", "unread"):
                return found
            await asyncio.sleep(0.1)


def different(data: bytes) -> bytes:
    """The same paper as another file: tests share one server, which knows a file again."""
    return data + b"\n%" + hashlib.sha256(str(id(data)).encode()).hexdigest().encode()


async def test_from_the_file_to_the_facts_and_to_nothing(served: Any, problem: Problem) -> None:
    data = different(pdf())
    async with served.hr() as hr:
        answer = await send(hr, data)
        assert answer.status_code == 202
        resume_id = answer.json()["id"]
        assert (await send(hr, data, filename="again.pdf")).json() | {"state": ""} == answer.json() | {
            "state": "", "new": False,
        }  # fmt: skip
        found = await settled(hr, resume_id)
        assert (found["state"], found["applicant_name"], found["kind"]) == ("read", "李明", "pdf")
        school = next(fact for fact in found["facts"] if fact["kind"] == "education")
        assert school["fields"]["degree"] == "master"
        assert school["sources"][0]["box"][0] < 0.1
        assert {each["kind"] for each in found["withheld"]} >= {"gender", "age"}
        page = await hr.get(f"/api/v1/resumes/{resume_id}/pages/1")
        assert (page.headers["content-type"], page.content[:2]) == ("image/jpeg", b"\xff\xd8")
        problem(await hr.get(f"/api/v1/resumes/{resume_id}/pages/2"), 404, "not_found")
        file = await hr.get(f"/api/v1/resumes/{resume_id}/file")
        assert file.content == data
        assert file.headers["content-disposition"].startswith("attachment")

        wrong = {"kind": "education", "fact_id": school["id"], "value": "x", "fields": {"degree": "genius"}}
        corrections = f"/api/v1/resumes/{resume_id}/corrections"
        assert "degree" in problem(await hr.post(corrections, json=wrong), 422, "correction_invalid")["detail"]
        right = wrong | {"value": "复旦大学 · 硕士", "fields": {"school": "复旦大学", "degree": "master"}}
        held = (await hr.post(corrections, json=right)).json()
        fact = next(each for each in held["facts"] if each["id"] == school["id"])
        assert (fact["value"], fact["found"], fact["certainty"]) == ("复旦大学 · 硕士", school["value"], "corrected")
        problem(await hr.post(f"/api/v1/resumes/{resume_id}/reading"), 409, "resume_unread")

        rows = (await hr.get("/api/v1/audit?limit=200")).json()["items"]
        done = {row["action"] for row in rows if row["subject"] == resume_id}
        assert done >= {
            "uploaded_resume", "read_resume", "opened_resume", "saw_resume", "downloaded_resume", "corrected_resume",
        }  # fmt: skip
        assert "复旦" not in str(rows)

        kept = await of_the_record(served, resume_id)
        assert kept is not None
        assert (kept.version, kept.body.school) == (2, "复旦大学")
        assert (await hr.delete(f"/api/v1/resumes/{resume_id}")).status_code == 204
        assert await of_the_record(served, resume_id) is None
        problem(await hr.get(f"/api/v1/resumes/{resume_id}"), 404, "resume_unknown")
        problem(await hr.get(f"/api/v1/resumes/{resume_id}/file"), 404, "resume_unknown")
    assert not list(served.settings.recordings.glob(f"resumes/{resume_id}/*"))


async def of_the_record(served: Any, resume_id: str) -> Any:
    async def look() -> Any:
        async with served.house.engine.connect() as store:
            return await find_named(store, "viva", "resume", resume_id)

    return await asyncio.to_thread(lambda: served.inside(look()))


async def test_what_is_refused_at_the_door_says_why(served: Any, problem: Problem) -> None:
    async with served.hr() as hr:
        for data, code in ((b"", "resume_empty"), (b"MZ\x90", "not_a_document"), (bytes(7 << 20), "resume_too_large")):
            refused = problem(await send(hr, data), 422, "resume_refused")
            assert refused["detail"] == code
        problem(await send(hr, pdf(), position_id="nobody"), 404, "position_unknown")
        problem(await send(hr, pdf(), applicant_id="ap_nobody"), 404, "applicant_unknown")
    async with served.client() as nobody:
        problem(await send(nobody, pdf()), 401, "not_signed_in")


async def test_what_cannot_be_read_stays_with_its_reason(served: Any) -> None:
    async with served.hr() as hr:
        resume_id = (await send(hr, pdf(("x",), password="geheim"), filename="locked.docx")).json()["id"]
        found = await settled(hr, resume_id)
        assert (found["state"], found["reason"]["code"]) == ("unread", "password_protected")
        assert found["reason"]["zh"]
        assert found["notes"][0]["code"] == "wrong_extension"
        # HR may still enter what it knows, and try again.
        made = await hr.post(f"/api/v1/resumes/{resume_id}/corrections", json={"kind": "name", "value": "王红"})
        assert made.json()["facts"][0]["value"] == "王红"
        assert (await hr.post(f"/api/v1/resumes/{resume_id}/reading")).status_code == 202
        assert (await settled(hr, resume_id))["facts"][0]["value"] == "王红"


async def test_the_candidates_own_goes_to_their_application_alone(served: Any, problem: Problem) -> None:
    invited = await served.invite()
    joined = await invited.join()
    door = f"/api/v1/interviews/{invited.interview_id}/resume"
    async with served.client(joined["session_token"]) as candidate:
        answer = await candidate.post(door, params={"filename": "me.docx"}, content=word(CHINESE[:8]))
        assert answer.status_code == 202
        assert answer.json()["applicant_id"] == invited.applicant_id
        problem(await candidate.get(f"/api/v1/resumes/{answer.json()['id']}"), 401, "not_signed_in")
        other = await served.invite()
        problem(
            await candidate.post(f"/api/v1/interviews/{other.interview_id}/resume", content=pdf()), 403, "not_allowed"
        )
    async with served.hr() as hr:
        found = await settled(hr, answer.json()["id"])
    assert (found["kind"], found["pictures"], found["uploaded_by"]) == ("docx", 0, "candidate")
    assert found["lines"][0]["text"] == "李明"


async def test_no_more_wait_than_may(served: Any, problem: Problem) -> None:
    intake = served.house.resumes
    settings = intake._settings
    intake._settings = type("Full", (), {"resume_queue": 0, "resume_days": 1, "leases": "local"})()
    try:
        async with served.hr() as hr:
            full = problem(await send(hr, different(pdf(("full",)))), 503, "resume_queue_full")
        assert full["retry"]
        assert intake.refused_full == 1
    finally:
        intake._settings = settings
