"""One typed interview through the real doors: invitation, consent, answers, report, employee record."""

import asyncio
import json
from typing import Any

from realtime.interview import evidence as ev
from realtime.protocol import messages as say
from scoring.report import from_json, verify
from server.media_administration import export


async def test_it_takes_less_than_ten_seconds(completed: Any) -> None:
    assert completed.seconds < 10


async def test_the_candidate_got_every_durable_message_once_and_in_order(completed: Any) -> None:
    seqs = [envelope.seq for envelope in completed.candidate if envelope.seq]
    assert seqs == sorted(set(seqs))
    finished = next(e.message for e in completed.candidate if isinstance(e.message, say.Finished))
    assert (finished.reason, finished.answered, finished.total, finished.typed_answers) == ("completed", 4, 4, 4)
    assert finished.recorded_ms == 0


async def test_hr_saw_all_of_it_and_the_report_besides(completed: Any) -> None:
    watched = [e.message for e in completed.hr if isinstance(e.message, say.Watched) and e.message.seq]
    seqs = [message.seq for message in watched]
    assert seqs == list(range(1, len(seqs) + 1))
    seen = {message.seq: message.message for message in watched}
    told = {e.seq: e.message for e in completed.candidate if e.seq}
    assert all(seen[seq] == message for seq, message in told.items() if seq in seen)
    hr_only = [seen[seq] for seq in seen if seq not in told]
    assert any(isinstance(message, say.ReportReady) for message in hr_only)
    assert any(isinstance(e.message, say.LiveList) for e in completed.hr)


async def test_the_evidence_log_holds_what_was_typed(served: Any, completed: Any) -> None:
    async with served.hr() as hr:
        answer = await hr.get(f"/api/v1/interviews/{completed.invited.interview_id}/evidence")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    records = [ev.decode(line) for line in answer.text.splitlines()]
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    typed = [record.body for record in records if isinstance(record.body, ev.TextAnswered)]
    assert len(typed) == 4
    assert all(body.text.startswith("我会先询问客户担心什么") for body in typed)
    settled = [record.body for record in records if isinstance(record.body, ev.AnswerSettledRecord)]
    assert {(body.transcript, body.recording) for body in settled} == {("typed", None)}
    assert isinstance(records[-1].body, ev.InterviewEnded)
    consent = next(record.body for record in records if isinstance(record.body, ev.ConsentGiven))
    assert not consent.items.recording


async def test_the_report_in_three_formats(served: Any, completed: Any) -> None:
    path = f"/api/v1/reports/{completed.report_id}"
    async with served.hr() as hr:
        body = await hr.get(path)
        again = await hr.get(f"{path}.json")
        page = await hr.get(path, headers={"Accept": "text/html"}, params={"language": "en"})
        document = await hr.get(f"{path}.pdf", params={"edition": "candidate"})
    assert body.content == again.content
    assert verify(body.content)
    report = from_json(body.content)
    assert body.headers["etag"] == f'"{report.digest}"'
    assert report.answers_assessable == 4
    assert report.total.value is not None
    assert 0 <= report.total.value <= 100
    quotes = [item.quote for answer in report.answers for item in answer.evidence]
    assert quotes
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "韩梅梅" in page.text
    assert document.headers["content-type"] == "application/pdf"
    assert document.content.startswith(b"%PDF-")
    assert f"{completed.report_id}-candidate-zh.pdf" in document.headers["content-disposition"]


async def test_the_report_is_kept_as_files_too(served: Any, completed: Any) -> None:
    """Encrypted, and opened by whoever may run `viva admin`."""
    interview_id = completed.invited.interview_id
    below = f"interviews/{interview_id}/reports/{completed.report_id}"
    for _ in range(100):
        if f"{below}/report.pdf" in served.inside(served.house.recordings.keys(below)):
            break
        await asyncio.sleep(0.05)
    stored = [path.read_bytes() for path in (served.settings.recordings / below).iterdir()]
    assert len(stored) == 3
    assert not any("韩梅梅".encode() in data or b"%PDF" in data for data in stored)
    folder = served.settings.data / "exported"
    written = await export(served.settings, interview_id, folder)
    assert sorted(path.name for path in written) == ["report.html", "report.json", "report.pdf"]
    assert verify((folder / "reports" / completed.report_id / "report.json").read_bytes())
    assert "韩梅梅" in (folder / "reports" / completed.report_id / "report.html").read_text()


async def test_the_employee_record_has_it_once(served: Any, completed: Any, api_key: str) -> None:
    async with served.client(api_key) as ehr:
        found = await _result_of(ehr, completed)
        report = await ehr.get(f"/api/v1/ehr/interview-results/{found['id']}/report")
        person = (await ehr.get(f"/api/v1/ehr/persons/{found['person_id']}")).json()
        timeline = (await ehr.get(f"/api/v1/ehr/persons/{found['person_id']}/timeline")).json()["items"]
        one = await ehr.get(f"/api/v1/ehr/interview-results/{found['id']}")
    async with served.hr() as hr:
        assert (await hr.get(f"/api/v1/reports/{completed.report_id}")).content == report.content
    assert completed.invited.served is served
    assert "韩梅梅" in json.dumps(person, ensure_ascii=False)
    assert [entry["kind"] for entry in timeline].count("interview_result") >= 1
    assert one.headers["etag"] == f'"{from_json(report.content).digest}"'


async def _result_of(ehr: Any, completed: Any) -> dict[str, Any]:
    """The EHR's row of the interview; it arrives shortly after the report. Exactly one."""
    for _ in range(200):
        rows: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = (await ehr.get("/api/v1/ehr/interview-results", params={"after": cursor} if cursor else {})).json()
            rows += [row for row in page["items"] if completed.invited.interview_id in json.dumps(row)]
            cursor = page["next_cursor"]
            if not page["more"]:
                break
        if rows:
            assert len(rows) == 1
            return rows[0]
        await asyncio.sleep(0.05)
    raise AssertionError("the EHR never got the result")


async def test_what_was_done_to_the_person_is_in_the_audit_log(served: Any, completed: Any, api_key: str) -> None:
    async with served.client(api_key) as ehr:
        await _result_of(ehr, completed)
    async with served.hr() as hr:
        lines: list[dict[str, Any]] = []
        cursor = ""
        while cursor is not None:
            page = (await hr.get("/api/v1/audit", params={"cursor": cursor, "limit": 200})).json()
            lines += page["items"]
            cursor = page["next_cursor"]
    about = [(line["actor"], line["action"]) for line in lines if line["subject"] == completed.invited.interview_id]
    for expected in (("admin", "invited"), ("candidate", "joined"), ("admin", "watched"), ("viva", "reported")):
        assert expected in about
    assert ("admin", "created_applicant") in [
        (line["actor"], line["action"]) for line in lines if line["subject"] == completed.invited.applicant_id
    ]
    assert ("key test EHR", "listed_results") in [(line["actor"], line["action"]) for line in lines]
    assert "韩梅梅" not in json.dumps(lines, ensure_ascii=False)


async def test_no_log_line_names_the_person_or_a_token(served: Any, completed: Any, api_key: str) -> None:
    joined_again = served.house.signer  # tokens are signed: what is signed is never logged
    assert joined_again is not None
    text = "\n".join(served.logged)
    assert "report of" in text  # something was logged
    secrets = (
        "韩梅梅",
        "mei@example.com",
        "我会先询问",
        completed.invited.link,
        await served.hr_token(),
        api_key,
        served.settings.admin_password,
        served.settings.signing_secret(),
    )
    for secret in secrets:
        assert secret not in text


async def test_the_link_is_used_now(served: Any, completed: Any, problem: Any) -> None:
    async with served.client() as client:
        answer = await client.post("/api/v1/join", json={"link": completed.invited.link})
    problem(answer, 410, "link_used")


async def test_scoring_again_is_the_same_report(served: Any, completed: Any) -> None:
    interview_id = completed.invited.interview_id
    async with served.hr() as hr:
        assert (await hr.post(f"/api/v1/interviews/{interview_id}/report")).status_code == 202
        for _ in range(200):
            state = (await hr.get(f"/api/v1/interviews/{interview_id}")).json()["report"]
            if state["state"] == "completed":
                break
            await asyncio.sleep(0.05)
        assert state["id"] == completed.report_id
