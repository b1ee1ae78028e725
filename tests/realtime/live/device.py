"""A candidate's device, as the interview's takes see it: it keeps what it makes until that is saved."""

import asyncio
from typing import Any

import numpy as np

from realtime.live.archive import Device
from realtime.media.opus import OpusEncoder
from realtime.media.websocket import FrameIngest
from realtime.protocol import media_messages as media
from realtime.protocol import messages as say
from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import FrameKind, MediaFrame, encode_frame, pack_run

PTIME_MS = 60


def encoded(seconds: float, pauses_at: tuple[int, ...] = ()) -> list[bytes]:
    """Loud noise, each packet another; quiet in the seconds that are named."""
    chance = np.random.default_rng(3)
    sound = chance.normal(0, 0.3, round(seconds * 16_000)).astype(np.float32)
    for second in pauses_at:
        sound[second * 16_000 : (second + 1) * 16_000] *= 0.001
    encoder = OpusEncoder()
    return [encoder.encode(np.clip(sound[at : at + 960], -1, 1)) for at in range(0, len(sound) - 959, 960)]


class CandidatesDevice:
    """What a page keeps: every packet of the take, until it is saved. ``on`` may be another process by now."""

    def __init__(self, on: Any, packets: list[bytes], take: int = 1) -> None:
        self.on, self.packets, self.take = on, packets, take
        self.made = 0
        self.connected = False
        self.closed: media.TakeClosed | None = None
        self.through = -1
        self.beyond: list[tuple[int, int]] = []
        self.listing: media.Takes | None = None
        self.refused: list[str] = []

    def connect(self) -> None:
        listening = self.on.interview.listening
        self.sink = listening.prepare("websocket")

        def live() -> None:
            listening.adopt(self.sink)
            self.sink.use(self.ingest)

        self.ingest = FrameIngest(self.sink, listening.archive.keep, on_live=live)
        self.device: Device = listening.archive.connect()
        self.connected = True
        self.read()

    async def disconnect(self) -> None:
        self.connected = False
        self.on.interview.listening.archive.disconnect(self.device)
        await self.ingest.close()
        self.sink.disconnect()

    def frame(self, n: int, *, live: bool) -> bytes:
        payload = self.packets[n]
        return encode_frame(MediaFrame(FrameKind.OPUS, n, n * PTIME_MS, payload, PTIME_MS, take=self.take, live=live))

    def run(self, first: int, last: int) -> bytes:
        payload = pack_run(self.packets[first : last + 1])
        return encode_frame(MediaFrame(FrameKind.RUN, first, first * PTIME_MS, payload, PTIME_MS, take=self.take))

    def send(self, data: bytes) -> None:
        try:
            self.ingest.feed(data, asyncio.get_running_loop().time() * 1000)
        except ProtocolError as error:
            self.refused.append(error.code)

    async def speak(self, packets: int, *, live: bool = True) -> None:
        """At the pace of life; without a connection it is only kept."""
        for _ in range(packets):
            if self.connected:
                self.send(self.frame(self.made, live=live))
            self.made += 1
            await asyncio.sleep(PTIME_MS / 1000)

    def read(self) -> None:
        for told in self.device.take_all():
            if isinstance(told, media.Takes):
                self.listing = told
            elif isinstance(told, media.TakeSaved):
                self.through, self.beyond = told.through, told.ranges
            elif isinstance(told, media.TakeClosed):
                self.closed = told
            elif isinstance(told, say.Refused):
                self.refused.append(told.code)

    def state(self) -> media.TakeState:
        assert self.listing is not None
        return next(state for state in self.listing.takes if state.take == self.take)

    def resend(self) -> None:
        """What the server has not got, in runs."""
        state = self.state()
        have = {n for first, last in [(0, state.through), *state.ranges] for n in range(first, last + 1)}
        missing = [n for n in range(self.made) if n not in have]
        for at in range(0, len(missing), 16):
            part = missing[at : at + 16]
            if part[-1] - part[0] == len(part) - 1:
                self.send(self.run(part[0], part[-1]))
            else:
                for n in part:
                    self.send(self.frame(n, live=False))

    def end(self) -> None:
        self.on.interview.listening.archive.note(media.TakeEnded(self.take, self.made))
