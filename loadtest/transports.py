"""How a virtual candidate sends its media: WHIP (RFC 9725) with aiortc, or binary frames over a WebSocket."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

import aioice.ice
import httpx
import msgspec
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from websockets.asyncio.client import ClientConnection, connect

from loadtest.media import FACE_FPS, OpusPacket, face_frames, face_stills, silence_packet
from loadtest.tracks import OPUS_CLOCK, FaceTrack, VoiceTrack
from realtime.protocol.frames import FrameKind, MediaFrame, encode_frame

STILLS_PER_SECOND = 2.0
MOST_REDIRECTS = 3


class MediaRefused(Exception):
    """The server did not take the media; ``code`` is its own. ``retry_after_s``: it may be tried again then."""

    def __init__(self, code: str, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(f"{code} (HTTP {status})")
        self.code = code
        self.retry_after_s = retry_after_s


class MediaWay(Protocol):
    """``speak`` returns when the last packet has gone out; cancelled, it leaves the rest unsaid. ``spoken``: how many
    packets of the last speech went out."""

    spoken: int

    async def open(self) -> None: ...

    async def speak(self, packets: Sequence[OpusPacket]) -> None: ...

    async def close(self) -> None: ...


def use_loopback(url: str) -> None:
    """aioice leaves loopback out of its candidates; for a server on this machine nothing else may be used."""
    if urlsplit(url).hostname in ("127.0.0.1", "localhost"):
        aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


class WebRtc:
    """Audio and video over ICE, DTLS and SRTP. ``joined_s``: from the offer to the first packet that could go."""

    def __init__(self, base_url: str, whip_url: str, token: str, ptime_ms: int = 60) -> None:
        self._base_url = base_url
        self._whip_url = whip_url
        self._token = token
        self._voice = VoiceTrack(silence_packet(ptime_ms))
        self._face = FaceTrack(face_frames())
        self._connection: RTCPeerConnection | None = None
        self._resource = ""
        self.joined_s = 0.0
        self.spoken = 0

    async def open(self) -> None:
        """Raises ``MediaRefused``, or ``TimeoutError`` when no connection comes up in 10 s."""
        use_loopback(self._base_url)
        began = time.monotonic()
        connection = self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        up = asyncio.Event()

        @connection.on("connectionstatechange")
        def _changed() -> None:
            if connection.connectionState == "connected":
                up.set()

        connection.addTrack(self._voice)
        connection.addTrack(self._face)
        await connection.setLocalDescription(await connection.createOffer())
        answer = await self._post(connection.localDescription.sdp)
        if answer.status_code != 201:
            raise MediaRefused(_code(answer), answer.status_code, _retry_after_s(answer))
        self._resource = answer.headers["location"]
        await connection.setRemoteDescription(RTCSessionDescription(sdp=answer.text, type="answer"))
        async with asyncio.timeout(10):
            await up.wait()
        self.joined_s = time.monotonic() - began

    async def _post(self, offer: str) -> httpx.Response:
        """Follows 307 to the process that holds the interview. By hand: a redirect to another port would lose the
        Authorization header, as it should on the open web."""
        url = self._base_url + self._whip_url
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {self._token}"}
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(MOST_REDIRECTS):
                answer = await client.post(url, content=offer, headers=headers)
                if answer.status_code != 307:
                    break
                url = answer.headers["location"]
        return answer

    async def speak(self, packets: Sequence[OpusPacket]) -> None:
        self.spoken = 0
        try:
            await self._voice.speak(packets).wait()
        finally:
            self.spoken = len(packets) - self._voice.left
            self._voice.hush()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return "unknown"


def _retry_after_s(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


class WebSocketMedia:
    """The same media as binary frames: Opus packets, and JPEG stills twice a second."""

    def __init__(self, base_url: str, media_url: str, token: str, ptime_ms: int = 60) -> None:
        self._url = base_url.replace("http", "ws", 1) + media_url
        self._token = token
        self._silence = silence_packet(ptime_ms)
        self._waiting: deque[OpusPacket] = deque()
        self._said = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._counts = {FrameKind.OPUS: 0, FrameKind.JPEG: 0}
        self._zero_s = 0.0
        self.spoken = 0

    async def open(self) -> None:
        self._socket = await connect(self._url, compression=None, proxy=None, close_timeout=0.5)
        await self._socket.send(msgspec.json.encode({"token": self._token}).decode())
        self._zero_s = asyncio.get_running_loop().time()
        self._tasks = [
            asyncio.create_task(self._send_voice(), name="voice"),
            asyncio.create_task(self._send_stills(), name="stills"),
            asyncio.create_task(self._read(), name="what the server says"),
        ]

    async def speak(self, packets: Sequence[OpusPacket]) -> None:
        """Raises what ended the connection, if that happens before the last packet has gone out."""
        self._said = asyncio.Event()
        self.spoken = 0
        self._waiting.extend(packets)
        said = asyncio.create_task(self._said.wait(), name="said")
        try:
            ended, _ = await asyncio.wait({said, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            said.cancel()
            self.spoken = len(packets) - len(self._waiting)
            self._waiting.clear()
        if said not in ended:
            for task in ended:
                task.result()
            raise MediaRefused("media_ended", 0)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    async def _until(self, position_s: float) -> None:
        await asyncio.sleep(max(0.0, self._zero_s + position_s - asyncio.get_running_loop().time()))

    async def _send(
        self, kind: FrameKind, at_ms: int, payload: bytes, *, duration_ms: int = 0, level: int | None = None
    ) -> None:
        assert self._socket is not None
        frame = MediaFrame(kind, self._counts[kind], at_ms, payload, duration_ms, level, key=True, live=True)
        self._counts[kind] += 1
        await self._socket.send(encode_frame(frame))

    async def _send_voice(self) -> None:
        at_samples = 0
        while True:
            await self._until(at_samples / OPUS_CLOCK)
            packet = self._waiting.popleft() if self._waiting else self._silence
            if not self._waiting:
                self._said.set()
            duration_ms = packet.duration_samples * 1000 // OPUS_CLOCK
            at_ms = at_samples * 1000 // OPUS_CLOCK
            level = min(127, packet.level_dbov)
            await self._send(FrameKind.OPUS, at_ms, packet.data, duration_ms=duration_ms, level=level)
            at_samples += packet.duration_samples

    async def _send_stills(self) -> None:
        stills = face_stills()[:: round(FACE_FPS / STILLS_PER_SECOND)]
        count = 0
        while True:
            await self._until(count / STILLS_PER_SECOND)
            at_ms = round(count * 1000 / STILLS_PER_SECOND)
            await self._send(FrameKind.JPEG, at_ms, stills[count % len(stills)])
            count += 1

    async def _read(self) -> None:
        assert self._socket is not None
        async for _ in self._socket:
            pass
