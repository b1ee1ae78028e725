"""How a virtual candidate sends its media live: WHIP (RFC 9725) with aiortc. The WebSocket is ``media_socket``."""

import asyncio
import time
from urllib.parse import urlsplit

import aioice.ice
import httpx
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from loadtest.media import face_frames
from loadtest.tracks import FaceTrack, VoiceTrack

MOST_REDIRECTS = 3


class MediaRefused(Exception):
    """The server did not take the media; ``code`` is its own. ``retry_after_s``: it may be tried again then."""

    def __init__(self, code: str, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(f"{code} (HTTP {status})")
        self.code = code
        self.retry_after_s = retry_after_s


def use_loopback(url: str) -> None:
    """aioice leaves loopback out of its candidates; for a server on this machine nothing else may be used."""
    if urlsplit(url).hostname in ("127.0.0.1", "localhost"):
        aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


class WebRtc:
    """Audio and video over ICE, DTLS and SRTP. ``joined_s``: from the offer to the first packet that could go."""

    def __init__(self, base_url: str, whip_url: str, token: str) -> None:
        self.voice = VoiceTrack()
        self._base_url = base_url
        self._whip_url = whip_url
        self._token = token
        self._face = FaceTrack(face_frames())
        self._connection: RTCPeerConnection | None = None
        self.joined_s = 0.0

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

        connection.addTrack(self.voice)
        connection.addTrack(self._face)
        await connection.setLocalDescription(await connection.createOffer())
        answer = await self._post(connection.localDescription.sdp)
        if answer.status_code != 201:
            raise MediaRefused(_code(answer), answer.status_code, _retry_after_s(answer))
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
