"""HR beside the candidate: signs in, watches one interview live, and sees its pictures over WHEP."""

import asyncio
from collections.abc import Callable

import httpx
from aiortc import RTCPeerConnection, RTCSessionDescription
from websockets.asyncio.client import connect

from loadtest.transports import MediaRefused, use_loopback
from realtime.protocol import codec
from realtime.protocol import messages as say

Seen = Callable[[say.ServerMessage], None]


class HrClient:
    """What HR's page does over HTTP, as far as a load test or a demonstration needs it."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._http = httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=30)
        self._token = ""

    async def sign_in(self, user: str, password: str) -> None:
        answer = await self._http.post("/api/v1/sign-in", json={"user": user, "password": password})
        answer.raise_for_status()
        self.use_token(answer.json()["token"])

    def use_token(self, token: str) -> None:
        """A sign-in token, or an EHR consumer's API key."""
        self._token = token
        self._http.headers["Authorization"] = f"Bearer {token}"

    async def post(self, path: str, body: object) -> dict[str, object]:
        answer = await self._http.post(path, json=body)
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    async def post_yaml(self, path: str, source: str) -> dict[str, object]:
        answer = await self._http.post(path, content=source, headers={"Content-Type": "application/yaml"})
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    async def get(self, path: str, accept: str = "application/json") -> httpx.Response:
        answer = await self._http.get(path, headers={"Accept": accept})
        answer.raise_for_status()
        return answer

    async def watch(self, interview_id: str, seen: Seen) -> None:
        """Follows the interview until cancelled or until its report is there."""
        url = self.base_url.replace("http", "ws", 1) + "/api/v1/hr/events"
        async with connect(url, compression=None, proxy=None, max_size=None) as socket:
            await socket.send(codec.encode(say.HrHello(self._token)).decode())
            await socket.send(codec.encode(say.Watch(interview_id)).decode())
            pinging = asyncio.create_task(_ping(socket.send))
            try:
                async for data in socket:
                    message = codec.decode_envelope(data).message
                    seen(message)
                    if isinstance(message, say.Watched) and isinstance(message.message, say.ReportReady):
                        return
            finally:
                pinging.cancel()

    async def look(self, interview_id: str, pictures: int, within_s: float = 20.0) -> int:
        """Receives the candidate's live picture over WHEP; how many frames came."""
        use_loopback(self.base_url)
        connection = RTCPeerConnection()
        connection.addTransceiver("video", direction="recvonly")
        connection.addTransceiver("audio", direction="recvonly")
        count = 0
        try:
            await connection.setLocalDescription(await connection.createOffer())
            answer = await self._http.post(
                f"/api/v1/interviews/{interview_id}/whep",
                content=connection.localDescription.sdp,
                headers={"Content-Type": "application/sdp"},
            )
            if answer.status_code != 201:
                raise MediaRefused(str(answer.json().get("code")), answer.status_code)
            await connection.setRemoteDescription(RTCSessionDescription(sdp=answer.text, type="answer"))
            video = next(t.receiver.track for t in connection.getTransceivers() if t.kind == "video")
            async with asyncio.timeout(within_s):
                while count < pictures:
                    await video.recv()
                    count += 1
        except TimeoutError:
            pass  # the number says what came
        finally:
            await connection.close()
        return count

    async def close(self) -> None:
        await self._http.aclose()


async def _ping(send: Callable[[str], object]) -> None:
    number = 0
    while True:
        await asyncio.sleep(1.0)
        number += 1
        await send(codec.encode(say.Ping(number)).decode())  # type: ignore[misc]
