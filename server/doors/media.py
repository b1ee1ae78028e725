"""Media in: WHIP (RFC 9725) and the WebSocket; media out to HR: WHEP, and the latest still."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.live.conductor import LiveInterview
from realtime.media.errors import MediaError
from realtime.media.webrtc import Connection
from realtime.media.websocket import FrameIngest
from realtime.protocol.codec import ProtocolError
from server.access import bearer, candidate_of, hr
from server.clock import wall_ms
from server.house import house
from server.ice import ice_servers, link_headers
from server.problems import Problem
from server.requests import answer, body_of
from server.sockets import SILENCE_S, receive
from server.store import people

MAX_SDP_BYTES = 64 * 1024
SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
ACKNOWLEDGE_EVERY_S = 0.25


def _live(request: Request | WebSocket) -> LiveInterview:
    interview = house(request).switchboard.find(request.path_params["id"])
    if interview is None:
        raise Problem("not_live")
    return interview


def _consented(interview: LiveInterview) -> None:
    """Consent before capture: media are not even negotiated without it."""
    if not interview.session.voice_allowed:
        raise Problem("consent_missing")


async def whip(request: Request) -> Response:
    """``POST /api/v1/interviews/{id}/whip``."""
    interview_id = request.path_params["id"]
    candidate_of(request, bearer(request), interview_id)
    interview = _live(request)
    _consented(interview)
    offer = await _sdp(request)
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
    _live(request)
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
    picture = _live(request).listening.latest_still()
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


class _Token(msgspec.Struct, frozen=True):
    token: str


async def frames(socket: WebSocket) -> None:
    """``WS /api/v1/interviews/{id}/media``: a token, then binary frames (docs/reference/media-frames.md)."""
    await socket.accept()
    try:
        async with asyncio.timeout(SILENCE_S):
            first = msgspec.json.decode(await receive(socket), type=_Token)
        candidate_of(socket, first.token, socket.path_params["id"])
        interview = _live(socket)
        _consented(interview)
    except (TimeoutError, msgspec.MsgspecError, UnicodeDecodeError):
        await socket.close(4401, "no token")
        return
    except Problem as problem:
        await socket.close(4401, problem.refused.code)
        return
    except WebSocketDisconnect:
        return
    await _take_frames(socket, interview)


async def _take_frames(socket: WebSocket, interview: LiveInterview) -> None:
    sink = interview.listening.connect("websocket")
    ingest = FrameIngest(sink)
    sink.use(ingest)
    loop = asyncio.get_running_loop()
    acknowledged_at = loop.time()
    mistakes = 0
    try:
        while mistakes < 20:
            async with asyncio.timeout(SILENCE_S):
                data = await receive(socket)
            try:
                ingest.feed(data if isinstance(data, bytes) else data.encode(), loop.time() * 1000)
            except ProtocolError:
                mistakes += 1
            if loop.time() - acknowledged_at >= ACKNOWLEDGE_EVERY_S:
                acknowledged_at = loop.time()
                for told in (ingest.take_acknowledgement(), ingest.take_key_frame_request()):
                    if told is not None:
                        await _tell(socket, told)
        await socket.close(4400, "too many invalid frames")
    except TimeoutError:
        await socket.close(4408, "silent")
    except WebSocketDisconnect:
        pass  # The peer left; what it had sent is with the answer already.
    finally:
        await ingest.close()
        sink.disconnect()


async def _tell(socket: WebSocket, told: bytes) -> None:
    """Raises ``WebSocketDisconnect``, also where the server says ``RuntimeError``: it left between two frames."""
    try:
        await socket.send_text(told.decode())
    except RuntimeError:
        raise WebSocketDisconnect from None
