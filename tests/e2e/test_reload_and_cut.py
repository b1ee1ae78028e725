"""One answer in a real browser: the page is loaded anew in its middle, then the line to the server is cut for seconds.
Every packet that the page ever made is in the recording, bit for bit, and nothing is missing but the reload itself."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import av
import httpx
import pytest
from playwright.async_api import Page, WebSocket, expect

from loadtest.server_process import ServerProcess
from loadtest.watcher import HrClient
from realtime.protocol.frames import FrameKind, decode_frame, unpack_run
from tests.e2e.steps import at, enter

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PATIENCE_MS = 45_000
CUT_S = 5.0

Browsers = Any
"""``conftest.Browsers``: a test module cannot import its conftest under importlib mode."""


class Line:
    """A cable between browser and server that can be pulled: everything on it ends, and nothing new gets through."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cut = False
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def lay(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._ends |= {writer, far_writer}
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        self._ends -= {writer, far_writer}

    @staticmethod
    async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(64 * 1024):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    def cut(self) -> None:
        self._cut = True
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        self._cut = False

    async def close(self) -> None:
        assert self._server is not None
        self.cut()
        self._server.close()
        await self._server.wait_closed()


@pytest.fixture
async def line(server: ServerProcess) -> AsyncIterator[Line]:
    port = urlsplit(server.url).port
    assert port
    line = Line(port)
    await line.lay()
    yield line
    await line.close()


class Sent:
    """All sound of takes that the page has ever put on a media WebSocket, whether it arrived or not."""

    def __init__(self) -> None:
        self.takes: dict[int, dict[int, bytes]] = {}
        self.ended: dict[int, int] = {}

    def follow(self, socket: WebSocket) -> None:
        if "/media" in socket.url:
            socket.on("framesent", self._take)

    def _take(self, data: str | bytes) -> None:
        if isinstance(data, str):
            said = json.loads(data)
            if said.get("type") == "take_ended":
                assert self.ended.setdefault(said["take"], said["packets"]) == said["packets"]
            return
        frame = decode_frame(data)
        if not frame.take:
            return
        parts = unpack_run(frame.payload) if frame.kind is FrameKind.RUN else [frame.payload]
        packets = self.takes.setdefault(frame.take, {})
        for n, part in enumerate(parts, frame.n):
            assert packets.setdefault(n, part) == part, f"packet {n} was two different ones"


async def test_a_reload_and_a_cut_lose_no_packet(
    browsers: Browsers, server: ServerProcess, hr: HrClient, line: Line
) -> None:
    invited = await invite(hr)
    link = str(invited["candidate_link"]).replace(server.url, f"http://127.0.0.1:{line.port}")
    context = await browsers.candidate.new_context(locale="zh-CN", permissions=["microphone", "camera"])
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    sent = Sent()
    page.on("websocket", sent.follow)
    page.on("dialog", lambda dialog: dialog.accept())
    await to_first_answer(page, link)

    await page.wait_for_timeout(3_000)
    await page.reload()
    await expect(at(page, "keeping")).to_have_attribute("data-state", "saved")
    await page.wait_for_timeout(2_000)
    line.cut()
    await page.wait_for_timeout(CUT_S * 1000)
    await expect(at(page, "keeping")).to_have_attribute("data-state", "behind")
    line.mend()
    await expect(at(page, "keeping")).to_have_attribute("data-state", "saved")
    await at(page, "finish-answer").click()
    for _ in range(3):
        await at(page, "start-now").click()
        await at(page, "finish-answer").click()
    await expect(at(page, "finish-page")).to_be_visible()
    await expect(at(page, "missing")).to_have_count(0)
    await context.close()

    await check(hr, str(invited["interview_id"]), sent)


async def invite(hr: HrClient) -> dict[str, object]:
    applicant = await hr.post("/api/v1/applicants", {"name": "王芳", "email": "wf@example.com"})
    wanted = {"applicant_id": applicant["id"], "position_id": "client_manager", "language": "zh"}
    return await hr.post("/api/v1/invitations", wanted)


async def to_first_answer(page: Page, link: str) -> None:
    await enter(page, link, ("recording", "speech_to_text"))
    await at(page, "start-now").click()
    await expect(at(page, "keeping")).to_have_attribute("data-state", "saved")
    await expect(at(page, "connection")).to_have_attribute("data-media", "webrtc")


async def check(hr: HrClient, interview_id: str, sent: Sent) -> None:
    packets = sent.takes[1]
    numbers = sorted(packets)
    assert numbers == list(range(len(numbers)))
    assert sent.ended[1] == len(numbers)
    assert len(numbers) * 0.06 > 8, "less sound than the answer was long"

    log = [json.loads(text) for text in (await hr.get(f"/api/v1/interviews/{interview_id}/evidence")).text.splitlines()]
    # A short answer may stand before a long one.
    saved = sorted((body for body in map(body_of, log) if body.get("kind") == "answer_saved"), key=take_of)
    assert [(take_of(body), body["source"], body["complete"]) for body in saved] == [
        (take, "take", True) for take in (1, 2, 3, 4)
    ]
    assert [body["packets"] for body in saved] == [sent.ended[take] for take in (1, 2, 3, 4)]

    recordings = (await hr.get(f"/api/v1/interviews/{interview_id}/recordings")).json()
    (url,) = [item["url"] for item in recordings if item["question_id"] == saved[0]["question_id"]]
    async with httpx.AsyncClient(trust_env=False) as client:
        body = (await client.get(url)).content
    with av.open(io.BytesIO(body)) as file:
        kept = [bytes(packet) for packet in file.demux(file.streams.audio[0]) if packet.size]
    assert kept == [packets[n] for n in numbers]

    # The page was away while it was loaded anew, and says so. The cut is no gap.
    missing = saved[0]["missing"]
    assert {gap["cause"] for gap in missing} == {"capture_paused"}
    assert sum(gap["end_ms"] - gap["start_ms"] for gap in missing) < 3_000
    assert [body["missing"] for body in saved[1:]] == [[], [], []]


def body_of(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = entry.get("body", entry)
    return found


def take_of(body: dict[str, Any]) -> int:
    return int(body["take"])
