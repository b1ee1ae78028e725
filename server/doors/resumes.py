"""Résumés: HR and candidates send them, HR reads what was found beside where it stands, and puts it right."""

import msgspec
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge.resume.corrections import Correction, flaw
from ehr_bridge.resume.extract import WHY
from ehr_bridge.resume.facts import Fact, ResumeFacts
from ehr_bridge.resume.reasons import MAX_FILE_BYTES, NOTES, REASONS, Unreadable
from realtime.media.errors import MediaError
from realtime.protocol.text import Bilingual
from server.access import RECRUITERS, bearer, candidate_of, hr
from server.clock import rfc3339
from server.house import House, house
from server.problems import Problem
from server.requests import answer, body_of, json_of, page_of
from server.resumes import QueueFull, original, page
from server.store import interviews, people, resumes
from server.store.resumes import ReadResume, ResumeRow

MOST_OF_A_CANDIDATE = 5


async def upload(request: Request) -> Response:
    """``POST /api/v1/resumes?filename=&position_id=&applicant_id=``: the body is the file. Neither its name nor its
    type is believed. Without ``applicant_id`` an applicant is made. 200: this very file is here already."""
    user = await hr(request, RECRUITERS)
    rooms = house(request)
    position_id = request.query_params.get("position_id", "")
    applicant_id = request.query_params.get("applicant_id") or None
    async with rooms.engine.connect() as store:
        if await interviews.find_position(store, position_id) is None:
            raise Problem("position_unknown")
        if applicant_id is not None and await people.find_applicant(store, applicant_id) is None:
            raise Problem("applicant_unknown")
    return await _taken(request, applicant_id, position_id, user.name)


async def upload_own(request: Request) -> Response:
    """``POST /api/v1/interviews/{id}/resume?filename=``: the candidate's own, with the session of their link."""
    interview_id = request.path_params["id"]
    candidate_of(request, bearer(request), interview_id)
    async with house(request).engine.connect() as store:
        invitation = await interviews.invitation_of(store, interview_id)
        if invitation is None:
            raise Problem("interview_unknown")
        sent = await resumes.of_applicant(store, invitation.applicant_id)
    if len(sent) >= MOST_OF_A_CANDIDATE:
        raise _refused("too_many_files")
    return await _taken(request, invitation.applicant_id, invitation.position_id, "candidate")


async def _taken(request: Request, applicant_id: str | None, position_id: str, by: str) -> Response:
    filename = request.query_params.get("filename", "")
    try:
        data = await body_of(request, MAX_FILE_BYTES)
    except Problem as problem:
        if problem.refused.code != "message_too_large":
            raise
        raise _refused("resume_too_large") from None
    try:
        row, new = await house(request).resumes.take(
            data, filename=filename, applicant_id=applicant_id, position_id=position_id, by=by
        )
    except Unreadable as error:
        raise _refused(error.code) from None
    except QueueFull:
        raise Problem("resume_queue_full") from None
    except MediaError:
        raise Problem("store_unavailable") from None
    found = {"id": row.id, "applicant_id": row.applicant_id, "state": row.state, "new": new}
    return answer(found, 202 if new else 200)


def _refused(code: str) -> Problem:
    """The reason's own words stand in the message, its code in the detail."""
    problem, reason = Problem("resume_refused", detail=code), REASONS[code]
    problem.refused = msgspec.structs.replace(problem.refused, message=Bilingual(zh=reason.zh, en=reason.en))
    return problem


async def list_resumes(request: Request) -> Response:
    """``GET /api/v1/resumes``: the newest first."""
    user = await hr(request)
    cursor, limit = page_of(request)
    async with house(request).engine.begin() as store:
        found = await resumes.listing(store, before=cursor, limit=limit)
        await people.note(store, user.name, "listed_resumes", "", f"{len(found)} rows")
    items = [_summary(row) | {"applicant_name": name} for row, name in found]
    return answer({"items": items, "next_cursor": found[-1][0].id if len(found) == limit else None})


def _summary(row: ResumeRow) -> dict[str, object]:
    return {
        "id": row.id,
        "applicant_id": row.applicant_id,
        "position_id": row.position_id,
        "filename": row.filename,
        "media_type": row.media_type,
        "size_bytes": row.size_bytes,
        "state": row.state,
        "reason": _words(row.reason),
        "notes": [_words(note) for note in row.notes.split()],
        "uploaded_by": row.uploaded_by,
        "uploaded_at": rfc3339(row.uploaded_at),
        "delete_after": rfc3339(row.delete_after),
    }


def _words(code: str) -> dict[str, str] | None:
    reason = REASONS.get(code) or NOTES.get(code)
    return {"code": code, "zh": reason.zh, "en": reason.en} if reason else None


async def read_resume(request: Request) -> Response:
    """``GET /api/v1/resumes/{id}``: the facts that hold, each with its source and what the machine had found; the lines
    of the document; where something protected stands."""
    user = await hr(request)
    async with house(request).engine.begin() as store:
        resume = await resumes.read(store, request.path_params["id"])
        if resume is None:
            raise Problem("resume_unknown")
        applicant = await people.find_applicant(store, resume.row.applicant_id)
        await people.note(store, user.name, "opened_resume", resume.row.id)
    return answer(_whole(resume) | {"applicant_name": applicant.name if applicant else ""})


def _whole(resume: ReadResume) -> dict[str, object]:
    document = resume.document
    lines = document.lines if document else ()
    return _summary(resume.row) | {
        "kind": document.kind if document else None,
        "pages": document.pages if document else resume.row.pictures,
        "pictures": resume.row.pictures,
        "unread_pages": document.unread if document else (),
        "lines": [{"page": line.page, "text": line.text, "box": line.box} for line in lines],
        "facts": [_fact(fact, resume.found) for fact in resume.facts.facts],
        "withheld": resume.found.withheld,
        "extractor": resume.found.extractor,
        "corrections": [
            {"version": made.version, "by": made.by, "at": rfc3339(made.at), "fact_id": made.correction.fact_id,
             "kind": made.correction.kind, "removed": made.correction.removed}
            for made in resume.corrections
        ],
    }  # fmt: skip


def _fact(fact: Fact, found: ResumeFacts) -> dict[str, object]:
    why = WHY.get(fact.why)
    before = next((each.value for each in found.facts if each.id == fact.id), None)
    told: dict[str, object] = msgspec.to_builtins(fact)
    return told | {"why": {"zh": why[0], "en": why[1]} if why else None, "found": before}


async def read_page(request: Request) -> Response:
    """``GET /api/v1/resumes/{id}/pages/{number}``: a page as a picture."""
    user = await hr(request)
    number = request.path_params["number"]
    row = await _row(request)
    if not (number.isdecimal() and 1 <= int(number[:4]) <= row.pictures):
        raise Problem("not_found")
    content = await _content(house(request), page(row.id, int(number)))
    if number == "1":
        await _note(request, user.name, "saw_resume", row.id)
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def read_file(request: Request) -> Response:
    """``GET /api/v1/resumes/{id}/file``: as it was sent. Always a download: a browser never opens it here."""
    user = await hr(request)
    row = await _row(request)
    content = await _content(house(request), original(row.id))
    await _note(request, user.name, "downloaded_resume", row.id)
    extension = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
    name = f"{row.id}.{extension.get(row.media_type, 'docx')}"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


async def _row(request: Request) -> ResumeRow:
    async with house(request).engine.connect() as store:
        row = await resumes.find(store, request.path_params["id"])
    if row is None:
        raise Problem("resume_unknown")
    return row


async def _content(rooms: House, key: str) -> bytes:
    try:
        return await rooms.resumes.content(key)
    except MediaError as error:
        raise Problem("store_unavailable" if error.retry else "resume_unknown") from None


async def _note(request: Request, actor: str, action: str, resume_id: str) -> None:
    async with house(request).engine.begin() as store:
        await people.note(store, actor, action, resume_id)


async def correct(request: Request) -> Response:
    """``POST /api/v1/resumes/{id}/corrections``: what holds from now on; what the machine found stays beside it."""
    user = await hr(request, RECRUITERS)
    resume_id, wanted = request.path_params["id"], await json_of(request, Correction)
    try:
        async with house(request).engine.begin() as store:
            resume = await resumes.read(store, resume_id)
            if resume is None:
                raise Problem("resume_unknown")
            if resume.row.state not in ("read", "unread"):
                raise Problem("resume_unread")
            wrong = flaw(resume.facts, wanted)
            if wrong is not None:
                raise Problem("correction_invalid", detail=wrong)
            version = len(resume.corrections) + 1
            await resumes.correct(store, resume_id, version, wanted, user.name)
            # What was entered is personal: it is kept with the résumé, not in the audit log.
            detail = f"version {version}: {wanted.kind} {wanted.fact_id or 'added'}{' removed' * wanted.removed}"
            await people.note(store, user.name, "corrected_resume", resume_id, detail)
            if (now := await resumes.read(store, resume_id)) is not None:
                await house(request).resumes.after_read(store, now)
    except IntegrityError:
        raise Problem("correction_conflict") from None
    house(request).resumes.promised()
    return await _again(request, 201)


async def read_again(request: Request) -> Response:
    """``POST /api/v1/resumes/{id}/reading``: tries once more what could not be read."""
    user = await hr(request, RECRUITERS)
    resume_id = request.path_params["id"]
    await _row(request)
    async with house(request).engine.begin() as store:
        if not await resumes.queue_again(store, resume_id):
            raise Problem("resume_unread")
        await people.note(store, user.name, "asked_to_read_again", resume_id)
    house(request).resumes.nudge()
    return await _again(request, 202)


async def _again(request: Request, status: int) -> Response:
    async with house(request).engine.connect() as store:
        resume = await resumes.read(store, request.path_params["id"])
    if resume is None:
        raise Problem("resume_unknown")
    return answer(_whole(resume), status)


async def delete(request: Request) -> Response:
    """``DELETE /api/v1/resumes/{id}``: the file's key is destroyed, what was read is gone."""
    user = await hr(request, RECRUITERS)
    row = await _row(request)
    await house(request).resumes.forget(row.id, user.name)
    return Response(status_code=204)
