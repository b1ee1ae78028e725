"""The media WebSocket: live frames, and what belongs to takes (docs/reference/media-frames.md)."""

import asyncio

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.live.conductor import LiveInterview
from realtime.live.outbox import HELD_ELSEWHERE
from realtime.live.switchboard import Elsewhere
from realtime.media.websocket import FrameIngest
from realtime.protocol import media_messages as media
from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import MediaFrame
from realtime.protocol.refusals import refusal
from server.access import candidate_of
from server.doors.media import consented, live_interview
from server.problems import Problem
from server.sockets import BAD_MESSAGES_LIMIT, SILENCE_S, receive

KEY_FRAME_EVERY_S = 1.0


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
    listening = interview.listening
    sink = listening.prepare("websocket")

    def live() -> None:
        listening.adopt(sink)
        sink.use(ingest)

    ingest = FrameIngest(sink, _keep, on_live=live)
    loop = asyncio.get_running_loop()
    key_frame_wanted_at = 0.0
    mistakes = 0
    try:
        await _tell(socket, media.Takes([]))
        while mistakes < BAD_MESSAGES_LIMIT:
            async with asyncio.timeout(SILENCE_S):
                data = await receive(socket)
            try:
                if isinstance(data, bytes):
                    ingest.feed(data, loop.time() * 1000)
                else:
                    await _said(socket, media.decode_said(data))
            except ProtocolError as error:
                mistakes += 1
                await _tell(socket, error.refusal())
            if ingest.take_key_frame_request() and loop.time() - key_frame_wanted_at >= KEY_FRAME_EVERY_S:
                key_frame_wanted_at = loop.time()
                await _tell(socket, media.KeyFrameWanted())
        await socket.close(4400, "too many invalid frames")
    except TimeoutError:
        await socket.close(4408, "silent")
    except WebSocketDisconnect:
        pass  # The peer left; what it had sent is with the answer already.
    finally:
        await ingest.close()
        sink.disconnect()


def _keep(_frame: MediaFrame) -> None:
    raise ProtocolError("take_unknown", refusal("take_unknown").message)


async def _said(socket: WebSocket, message: media.MediaSaid) -> None:
    if not isinstance(message, media.MediaPing):
        raise ProtocolError("take_unknown", refusal("take_unknown").message)
    await _tell(socket, media.MediaPong())


async def _tell(socket: WebSocket, told: media.MediaTold) -> None:
    """Raises ``WebSocketDisconnect``, also where the server says ``RuntimeError``: it left between two frames."""
    try:
        await socket.send_text(media.encode_media(told).decode())
    except RuntimeError:
        raise WebSocketDisconnect from None
