"""HR's REST door: who may do what, what comes back, and what every mistake is called."""

from typing import Any

import pytest

from server.administration import put_user
from server.clock import wall_ms
from server.doors.hr import attempts
from server.tokens import Signer, Token

PASSWORD = "an interviewer's password"


async def test_signing_in_says_who_one_is(served: Any) -> None:
    async with served.hr() as hr:
        me = (await hr.get("/api/v1/me")).json()
    assert me == {"name": "admin", "roles": ["admin", "hr"], "branch": ""}


async def test_a_wrong_password_and_an_unknown_user_are_told_alike(served: Any, problem: Any) -> None:
    async with served.client() as client:
        wrong = await client.post("/api/v1/sign-in", json={"user": "admin", "password": "wrong"})
        nobody = await client.post("/api/v1/sign-in", json={"user": "nobody", "password": "wrong"})
    assert problem(wrong, 401, "sign_in_failed") == problem(nobody, 401, "sign_in_failed")
    attempts.forget("127.0.0.1 admin")


async def test_guessing_is_slowed_down_for_that_name_only(
    served: Any, problem: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "_limit", 2)
    async with served.client() as client:
        answers = [await client.post("/api/v1/sign-in", json={"user": "guessed", "password": str(n)}) for n in range(3)]
    body = problem(answers[-1], 429, "too_many_attempts")
    assert int(answers[-1].headers["retry-after"]) > 0
    assert body["retry"]
    assert await served.sign_in()


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ("", 401, "not_signed_in"),
        ("Basic YWRtaW46YWRtaW4=", 401, "not_signed_in"),
        ("Bearer", 401, "not_signed_in"),
        ("Bearer forged.token", 401, "not_signed_in"),
    ],
)
async def test_a_forged_sign_in_opens_nothing(served: Any, problem: Any, header: str, status: int, code: str) -> None:
    async with served.client() as client:
        answer = await client.get("/api/v1/me", headers={"Authorization": header} if header else {})
    problem(answer, status, code)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_ends_and_one_for_another_purpose_never_was(served: Any, problem: Any) -> None:
    signer = Signer(served.settings.signing_secret())
    old = signer.sign("sign_in", Token("admin", wall_ms() - 1))
    other = signer.sign("session", Token("admin", wall_ms() + 10_000))
    gone = signer.sign("sign_in", Token("nobody", wall_ms() + 10_000))
    for token, code in ((old, "session_expired"), (other, "not_signed_in"), (gone, "not_signed_in")):
        async with served.client(token) as client:
            problem(await client.get("/api/v1/me"), 401, code)


READ = (
    "/positions",
    "/positions/client_manager",
    "/applicants",
    "/interviews",
    "/reports",
)
WRITE = (("/applicants", {"name": "甲"}), ("/positions", {"id": "client_manager"}))


async def test_an_interviewer_reads_and_changes_nothing(served: Any, as_role: Any, problem: Any) -> None:
    async with await as_role("interviewer") as client:
        for path in READ:
            assert (await client.get(f"/api/v1{path}")).status_code == 200
        for path, body in WRITE:
            problem(await client.post(f"/api/v1{path}", json=body), 403, "not_allowed")
        problem(await client.get("/api/v1/audit"), 403, "not_allowed")


async def test_an_operator_sees_no_person(served: Any, as_role: Any, problem: Any) -> None:
    async with await as_role("operator") as client:
        assert (await client.get("/api/v1/me")).json()["roles"] == ["operator"]
        for path in READ:
            problem(await client.get(f"/api/v1{path}"), 403, "not_allowed")


async def test_a_withdrawn_role_is_gone_at_once(served: Any, as_role: Any, problem: Any) -> None:
    async with await as_role("hr") as client:
        assert (await client.get("/api/v1/applicants")).status_code == 200
        await put_user(served.settings, "hr", PASSWORD, ("operator",), "bj")
        problem(await client.get("/api/v1/applicants"), 403, "not_allowed")


UNKNOWN = [
    ("GET", "/positions/pilot", "position_unknown"),
    ("GET", "/applicants/ap_nobody", "applicant_unknown"),
    ("DELETE", "/invitations/inv_nothing", "invitation_unknown"),
    ("GET", "/interviews/iv_nothing", "interview_unknown"),
    ("GET", "/interviews/iv_nothing/evidence", "interview_unknown"),
    ("POST", "/interviews/iv_nothing/report", "interview_unknown"),
    ("GET", "/interviews/iv_nothing/recordings", "interview_unknown"),
    ("GET", "/reports/rp_nothing", "report_unknown"),
    ("GET", "/reports/rp_nothing.pdf", "report_unknown"),
    ("GET", "/nothing/here", "not_found"),
]


@pytest.mark.parametrize(("method", "path", "code"), UNKNOWN)
async def test_what_is_not_there_is_named(served: Any, problem: Any, method: str, path: str, code: str) -> None:
    async with served.hr() as hr:
        problem(await hr.request(method, f"/api/v1{path}"), 404, code)


INVALID: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", "/applicants", {"content": b"{not json"}, "not valid JSON"),
    ("POST", "/applicants", {"content": b"\xff\xfe"}, "not valid JSON"),
    ("POST", "/applicants", {"content": b"[" * 100_000}, ""),
    ("POST", "/applicants", {"json": {}}, "name"),
    ("POST", "/applicants", {"json": {"name": 5}}, "name"),
    ("POST", "/applicants", {"json": {"name": "   "}}, "1 to 200"),
    ("POST", "/applicants", {"json": {"name": "甲" * 201}}, "1 to 200"),
    ("POST", "/applicants", {"json": {"name": "甲", "external_id": "9" * 121}}, "120"),
    ("POST", "/applicants", {"content": b'{"name": "a\\u0000b"}'}, "U+0000"),
    ("GET", "/applicants?limit=0", {}, "limit"),
    ("GET", "/applicants?limit=" + "9" * 5_000, {}, "limit"),
    ("GET", "/audit?cursor=" + "9" * 5_000, {}, "cursor"),
    ("GET", "/audit?cursor=x", {}, "cursor"),
    ("GET", "/reports/rp_x?language=fr", {}, "language"),
    ("GET", "/reports/rp_x?edition=public", {}, "edition"),
]


@pytest.mark.parametrize(("method", "path", "sent", "says"), INVALID)
async def test_a_bad_request_says_what_is_wrong(
    served: Any, problem: Any, method: str, path: str, sent: dict[str, Any], says: str
) -> None:
    async with served.hr() as hr:
        body = problem(await hr.request(method, f"/api/v1{path}", **sent), 400, "request_invalid")
    assert says in body.get("detail", "")


async def test_a_body_is_read_up_to_its_limit(served: Any, problem: Any) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b"x" * 65_536

    async with served.hr() as hr:
        problem(await hr.post("/api/v1/positions", content=endless()), 413, "message_too_large")


async def test_lists_come_in_pages_without_holes(served: Any) -> None:
    async with served.hr() as hr:
        for number in range(5):
            await hr.post("/api/v1/applicants", json={"name": f"页{number}"})
        seen, cursor = [], ""
        while cursor is not None:
            page = (await hr.get("/api/v1/applicants", params={"limit": 2, "cursor": cursor})).json()
            seen += [row["id"] for row in page["items"]]
            cursor = page["next_cursor"]
        everybody = (await hr.get("/api/v1/applicants", params={"limit": 200})).json()["items"]
    assert seen == [row["id"] for row in everybody]


async def test_every_reading_of_a_person_leaves_a_line(served: Any, completed: Any) -> None:
    interview, applicant = completed.invited.interview_id, completed.invited.applicant_id
    readings = [
        ("/applicants", "listed_applicants"),
        (f"/applicants/{applicant}", "read_applicant"),
        ("/interviews", "listed_interviews"),
        (f"/interviews/{interview}", "read_interview"),
        (f"/interviews/{interview}/evidence", "read_evidence"),
        (f"/interviews/{interview}/recordings", "listed_recordings"),
        ("/reports", "listed_reports"),
        (f"/reports/{completed.report_id}", "read_report"),
    ]
    async with served.hr() as hr:
        for path, action in readings:
            assert (await hr.get(f"/api/v1{path}")).status_code == 200
            newest = (await hr.get("/api/v1/audit", params={"limit": 1})).json()["items"][0]
            assert (newest["actor"], newest["action"]) == ("admin", action)


async def test_reports_are_ranked(served: Any, completed: Any) -> None:
    async with served.hr() as hr:
        rows = (await hr.get("/api/v1/reports", params={"position_id": "client_manager"})).json()["items"]
        nothing = (await hr.get("/api/v1/reports", params={"position_id": "pilot"})).json()["items"]
    mine = next(row for row in rows if row["interview_id"] == completed.invited.interview_id)
    assert mine["rank"] == 1 + [row["id"] for row in rows].index(mine["id"])
    assert nothing == []


async def test_a_report_is_not_ready_before_the_end(served: Any, problem: Any) -> None:
    invited = await served.invite()
    async with served.hr() as hr:
        problem(await hr.post(f"/api/v1/interviews/{invited.interview_id}/report"), 409, "report_not_ready")


async def test_a_name_that_nobody_can_have_is_not_even_remembered(served: Any, problem: Any) -> None:
    async with served.client() as client:
        wanted = {"user": "x" * 100_000, "password": "whatever it is"}
        for _ in range(11):  # one more than are allowed of a name
            problem(await client.post("/api/v1/sign-in", json=wanted), 401, "sign_in_failed")
