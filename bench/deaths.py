"""What the death of a worker costs: real Redis, real ``viva worker`` processes, killed with ``kill -9`` under load.

    python -m bench.deaths [--quick] [--json FILE]

Sessions ask as live ones do: a partial every 0.8 s, one in flight; a final at the end of each utterance, asked again
until it is answered. A worker that is chosen at random is killed at a moment when it holds requests, every second
time a final among them if one comes soon, and a new one is started. Recovery is the time from the kill until the last
request that it held has been answered.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bench import machine
from loadtest.media import speech
from realtime.inference.bus import InferenceError, Superseded
from realtime.inference.engine import SAMPLE_RATE, Pcm, SpeechRequest
from realtime.inference.redis_bus import RemoteInference
from realtime.inference.streams import FINALS, GROUP, PARTIALS, WORKERS

CREW = 4
JOINED = 3
"""A worker is killed when so many have joined; the others are still starting."""
SESSIONS = 8
CADENCE_S = 0.8
UTTERANCE_S = (3.0, 7.0)
PAUSE_S = (1.0, 3.0)
RETRY_PAUSE_S = 0.5
START_WITHIN_S = 120.0
GIVE_UP_S = 60.0
"""A final that is not answered so long after the end is lost."""
FINAL_WITHIN_S = 10.0
LOOK_S = 0.01


@dataclass
class Tally:
    finals_asked: int = 0
    finals_answered: int = 0
    finals_again: int = 0
    partials_asked: int = 0
    partials_answered: int = 0
    partials_superseded: int = 0
    partials_failed: int = 0
    final_s: list[float] = field(default_factory=list)
    partial_s: list[float] = field(default_factory=list)


@dataclass
class Death:
    held: int
    finals: int
    recovery_s: float


class Session:
    """One candidate who speaks and pauses until told to stop, and then waits for the last words."""

    def __init__(self, name: str, sound: Pcm, inference: RemoteInference, tally: Tally, over: asyncio.Event) -> None:
        self._name, self._sound, self._inference, self._tally, self._over = name, sound, inference, tally, over
        self._rng = random.Random(name)
        self._finals: list[asyncio.Task[None]] = []
        self._revision = 0

    async def run(self) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            await self._speak(f"u{number}", self._rng.uniform(*UTTERANCE_S))
            await asyncio.sleep(self._rng.uniform(*PAUSE_S))
        if self._finals:
            await asyncio.wait(self._finals, timeout=GIVE_UP_S)

    async def _speak(self, utterance: str, seconds: float) -> None:
        began = time.monotonic()
        partial: asyncio.Task[None] | None = None
        while (spoken_s := time.monotonic() - began) < seconds:
            if partial is None or partial.done():
                partial = asyncio.create_task(self._partial(utterance, spoken_s))
            await asyncio.sleep(CADENCE_S)
        self._tally.finals_asked += 1
        self._finals.append(asyncio.create_task(self._final(utterance, seconds)))

    def _request(self, utterance: str, kind: str, seconds: float) -> SpeechRequest:
        self._revision += 1
        sound = self._sound[: max(SAMPLE_RATE // 2, int(seconds * SAMPLE_RATE))]
        return SpeechRequest(
            self._name, utterance, self._revision, "final" if kind == "final" else "partial", sound, "zh"
        )

    async def _partial(self, utterance: str, seconds: float) -> None:
        self._tally.partials_asked += 1
        asked = time.monotonic()
        try:
            await self._inference.transcribe(self._request(utterance, "partial", seconds))
        except Superseded:
            self._tally.partials_superseded += 1
        except InferenceError:
            self._tally.partials_failed += 1
        else:
            self._tally.partials_answered += 1
            self._tally.partial_s.append(time.monotonic() - asked)

    async def _final(self, utterance: str, seconds: float) -> None:
        asked = time.monotonic()
        while True:
            try:
                result = await self._inference.transcribe(self._request(utterance, "final", seconds))
            except InferenceError as error:
                if not error.retry:
                    raise
                self._tally.finals_again += 1
                await asyncio.sleep(RETRY_PAUSE_S)
            else:
                assert result.utterance_id == utterance
                self._tally.finals_answered += 1
                self._tally.final_s.append(time.monotonic() - asked)
                return


class Crew:
    """The worker processes, as a supervisor keeps them."""

    def __init__(self, redis_url: str, redis: Any, folder: Path) -> None:
        self._url, self._redis, self._folder = redis_url, redis, folder
        self.processes: list[asyncio.subprocess.Process] = []

    async def hire(self) -> None:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("VIVA_")},
            "VIVA_REDIS_URL": self._url,
            "VIVA_SPEECH_MODEL": "fixture",
            "VIVA_FACE_MODEL": "none",
            "VIVA_INFERENCE_THREADS": "1",
            "VIVA_DATA_DIR": str(self._folder),
            "VIVA_LOG_LEVEL": "warning",
        }
        with (self._folder / "workers.log").open("ab") as log:
            self.processes.append(
                await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "server", "worker", env=environment, stdout=log, stderr=log
                )
            )

    async def joined(self, least: int) -> None:
        """Until so many of the crew have joined."""
        began = time.monotonic()
        while len(await self._alive()) < least:
            if time.monotonic() - began > START_WITHIN_S:
                raise TimeoutError(
                    "a worker did not join; its log: " + (self._folder / "workers.log").read_text()[-800:]
                )
            await asyncio.sleep(0.05)

    async def _alive(self) -> dict[str, str]:
        """Those who have joined and not been killed: names by process id."""
        pids = {str(process.pid) for process in self.processes}
        return {pid: name for pid, name in (await self._names()).items() if pid in pids}

    async def _names(self) -> dict[str, str]:
        """By the process's id, which is the last but one part of a worker's name."""
        keys = [key async for key in self._redis.scan_iter(match=WORKERS + "*", count=100)]
        return {name.rsplit("-", 2)[1]: name for name in (key.decode().removeprefix(WORKERS) for key in keys)}

    async def kill_one(self, rng: random.Random, *, with_final: bool) -> Death:
        pid, name = rng.choice(sorted((await self._alive()).items()))
        (victim,) = [process for process in self.processes if str(process.pid) == pid]
        held: list[tuple[str, bytes]] = []
        until = time.monotonic() + FINAL_WITHIN_S
        while not held or (with_final and time.monotonic() < until and held[0][0] != FINALS):
            await asyncio.sleep(LOOK_S)
            held = await self._held_by(name)
        victim.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        await victim.wait()
        self.processes.remove(victim)
        held = await self._held_by(name) or held  # it may have taken more between the look and the kill
        await self.hire()
        waiting, answered = list(held), killed
        while waiting:
            waiting = [entry for entry in waiting if await self._redis.xrange(entry[0], entry[1], entry[1])]
            answered = time.monotonic()
            await asyncio.sleep(LOOK_S)
        return Death(len(held), sum(stream == FINALS for stream, _ in held), answered - killed)

    async def _held_by(self, name: str) -> list[tuple[str, bytes]]:
        held = []
        for stream in (FINALS, PARTIALS):
            pending = await self._redis.xpending_range(stream, GROUP, "-", "+", 100, consumername=name)
            held += [(stream, entry["message_id"]) for entry in pending]
        return held

    async def dismiss(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def measure(deaths: int) -> dict[str, Any]:
    binary = shutil.which("redis-server")
    if binary is None:
        raise SystemExit("bench.deaths: no redis-server: `apt-get install redis-server`")
    with tempfile.TemporaryDirectory(prefix="viva-deaths-") as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", home]
        server = await asyncio.create_subprocess_exec(binary, *options, stdout=asyncio.subprocess.DEVNULL)
        try:
            return await _kill(f"redis://127.0.0.1:{port}/0", Path(home), deaths)
        finally:
            server.terminate()
            await server.wait()


async def _kill(redis_url: str, folder: Path, deaths: int) -> dict[str, Any]:
    redis: Any = Redis.from_url(redis_url)
    crew, tally, over, rng = Crew(redis_url, redis, folder), Tally(), asyncio.Event(), random.Random(1)
    inference = RemoteInference(redis_url)
    await asyncio.sleep(0.5)
    await inference.start()
    found: list[Death] = []
    try:
        for _ in range(CREW):
            await crew.hire()
        await crew.joined(CREW)
        sound = speech("zh-introduction")
        sessions = [
            asyncio.create_task(Session(f"s{number}", sound, inference, tally, over).run())
            for number in range(SESSIONS)
        ]
        await asyncio.sleep(2)
        for number in range(deaths):
            await asyncio.sleep(rng.uniform(0.5, 2.5))
            found.append(await crew.kill_one(rng, with_final=bool(number % 2)))
            print(f"  {number + 1:3}  held {found[-1].held:2}, answered after {found[-1].recovery_s:.2f} s", flush=True)
            await crew.joined(JOINED)
        over.set()
        await asyncio.gather(*sessions)
        left = {stream: await redis.xlen(stream) for stream in (FINALS, PARTIALS)}
        poison = inference.statistics().poison
    finally:
        await inference.stop()
        await crew.dismiss()
        await redis.aclose()
    recoveries = sorted(death.recovery_s for death in found)
    return {
        "kills": len(found),
        "held": sum(death.held for death in found),
        "finals_held": sum(death.finals for death in found),
        "recovery_p50_s": _share(recoveries, 0.50),
        "recovery_p95_s": _share(recoveries, 0.95),
        "recovery_max_s": recoveries[-1],
        "finals_asked": tally.finals_asked,
        "finals_answered": tally.finals_answered,
        "finals_lost": tally.finals_asked - tally.finals_answered,
        "finals_asked_again": tally.finals_again,
        "final_p50_s": _share(sorted(tally.final_s), 0.50),
        "final_p95_s": _share(sorted(tally.final_s), 0.95),
        "final_max_s": max(tally.final_s),
        "partials_asked": tally.partials_asked,
        "partials_answered": tally.partials_answered,
        "partials_superseded": tally.partials_superseded,
        "partials_failed": tally.partials_failed,
        "partial_p95_s": _share(sorted(tally.partial_s), 0.95),
        "left_on_the_bus": left,
        "set_aside": poison,
    }


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _targets(found: dict[str, Any]) -> list[dict[str, Any]]:
    def at_most(name: str, value: float, target: float) -> dict[str, Any]:
        return {"name": name, "value": value, "target": target, "met": value <= target}

    return [
        at_most("finals lost", found["finals_lost"], 0),
        at_most("p95 recovery, s", found["recovery_p95_s"], 3.0),
        at_most("requests set aside as poison", found["set_aside"], 0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Kills workers under load and counts what is lost.")
    parser.add_argument("--quick", action="store_true", help="5 deaths instead of 50")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    about = machine.describe()
    print(f"{CREW} workers, {SESSIONS} sessions; {machine.line()}")
    found = asyncio.run(measure(5 if options.quick else 50))
    for name, value in found.items():
        print(f"  {name:24} {value:.2f}" if isinstance(value, float) else f"  {name:24} {value}")
    targets = _targets(found)
    for target in targets:
        verdict = "met   " if target["met"] else "MISSED"
        print(f"  {verdict}  {target['name']}: {target['value']:.2f} (at most {target['target']})")
    if options.json:
        setting = {"workers": CREW, "sessions": SESSIONS, "engine": "the fixture model, one thread a worker"}
        told = {"bench": "deaths", "machine": about, "quick": options.quick, **setting, **found, "targets": targets}
        options.json.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
