"""The media WebSocket of a real server: what it says first, what it acknowledges and when, and a disk that is full."""

import asyncio
import errno
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect

from realtime.media.opus import OpusEncoder
from realtime.protocol import messages as say
from realtime.protocol.frames import FrameKind, MediaFrame, encode_frame, pack_run
from realtime.protocol.text import Phase

ALL_CONSENT = say.ConsentItems(recording=True, speech_to_text=True)
PACKETS = [OpusEncoder().encode((np.sin(np.arange(960) * f / 9) * 0.3).astype(np.float32)) for f in range(1, 12)]


def run(first: int, last: int, take: int = 1) -> bytes:
    payload = pack_run([PACKETS[n % 11] for n in range(first, last + 1)])
    return encode_frame(MediaFrame(FrameKind.RUN, first, first * 60, payload, 60, take=take))


@asynccontextmanager
async def answering(served: Any) -> AsyncIterator[tuple[Any, Any]]:
    """The conversation with the first answer open, and its address for media."""
    invited = await served.invite()
    async with invited.talk() as talk:
        await talk.consent(ALL_CONSENT)
        await talk.phase(Phase.DEVICE_CHECK)
        await talk.say(say.ReportDevices("ok", "ok", "websocket", True))
        await talk.say(say.Proceed(Phase.DEVICE_CHECK))
        await talk.phase(Phase.PRACTICE)
        await talk.say(say.Proceed(Phase.PRACTICE))
        await talk.phase(Phase.GUIDE)
        await talk.say(say.Proceed(Phase.GUIDE))
        reading = await talk.phase(Phase.READING)
        await talk.say(say.StartAnswer(reading.question.id))
        state = await talk.phase(Phase.ANSWERING)
        assert (reading.take, state.take) == (0, 1)
        yield talk, state


@asynccontextmanager
async def device(served: Any, talk: Any) -> AsyncIterator[ClientConnection]:
    async with connect(served.url.replace("http", "ws") + talk.joined["media_url"], proxy=None) as socket:
        await socket.send(json.dumps({"token": talk.joined["session_token"]}))
        yield socket


async def told(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while (message := json.loads(await socket.recv()))["type"] != kind:
            pass
    found: dict[str, Any] = message
    return found


async def test_what_is_durable_is_acknowledged_and_told_to_the_next_connection(served: Any) -> None:
    async with answering(served) as (talk, state):
        async with device(served, talk) as socket:
            (first,) = (await told(socket, "takes"))["takes"]
            assert (first["take"], first["question_id"], first["through"]) == (1, state.question.id, -1)
            await socket.send(run(0, 9))
            assert await told(socket, "take_saved") == {"type": "take_saved", "take": 1, "through": 9, "ranges": []}
            await socket.send(run(12, 14))
            await socket.send('{"type":"ping"}')
            await told(socket, "pong")
        async with device(served, talk) as socket:
            (again,) = (await told(socket, "takes"))["takes"]
            assert again["through"] == 9
            await socket.send(run(8, 12))
            assert (await told(socket, "take_saved"))["through"] == 14
            await socket.send('{"type":"take_ended","take":1,"packets":15}')
            await talk.say(say.FinishAnswer(state.question.id))
            assert await told(socket, "take_closed") == {
                "type": "take_closed",
                "take": 1,
                "complete": True,
                "missing": [],
            }
            await socket.send(run(3, 4))
            assert (await told(socket, "refused"))["code"] == "take_unknown"
            settled = await talk.until(say.AnswerSettled)
            assert settled.recording == "complete"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (run(0, 1, take=9), "take_unknown"),
        (encode_frame(MediaFrame(FrameKind.OPUS, 2, 120, PACKETS[5], 60, take=1)), "take_conflict"),
        (encode_frame(MediaFrame(FrameKind.OPUS, 60_000, 120, PACKETS[5], 60, take=1)), "take_invalid"),
        ('{"type":"take_ended","take":1,"packets":1}', "take_invalid"),
        ('{"type":"take_ended"}', "message_invalid"),
    ],
)
async def test_what_cannot_be_is_refused_by_name_and_the_take_goes_on(served: Any, sent: Any, code: str) -> None:
    async with answering(served) as (talk, _), device(served, talk) as socket:
        await socket.send(run(0, 4))
        await told(socket, "take_saved")
        await socket.send(sent)
        assert (await told(socket, "refused"))["code"] == code
        await socket.send(run(5, 6))
        assert (await told(socket, "take_saved"))["through"] == 6


async def test_a_full_disk_is_told_nothing_is_acknowledged_and_the_interview_goes_on(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with answering(served) as (talk, _), device(served, talk) as socket:
        await socket.send(run(0, 4))
        assert (await told(socket, "take_saved"))["through"] == 4
        true_pwrite = os.pwrite
        monkeypatch.setattr(os, "pwrite", full)
        await socket.send(run(5, 9))
        refused = await told(socket, "refused")
        assert (refused["code"], refused["retry"], refused["fault"]) == ("take_not_saved", True, "server")
        assert refused["retry_after_s"] > 0
        assert await talk.alive()
        async with device(served, talk) as other:
            assert (await told(other, "takes"))["takes"][0]["through"] == 4
        monkeypatch.setattr(os, "pwrite", true_pwrite)
        await socket.send(run(5, 10))
        assert (await told(socket, "take_saved"))["through"] >= 9
