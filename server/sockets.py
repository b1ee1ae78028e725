"""The two halves of every WebSocket: a pump that empties an outbox, and a bounded read."""

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
