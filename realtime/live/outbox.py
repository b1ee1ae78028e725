"""One connection's way out: a bounded queue between the interview and a socket that may be slow.

Overflow policy *lose the passing, cut the lagging*: an ephemeral message (a level, a partial caption) is dropped
and counted; if even durable ones do not fit, the connection is cut, because its owner can come back and have
them replayed from ``last_seen_seq``. The interview never waits for a socket.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from realtime.protocol import codec
from realtime.protocol.messages import Refused, ServerMessage


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection has to close; the code is a WebSocket close code (RFC 6455, section 7.4)."""

    code: int
    reason: str


OPENED_ELSEWHERE = Cut(4409, "opened elsewhere")
TOO_SLOW = Cut(4408, "too slow; resume with last_seen_seq")
GOING_AWAY = Cut(1012, "service restart")
LEFT = Cut(1000, "the peer left")
BROKEN = Cut(1011, "internal error")
HELD_ELSEWHERE = Cut(4307, "held by another process; come again")
COME_BACK = Cut(1013, "not possible just now; try again")
WATCH_AGAIN = Cut(1012, "watch again")
ENDED = Cut(1000, "the interview has ended")


class Outbox:
    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._queue: deque[bytes] = deque()
        self._ready = asyncio.Event()
        self._cut: Cut | None = None
        self.dropped = 0

    def put(self, message: ServerMessage, *, seq: int = 0, at_ms: int = 0, keep: bool = False) -> None:
        """``keep``: treat as durable although it has no seq here (a watched message carries its own)."""
        if self._cut is not None:
            return
        durable = keep or seq > 0
        # Ephemeral messages may take three quarters; the rest is kept for what must arrive.
        room = self._capacity if durable else self._capacity * 3 // 4
        if len(self._queue) < room:
            self._queue.append(codec.envelope(message, seq=seq, at_ms=at_ms))
            self._ready.set()
        elif durable:
            self.cut(TOO_SLOW)
        else:
            self.dropped += 1

    def refuse(self, refusal: Refused, cut: Cut | None = None) -> None:
        self.put(refusal, keep=True)
        if cut is not None:
            self.cut(cut)

    def cut(self, cut: Cut) -> None:
        """What is queued already still goes out; nothing more is taken."""
        if self._cut is None:
            self._cut = cut
            self._ready.set()

    @property
    def is_cut(self) -> bool:
        return self._cut is not None

    async def take(self) -> bytes | Cut:
        """The next frame to send, or how to close."""
        while not self._queue:
            if self._cut is not None:
                return self._cut
            self._ready.clear()
            await self._ready.wait()
        return self._queue.popleft()
