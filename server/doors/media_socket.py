"""The media WebSocket: live frames, and what belongs to takes (docs/reference/media-frames.md)."""

import asyncio

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.live.archive import Archive, Device
from realtime.live.conductor import LiveInterview
from realtime.live.outbox import HELD_ELSEWHERE
from realtime.live.switchboard import Elsewhere
from realtime.media.websocket import FrameIngest
from realtime.protocol import media_messages as media
from realtime.protocol.codec import ProtocolError
from realtime.protocol.messages import Refused
from realtime.protocol.refusals import REFUSALS, refusal
from server.access import candidate_of
from server.doors.media import consented, live_interview
from server.problems import Problem
from server.sockets import BAD_MESSAGES_LIMIT, SILENCE_S, heard, receive

KEY_FRAME_EVERY_S = 1.0
TELL_EVERY_S = 0.25
NO_MISTAKE = frozenset({"take_not_saved", "take_unknown"})
"""Our fault; or what a device still sends of a take that has just been closed."""


class _Token(msgspec.Struct, frozen=True):
    token: str


async def frames(socket: WebSocket) -> None:
    """``WS /api/v1/interviews/{id}/media``: a token, then binary frames (docs/reference/media-frames.md)."""
    await socket.accept()
    try:
        async with asyncio.timeout(SILENCE_S):
            first = msgspec.json.decode(await receive(socket), type=_Token)
        candidate_of(socket, first.token, socket.path_params["id"])
        interview = await live_interview(socket)
        consented(interview)
    except (TimeoutError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        await socket.close(4401, "no token")
        return
    except Elsewhere:
        await socket.close(HELD_ELSEWHERE.code, HELD_ELSEWHERE.reason)
        return
    except Problem as problem:
        await socket.close(4401, problem.refused.code)
        return
    except WebSocketDisconnect:
        return
    await _take_frames(socket, interview)


async def _take_frames(socket: WebSocket, interview: LiveInterview) -> None:
    archive = interview.listening.archive
    async with asyncio.timeout(SILENCE_S):
        await archive.ready.wait()
    device = archive.connect()
    telling = asyncio.create_task(_tell_device(socket, device), name="what a device is told")
    try:
        async with asyncio.timeout(SILENCE_S) as silence:
            await _listen(socket, interview, device, silence)
    except TimeoutError:
        await socket.close(4408, "silent")
    except WebSocketDisconnect:
        pass  # The peer left; what it had sent is with the answer already.
    finally:
        archive.disconnect(device)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _listen(socket: WebSocket, interview: LiveInterview, device: Device, silence: asyncio.Timeout) -> None:
    """Until the connection closes, falls silent or says too much that is nothing."""
    listening = interview.listening
    sink = listening.prepare("websocket")

    def live() -> None:
        listening.adopt(sink)
        sink.use(ingest)

    ingest = FrameIngest(sink, listening.archive.keep, on_live=live)
    now_s = asyncio.get_running_loop().time
    key_frame_wanted_s = 0.0
    mistakes = 0
    try:
        while mistakes < BAD_MESSAGES_LIMIT:
            data = await receive(socket)
            heard(silence, at_s := now_s(), SILENCE_S)
            try:
                if isinstance(data, bytes):
                    ingest.feed(data, at_s * 1000)
                else:
                    _said(listening.archive, device, media.decode_said(data))
            except ProtocolError as error:
                mistakes += error.code not in NO_MISTAKE
                device.say(_refusal_of(error))
            if ingest.take_key_frame_request() and at_s - key_frame_wanted_s >= KEY_FRAME_EVERY_S:
                key_frame_wanted_s = at_s
                device.say(media.KeyFrameWanted())
        await socket.close(4400, "too many invalid frames")
    finally:
        await ingest.close()
        sink.disconnect()


def _refusal_of(error: ProtocolError) -> Refused:
    """With its time to come back, where the table has one."""
    return refusal(error.code) if error.code in REFUSALS else error.refusal()


def _said(archive: Archive, device: Device, message: media.MediaSaid) -> None:
    if isinstance(message, media.MediaPing):
        device.say(media.MediaPong())
    else:
        archive.note(message)


async def _tell_device(socket: WebSocket, device: Device) -> None:
    """At most four times a second."""
    try:
        while True:
            await device.waits.wait()
            for told in device.take_all():
                await _tell(socket, told)
            await asyncio.sleep(TELL_EVERY_S)
    except WebSocketDisconnect:
        pass  # whoever listens finds out by itself


async def _tell(socket: WebSocket, told: media.MediaTold) -> None:
    """Raises ``WebSocketDisconnect``, also where the server says ``RuntimeError``: it left between two frames."""
    try:
        await socket.send_text(media.encode_media(told).decode())
    except RuntimeError:
        raise WebSocketDisconnect from None
