"""The client's side of ``server``: starts it, gives orders, hears replies."""

import asyncio
import itertools
import json
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.media import pipecat_environment

ROOT = Path(__file__).parents[2]
CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, CLIENT_CPU = CPUS[0], CPUS[-1]
STOPS_WITHIN_S = 15


class ServerError(Exception):
    """The server could not do it; the message is its own."""


class ServerProcess:
    """``async with ServerProcess("viva", …) as server``. On a processor of its own where there are two."""

    def __init__(self, name: str, *, video: str = "none", keep: bool = False) -> None:
        interpreter = str(pipecat_environment.python()) if name == "pipecat" else sys.executable
        self._command = [interpreter, "-m", "bench.media.server", name, "--video", video, "--cpu", str(SERVER_CPU)]
        self._command += ["--keep"] if keep else []
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._process: asyncio.subprocess.Process
        self._reading: asyncio.Task[None]

    async def __aenter__(self) -> "ServerProcess":
        quiet = {"LOGURU_AUTOINIT": "0", "PYTHONWARNINGS": "ignore"}  # of what others have to say while they start
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **quiet}
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment, limit=2**20
        )
        self._reading = asyncio.create_task(self._read(), name="server replies")
        await self.ask("size")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(STOPS_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading

    async def ask(self, do: str, **details: Any) -> dict[str, Any]:
        """Raises ``ServerError``."""
        assert self._process.stdin is not None
        number = next(self._numbers)
        reply = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(json.dumps({"id": number, "do": do, **details}).encode() + b"\n")
        answer: dict[str, Any] = await reply
        if "error" in answer:
            raise ServerError(f"{do}: {answer['error']}")
        return answer

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            self._waiting.pop(answer["id"]).set_result(answer)
        for waiting in self._waiting.values():
            waiting.set_exception(ServerError("the server ended"))
        self._waiting.clear()
