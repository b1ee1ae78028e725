"""Running the server: uvicorn on uvloop, and a stop that lets interviews finish.

The first SIGINT or SIGTERM drains: no new interviews, the running ones go on for ``drain_seconds``, then the
candidates are told to come back and everything is closed. A second signal closes at once. Nothing durable depends
on a clean stop.
"""

import asyncio
import logging
import signal
import socket
from types import FrameType

import uvicorn

from realtime.inference.bus import Inference
from server import engines
from server.app import create_app
from server.house import House
from server.patience import PatientProtocol
from server.settings import Settings

log = logging.getLogger("viva")


class DrainingServer(uvicorn.Server):
    """uvicorn stops at the first signal; ours asks the switchboard first."""

    def __init__(self, config: uvicorn.Config, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._drain: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        rooms = getattr(getattr(self.config.app, "state", None), "house", None)
        if self._drain is not None or not isinstance(rooms, House) or rooms.switchboard.active == 0:
            self.should_exit = True
            return
        log.warning("draining: %d interviews go on; the next signal stops at once", rooms.switchboard.active)
        self._drain = asyncio.get_running_loop().create_task(self._drained(rooms), name="drain")

    async def _drained(self, rooms: House) -> None:
        await rooms.switchboard.drain(self._drain_seconds)
        self.should_exit = True


def configure_logging(level: str) -> None:
    """One line an event on stderr. No request line is logged: links and tokens are in its path."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    for noisy in ("httpx", "aioice.ice", "aiortc", "alembic.runtime.migration", "uvicorn.error", "faster_whisper"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def listen(settings: Settings) -> socket.socket:
    """The listening socket, bound before anything else starts, so that a taken port is the first thing said."""
    found = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.host, settings.port))
    except OSError:
        found.close()
        raise
    return found


def make_server(settings: Settings, inference: Inference | None = None) -> DrainingServer:
    config = uvicorn.Config(
        create_app(settings, inference),
        loop="uvloop",
        http=PatientProtocol,
        ws="websockets-sansio",
        ws_max_size=512 * 1024,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        lifespan="on",
        timeout_graceful_shutdown=10,
        server_header=False,
    )
    return DrainingServer(config, settings.drain_seconds)


def serve(settings: Settings) -> None:
    """Until a signal. Raises ``OSError``: the address is taken, ``SettingInvalid``: a model is not there."""
    configure_logging(settings.log_level)
    inference = engines.build(settings)  # before anything is listened on: a broken model is told as a sentence
    with listen(settings) as sock:
        log.info("listening on %s", settings.base_url)
        server = make_server(settings, inference)
        # uvicorn re-raises the signal after a clean stop; the shell should see a clean exit instead.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        server.run(sockets=[sock])
