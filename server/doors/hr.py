"""HR's REST door: sign-in, positions, applicants, invitations, interviews and their evidence."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from realtime.protocol.text import Language
from scoring.positions import builtin, examine
from server import access
from server.access import hr
from server.attempts import Attempts
from server.clock import rfc3339, wall_ms
from server.house import house
from server.positions import position_row
from server.problems import Problem
from server.profiles import named
from server.requests import answer, body_of, json_of, page_of
from server.store import interviews, people
from server.tokens import Token

ADMIN = frozenset({"admin"})
RECRUITERS = frozenset({"admin", "hr"})
HOUR_MS = 3_600_000
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


# --------------------------------------------------------------------------- positions
class FromBuiltin(msgspec.Struct, frozen=True):
    id: str


async def list_positions(request: Request) -> Response:
    await hr(request)
    async with house(request).engine.connect() as store:
        rows = await interviews.list_positions(store)
    return answer({"items": [_position(row) for row in rows], "builtin": sorted(builtin())})


async def read_position(request: Request) -> Response:
    await hr(request)
    async with house(request).engine.connect() as store:
        row = await interviews.find_position(store, request.path_params["id"])
    if row is None:
        raise Problem("position_unknown")
    return answer({**_position(row), "yaml": row.source_yaml})


async def create_position(request: Request) -> Response:
    """YAML of an own model, or ``{"id": …}`` of one that ships with Viva."""
    user = await hr(request, RECRUITERS)
    if request.headers.get("content-type", "").startswith("application/json"):
        wanted = await json_of(request, FromBuiltin)
        if wanted.id not in builtin():
            raise Problem("position_unknown")
        row = position_row(builtin()[wanted.id])
    else:
        row = await asyncio.to_thread(_parsed, await body_of(request))  # reading YAML takes its time
    async with house(request).engine.begin() as store:
        await interviews.put_position(store, row)
        await people.note(store, user.name, "created_position", f"{row.id}@{row.version}")
    return answer(_position(row), 201)


def _parsed(body: bytes) -> interviews.PositionRow:
    try:
        source = body.decode()
    except UnicodeDecodeError:
        raise Problem("position_invalid", detail="upload.yaml: not UTF-8") from None
    examined = examine(source, file="upload.yaml")
    if examined.model is None or examined.errors:
        raise Problem("position_invalid", detail="\n".join(map(str, examined.errors)))
    return position_row(examined.model, None if examined.picks else source)


def _position(row: interviews.PositionRow) -> dict[str, object]:
    return {"id": row.id, "version": row.version, "title": row.title, "created_at": rfc3339(row.created_at)}


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


# --------------------------------------------------------------------------- invitations
class NewInvitation(msgspec.Struct, frozen=True):
    applicant_id: str
    position_id: str
    language: Language = "zh"
    profile: str = ""
    expires_in_hours: int | None = None
    time_factor: float | None = 1.0


async def create_invitation(request: Request) -> Response:
    user = await hr(request, RECRUITERS)
    rooms = house(request)
    wanted = await json_of(request, NewInvitation)
    profile = wanted.profile or rooms.settings.profile
    try:
        named(profile)
    except KeyError:
        raise Problem("request_invalid", detail=f"there is no jurisdiction profile {profile!r}") from None
    hours = rooms.settings.link_hours if wanted.expires_in_hours is None else wanted.expires_in_hours
    if not 1 <= hours <= 24 * 90:
        raise Problem("request_invalid", detail="expires_in_hours must be from 1 to 2160")
    if wanted.time_factor is not None and not 1.0 <= wanted.time_factor <= 10.0:
        raise Problem("request_invalid", detail="time_factor must be from 1 to 10, or null for unlimited")
    async with rooms.engine.begin() as store:
        if await people.find_applicant(store, wanted.applicant_id) is None:
            raise Problem("applicant_unknown")
        position = await interviews.find_position(store, wanted.position_id)
        if position is None:
            raise Problem("position_unknown")
        invitation = await interviews.invite(
            store,
            applicant_id=wanted.applicant_id,
            position=position,
            language=wanted.language,
            profile=profile,
            expires_at=wall_ms() + hours * HOUR_MS,
            time_factor=wanted.time_factor,
            created_by=user.name,
        )
        await people.note(store, user.name, "invited", invitation.interview_id)
    rooms.switchboard.announce(invitation.interview_id)
    link = rooms.signer.sign("link", Token(invitation.id, invitation.expires_at))
    return answer(
        {
            "id": invitation.id,
            "interview_id": invitation.interview_id,
            "candidate_link": f"{rooms.settings.base_url}/i/{link}",
            "hr_link": f"{rooms.settings.base_url}/hr?interview={invitation.interview_id}",
            "expires_at": rfc3339(invitation.expires_at),
        },
        201,
    )


async def revoke_invitation(request: Request) -> Response:
    user = await hr(request, RECRUITERS)
    async with house(request).engine.begin() as store:
        if await interviews.find_invitation(store, request.path_params["id"]) is None:
            raise Problem("invitation_unknown")
        await interviews.revoke(store, request.path_params["id"])
        await people.note(store, user.name, "revoked", request.path_params["id"])
    return Response(status_code=204)


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
