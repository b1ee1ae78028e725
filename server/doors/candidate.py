"""The candidate's way in: a signed link becomes a session token; the events WebSocket carries the interview."""

import asyncio

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.interview.events import CandidateSaid
from realtime.live.conductor import LiveInterview
from realtime.live.outbox import BROKEN, LEFT, Cut, Outbox
from realtime.live.switchboard import Elsewhere, NotAdmitted
from realtime.protocol import codec
from realtime.protocol.messages import GiveConsent, Hello, Ping, Pong
from realtime.protocol.refusals import refusal
from realtime.protocol.text import Phase
from server.access import bearer, candidate_of, session_token
from server.admitting import admitted, tell_moved, tell_not_now
from server.clock import rfc3339, wall_ms
from server.consent import consent_for
from server.house import House, house
from server.ice import ice_servers
from server.problems import Problem
from server.profiles import named
from server.requests import answer, json_of
from server.sockets import BAD_MESSAGES_LIMIT, SILENCE_S, SUSPECT_S, pump, receive
from server.store import interviews, people
from server.tokens import TokenExpired, TokenForged

OVER = frozenset({Phase.SCORING, Phase.REPORTED, Phase.WITHDRAWN, Phase.EXPIRED})
FIRST_MESSAGE_S = 10.0


class Join(msgspec.Struct, frozen=True):
    link: str


async def join(request: Request) -> Response:
    """``POST /api/v1/join``: what the page needs before it opens anything."""
    rooms = house(request)
    wanted = await json_of(request, Join)
    async with rooms.engine.begin() as store:
        invitation, interview = await _invitation(store, rooms, wanted.link)
        await people.note(store, "candidate", "joined", interview.id)
        position = await interviews.find_position(store, invitation.position_id, invitation.position_version)
    if position is None:
        raise Problem("position_unknown")
    plan = await rooms.loader.plan_of(invitation, position)
    consent = consent_for(named(invitation.profile))
    base = f"{rooms.switchboard.keeper.url}/api/v1/interviews/{interview.id}"
    return answer(
        {
            "interview_id": interview.id,
            "session_token": session_token(request, interview.id),
            "events_url": f"{base}/events",
            "whip_url": f"{base}/whip",
            "media_url": f"{base}/media",
            "process_urls": await rooms.switchboard.process_urls(),
            "ice_servers": ice_servers(rooms.settings, wall_ms() / 1000),
            "ice_policy": rooms.settings.ice_policy,
            "media_policy": rooms.settings.media_policy,
            "phase": interview.phase.value,
            "language": invitation.language,
            "employer": rooms.settings.employer,
            "position": position.title,
            "questions": len(plan.questions),
            "consent": {
                "version": consent.version,
                "text": consent.text,
                "items": [
                    {
                        "key": item.key,
                        "required_for_voice": item.required_for_voice,
                        "label": item.label,
                        "allowed": True,
                    }
                    for item in consent.items
                ],
            },
            "profile": invitation.profile,
            "speech_notice": plan.speech_notice,
        }
    )


async def _invitation(
    store: AsyncConnection, rooms: House, link: str
) -> tuple[interviews.InvitationRow, interviews.InterviewRow]:
    now = wall_ms()
    try:
        token = rooms.signer.read("link", link, now)
    except TokenExpired:
        raise Problem("link_expired") from None
    except TokenForged:
        raise Problem("link_forged") from None
    invitation = await interviews.find_invitation(store, token.subject)
    if invitation is None:
        raise Problem("link_forged")
    interview = await interviews.find_interview(store, invitation.interview_id)
    if interview is None:
        raise Problem("interview_unknown")
    if invitation.revoked_at is not None:
        raise Problem("link_revoked")
    if interview.phase in OVER:
        raise Problem("link_used")
    return invitation, interview


async def status(request: Request) -> Response:
    """``GET /api/v1/interviews/{id}/status``: how far the application has come, for the candidate."""
    interview_id = request.path_params["id"]
    candidate_of(request, bearer(request), interview_id)
    async with house(request).engine.connect() as store:
        interview = await interviews.find_interview(store, interview_id)
    if interview is None:
        raise Problem("interview_unknown")
    done = [
        ("invited", interview.created_at),
        ("interview_started", interview.started_at),
        ("interview_finished", interview.ended_at),
        ("report_ready", interview.ended_at if interview.report_state == "completed" else None),
    ]
    stages = [{"key": key, "done": at is not None, "at": rfc3339(at) if at else None} for key, at in done]
    reached = [stage["key"] for stage in stages if stage["done"]]
    return answer({"stage": reached[-1], "stages": stages})


async def events(socket: WebSocket) -> None:
    """``WS /api/v1/interviews/{id}/events``: hello, welcome, replay, then the interview itself."""
    await socket.accept()
    outbox = Outbox()
    sender = asyncio.create_task(pump(socket, outbox), name="candidate's outbox")
    try:
        interview = await _hello(socket, outbox)
        if interview is not None:
            await _listen(socket, outbox, interview)
    except WebSocketDisconnect:
        outbox.cut(LEFT)
    finally:
        outbox.cut(BROKEN)  # nothing to it, unless an error brought us here
        await sender


async def _hello(socket: WebSocket, outbox: Outbox) -> LiveInterview | None:
    """Lets the connection in, or says why not. None: the outbox is cut already."""
    interview_id = socket.path_params["id"]
    rooms = house(socket)
    try:
        async with asyncio.timeout(FIRST_MESSAGE_S):
            message = codec.decode_candidate(await receive(socket))
    except TimeoutError:
        outbox.cut(Cut(4401, "no hello"))
        return None
    except codec.ProtocolError as error:
        outbox.refuse(error.refusal(), Cut(4400, error.code))
        return None
    try:
        if not isinstance(message, Hello):
            raise Problem("not_signed_in")
        candidate_of(socket, message.token, interview_id)
        interview = await admitted(rooms, interview_id)
    except Elsewhere as other:
        tell_moved(outbox, interview_id, other)
        return None
    except NotAdmitted as not_now:
        tell_not_now(outbox, not_now, Cut(4503, not_now.code))
        return None
    except Problem as problem:
        outbox.refuse(problem.refused, Cut(4401, problem.refused.code))
        return None
    interview.join(outbox, message.last_seen_seq, message.language)
    return interview


async def _listen(socket: WebSocket, outbox: Outbox, interview: LiveInterview) -> None:
    """Until the connection closes or falls silent; the page pings once a second."""
    mistakes = 0
    try:
        while mistakes < BAD_MESSAGES_LIMIT:
            data = await _heard(socket, outbox, interview)
            try:
                message = codec.decode_candidate(data)
            except codec.ProtocolError as error:
                mistakes += 1
                outbox.refuse(error.refusal())
                continue
            match message:
                case Ping(id=number):
                    outbox.put(Pong(number))
                case Hello():
                    mistakes += 1
                    outbox.refuse(refusal("request_invalid"))
                case _:
                    if isinstance(message, GiveConsent) and not await _noted(socket, interview, message):
                        outbox.refuse(refusal("consent_outdated"))
                    elif not interview.tell(CandidateSaid(message)):
                        outbox.refuse(refusal("too_many_messages"))
        outbox.cut(Cut(4400, "too many invalid messages"))
    except TimeoutError:
        outbox.cut(Cut(4408, "silent"))
    except WebSocketDisconnect:
        raise
    except Exception:  # the boundary of this connection: the page hears that it is our fault, and comes back
        outbox.refuse(refusal("internal"), BROKEN)
        raise
    finally:
        interview.leave(outbox)
        house(socket).switchboard.linger(interview.plan.interview_id)


async def _heard(socket: WebSocket, outbox: Outbox, interview: LiveInterview) -> bytes | str:
    """The next frame. Raises ``TimeoutError`` when the connection has been silent for so long that it is gone."""
    try:
        async with asyncio.timeout(SUSPECT_S):
            return await receive(socket)
    except TimeoutError:
        interview.hushed(outbox, silent=True)
    async with asyncio.timeout(SILENCE_S - SUSPECT_S):
        data = await receive(socket)
    interview.hushed(outbox, silent=False)
    return data


async def _noted(socket: WebSocket, interview: LiveInterview, message: GiveConsent) -> bool:
    """The ledger keeps every consent that was given, also one that changes nothing any more. False: it was given to
    other words than ours."""
    text = consent_for(named(interview.plan.profile))
    if message.text_version != text.version:
        return False
    async with house(socket).engine.begin() as store:
        await interviews.record_consent(store, interview.plan.interview_id, message.items, text, message.language)
    return True
