"""Real processes, really killed: what a candidate's device made is what the recording holds, packet by packet.

The candidate is a process of its own that writes down every packet its microphone gave before it sends it. Only the
first answer is spoken.
"""

import asyncio
import io
import itertools
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import pytest

from loadtest.alone import read_made
from loadtest.road import Road
from loadtest.screen import Screen
from loadtest.server_process import ServerProcess
from loadtest.watcher import HrClient

PATIENCE_S = 150
WHAT_IT_SAYS = ("--answer", "zh-introduction", "--packets", "90")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ServerProcess]:
    """At a port that it keeps over a restart."""
    for variable in [name for name in os.environ if name.startswith("VIVA_") and name != "VIVA_TEST_DATA"]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("VIVA_SPEECH_MODEL", "fixture")
    monkeypatch.setenv("VIVA_FACE_MODEL", "none")
    monkeypatch.setenv("VIVA_MEDIA_ADDRESSES", "127.0.0.1")
    process = ServerProcess(tmp_path / "data", free_port())
    await process.start(Screen())
    yield process
    await process.stop()


@pytest.fixture
async def hr(server: ServerProcess) -> AsyncIterator[HrClient]:
    client = HrClient(server.url)
    await client.sign_in("admin", server.admin_password)
    yield client
    await client.close()


@dataclass
class Candidate:
    link: str
    folder: Path
    transport: str = "websocket"
    seen: list[dict[str, Any]] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    reading: asyncio.Task[None] | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "loadtest.alone", self.link, str(self.folder)]
        self.process = await asyncio.create_subprocess_exec(
            *command, "--transport", self.transport, *WHAT_IT_SAYS, stdout=asyncio.subprocess.PIPE
        )
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.seen.append(json.loads(line))
            self.news.set()

    async def kill(self) -> None:
        assert self.process is not None
        assert self.reading is not None
        self.process.kill()
        await self.process.wait()
        await self.reading

    async def until(self, **facts: Any) -> None:
        while not any(facts.items() <= seen.items() for seen in self.seen):
            self.news.clear()
            await self.news.wait()

    async def ends(self) -> dict[str, Any]:
        assert self.process is not None
        assert self.reading is not None
        await self.reading
        assert await self.process.wait() == 0
        return self.seen[-1]

    @property
    def made(self) -> list[tuple[int, bytes]]:
        """(milliseconds, packet) of the first take, in order."""
        packets = {
            n: (start_ms, payload) for take, n, start_ms, payload in read_made(self.folder / "made") if take == 1
        }
        return [packets[n] for n in sorted(packets)]


async def invited(hr: HrClient, tmp_path: Path, **how: Any) -> tuple[Candidate, str]:
    applicant = await hr.post("/api/v1/applicants", {"name": "王芳"})
    wanted = {"applicant_id": applicant["id"], "position_id": "client_manager", "language": "zh"}
    invitation = await hr.post("/api/v1/invitations", wanted)
    candidate = Candidate(str(invitation["candidate_link"]), tmp_path / "candidate", **how)
    return candidate, str(invitation["interview_id"])


async def recorded(hr: HrClient, interview_id: str) -> list[tuple[int, bytes]]:
    (found,) = (await hr.get(f"/api/v1/interviews/{interview_id}/recordings")).json()
    data = (await hr.get(found["url"].removeprefix(hr.base_url), accept="*/*")).content
    with av.open(io.BytesIO(data)) as recording:  # the reader takes the encoder's look-ahead of 6.5 ms off every time
        packets = [packet for packet in recording.demux(audio=0) if packet.size]
        return [(round(float(p.pts * p.time_base) * 1000) + 7, bytes(p)) for p in packets]  # type: ignore[operator]


async def test_a_server_that_is_killed_loses_nothing_over_either_transport(
    server: ServerProcess, hr: HrClient, tmp_path: Path
) -> None:
    async with asyncio.timeout(PATIENCE_S):
        both = [await invited(hr, tmp_path / way, transport=way) for way in ("websocket", "webrtc")]
        await asyncio.gather(*(candidate.start() for candidate, _ in both))
        await asyncio.gather(*(candidate.until(phase="answering", take=1) for candidate, _ in both))
        await asyncio.sleep(2)
        await server.kill()
        await server.start(Screen())
        for candidate, interview_id in both:
            ended = await candidate.ends()
            assert ended["finished"]
            assert len(ended["away_s"]) == 1
            assert await recorded(hr, interview_id) == candidate.made
            assert ended["saved"] == [len(candidate.made)]
            settled = [seen for seen in candidate.seen if seen.get("settled") == "q1"]
            assert [(seen["recording"], seen["transcript"]) for seen in settled] == [("complete", "complete")]


async def test_a_candidate_that_is_killed_and_one_that_is_cut_off_lose_nothing(
    server: ServerProcess, hr: HrClient, tmp_path: Path
) -> None:
    async with asyncio.timeout(PATIENCE_S), Road(int(server.url.rsplit(":", 1)[1])) as road:
        candidate, interview_id = await invited(hr, tmp_path)
        candidate.link = candidate.link.replace(server.url, f"http://127.0.0.1:{road.port}")
        await candidate.start()
        await candidate.until(phase="answering", take=1)
        await asyncio.sleep(1.5)
        await candidate.kill()
        await candidate.start()
        await candidate.until(welcome="answering", take=1)
        await asyncio.sleep(1)
        road.cut()
        await asyncio.sleep(2)
        road.mend()
        ended = await candidate.ends()
        assert ended["finished"]
        made = candidate.made
        assert await recorded(hr, interview_id) == made
        pauses = [later[0] - earlier[0] for earlier, later in itertools.pairwise(made)]
        assert sum(pause != 60 for pause in pauses) == 1, "while it was dead, and not while it was cut off"
