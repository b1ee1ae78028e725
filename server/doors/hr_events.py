"""HR's WebSocket: the live list without asking, any number of watched interviews, and what HR may do to them."""

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.live.outbox import BROKEN, LEFT, Cut, Outbox
from realtime.live.switchboard import Elsewhere, NotAdmitted
from realtime.protocol import codec
from realtime.protocol.messages import HrHello, HrMessage, Moved, Ping, Pong, Unwatch, Watch
from realtime.protocol.refusals import refusal
from server.access import person_of
from server.admitting import tell_not_now
from server.house import house
from server.problems import Problem
from server.sockets import BAD_MESSAGES_LIMIT, SILENCE_S, pump, receive
from server.store import people

ACTORS = frozenset({"admin", "hr"})


async def events(socket: WebSocket) -> None:
    """``WS /api/v1/hr/events``."""
    await socket.accept()
    outbox = Outbox(capacity=4096)
    sender = asyncio.create_task(pump(socket, outbox), name="HR's outbox")
    switchboard = house(socket).switchboard
    try:
        user = await _hello(socket, outbox)
        if user is not None:
            async with house(socket).engine.begin() as store:
                await people.note(store, user.name, "opened_live_list", "interviews")
            await switchboard.subscribe(outbox)
            await _listen(socket, outbox, user)
    except WebSocketDisconnect:
        outbox.cut(LEFT)
    finally:
        outbox.cut(BROKEN)  # nothing to it, unless an error brought us here
        switchboard.unsubscribe(outbox)
        await sender


async def _hello(socket: WebSocket, outbox: Outbox) -> people.User | None:
    try:
        async with asyncio.timeout(SILENCE_S):
            message = codec.decode_hr(await receive(socket))
        if not isinstance(message, HrHello):
            raise Problem("not_signed_in")
        return await person_of(socket, message.token)
    except TimeoutError:
        outbox.cut(Cut(4401, "no hello"))
    except codec.ProtocolError as error:
        outbox.refuse(error.refusal(), Cut(4400, error.code))
    except Problem as problem:
        outbox.refuse(problem.refused, Cut(4401, problem.refused.code))
    return None


async def _listen(socket: WebSocket, outbox: Outbox, user: people.User) -> None:
    mistakes = 0
    try:
        while mistakes < BAD_MESSAGES_LIMIT:
            async with asyncio.timeout(SILENCE_S):
                data = await receive(socket)
            try:
                await _obey(socket, outbox, user, codec.decode_hr(data))
            except codec.ProtocolError as error:
                mistakes += 1
                outbox.refuse(error.refusal())
            except Problem as problem:
                mistakes += 1
                outbox.refuse(problem.refused)
        outbox.cut(Cut(4400, "too many invalid messages"))
    except TimeoutError:
        outbox.cut(Cut(4408, "silent"))


async def _obey(socket: WebSocket, outbox: Outbox, user: people.User, message: HrMessage) -> None:
    switchboard = house(socket).switchboard
    match message:
        case Ping(id=number):
            outbox.put(Pong(number))
        case HrHello():
            raise Problem("request_invalid")
        case Watch(interview_id=interview_id, last_seen_seq=seq):
            await _watch(socket, outbox, user, interview_id, seq)
        case Unwatch(interview_id=interview_id):
            interview = switchboard.find(interview_id)
            if interview is not None:
                interview.unwatch(outbox)
        case _:
            if not ACTORS & set(user.roles):
                raise Problem("not_allowed")
            async with house(socket).engine.begin() as store:
                await people.note(store, user.name, type(message).__name__, message.interview_id)
            if switchboard.hr_said(message.interview_id, user.name, message, outbox):
                return
            if (url := await switchboard.whereabouts(message.interview_id)) is not None:
                outbox.put(Moved(message.interview_id, url), keep=True)
            else:
                outbox.refuse(refusal("not_live"))


async def _watch(socket: WebSocket, outbox: Outbox, user: people.User, interview_id: str, seq: int) -> None:
    """An interview that nobody is taking just now can be watched too: it is brought live, without a candidate."""
    switchboard = house(socket).switchboard
    try:
        interview = await switchboard.admit(interview_id)
    except Elsewhere as other:
        outbox.put(Moved(interview_id, other.url), keep=True)
        return
    except NotAdmitted as not_now:
        tell_not_now(outbox, not_now)
        return
    if interview is None:
        raise Problem("interview_unknown")
    async with house(socket).engine.begin() as store:
        await people.note(store, user.name, "watched", interview_id)
    interview.watch(outbox, seq)
    switchboard.linger(interview_id)
