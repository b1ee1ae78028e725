"""Sessions that speak in real time over WebSocket, and what each was shown when."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.speech.judge import Shown
from bench.speech.material import Part
from bench.speech.pilot import RATE

CHUNK_MS = 100
READY_WITHIN_S = 120.0
QUIET_S, DRAIN_S = 2.5, 8.0
"""After its last sound a session is over when its server closes, or has been quiet so long; at the latest then."""

Message = dict[str, Any]


class Transcript:
    """What a server's messages add up to."""

    def take(self, message: Message) -> tuple[str, str] | None:
        """(committed, not yet) of the whole session; None: the message is about something else."""
        raise NotImplementedError


class PlainTranscript(Transcript):
    def take(self, message: Message) -> tuple[str, str] | None:
        return (message["committed"], message["partial"]) if "committed" in message else None


class VivaTranscript(Transcript):
    def __init__(self) -> None:
        self._utterances = dict[str, tuple[str, str]]()

    def take(self, message: Message) -> tuple[str, str] | None:
        caption = message["message"]
        self._utterances[caption["utterance_id"]] = (caption["committed"], caption["partial"])
        ordered = [self._utterances[name] for name in sorted(self._utterances, key=_number)]
        committed = " ".join(text for text, _ in ordered[:-1])
        return f"{committed} {ordered[-1][0]}", " ".join(partial for _, partial in ordered if partial)


class WhisperLiveTranscript(Transcript):
    def take(self, message: Message) -> tuple[str, str] | None:
        if "segments" not in message:
            return None
        done = [segment["text"] for segment in message["segments"] if segment["completed"]]
        return " ".join(done), " ".join(s["text"] for s in message["segments"] if not s["completed"])


class WhisperLiveKitTranscript(Transcript):
    def take(self, message: Message) -> tuple[str, str] | None:
        if "lines" not in message:
            return None
        return " ".join(line["text"] or "" for line in message["lines"]), message["buffer_transcription"]


def _number(utterance: str) -> int:
    return int(utterance.rsplit(".", 1)[1])


@dataclass(frozen=True, slots=True)
class Wire:
    """How one server is spoken to. ``hello``: the first message; ``ready``: what it says before it listens;
    ``end``: after the last sound; None: the connection is closed."""

    path: str
    transcript: Callable[[], Transcript]
    hello: Callable[[str], str] | None = None
    ready: Callable[[Message], bool] | None = None
    end: str | bytes | None = None


def _whisperlive_hello(language: str) -> str:
    """As its own client asks. All segments are asked for, to see the whole text: ten would save it some bytes."""
    return json.dumps(
        {
            "uid": f"client-{time.monotonic_ns()}",
            "language": language,
            "task": "transcribe",
            "model": "given",
            "use_vad": True,
            "send_last_n_segments": 1000,
        }
    )


_VIVA = Wire("/listen", VivaTranscript, end="end")
_WHISPERLIVE = Wire(
    "/", WhisperLiveTranscript, hello=_whisperlive_hello, ready=lambda m: m.get("message") == "SERVER_READY"
)
_PLAIN = Wire("/?language={language}", PlainTranscript, ready=lambda m: "ready" in m, end="end")
WIRES = {
    "viva": _VIVA,
    "viva_agreement": _VIVA,
    "whisperlive": _WHISPERLIVE,
    "whisperlive_batched": _WHISPERLIVE,
    "whisperlivekit": Wire(
        "/asr?language={language}", WhisperLiveKitTranscript, ready=lambda m: m.get("type") == "config", end=b""
    ),
    "whisper_streaming": _PLAIN,
    "realtimestt": _PLAIN,
}


@dataclass(slots=True)
class Session:
    """``failed``: the server refused it or broke off, with what it said."""

    part: Part
    shown: list[Shown] = field(default_factory=list)
    messages: int = 0
    late_s: float = 0.0
    failed: str = ""


class Start:
    """Where sessions wait for each other: ``everybody`` is set when the last one is connected, or refused."""

    def __init__(self, sessions: int) -> None:
        self.everybody = asyncio.Event()
        self._missing = sessions
        self._go = asyncio.Event()

    def arrived(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self.everybody.set()

    async def wait(self) -> None:
        self.arrived()
        await self._go.wait()

    def go(self) -> None:
        self._go.set()


async def speak(wire: Wire, port: int, part: Part, start: Start, after_s: float) -> Session:
    """Connects, waits for the common beginning and ``after_s`` more, and says its part."""
    session, began = Session(part), 0.0
    url = f"ws://127.0.0.1:{port}{wire.path.format(language=part.language)}"
    try:
        async with connect(url, max_size=None, ping_interval=None, open_timeout=READY_WITHIN_S) as connection:
            if wire.hello:
                await connection.send(wire.hello(part.language))
            if wire.ready:
                async with asyncio.timeout(READY_WITHIN_S):
                    while not wire.ready(json.loads(await connection.recv())):
                        pass
            await start.wait()
            await asyncio.sleep(after_s)
            began = time.monotonic()
            reading = asyncio.create_task(_read(connection, wire.transcript(), session, began), name="captions")
            await _say(connection, part, began, session)
            if wire.end is not None:
                await connection.send(wire.end)
            await _drain(reading, session, began)
    except (WebSocketException, OSError, TimeoutError, KeyError, ValueError) as error:
        session.failed = f"{type(error).__name__}: {error}"[:200]
        if not began:
            start.arrived()
    return session


async def _say(connection: ClientConnection, part: Part, began: float, session: Session) -> None:
    samples = CHUNK_MS * RATE // 1000
    sound = (np.clip(part.pcm, -1, 1) * 32767).astype(np.int16)
    for at in range(0, len(sound), samples):
        due = began + (at + samples) / RATE  # a chunk can be sent once its last sample has been spoken
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        session.late_s = max(session.late_s, time.monotonic() - due)
        await connection.send(sound[at : at + samples].tobytes())


async def _read(connection: ClientConnection, transcript: Transcript, session: Session, began: float) -> None:
    async for raw in connection:
        session.messages += 1
        if (text := transcript.take(json.loads(raw))) is not None:
            session.shown.append(Shown(time.monotonic() - began, *text))


async def _drain(reading: "asyncio.Task[None]", session: Session, began: float) -> None:
    ended = time.monotonic()
    while not reading.done() and time.monotonic() - ended < DRAIN_S:
        last = max(ended, began + session.shown[-1].at_s if session.shown else ended)
        if time.monotonic() - last > QUIET_S:
            break
        await asyncio.wait([reading], timeout=0.1)
    reading.cancel()
    (outcome,) = await asyncio.gather(reading, return_exceptions=True)
    if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketException):
        raise outcome
