"""A bad network between one peer and the server: loses, delays and reorders media, by a seed.

Both sides see the relay as the other one, because it puts its own ports into the offer's and the answer's candidates.
STUN, DTLS and RTCP pass unharmed; RTP is treated between ``bad_from_s`` and ``bad_until_s`` of the media.
"""

import asyncio
import random
import re
from typing import Any

LOOPBACK = "127.0.0.1"
LOSS = 0.02
JITTER_S = 0.05
REORDER_EVERY, REORDER_BY = 20, 3


class _Side(asyncio.DatagramProtocol):
    def __init__(self, relay: "Relay", toward_server: bool) -> None:
        self._relay = relay
        self._toward_server = toward_server
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    @property
    def port(self) -> int:
        return int(self.transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if self._toward_server:
            self._relay.from_peer(data)
        else:
            self._relay.front.transport.sendto(data, self._relay.peer)


class Relay:
    """``front`` is what the peer talks to, ``back`` what the server talks to."""

    def __init__(self, seed: int, bad_from_s: float, bad_until_s: float) -> None:
        self._random = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        self._bad_s = (bad_from_s, bad_until_s)
        self._began_s: float | None = None
        self._held: list[tuple[int, bytes]] = []
        self._count = 0
        self.lost = 0
        self.peer = (LOOPBACK, 0)
        self.server = (LOOPBACK, 0)
        self.front = _Side(self, toward_server=True)
        self.back = _Side(self, toward_server=False)

    async def open(self) -> None:
        for side in (self.front, self.back):
            await self._loop.create_datagram_endpoint(lambda side=side: side, local_addr=(LOOPBACK, 0))  # type: ignore[misc]

    def offer(self, sdp: str) -> str:
        """What the server is told."""
        self.peer, rewritten = _redirect(sdp, self.back.port)
        return rewritten

    def answer(self, sdp: str) -> str:
        """What the peer is told."""
        self.server, rewritten = _redirect(sdp, self.front.port)
        return rewritten

    def close(self) -> None:
        for side in (self.front, self.back):
            side.transport.close()

    def from_peer(self, data: bytes) -> None:
        now_s = self._loop.time()
        if not (128 <= data[0] < 192 and not 192 <= data[1] <= 223):
            self._pass(data)
            return
        if self._began_s is None:
            self._began_s = now_s
        if not self._bad_s[0] <= now_s - self._began_s < self._bad_s[1]:
            while self._held:
                self._pass(self._held.pop(0)[1])
            self._pass(data)
            return
        self._count += 1
        if self._random.random() < LOSS:
            self.lost += 1
        elif self._count % REORDER_EVERY == 0:
            self._held.append((self._count + REORDER_BY, data))
        else:
            self._loop.call_later(self._random.random() * JITTER_S, self._pass, data)
        while self._held and self._held[0][0] <= self._count:
            self._loop.call_later(JITTER_S, self._pass, self._held.pop(0)[1])

    def _pass(self, data: bytes) -> None:
        if not self.back.transport.is_closing():
            self.back.transport.sendto(data, self.server)


def _redirect(sdp: str, port: int) -> tuple[tuple[str, int], str]:
    """The first candidate's address, and the description with every candidate at ``port`` of loopback."""
    candidate = re.compile(r"(a=candidate:\S+ \d+ \S+ \d+ )(\S+) (\d+)( typ)")
    first = candidate.search(sdp)
    if first is None:
        raise ValueError("a description without candidates")
    return (first[2], int(first[3])), candidate.sub(rf"\g<1>{LOOPBACK} {port}\g<4>", sdp)
