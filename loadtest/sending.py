"""What a virtual candidate sends: one microphone, the takes it is kept in, and the way it goes live."""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import Any

import httpx

from loadtest.kept_takes import KeptPacket, KeptTake, KeptTakes
from loadtest.media import OPUS_CLOCK, OpusPacket, silence_packet
from loadtest.media_socket import MediaSocket
from loadtest.tracks import Microphone
from loadtest.transports import MediaRefused, WebRtc
from realtime.protocol.messages import PhaseChanged
from realtime.protocol.text import Phase

SPEAKING = frozenset({Phase.ANSWERING, Phase.GRACE})
OPEN_WITHIN_S = 10.0


class Sending:
    """``transport``: webrtc or websocket, for what is live; takes go over the WebSocket either way."""

    def __init__(
        self,
        base_url: str,
        urls: dict[str, str],
        token: str,
        *,
        transport: str,
        kept: KeptTakes,
        patience_s: float = 0.0,
        ptime_ms: int = 60,
    ) -> None:
        self._base_url = base_url
        self._urls = urls
        self._token = token
        self._webrtc = transport == "webrtc"
        self._patience_s = patience_s
        self._kept = kept
        self._silence = silence_packet(ptime_ms)
        self._microphone = Microphone(self._silence)
        self._microphone.heard.append(self._heard)
        self._socket = MediaSocket(
            self._socket_url(base_url), token, kept, live=not self._webrtc, patience_s=patience_s
        )
        self._connection: WebRtc | None = None
        self._opening: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._take: KeptTake | None = None
        self._recording = False
        self._zero_ms: int | None = None
        self.spoken = 0

    def _socket_url(self, base_url: str) -> str:
        return base_url.replace("http", "ws", 1) + self._urls["media_url"]

    async def open(self) -> None:
        """Raises ``MediaRefused``, ``TimeoutError``, or what the connection does not come up for."""
        if self._tasks:
            return
        self._tasks = [
            asyncio.create_task(self._microphone.run(), name="microphone"),
            asyncio.create_task(self._socket.run(), name="media socket"),
        ]
        if self._webrtc:
            await self._connect()
        async with asyncio.timeout(OPEN_WITHIN_S):
            await self._first(self._socket.up.wait())

    async def _connect(self) -> None:
        connection = WebRtc(self._base_url, self._urls["whip_url"], self._token)
        try:
            await connection.open()
        except BaseException:
            await connection.close()
            raise
        before, self._connection = self._connection, connection
        self._microphone.heard.append(connection.voice.feed)
        if before is not None:
            self._microphone.heard.remove(before.voice.feed)
            await before.close()

    def come_back(self, base_url: str) -> None:
        """A new connection of the interview begins a new epoch: live media are published anew."""
        self._base_url = base_url
        self._socket.move(self._socket_url(base_url))
        if self._webrtc and self._tasks and (self._opening is None or self._opening.done()):
            self._opening = asyncio.create_task(self._connect_patiently(), name="publish again")

    async def _connect_patiently(self) -> None:
        """The archive goes its own way; without live sound there are no captions, and nothing is lost."""
        for _ in range(20):
            with contextlib.suppress(MediaRefused, TimeoutError, OSError, httpx.HTTPError):
                await self._connect()
                return
            await asyncio.sleep(0.5)

    # ------------------------------------------------------------------ takes
    def follow(self, state: PhaseChanged, *, begun: bool) -> None:
        """What the interview says of the take. ``begun``: this page has not seen the answer open."""
        if self._take is not None and self._take.number != state.take:
            self._kept.end(self._take)
            self._take, self._recording = None, False
        if state.take and self._take is None:
            known = self._kept.takes.get(state.take)
            if known is not None or not begun:
                self._take = self._kept.begin(state.take)
            elif state.take in self._socket.states:
                self._take = self._kept.begin_as(self._socket.states[state.take])
            else:
                self._socket.told = lambda: self.follow(state, begun=True)
        recording = state.take != 0 and state.phase in SPEAKING and state.mode == "voice"
        if recording != self._recording:
            self._recording, self._zero_ms = recording, None

    def _heard(self, packet: OpusPacket, at_samples: int) -> None:
        kept = self._keep(packet, at_samples)
        self._socket.hear(packet, at_samples, kept, self._take if kept else None)

    def _keep(self, packet: OpusPacket, at_samples: int) -> KeptPacket | None:
        take = self._take
        if take is None or not self._recording or take.ended:
            return None
        at_ms = at_samples * 1000 // OPUS_CLOCK
        if self._zero_ms is None:
            self._zero_ms = at_ms - take.next_ms
        duration_ms = packet.duration_samples * 1000 // OPUS_CLOCK
        level = min(127, packet.level_dbov)
        return self._kept.add(take, at_ms - self._zero_ms, duration_ms, level, packet.data)

    def already_said(self, take: int) -> int:
        """Packets of speech that are in the take: where to go on after having been killed."""
        kept = self._kept.takes.get(take)
        return 0 if kept is None else kept.spoken(self._silence.data)

    # ------------------------------------------------------------------ speech
    async def speak(self, packets: Sequence[OpusPacket]) -> None:
        """Returns when the last packet has been said; cancelled, it leaves the rest unsaid. Raises what ended the
        connection, if that happens before, and nobody is patient. ``spoken``: how many packets were said."""
        self.spoken = 0
        try:
            await self._first(self._microphone.speak(packets).wait())
        finally:
            self.spoken = len(packets) - self._microphone.left
            self._microphone.hush()

    async def _first(self, wanted: Coroutine[Any, Any, Any]) -> None:
        """``wanted``, or the error of whatever ended before it."""
        waiting = asyncio.create_task(wanted)
        try:
            done, _ = await asyncio.wait({waiting, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if waiting not in done:
            for task in done:
                task.result()
            raise MediaRefused("media_ended", 0)

    async def close(self) -> None:
        tasks = [*self._tasks, *([self._opening] if self._opening else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()
        self._kept.close()
