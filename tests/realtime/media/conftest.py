"""A sink that keeps what it is told, and real WebRTC peers (aiortc) on loopback."""

import asyncio
import fractions
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from realtime.media.ingest import AudioChunk, EncodedFrame, VideoPicture
from realtime.media.settings import MediaSettings
from realtime.media.webrtc import WebRtcDoor

SPEED = 4
"""Peers send this much faster than life; media time must not notice."""


@dataclass
class Sink:
    changes: list[tuple[str, bool]] = field(default_factory=list)
    chunks: list[AudioChunk] = field(default_factory=list)
    gaps: list[tuple[float, float, str]] = field(default_factory=list)
    frames: list[EncodedFrame] = field(default_factory=list)
    pictures: list[VideoPicture] = field(default_factory=list)
    takes: list[tuple[int, float, float]] = field(default_factory=list)

    def follow(self, take: int, zero_ms: float, from_ms: float) -> None:
        self.takes.append((take, zero_ms, from_ms))

    def media_changed(self, transport: str, connected: bool) -> None:
        self.changes.append((transport, connected))

    def audio(self, chunk: AudioChunk) -> None:
        self.chunks.append(chunk)

    def audio_gap(self, start_ms: float, end_ms: float, cause: str) -> None:
        self.gaps.append((start_ms, end_ms, cause))

    def encoded(self, frame: EncodedFrame) -> None:
        self.frames.append(frame)

    def picture(self, picture: VideoPicture) -> None:
        self.pictures.append(picture)

    def of(self, codec: str) -> list[EncodedFrame]:
        return [f for f in self.frames if f.codec == codec]

    def timeline(self, until_ms: float) -> np.ndarray:
        """What was heard, each sample at its media time."""
        pcm = np.zeros(int(until_ms * 16), np.float32)
        for chunk in self.chunks:
            at = round(chunk.start_ms * 16)
            part = chunk.pcm[: max(0, len(pcm) - at)]
            pcm[at : at + len(part)] = part
        return pcm


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture(scope="session")
def voice() -> np.ndarray:
    """20 s of something speech-like, 48 kHz: harmonics of a wandering pitch under syllables. Nothing in it repeats,
    so a correlation is high at one place only."""
    rng = np.random.default_rng(7)
    t = np.arange(20 * 48_000) / 48_000
    wander = np.interp(t, np.arange(0, 21, 0.25), 120 + 60 * rng.random(84))
    phase = 2 * np.pi * np.cumsum(wander) / 48_000
    tone = sum(np.sin(k * phase) / k for k in range(1, 12))
    syllables = np.interp(t, np.arange(0, 21, 0.12), rng.random(175) ** 2)
    return (0.25 * tone * syllables).astype(np.float32)


class VoiceTrack(MediaStreamTrack):
    kind = "audio"

    def __init__(self, voice: np.ndarray) -> None:
        super().__init__()
        self._voice, self._at = voice, 0
        self._started: float | None = None

    async def recv(self) -> av.AudioFrame:
        loop = asyncio.get_running_loop()
        self._started = self._started if self._started is not None else loop.time()
        await asyncio.sleep(max(0, self._started + self._at / 48_000 / SPEED - loop.time()))
        part = self._voice[self._at : self._at + 960]
        samples = np.zeros(960, np.int16)
        samples[: len(part)] = (part * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self._at, fractions.Fraction(1, 48_000)
        self._at += 960
        return frame


class PictureTrack(MediaStreamTrack):
    """A bright square that moves over grey: its place tells the frame's number."""

    kind = "video"

    def __init__(self, per_second: int = 10) -> None:
        super().__init__()
        self._per_second, self._index = per_second, 0
        self._started: float | None = None

    async def recv(self) -> av.VideoFrame:
        loop = asyncio.get_running_loop()
        self._started = self._started if self._started is not None else loop.time()
        await asyncio.sleep(max(0, self._started + self._index / self._per_second / SPEED - loop.time()))
        picture = np.full((240, 320, 3), 90, np.uint8)
        x = 16 * (self._index % 18)
        picture[100:140, x : x + 32] = (240, 40, 40)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = self._index * 90_000 // self._per_second, fractions.Fraction(1, 90_000)
        self._index += 1
        return frame


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice, in the peers, skips 127.0.0.1."""
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


@pytest.fixture
async def door() -> AsyncIterator[WebRtcDoor]:
    door = WebRtcDoor(MediaSettings(addresses=("127.0.0.1",)))
    yield door
    await door.close_all()


@pytest.fixture
async def peers() -> AsyncIterator[Callable[..., RTCPeerConnection]]:
    """``peers(track, ...)`` publishes; ``peers(receive=("audio", "video"))`` watches."""
    made: list[RTCPeerConnection] = []

    def make(*tracks: MediaStreamTrack, receive: tuple[str, ...] = ()) -> RTCPeerConnection:
        peer = RTCPeerConnection()
        for track in tracks:
            peer.addTransceiver(track, direction="sendonly")
        for kind in receive:
            peer.addTransceiver(kind, direction="recvonly")
        made.append(peer)
        return peer

    yield make
    await asyncio.gather(*(peer.close() for peer in made))


async def _offer_of(peer: RTCPeerConnection) -> str:
    await peer.setLocalDescription(await peer.createOffer())
    return peer.localDescription.sdp


@pytest.fixture
def offer_of() -> Callable[[RTCPeerConnection], object]:
    return _offer_of


@pytest.fixture
def publish(door: WebRtcDoor):
    async def go(peer: RTCPeerConnection, sink: Sink, interview_id: str = "i1"):
        connection = await door.offer(interview_id, await _offer_of(peer), sink)
        await peer.setRemoteDescription(RTCSessionDescription(connection.answer_sdp, "answer"))
        return connection

    return go


@pytest.fixture
def follow(door: WebRtcDoor):
    async def go(peer: RTCPeerConnection, interview_id: str = "i1"):
        connection = await door.watch(interview_id, await _offer_of(peer))
        await peer.setRemoteDescription(RTCSessionDescription(connection.answer_sdp, "answer"))
        return connection

    return go


@pytest.fixture
def until():
    async def wait(condition: Callable[[], bool], within_s: float = 20) -> None:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110  conditions are of many kinds
                await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def resemblance(voice: np.ndarray):
    """Correlation of what was heard with what was said, at the best lag of at most 20 ms, and that lag in ms."""

    def compare(heard: np.ndarray, from_ms: int, to_ms: int) -> tuple[float, float]:
        said = voice.reshape(-1, 3).mean(axis=1)
        best = (-1.0, 0.0)
        for lag in range(-320, 321, 4):
            a = said[from_ms * 16 : to_ms * 16]
            b = heard[from_ms * 16 + lag : to_ms * 16 + lag]
            best = max(best, (float(np.corrcoef(a, b)[0, 1]), lag / 16))
        return best

    return compare


@pytest.fixture
def microphone(voice: np.ndarray) -> Callable[[], MediaStreamTrack]:
    return lambda: VoiceTrack(voice)


@pytest.fixture
def camera() -> Callable[[], MediaStreamTrack]:
    return lambda: PictureTrack()
