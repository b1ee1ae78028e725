"""A real server as a process of its own, started and stopped the way an operator does it."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from pathlib import Path

import httpx

from loadtest.screen import Screen

START_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0
PULL_WITHIN_S = 240.0
REAL_MODEL = "speech-base"


class ServerFailed(Exception):
    """It did not come up; the text says what it printed last."""


class ServerProcess:
    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir = data_dir
        self.faces = False
        self._port = port
        self._process: asyncio.subprocess.Process | None = None
        self._log = data_dir / "server.log"
        self.url = ""

    @property
    def admin_password(self) -> str:
        return (self.data_dir / "admin-password").read_text().strip()

    @property
    def pid(self) -> int:
        """Of the running server."""
        assert self._process is not None
        return self._process.pid

    async def start(self, screen: Screen) -> str:
        """Starts it and waits until it is ready; returns the speech engine's notice, if it has one."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        port = self._port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "VIVA_DATA_DIR": str(self.data_dir),
            "VIVA_PORT": str(port),
            "VIVA_HOST": "127.0.0.1",
        }
        environment.setdefault("VIVA_MODELS_DIR", "var/models")
        environment["VIVA_SPEECH_MODEL"] = await self._speech_model(environment, screen)
        began = time.monotonic()
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "server", "serve", env=environment, stdout=log, stderr=log, start_new_session=True
            )
        ready = await self._ready()
        speech, face = ready["speech"], ready["face"]
        self.faces = face is not None
        screen.line("server", f"{self.url} ready in {time.monotonic() - began:.1f} s; log in {self._log}")
        screen.line(
            "server", f"speech {speech['engine'] if speech else 'none'}; face {face['engine'] if face else 'none'}"
        )
        notice = speech["notice"] if speech else None
        return f"{notice['zh']} {notice['en']}" if notice else ""

    async def _speech_model(self, environment: dict[str, str], screen: Screen) -> str:
        """A real model if one is configured, installed or to be had; else the fixture, which says what it is."""
        if configured := environment.get("VIVA_SPEECH_MODEL"):
            return configured
        if any(Path(environment["VIVA_MODELS_DIR"]).glob("speech-*/model.json")):
            return "auto"
        screen.line("server", f"no speech model here: trying to pull {REAL_MODEL}")
        code, output = await self._viva(environment, "models", "pull", REAL_MODEL, timeout_s=PULL_WITHIN_S)
        if code == 0:
            return REAL_MODEL
        screen.line("server", output.strip().splitlines()[0] if output.strip() else f"{REAL_MODEL} could not be pulled")
        return "fixture"

    async def api_key(self) -> str:
        """An EHR consumer's key, made the way an operator makes one."""
        environment = {**os.environ, "VIVA_DATA_DIR": str(self.data_dir)}
        code, output = await self._viva(environment, "admin", "key", "demo EHR")
        if code != 0:
            raise ServerFailed(output)
        return output.strip().splitlines()[-1]

    async def _viva(self, environment: dict[str, str], *words: str, timeout_s: float = 60.0) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "server",
            *words,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), timeout_s)
        except TimeoutError:
            process.kill()
            await process.wait()
            return 1, f"viva {' '.join(words)} took longer than {timeout_s:.0f} s"
        return process.returncode or 0, output.decode(errors="replace")

    async def _ready(self) -> dict[str, dict[str, dict[str, str]]]:
        assert self._process is not None
        deadline = time.monotonic() + START_WITHIN_S
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=5) as client:
            while time.monotonic() < deadline:
                if self._process.returncode is not None:
                    break
                with contextlib.suppress(httpx.HTTPError):
                    answer = await client.get("/readyz")
                    if answer.status_code == 200:
                        found: dict[str, dict[str, dict[str, str]]] = answer.json()
                        return found
                await asyncio.sleep(0.1)
        last = self._log.read_text(errors="replace").strip().splitlines()[-8:]
        raise ServerFailed("the server did not start:\n     " + "\n     ".join(last))

    async def kill(self) -> None:
        """As a machine that dies: nothing is flushed, nobody is told."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """The first signal drains; a server that takes too long gets a second, then a third that cannot be refused."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            try:
                await asyncio.wait_for(process.wait(), STOP_WITHIN_S / 2)
            except TimeoutError:
                continue
            return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
