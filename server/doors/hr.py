"""HR's REST door: sign-in, applicants, interviews and their evidence."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from server import access
from server.access import ADMIN, RECRUITERS, hr
from server.attempts import Attempts
from server.clock import rfc3339, wall_ms
from server.house import house
from server.problems import Problem
from server.requests import answer, json_of, page_of
from server.store import interviews, opinions, people
from server.tokens import Token

MAX_NAME_CHARACTERS = 120

attempts = Attempts(limit=10, window_s=60.0)


class SignIn(msgspec.Struct, frozen=True):
    user: str
    password: str


async def sign_in(request: Request) -> Response:
    wanted = await json_of(request, SignIn)
    if len(wanted.user) > MAX_NAME_CHARACTERS:
        raise Problem("sign_in_failed")  # nobody is called that, and every name that fails is remembered for a while
    client = request.client.host if request.client else "unknown"
    attempts.check(f"{client} {wanted.user}")
    async with house(request).engine.begin() as store:
        user = await people.check_password(store, wanted.user, wanted.password)
        # The name is not noted on failure: it is often a password typed into the wrong field.
        await people.note(store, user.name if user else "unknown", "signed_in" if user else "sign_in_failed", "user")
    if user is None:
        raise Problem("sign_in_failed")
    attempts.forget(f"{client} {wanted.user}")
    expires = wall_ms() + access.SIGN_IN_MS
    token = house(request).signer.sign("sign_in", Token(user.name, expires))
    return answer({"token": token, "expires_at": rfc3339(expires), "user": _user(user)})


async def me(request: Request) -> Response:
    return answer(_user(await hr(request, frozenset(access.ROLES))))


def _user(user: people.User) -> dict[str, object]:
    return {"name": user.name, "roles": user.roles, "branch": user.branch}


# --------------------------------------------------------------------------- applicants
class NewApplicant(msgspec.Struct, frozen=True):
    name: str
    email: str = ""
    phone: str = ""
    external_id: str = ""


async def list_applicants(request: Request) -> Response:
    user = await hr(request)
    cursor, limit = page_of(request)
    async with house(request).engine.begin() as store:
        rows = await people.list_applicants(store, after=cursor or "", limit=limit)
        await people.note(store, user.name, "listed_applicants", "applicants", f"{len(rows)} rows")
    return answer(
        {"items": [_applicant(row) for row in rows], "next_cursor": rows[-1].id if len(rows) == limit else None}
    )


async def create_applicant(request: Request) -> Response:
    user = await hr(request, RECRUITERS)
    wanted = await json_of(request, NewApplicant)
    if not wanted.name.strip() or len(wanted.name) > 200:
        raise Problem("request_invalid", detail="name must have 1 to 200 characters")
    if max(len(wanted.email), len(wanted.phone), len(wanted.external_id)) > 120:
        raise Problem("request_invalid", detail="email, phone and external_id may have 120 characters")
    async with house(request).engine.begin() as store:
        applicant = await people.add_applicant(
            store,
            name=wanted.name.strip(),
            email=wanted.email.strip(),
            phone=wanted.phone.strip(),
            external_id=wanted.external_id.strip(),
        )
        await people.note(store, user.name, "created_applicant", applicant.id)
    return answer(_applicant(applicant), 201)


async def read_applicant(request: Request) -> Response:
    user = await hr(request)
    async with house(request).engine.begin() as store:
        applicant = await people.find_applicant(store, request.path_params["id"])
        await people.note(store, user.name, "read_applicant", request.path_params["id"])
    if applicant is None:
        raise Problem("applicant_unknown")
    return answer(_applicant(applicant))


def _applicant(row: people.Applicant) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "external_id": row.external_id,
        "created_at": rfc3339(row.created_at),
    }


# --------------------------------------------------------------------------- interviews
async def list_interviews(request: Request) -> Response:
    user = await hr(request)
    cursor, limit = page_of(request)
    async with house(request).engine.begin() as store:
        rows = await interviews.list_interviews(
            store, phase=request.query_params.get("phase"), before=cursor, limit=limit
        )
        await people.note(store, user.name, "listed_interviews", "interviews", f"{len(rows)} rows")
    items = [_listing(row) for row in rows]
    return answer({"items": items, "next_cursor": rows[-1].interview.id if len(rows) == limit else None})


async def read_interview(request: Request) -> Response:
    user = await hr(request)
    interview_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        rows = await interviews.list_interviews(store, interview_id=interview_id)
        await people.note(store, user.name, "read_interview", interview_id)
    if not rows:
        raise Problem("interview_unknown")
    return answer(_listing(rows[0]))


def _listing(row: interviews.InterviewListing) -> dict[str, object]:
    interview, invitation = row.interview, row.invitation
    return {
        "interview_id": interview.id,
        "applicant": {"id": interview.applicant_id, "name": row.applicant_name},
        "position": {"id": invitation.position_id, "version": invitation.position_version, "title": row.position},
        "language": invitation.language,
        "profile": invitation.profile,
        "phase": interview.phase.value,
        "human_requested": interview.human_requested,
        "created_at": rfc3339(interview.created_at),
        "started_at": rfc3339(interview.started_at) if interview.started_at else None,
        "ended_at": rfc3339(interview.ended_at) if interview.ended_at else None,
        "report": {"state": interview.report_state, "id": interview.report_id, "error": interview.report_error},
    }


async def read_evidence(request: Request) -> Response:
    """The evidence log as NDJSON: what the report was folded from, for whoever wants to check."""
    user = await hr(request)
    interview_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        if await interviews.find_interview(store, interview_id) is None:
            raise Problem("interview_unknown")
        await people.note(store, user.name, "read_evidence", interview_id)
    lines = await house(request).journal.evidence(interview_id)
    return Response(b"".join(line + b"\n" for line in lines), media_type="application/x-ndjson")


async def read_opinions(request: Request) -> Response:
    """What outside raters said, as NDJSON: the other half of what the report was folded from."""
    user = await hr(request)
    interview_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        if await interviews.find_interview(store, interview_id) is None:
            raise Problem("interview_unknown")
        await people.note(store, user.name, "read_opinions", interview_id)
        lines = await opinions.stored(store, interview_id)
    return Response(b"".join(line + b"\n" for line in lines), media_type="application/x-ndjson")


async def score_again(request: Request) -> Response:
    """``POST /api/v1/interviews/{id}/report``: try again after a failure, or with a newer scorer."""
    user = await hr(request, RECRUITERS)
    interview_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        interview = await interviews.find_interview(store, interview_id)
        if interview is None:
            raise Problem("interview_unknown")
        if interview.ended_at is None:
            raise Problem("report_not_ready")
        await people.note(store, user.name, "scored_again", interview_id)
    await house(request).finisher.start(interview_id, attempt=wall_ms())
    return answer({"state": "processing"}, 202)


async def audit(request: Request) -> Response:
    await hr(request, ADMIN)
    cursor, limit = page_of(request)
    if cursor is not None and not (cursor.isdecimal() and len(cursor) <= 18):
        raise Problem("request_invalid", detail="cursor is not one of ours")
    async with house(request).engine.connect() as store:
        lines = await people.audit_lines(store, before=int(cursor) if cursor else None, limit=limit)
    items = [
        {
            "at": rfc3339(line.at),
            "actor": line.actor,
            "action": line.action,
            "subject": line.subject,
            "detail": line.detail,
        }
        for line in lines
    ]
    return answer({"items": items, "next_cursor": str(lines[-1].id) if len(lines) == limit else None})
