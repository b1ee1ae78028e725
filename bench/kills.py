"""Kill what can be killed while candidates answer, and look whether anything that was acknowledged is lost.

    python -m bench.kills [--quick] [--json FILE] [--server N] [--client N] [--cut N]

Three ways to die, each with a real server process and real virtual candidates over both transports:

* ``server``  kill -9 of the server at a random moment of an answer, and a new process on the same data
* ``client``  kill -9 of the candidate's process, and a new one that finds its takes in a folder
* ``cut``     thirty seconds without a network

Every packet that a microphone gave was written down before it was sent. Afterwards every recording is read back and
compared with that, packet by packet and time by time. Resume is from the server's death (the start of the new one is in
it), from the moment at which a new candidate's process is ready to join, or from the mending of the network, to the
welcome of the next connection.
"""

import argparse
import asyncio
import io
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av

from bench import machine
from loadtest.alone import read_made
from loadtest.candidate import Reply, Script, Spoken, Typed, VirtualCandidate
from loadtest.kept_takes import KeptTakes
from loadtest.road import Road
from loadtest.screen import Screen
from loadtest.server_process import ServerProcess, free_port
from loadtest.watcher import HrClient
from realtime.protocol import messages as say

PACKET_SAMPLES = 960
"""Of 60 ms at 16 kHz."""
RESUME_TARGET_S = 10.0
CUT_S = 30.0
AT_ONCE = {"server": 6, "client": 3, "cut": 6}
TYPED = Typed("我会先听客户说完，再说明风险。")
SPOKEN: tuple[Reply, ...] = (Spoken("zh-returns"), Spoken("zh-complaint"), Spoken("zh-challenge"), TYPED)
PATIENCE_S = 240.0

Made = dict[int, dict[int, tuple[int, bytes]]]
"""Take -> number -> (milliseconds, packet)."""


@dataclass(slots=True)
class Found:
    """Of one way to die. ``lost``: packets that were acknowledged and are in no recording."""

    deaths: int = 0
    interviews: int = 0
    unfinished: int = 0
    recordings: int = 0
    identical: int = 0
    packets: int = 0
    lost: int = 0
    resume_s: list[float] = field(default_factory=list)
    starts_s: list[float] = field(default_factory=list)
    """Of new servers, until they are ready."""
    problems: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.resume_s)
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan

    @property
    def start_s(self) -> float | None:
        return round(statistics.median(self.starts_s), 2) if self.starts_s else None


@dataclass(slots=True)
class Sitting:
    """One interview, and what its candidate has seen and made."""

    link: str
    interview_id: str
    transport: str
    made: Made = field(default_factory=dict)
    saved: dict[int, int] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)
    phase: str = ""
    welcomes: list[float] = field(default_factory=list)
    finished: bool = False
    ready_at: float = 0.0

    @property
    def speaking(self) -> bool:
        return self.phase == "answering" and bool(self.questions)

    def heard(self, envelope: say.Envelope) -> None:
        message = envelope.message
        if isinstance(message, say.Welcome):
            self.welcomes.append(time.monotonic())
            self._note(message.state)
        elif isinstance(message, say.PhaseChanged):
            self._note(message)

    def _note(self, state: say.PhaseChanged) -> None:
        self.phase = state.phase.value
        if state.take and state.question is not None:
            self.questions[state.question.id] = state.take


class House:
    """The server under test, and HR who invites."""

    def __init__(self, folder: Path) -> None:
        self.server = ServerProcess(folder / "data", free_port())
        self.hr: HrClient

    async def __aenter__(self) -> "House":
        await self.server.start(Screen(quiet=True))
        self.hr = HrClient(self.server.url)
        await self.hr.sign_in("admin", self.server.admin_password)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hr.close()
        await self.server.stop()

    async def invite(self, number: int) -> Sitting:
        applicant = await self.hr.post("/api/v1/applicants", {"name": f"Bench {number}"})
        wanted = {"applicant_id": applicant["id"], "position_id": "client_manager", "language": "zh"}
        invited = await self.hr.post("/api/v1/invitations", wanted)
        transport = "webrtc" if number % 2 else "websocket"
        return Sitting(str(invited["candidate_link"]), str(invited["interview_id"]), transport)

    async def judge(self, sitting: Sitting, found: Found) -> None:
        """Reads every recording back."""
        found.interviews += 1
        found.unfinished += not sitting.finished
        listed = (await self.hr.get(f"/api/v1/interviews/{sitting.interview_id}/recordings")).json()
        recordings = {item["question_id"]: item["url"].removeprefix(self.hr.base_url) for item in listed}
        for question_id, take in sitting.questions.items():
            made = sitting.made.get(take, {})
            if not made:
                continue
            kept: list[tuple[int, bytes]] = []
            if question_id in recordings:
                kept = sound_of((await self.hr.get(recordings[question_id], accept="*/*")).content)
            found.recordings += 1
            found.packets += len(made)
            same = kept == [made[n] for n in sorted(made)]
            found.identical += same
            if not same:
                there = set(kept)
                saved = [n for n in made if n <= sitting.saved.get(take, -1)]
                found.lost += sum(made[n] not in there for n in saved)
                told = f"{sitting.interview_id} {question_id} {sitting.transport}"
                found.problems.append(f"{told}: {len(made)} made, {len(kept)} recorded")


def sound_of(recording: bytes) -> list[tuple[int, bytes]]:
    """(milliseconds, packet); the reader takes the encoder's look-ahead of 6.5 ms off every time."""
    with av.open(io.BytesIO(recording)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        return [(round(float((p.pts or 0) * p.time_base) * 1000) + 7, bytes(p)) for p in packets]


# --------------------------------------------------------------------------- candidates in this process
async def attend(sitting: Sitting, replies: tuple[Reply, ...]) -> None:
    kept = KeptTakes()
    kept.made = lambda take, packet: sitting.made.setdefault(take, {}).update(
        {packet.n: (packet.start_ms, packet.payload)}
    )
    candidate = VirtualCandidate(
        sitting.link,
        Script(None, replies),
        transport=sitting.transport,
        heard=sitting.heard,
        patience_s=PATIENCE_S,
        kept=kept,
    )
    try:
        outcome = await candidate.run()
    finally:
        sitting.saved = {number: take.through for number, take in kept.takes.items()}
    sitting.finished = outcome.finished is not None


async def server_dies(house: House, deaths: int, chance: random.Random, found: Found) -> None:
    number = 0
    while found.deaths < deaths:
        sittings = [await house.invite(number + i) for i in range(AT_ONCE["server"])]
        number += len(sittings)
        running = [asyncio.create_task(attend(sitting, SPOKEN)) for sitting in sittings]
        while not all(task.done() for task in running) and found.deaths < deaths:
            await asyncio.sleep(chance.uniform(1.0, 6.0))
            hit = [s for s, task in zip(sittings, running, strict=True) if s.speaking and not task.done()]
            if not hit:
                continue
            before = [len(sitting.welcomes) for sitting in hit]
            killed_at = time.monotonic()
            await house.server.kill()
            await house.server.start(Screen(quiet=True))
            found.starts_s.append(time.monotonic() - killed_at)
            found.deaths += 1
            for sitting, welcomes in zip(hit, before, strict=True):
                await until(lambda s=sitting, w=welcomes: len(s.welcomes) > w)  # type: ignore[misc]
                found.resume_s.append(sitting.welcomes[welcomes] - killed_at)
        await finish(house, sittings, running, found)


async def network_dies(house: House, deaths: int, chance: random.Random, found: Found) -> None:
    port = int(house.server.url.rsplit(":", 1)[1])
    number = 0
    while found.deaths < deaths:
        sittings = [await house.invite(number + i) for i in range(min(AT_ONCE["cut"], deaths - found.deaths))]
        number += len(sittings)
        works = [cut_once(house, sitting, port, chance.uniform(1.0, 15.0), found) for sitting in sittings]
        await asyncio.gather(*works)


async def cut_once(house: House, sitting: Sitting, port: int, after_s: float, found: Found) -> None:
    """Over WebRTC the UDP goes round the road: such a candidate keeps its live sound, and loses all else."""
    async with Road(port) as road:
        sitting.link = sitting.link.replace(house.server.url, f"http://127.0.0.1:{road.port}")
        running = asyncio.create_task(attend(sitting, (SPOKEN[0], TYPED, TYPED, TYPED)))
        await until(lambda: sitting.speaking or running.done())
        await asyncio.sleep(after_s)
        welcomes = len(sitting.welcomes)
        road.cut()
        await asyncio.sleep(CUT_S)
        road.mend()
        mended_at = time.monotonic()
        await until(lambda: len(sitting.welcomes) > welcomes or running.done())
        found.deaths += 1
        if len(sitting.welcomes) > welcomes:
            found.resume_s.append(sitting.welcomes[welcomes] - mended_at)
        await finish(house, [sitting], [running], found)


async def finish(house: House, sittings: list[Sitting], running: "list[asyncio.Task[None]]", found: Found) -> None:
    for sitting, result in zip(sittings, await asyncio.gather(*running, return_exceptions=True), strict=True):
        if isinstance(result, BaseException):
            found.problems.append(f"{sitting.interview_id}: {type(result).__name__} {result}")
        await house.judge(sitting, found)


# --------------------------------------------------------------------------- candidates as processes of their own
async def client_dies(house: House, deaths: int, chance: random.Random, found: Found) -> None:
    number = 0
    while found.deaths < deaths:
        count = min(AT_ONCE["client"], deaths - found.deaths)
        sittings = [await house.invite(number + i) for i in range(count)]
        number += count
        seeds = [chance.random() for _ in sittings]
        with tempfile.TemporaryDirectory(prefix="viva-kills-") as folder:
            works = zip(sittings, seeds, strict=True)
            await asyncio.gather(
                *(die_often(house, s, Path(folder) / s.interview_id, seed, deaths, found) for s, seed in works)
            )


async def die_often(house: House, sitting: Sitting, folder: Path, seed: float, deaths: int, found: Found) -> None:
    """Killed again and again until its answer is over; each time the next one finds what it left."""
    chance = random.Random(seed)
    folder.mkdir()
    while True:
        welcomes, sitting.ready_at = len(sitting.welcomes), 0.0
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "loadtest.alone",
            sitting.link,
            str(folder),
            "--transport",
            sitting.transport,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        reading = asyncio.create_task(read(process, sitting))
        await until(lambda s=sitting, r=reading: s.speaking or r.done())  # type: ignore[misc]
        if welcomes and len(sitting.welcomes) > welcomes:
            found.resume_s.append(sitting.welcomes[welcomes] - sitting.ready_at)
        await asyncio.wait({reading}, timeout=chance.uniform(2.0, 8.0))
        if not sitting.speaking or found.deaths >= deaths:
            await reading
            await process.wait()
            break
        process.kill()
        await process.wait()
        await reading
        found.deaths += 1
        sitting.phase = ""
    for take, n, start_ms, payload in read_made(folder / "made"):
        sitting.made.setdefault(take, {})[n] = (start_ms, payload)
    await house.judge(sitting, found)


async def read(process: asyncio.subprocess.Process, sitting: Sitting) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        seen = json.loads(line)
        if "ready" in seen:
            sitting.ready_at = time.monotonic()
        if "welcome" in seen:
            sitting.welcomes.append(time.monotonic())
        phase = seen.get("welcome", seen.get("phase", sitting.phase))
        if seen.get("take"):
            sitting.questions.setdefault("q1", seen["take"])
        sitting.phase = phase
        if "finished" in seen:
            sitting.finished = seen["finished"]
            sitting.saved = {take: saved - 1 for take, saved in enumerate(seen["saved"], start=1)}


async def until(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not happen")
        await asyncio.sleep(0.05)


# --------------------------------------------------------------------------- figures
WAYS: dict[str, Callable[[House, int, random.Random, Found], Awaitable[None]]] = {
    "server": server_dies,
    "client": client_dies,
    "cut": network_dies,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="three deaths of each kind")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of death (default: %(default)s)")
    for way in WAYS:
        parser.add_argument(f"--{way}", type=int, help=f"deaths of this kind: {way}")
    options = parser.parse_args()
    os.environ |= {"VIVA_SPEECH_MODEL": "none", "VIVA_FACE_MODEL": "none", "VIVA_MEDIA_ADDRESSES": "127.0.0.1"}
    figures: dict[str, Any] = {
        "bench": "kills",
        "machine": machine.describe(),
        "quick": options.quick,
        "seed": options.seed,
    }
    targets: list[dict[str, Any]] = []
    for way, work in WAYS.items():
        asked = getattr(options, way)
        deaths = asked if asked is not None else 3 if options.quick else 100
        if not deaths:
            continue
        found = asyncio.run(_measure(work, deaths, options.seed))
        figures[way] = _figures(found)
        targets += _targets(way, found)
        _show(way, found)
    figures["targets"] = targets
    for target in targets:
        print(f"  {'met' if target['met'] else 'MISSED':7}{target['name']}: {target['value']} ({target['target']})")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


async def _measure(
    work: Callable[[House, int, random.Random, Found], Awaitable[None]], deaths: int, seed: int
) -> Found:
    found = Found()
    with tempfile.TemporaryDirectory(prefix="viva-kills-") as folder:
        async with House(Path(folder)) as house:
            await work(house, deaths, random.Random(seed), found)
    return found


def _figures(found: Found) -> dict[str, Any]:
    return {
        "deaths": found.deaths,
        "interviews": found.interviews,
        "unfinished": found.unfinished,
        "recordings": found.recordings,
        "identical": found.identical,
        "samples": found.packets * PACKET_SAMPLES,
        "acknowledged_samples_lost": found.lost * PACKET_SAMPLES,
        "resume_median_s": round(found.percentile(0.5), 2),
        "resume_p95_s": round(found.percentile(0.95), 2),
        "server_start_median_s": found.start_s,
        "problems": found.problems,
    }


def _targets(way: str, found: Found) -> list[dict[str, Any]]:
    p95_s = found.percentile(0.95)
    rows = [
        ("acknowledged samples lost", found.lost * PACKET_SAMPLES, "0", found.lost == 0),
        ("recordings not bit-identical", found.recordings - found.identical, "0", found.identical == found.recordings),
        ("interviews not finished", found.unfinished, "0", found.unfinished == 0),
        ("resume p95, s", round(p95_s, 2), f"<= {RESUME_TARGET_S:g}", p95_s <= RESUME_TARGET_S),
    ]
    return [{"name": f"{way}: {name}", "value": v, "target": target, "met": met} for name, v, target, met in rows]


def _show(way: str, found: Found) -> None:
    facts = _figures(found)
    print(f"{way}: {facts['deaths']} deaths in {facts['interviews']} interviews")
    print(f"  recordings {facts['recordings']}, bit-identical {facts['identical']}, samples {facts['samples']}")
    print(f"  resume median {facts['resume_median_s']} s, p95 {facts['resume_p95_s']} s")
    if found.starts_s:
        print(f"  of which the new server's start, median {found.start_s} s")
    for problem in facts["problems"]:
        print(f"  ! {problem}")


if __name__ == "__main__":
    main()
