"""The two halves of every WebSocket: a pump that empties an outbox, and a bounded read."""

import asyncio
import logging

from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.live.outbox import Cut, Outbox

log = logging.getLogger("viva.sockets")

SUSPECT_S = 3.0
"""From here on without a ping the candidate's clocks stand still, and HR sees it."""
SILENCE_S = 10.0
"""The page pings once a second; a connection that is silent for ten is gone (detached)."""
BAD_MESSAGES_LIMIT = 20


async def pump(socket: WebSocket, outbox: Outbox) -> None:
    """Sends until the outbox is cut or the peer is gone, then closes."""
    try:
        while True:
            item = await outbox.take()
            if isinstance(item, Cut):
                await socket.close(item.code, item.reason)
                return
            await socket.send_text(item.decode())
    except (WebSocketDisconnect, RuntimeError, OSError):
        # The peer left while we were sending; its reader notices and tells the interview.
        log.debug("the peer left")


def heard(silence: asyncio.Timeout, now_s: float, limit_s: float) -> None:
    """Moves the end of the peer's patience: it comes ``limit_s`` after the last message, or a tenth of that later.

    A timeout for each message costs a third of what a media frame's own work does; this one is moved ten times in
    ``limit_s``, however many messages come.
    """
    if (silence.when() or now_s) - now_s < limit_s:
        silence.reschedule(now_s + limit_s * 1.1)


async def receive(socket: WebSocket) -> bytes | str:
    """One text or binary frame. Raises ``WebSocketDisconnect``."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if isinstance(text, str):
        return text
    data = message.get("bytes")
    return data if isinstance(data, bytes) else b""
