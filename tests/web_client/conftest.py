"""A browser, and the pages behind a server that pretends; what the pages do is real, to the last media frame."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from web_client.dev.pretend_server import DIST, PretendServer

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]


@dataclass(frozen=True)
class Place:
    url: str
    server: PretendServer


@pytest.fixture
def place() -> Iterator[Place]:
    if not (DIST / "candidate.html").exists():
        pytest.skip("the web client is not built: run `npm ci && npm run build` in web_client/")
    pretend = PretendServer(pace=4.0)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # so that the first page waits for the server instead of being refused
        config = uvicorn.Config(pretend.app(), log_level="error", ws="websockets-sansio", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="pretend server")
        thread.start()
        yield Place(f"http://127.0.0.1:{listening.getsockname()[1]}", pretend)
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[BrowserContext]:
    """Chinese by default, devices allowed, nothing kept from another test."""
    context = browser.new_context(locale="zh-CN", permissions=["microphone", "camera"])
    context.set_default_timeout(15_000)
    yield context
    context.close()
