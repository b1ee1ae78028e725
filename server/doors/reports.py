"""Reports and recordings, for people."""

import asyncio
import mimetypes
import re

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from realtime.media.errors import MediaError
from realtime.media.object_store import byte_range
from realtime.protocol.text import Language
from scoring.ranking import within
from scoring.render.view import Edition
from scoring.report import from_json
from server.access import hr
from server.clock import rfc3339, wall_ms
from server.doors.panel import blinded
from server.finish import recordings_of, report_html, report_pdf
from server.house import house
from server.problems import Problem
from server.requests import answer, page_of
from server.signed_urls import signed_urls
from server.store import interviews, people, reports, scorecards
from server.tokens import TokenExpired, TokenForged


async def list_reports(request: Request) -> Response:
    user = await hr(request)
    cursor, limit = page_of(request)
    position_id = request.query_params.get("position_id")
    async with house(request).engine.begin() as store:
        try:
            found, after = await reports.list_reports(store, position_id=position_id, after=cursor, limit=limit)
        except ValueError:
            raise Problem("request_invalid", detail="cursor is not one of this list") from None
        share = house(request).settings.top_percent / 100
        blind = await scorecards.blind_interviews(store, user.name)
        items = [
            _listed(row, await interviews.list_interviews(store, interview_id=row.report.interview_id), blind, share)
            for row in found
        ]
        await people.note(store, user.name, "listed_reports", position_id or "all", f"{len(found)} rows")
    return answer({"items": items, "next_cursor": after})


def _listed(
    ranked: reports.RankedReport, listings: list[interviews.InterviewListing], blind: set[str], share: float
) -> dict[str, object]:
    """Without its scores for a member of the panel who has not given any yet."""
    row, listing = ranked.report, listings[0]
    hidden = row.interview_id in blind
    return {
        "id": row.id,
        "interview_id": row.interview_id,
        "applicant_name": listing.applicant_name,
        "position": listing.position,
        "position_id": row.position_id,
        "total": None if hidden else ranked.holds,
        "decided": not hidden and ranked.holds != row.total,
        "rank": None if hidden else ranked.rank,
        "top": not hidden and ranked.rank is not None and ranked.rank <= within(ranked.of, share),
        "views": [] if hidden else _views(row.body),
        "blind": hidden,
        "state": listing.interview.report_state,
        "created_at": rfc3339(row.created_at),
        "digest": row.digest,
    }


def _views(body: bytes) -> list[dict[str, object]]:
    """The parts of each view with their scores, as the list shows them."""
    return [
        {
            "id": view.id,
            "label": view.label,
            "parts": [{"id": part.id, "label": part.label, "score": part.score.value} for part in view.parts],
        }
        for view in from_json(body).views
    ]


async def read_report(request: Request) -> Response:
    """By ``Accept``, or by a suffix: ``.json``, ``.html``, ``.pdf``."""
    user = await hr(request)
    name = request.path_params["id"]
    report_id, _, suffix = name.partition(".")
    edition, language = _edition(request), _language(request)
    async with house(request).engine.begin() as store:
        row = await reports.find_report(store, report_id)
        if row is not None:
            await blinded(store, row.interview_id, user.name)
        await people.note(store, user.name, "read_report", report_id, f"{edition} {suffix or 'json'}")
    if row is None:
        raise Problem("report_unknown")
    kind = suffix or _accepted(request.headers.get("accept", ""))
    if kind == "json":
        return Response(row.body, media_type="application/json", headers={"ETag": f'"{row.digest}"'})
    urls = await signed_urls(request, row.interview_id) if edition == "hr" else {}
    if kind == "html":
        # In a thread, as the PDF: live interviews share this loop.
        page = await asyncio.to_thread(report_html, row.body, edition=edition, language=language, urls=urls)
        policy = (
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; media-src 'self'"
        )
        return Response(page, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": policy})
    if kind == "pdf":
        document = await asyncio.to_thread(report_pdf, row.body, edition=edition, language=language)
        headers = {"Content-Disposition": f'inline; filename="{report_id}-{edition}-{language}.pdf"'}
        return Response(document, media_type="application/pdf", headers=headers)
    raise Problem("request_invalid", detail="a report is json, html or pdf")


def _edition(request: Request) -> Edition:
    match request.query_params.get("edition", "hr"):
        case "hr" | "candidate" as edition:
            return edition
        case _:
            raise Problem("request_invalid", detail="edition is hr or candidate")


def _language(request: Request) -> Language:
    match request.query_params.get("language", "zh"):
        case "zh" | "en" as language:
            return language
        case _:
            raise Problem("request_invalid", detail="language is zh or en")


def _accepted(accept: str) -> str:
    if "text/html" in accept:
        return "html"
    return "pdf" if "application/pdf" in accept else "json"


async def list_recordings(request: Request) -> Response:
    user = await hr(request)
    interview_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        if await interviews.find_interview(store, interview_id) is None:
            raise Problem("interview_unknown")
        await people.note(store, user.name, "listed_recordings", interview_id)
    return answer(await recordings_with_urls(request, interview_id))


async def recordings_with_urls(request: Request, interview_id: str) -> list[dict[str, object]]:
    """In the order of the answers; the caller has noted who asks."""
    found = recordings_of(await house(request).journal.evidence(interview_id))
    urls = await signed_urls(request, interview_id)
    return [
        {
            "question_id": item.question_id,
            "seconds": item.audio_ms / 1000,
            "media_type": mimetypes.guess_type(item.key)[0] or "application/octet-stream",
            "url": urls[item.key],
        }
        for item in found
    ]


async def read_recording(request: Request) -> Response:
    """``GET /api/v1/recordings/{signature}``: the signature is the permission; byte ranges (RFC 9110, 14)."""
    rooms = house(request)
    try:
        token = rooms.signer.read("recording", request.path_params["signature"], wall_ms())
    except (TokenExpired, TokenForged):
        raise Problem("recording_unknown") from None  # a candidate's link is another thing, with other advice
    try:
        size = await rooms.recordings.size(token.subject)
    except MediaError as error:
        known = "store_unavailable" if error.code == "store_unavailable" else "recording_unknown"
        raise Problem(known) from None
    span = byte_range(request.headers.get("range"), size)
    if span is None:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = span
    if start == 0:
        async with rooms.engine.begin() as store:
            await people.note(store, "signed link", "played_recording", token.extra)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - start),
        "Cache-Control": "private, no-store",
    }
    # What was not understood is ignored; "from 0 on" is all of it too, but players take 206 as "you may seek".
    partial = span != (0, size) or re.fullmatch(r"bytes=0-\d*", request.headers.get("range", "").strip()) is not None
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    media_type = mimetypes.guess_type(token.subject)[0] or "application/octet-stream"

    body = rooms.recordings.read(token.subject, start, end)
    return StreamingResponse(body, status_code=206 if partial else 200, headers=headers, media_type=media_type)
