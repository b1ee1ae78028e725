"""A real server process, a real browser with a microphone that speaks and a camera that sees a face."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from loadtest.media import write_mjpeg, write_wav
from loadtest.screen import Screen
from loadtest.server_process import ServerProcess
from loadtest.watcher import HrClient

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = Path("/usr/bin/chromium")
SPOKEN = ("zh-returns", "en-complaint")
LEAD_S = 1.0
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
]


@dataclass(frozen=True)
class Devices:
    """The microphone says both answers over and over; the camera sees a face that moves."""

    wav: Path
    mjpeg: Path

    def arguments(self) -> list[str]:
        return [
            f"--use-file-for-fake-audio-capture={self.wav}",
            f"--use-file-for-fake-video-capture={self.mjpeg}",
        ]


@pytest.fixture(scope="session")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Devices:
    folder = tmp_path_factory.mktemp("devices")
    found = Devices(folder / "answers.wav", folder / "face.mjpeg")
    write_wav(found.wav, SPOKEN, lead_s=LEAD_S)
    write_mjpeg(found.mjpeg)
    return found


@dataclass(frozen=True)
class Relay:
    url: str
    secret: str


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A real TURN server of this test's own, on loopback."""
    binary = shutil.which("turnserver")
    if binary is None:
        pytest.skip("no turnserver: `apt-get install coturn` to run this")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secret = "shared between server and relay"
    options = ["-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}", "--realm=viva"]
    options += [
        "--use-auth-secret",
        f"--static-auth-secret={secret}",
        "--allow-loopback-peers",
        "--no-tls",
        "--no-dtls",
    ]
    options += ["--no-cli", "--log-file=stdout", "--pidfile=", "--min-port=20000", "--max-port=29999"]
    process = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield Relay(f"turn:127.0.0.1:{port}?transport=udp", secret)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def environment() -> dict[str, str]:
    """Settings of the server under test; a module may have others."""
    return {}


@pytest.fixture
async def server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> AsyncIterator[ServerProcess]:
    if not (ROOT / "web_client" / "dist" / "candidate.html").exists():
        pytest.skip("the web client is not built: run `make web`")
    for variable in [name for name in os.environ if name.startswith("VIVA_") and name != "VIVA_TEST_DATA"]:
        monkeypatch.delenv(variable)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("VIVA_SPEECH_MODEL", "fixture")
    monkeypatch.setenv("VIVA_MEDIA_ADDRESSES", "127.0.0.1")
    monkeypatch.setenv("VIVA_MODELS_DIR", str(ROOT / "var" / "models"))
    process = ServerProcess(tmp_path / "data", 0)
    await process.start(Screen())
    yield process
    await process.stop()


@pytest.fixture
async def hr(server: ServerProcess) -> AsyncIterator[HrClient]:
    client = HrClient(server.url)
    await client.sign_in("admin", server.admin_password)
    yield client
    await client.close()


@dataclass(frozen=True)
class Browsers:
    """``candidate`` has the devices; ``office`` is HR's, without any."""

    candidate: Browser
    office: Browser


@pytest.fixture
async def browsers(devices: Devices) -> AsyncIterator[Browsers]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}: apt-get install chromium")
    async with async_playwright() as playwright:
        candidate, office = await asyncio.gather(
            playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS, *devices.arguments()]),
            playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS),
        )
        yield Browsers(candidate, office)
        await candidate.close()
        await office.close()
