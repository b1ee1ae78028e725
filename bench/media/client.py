"""Peers over real ICE and DTLS-SRTP that send packets encoded, and protected, beforehand.

Sending is one system call a packet, so that this process carries several times what any server does.
"""

import asyncio
import contextlib
import functools
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription

from bench.media.material import FRAMES_PER_SECOND, film, spoken
from bench.media.server_process import ServerProcess

CONNECTS_WITHIN_S = 60
AT_ONCE = 20
_LEVEL_DBOV = 30

Rewrite = Callable[[str], str]


async def _never_sends(sender: Any, codec: Any) -> None:
    """In the place of ``RTCRtpSender._run_rtp``, which wakes up 50 times a second to find nothing to send."""
    sender._RTCRtpSender__rtp_started.set()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    sender._RTCRtpSender__rtp_exited.set()


@dataclass(frozen=True, slots=True)
class Due:
    """``protected`` is to be sent ``at_s`` after the beginning."""

    at_s: float
    session: "Session"
    protected: bytes


class Session:
    """One peer. ``packets``: other audio than speech, at its own packet time."""

    def __init__(self, number: int, video: bool, packets: list[bytes] | None = None) -> None:
        self.number = number
        self.peer = RTCPeerConnection()
        self.peer.addTransceiver("audio", direction="sendonly")
        if video:
            self.peer.addTransceiver("video", direction="sendonly")
        for sender in self.peer.getSenders():
            sender._run_rtp = functools.partial(_never_sends, sender)  # type: ignore[method-assign]
        self.packet_ms = 20
        self.packets = packets
        self._video = video
        self._heads: dict[str, tuple[int, int, bytes]] = {}
        self._sent = {"audio": 0, "video": 0}
        self._frames = 0

    async def offer(self) -> str:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        sdp = str(self.peer.localDescription.sdp)
        for sender in self.peer.getSenders():
            section = next(part for part in sdp.split("m=")[1:] if part.startswith(sender.kind))
            extensions = dict(reversed(pair) for pair in re.findall(r"a=extmap:(\d+) (\S+)", section))
            self._heads[sender.kind] = (int(section.split()[3]), sender._ssrc, _extensions(section, extensions))
        return sdp

    async def accept(self, answer: str, packet_ms: int | None) -> None:
        """``packet_ms`` None: what the answer asks for, as a browser would; 20 where it asks nothing."""
        asked = re.search(r"a=ptime:(\d+)", answer)
        self.packet_ms = packet_ms or (int(asked[1]) if asked else 20)
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(CONNECTS_WITHIN_S):
            while self.peer.connectionState != "connected":  # noqa: ASYNC110  an event of a third party's emitter
                await asyncio.sleep(0.005)
        transport = self.peer.getSenders()[0].transport
        self._protect = transport._tx_srtp.protect
        pair = transport.transport._connection._nominated[1]
        self._send, self._address = pair.protocol.transport.sendto, pair.remote_addr

    def send(self, protected: bytes) -> None:
        self._send(protected, self._address)

    def due(self, seconds: float, phase: float) -> list[Due]:
        """The next ``seconds`` of media. ``phase`` 0..1: when in a packet's time this session speaks, as people do."""
        count = round(seconds * 1000 / self.packet_ms)
        made = [self._sound((i + phase) * self.packet_ms / 1000) for i in range(count)]
        frames = round(seconds * FRAMES_PER_SECOND) if self._video else 0
        for i in range(frames):
            made += self._picture((i + phase) / FRAMES_PER_SECOND)
        return made

    def _sound(self, at_s: float) -> Due:
        packets, count = self.packets or spoken(self.packet_ms), self._sent["audio"]
        return self._due("audio", at_s, count * self.packet_ms * 48, packets[count % len(packets)], last=False)

    def _picture(self, at_s: float) -> list[Due]:
        """All packets of the next frame."""
        frames = film()
        timestamp = self._frames * 90_000 // FRAMES_PER_SECOND
        payloads = frames[self._frames % len(frames)]
        self._frames += 1
        return [self._due("video", at_s, timestamp, payload, payload is payloads[-1]) for payload in payloads]

    def _due(self, kind: str, at_s: float, timestamp: int, payload: bytes, last: bool) -> Due:
        number, ssrc, extensions = self._heads[kind]
        sequence = self._sent[kind] & 0xFFFF
        self._sent[kind] += 1
        header = struct.pack("!BBHLL", 0x90, number | last << 7, sequence, timestamp & 0xFFFFFFFF, ssrc)
        return Due(at_s, self, self._protect(header + extensions + payload))


def _extensions(section: str, numbers: dict[str, str]) -> bytes:
    """RFC 8285: the mid, and for audio the level (RFC 6464), as a browser sends them."""
    found = re.search(r"a=mid:(\S+)", section)
    mid = (found[1] if found else "0").encode()
    elements = bytes([int(numbers["urn:ietf:params:rtp-hdrext:sdes:mid"]) << 4 | len(mid) - 1]) + mid
    if level := numbers.get("urn:ietf:params:rtp-hdrext:ssrc-audio-level"):
        elements += bytes([int(level) << 4, _LEVEL_DBOV])
    elements += bytes(-len(elements) % 4)
    return struct.pack("!HH", 0xBEDE, len(elements) // 4) + elements


async def connect(server: ServerProcess, numbers: range, *, video: bool, packet_ms: int | None = None) -> list[Session]:
    """Twenty at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Session:
        async with gate:
            session = Session(number, video)
            answer = await server.ask("offer", number=number, sdp=await session.offer())
            await session.accept(answer["sdp"], packet_ms)
            return session

    return list(await asyncio.gather(*(one(number) for number in numbers)))


def schedule(sessions: list[Session], seconds: float) -> list[Due]:
    due = [d for i, session in enumerate(sessions) for d in session.due(seconds, i / len(sessions))]
    return sorted(due, key=lambda d: d.at_s)


async def send(due: list[Due]) -> None:
    """Each at its time; what is late is made up for at once."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for one in due:
        if (wait_s := began_s + one.at_s - loop.time()) > 0.001:
            await asyncio.sleep(wait_s)
        one.session.send(one.protected)


async def close(sessions: list[Session]) -> None:
    await asyncio.gather(*(session.peer.close() for session in sessions))
