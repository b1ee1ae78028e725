"""Running the server: uvicorn on uvloop, and a stop that lets interviews finish.

The first SIGINT or SIGTERM drains (``realtime.live.drain``): no new interviews; the running ones move to another
process where there is one with room, else they go on for ``drain_seconds``, and who is left then is told to come back.
A second signal closes at once. Nothing durable depends on a clean stop. The exit status says what became of them.
"""

import asyncio
import logging
import resource
import signal
import socket
from types import FrameType

import uvicorn

from realtime.inference.bus import Inference
from realtime.live.drain import drain
from server import destinations, engines
from server.app import create_app
from server.house import House
from server.media_room import check_media
from server.patience import PatientProtocol
from server.settings import Settings

log = logging.getLogger("viva")


ENDED_WELL, LEFT_SOME, FORCED = 0, 10, 11
"""Exit status: every interview finished or moved; the time was over and some wait in the store for a process; a second
signal came while interviews went on."""


class DrainingServer(uvicorn.Server):
    """uvicorn stops at the first signal; ours asks the switchboard first."""

    def __init__(self, config: uvicorn.Config, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._drain: asyncio.Task[None] | None = None
        self.status = ENDED_WELL

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        rooms = getattr(getattr(self.config.app, "state", None), "house", None)
        if not isinstance(rooms, House):
            self.should_exit = True
            return
        going_on = rooms.switchboard.active
        rooms.switchboard.close_doors()  # not ready from here on, whatever else is to be done
        if self._drain is not None:
            if not self._drain.done():
                self.status = FORCED
                log.warning("a second signal: %d interviews are left for later", going_on)
            self.should_exit = True
        elif going_on == 0:
            self.should_exit = True
        else:
            log.warning("draining: %d interviews go on; the next signal stops at once", going_on)
            self._drain = asyncio.get_running_loop().create_task(self._drained(rooms), name="drain")

    async def _drained(self, rooms: House) -> None:
        try:
            drained = await drain(rooms.switchboard, self._drain_seconds)
            if drained.left and not self.should_exit:
                self.status = LEFT_SOME
        except Exception:  # the boundary of this task: a process that cannot drain still stops
            log.exception("draining failed")
            self.status = LEFT_SOME
        self.should_exit = True


def allow_many_files() -> None:
    """Each answer that is being given holds a socket or two and a log: 1024 files, the usual limit, are for fewer."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


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


def serve(settings: Settings) -> int:
    """Until a signal; returns the exit status. Raises ``OSError``: the address is taken, ``SettingInvalid``: a model
    is not there, media cannot be kept."""
    configure_logging(settings.log_level)
    allow_many_files()
    inference = engines.build(settings)  # before anything is listened on: a broken model is told as a sentence
    with listen(settings) as sock:
        destinations.configured(settings)  # a file of destinations with a flaw is told at once
        asyncio.run(check_media(settings))  # so are a bucket that refuses and a lost key
        log.info("listening on %s", settings.base_url)
        server = make_server(settings, inference)
        # uvicorn re-raises the signal after a clean stop; the shell should see a clean exit instead.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        server.run(sockets=[sock])
    return server.status
