"""Media in: WHIP (RFC 9725; the WebSocket is ``media_socket``); media out to HR: WHEP, and the latest still."""

import asyncio
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from realtime.live.conductor import LiveInterview
from realtime.live.switchboard import Elsewhere, NotAdmitted
from realtime.media.errors import MediaError
from realtime.media.webrtc import Connection
from server.access import bearer, candidate_of, hr
from server.admitting import admitted, problem_of
from server.clock import wall_ms
from server.house import house
from server.ice import ice_servers, link_headers
from server.problems import Problem
from server.requests import answer, body_of
from server.store import people

MAX_SDP_BYTES = 64 * 1024
SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
LONGEST_SETUP_WAIT_MS = 2_000


async def live_interview(request: Request | WebSocket) -> LiveInterview:
    """The interview that is live here. Raises ``Elsewhere``, or ``Problem`` not_live."""
    switchboard, interview_id = house(request).switchboard, request.path_params["id"]
    interview = switchboard.find(interview_id)
    if interview is not None:
        return interview
    if (url := await switchboard.whereabouts(interview_id)) is not None:
        raise Elsewhere(url)
    raise Problem("not_live")


async def _candidates(request: Request) -> LiveInterview:
    """A candidate's own: one that nobody holds is brought live here, so that a publisher that knows nothing but
    WHIP comes back after its process has died."""
    interview_id = request.path_params["id"]
    try:
        interview = await admitted(house(request), interview_id, begun=True)
    except NotAdmitted as not_now:
        raise problem_of(not_now) from None
    house(request).switchboard.linger(interview_id)
    return interview


async def _paced(request: Request, interview: LiveInterview) -> None:
    """A handshake costs a core 8 to 22 ms: many at once would be heard by everybody who is speaking."""
    rooms, returning, now_ms = house(request), interview.session.epoch > 1, time.monotonic_ns() // 1_000_000
    wait_ms = rooms.setups.wait_ms(now_ms, returning=returning)
    if wait_ms > LONGEST_SETUP_WAIT_MS:
        raise Problem("server_busy", retry_after_s=wait_ms / 1000)
    rooms.setups.take(now_ms, returning=returning)
    await asyncio.sleep(wait_ms / 1000)


def consented(interview: LiveInterview) -> None:
    """Consent before capture: media are not even negotiated without it."""
    if not interview.session.voice_allowed:
        raise Problem("consent_missing")


async def whip(request: Request) -> Response:
    """``POST /api/v1/interviews/{id}/whip``."""
    interview_id = request.path_params["id"]
    candidate_of(request, bearer(request), interview_id)
    interview = await _candidates(request)
    consented(interview)
    offer = await _sdp(request)
    await _paced(request, interview)
    sink = interview.listening.prepare("webrtc")
    try:
        connection = await house(request).webrtc.offer(interview_id, offer, sink)
    except MediaError as error:
        raise _problem(error) from None
    # Only now: an offer that cannot be answered must not deafen the connection that is there.
    interview.listening.adopt(sink)
    sink.use(connection.control)
    return _created(request, connection, f"/api/v1/interviews/{interview_id}/whip/{connection.id}")


async def whip_resource(request: Request) -> Response:
    """``PATCH`` (trickle, RFC 8840) and ``DELETE`` on the resource that ``POST`` created."""
    candidate_of(request, bearer(request), request.path_params["id"])
    return await _resource(request)


async def whep(request: Request) -> Response:
    """``POST /api/v1/interviews/{id}/whep``: forwarded RTP, never re-encoded."""
    interview_id = request.path_params["id"]
    user = await hr(request)
    await live_interview(request)
    offer = await _sdp(request)
    try:
        connection = await house(request).webrtc.watch(interview_id, offer)
    except MediaError as error:
        raise _problem(error) from None
    async with house(request).engine.begin() as store:
        await people.note(store, user.name, "watched", interview_id)
    return _created(request, connection, f"/api/v1/interviews/{interview_id}/whep/{connection.id}")


async def whep_resource(request: Request) -> Response:
    await hr(request)
    return await _resource(request)


async def ways(request: Request) -> Response:
    """``GET /api/v1/ice-servers``: how HR's browser reaches a relay; a candidate is told when joining."""
    await hr(request)
    settings = house(request).settings
    return answer({"ice_servers": ice_servers(settings, wall_ms() / 1000), "ice_policy": settings.ice_policy})


async def whip_options(_request: Request) -> Response:
    """What may be posted (RFC 9725, section 4.2)."""
    return Response(status_code=200, headers={"Accept-Post": SDP})


async def whep_options(_request: Request) -> Response:
    return Response(status_code=200, headers={"Accept-Post": SDP})


async def still(request: Request) -> Response:
    """``GET /api/v1/interviews/{id}/still``: the latest picture, for a watcher without WebRTC."""
    user = await hr(request)
    picture = (await live_interview(request)).listening.latest_still()
    if picture is None:
        return Response(status_code=204)
    async with house(request).engine.begin() as store:
        await people.note(store, user.name, "saw_still", request.path_params["id"])
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def _sdp(request: Request) -> str:
    _typed(request, SDP)
    try:
        return (await body_of(request, MAX_SDP_BYTES)).decode()
    except UnicodeDecodeError:
        raise Problem("sdp_invalid", detail="the offer is not UTF-8") from None


def _created(request: Request, connection: Connection, location: str) -> Response:
    location = house(request).switchboard.keeper.url + location  # it names the process: nobody else has the connection
    headers = {"Location": location, "ETag": connection.etag, "Accept-Patch": FRAGMENT}
    response = Response(connection.answer_sdp, status_code=201, media_type=SDP, headers=headers)
    for link in link_headers(ice_servers(house(request).settings, wall_ms() / 1000)):
        response.headers.append("Link", link)
    return response


async def _resource(request: Request) -> Response:
    webrtc = house(request).webrtc
    connection_id = request.path_params["connection"]
    try:
        if webrtc.interview_of(connection_id) != request.path_params["id"]:
            raise Problem("connection_unknown")
        if request.method == "DELETE":
            await webrtc.close(connection_id)
            return Response(status_code=200)
        _typed(request, FRAGMENT)
        _matched(request, webrtc.etag_of(connection_id))
        fragment = (await body_of(request, MAX_SDP_BYTES)).decode(errors="replace")
        await webrtc.trickle(connection_id, fragment)
    except MediaError as error:
        url = await house(request).switchboard.whereabouts(request.path_params["id"])
        if error.code == "connection_unknown" and url is not None:
            raise Elsewhere(url) from None
        raise _problem(error) from None
    return Response(status_code=204)


def _typed(request: Request, media_type: str) -> None:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != media_type:
        raise Problem("media_type_unsupported", detail=f"Content-Type must be {media_type}")


def _matched(request: Request, etag: str) -> None:
    """RFC 9725, section 4.3.1: a PATCH names the ICE session it belongs to; ``*`` would ask for a restart."""
    match = request.headers.get("if-match")
    if match is None:
        raise Problem("precondition_required", detail=f"send If-Match with the ETag of the session, {etag}")
    if match.strip() == "*":
        raise Problem("ice_restart_unsupported", detail="POST an offer again")
    if etag not in (tag.strip() for tag in match.split(",")):
        raise Problem("precondition_failed", detail="the ETag is not this session's")


def _problem(error: MediaError) -> Problem:
    return Problem(error.code, detail=error.detail)
