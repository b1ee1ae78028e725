"""From "not here" and "not now" to what a door says: a refusal, or the address to go on at."""

from starlette.requests import Request
from starlette.responses import Response

from realtime.live.conductor import LiveInterview
from realtime.live.outbox import HELD_ELSEWHERE, Cut, Outbox
from realtime.live.switchboard import Elsewhere, NotAdmitted
from realtime.protocol.messages import Moved
from realtime.protocol.refusals import refusal
from realtime.protocol.text import Phase
from server.house import House
from server.problems import Problem
from server.store import interviews


async def admitted(rooms: House, interview_id: str, *, begun: bool = False) -> LiveInterview:
    """A candidate's interview, brought live here if nobody holds it. ``begun``: only one that is under way. Raises
    ``Problem`` interview_unknown, link_revoked or not_live, ``Elsewhere``, ``NotAdmitted``."""
    async with rooms.engine.connect() as store:
        interview = await interviews.find_interview(store, interview_id)
        invitation = await interviews.invitation_of(store, interview_id)
    if interview is None or invitation is None:
        raise Problem("interview_unknown")
    if invitation.revoked_at is not None:
        raise Problem("link_revoked")  # a session token outlives a page; it must not outlive the invitation
    if begun and (interview.phase is Phase.INVITED or interview.ended_at is not None):
        raise Problem("not_live")
    live = await rooms.switchboard.admit(interview_id, returning=interview.phase is not Phase.INVITED)
    if live is None:
        raise Problem("interview_unknown")
    return live


def tell_moved(outbox: Outbox, interview_id: str, other: Elsewhere) -> None:
    """To a candidate: the last message on this connection."""
    outbox.put(Moved(interview_id, other.url), keep=True)
    outbox.cut(HELD_ELSEWHERE)


def tell_not_now(outbox: Outbox, not_now: NotAdmitted, cut: Cut | None = None) -> None:
    outbox.refuse(refusal(not_now.code, retry_after_s=not_now.retry_after_s, place=not_now.place), cut)


def problem_of(not_now: NotAdmitted) -> Problem:
    return Problem(not_now.code, retry_after_s=not_now.retry_after_s, place=not_now.place)


async def on_elsewhere(request: Request, error: Exception) -> Response:
    """307: the same method and body again, at the process that holds the interview (RFC 9110, 15.4.8)."""
    assert isinstance(error, Elsewhere)
    query = f"?{request.url.query}" if request.url.query else ""
    return Response(status_code=307, headers={"Location": f"{error.url}{request.url.path}{query}"})
