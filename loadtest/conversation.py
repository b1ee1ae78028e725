"""One candidate's events over as many connections, and as many processes, as it takes.

    trying ──hello──► welcomed ──lost──► trying, where it was first, then wherever else the interview may be
       │                 └──moved──► trying, at that address, at once
       └──refused, "try again in …"──► waits exactly that long ──► trying

It remembers what it has seen last, so nothing is heard twice, and gives up when it has not been let in for
``patience_s``; with 0 the first loss or refusal is the end.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from realtime.protocol import codec
from realtime.protocol import messages as say
from realtime.protocol.text import Fault, Language

FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 2.0
GONE_AFTER_S = 7.0
"""The server answers a ping every second; after this long without a word it is gone, whatever TCP says."""
GOODBYE_S = 0.5
"""How long a closing handshake is waited for: the other side may have stopped for good."""
MOST_MOVES = 8
"""In a row, without a welcome: from then on a move waits like a loss does."""


class InterviewRefused(Exception):
    """The server refused; ``code`` and the English words are its own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(slots=True)
class Joined:
    """What of the answer to ``POST /join`` matters for finding one's way. ``base_url``: where it was asked."""

    base_url: str
    token: str
    events_url: str
    process_urls: tuple[str, ...] = ()

    @classmethod
    def of(cls, base_url: str, body: dict[str, object]) -> "Joined":
        urls = body.get("process_urls")
        others = tuple(str(url) for url in urls) if isinstance(urls, list) else ()
        return cls(base_url, str(body["session_token"]), str(body["events_url"]), others)

    @property
    def homes(self) -> list[str]:
        """Beginnings of addresses at which the interview can be asked for, the likeliest first."""
        prefix, _, _ = self.events_url.partition("/api/v1/")
        return list(dict.fromkeys([prefix or self.base_url, self.base_url, *self.process_urls]))

    @staticmethod
    def path(url: str) -> str:
        """The part of an address of ours that is the same in every process."""
        return url[url.index("/api/v1/") :]


class Conversation:
    """``heard`` is called with everything the server says, once and in order; True: that was all we wanted."""

    def __init__(
        self,
        joined: Joined,
        language: Language,
        heard: Callable[[say.Envelope], bool],
        *,
        patience_s: float,
        ping_s: float,
    ) -> None:
        self.base_url = joined.homes[0]
        """Where it is welcomed, or was last: media belong there too."""
        self.welcomes = 0
        self.moves = 0
        self.refusals: list[str] = []
        self.away_s: list[float] = []
        """How long each time without a connection was."""
        self._joined = joined
        self._language = language
        self._heard = heard
        self._patience_s = patience_s
        self._ping_s = ping_s
        self._homes = cycle(joined.homes)
        self._path = joined.path(joined.events_url)
        self._last_seen_seq = 0
        self._socket: ClientConnection | None = None
        self._let_in = asyncio.Event()
        self._away_since_s = time.monotonic()
        self._error: Exception = ConnectionError("never tried")

    async def tell(self, message: say.CandidateMessage) -> None:
        """Waits for a connection that was let in, if there is none. What a dying connection swallowed is not said
        again: whoever talks looks at the state after the next welcome."""
        while True:
            await self._let_in.wait()
            socket = self._socket
            if socket is None:
                continue
            try:
                await socket.send(codec.encode(message).decode())
            except WebSocketException as error:
                self._lost(error)
            else:
                return

    async def run(self) -> None:
        """Until ``heard`` has all it wanted. Raises ``InterviewRefused``, or what ended the last connection."""
        moved_to, wait_s, moves_in_row = "", FIRST_WAIT_S, 0
        while True:
            target = moved_to or next(self._homes)
            moved_to, welcomes = "", self.welcomes
            try:
                answer = await self._once(target)
            except (OSError, InvalidHandshake, WebSocketException, TimeoutError) as error:
                answer = error
            if answer is None:
                return
            if self.welcomes > welcomes:
                wait_s, moves_in_row = FIRST_WAIT_S, 0
                self._homes = cycle(self._joined.homes)
            if isinstance(answer, say.Moved):
                self._lost(ConnectionError("moved"))
                self.moves += 1
                moves_in_row += 1
                moved_to = answer.url
                if moves_in_row <= MOST_MOVES:
                    continue
            self._give_up_in_time(answer)
            if isinstance(answer, say.Refused) and answer.retry_after_s is not None:
                await asyncio.sleep(answer.retry_after_s)
                self._homes = cycle([target, *self._joined.homes])
            else:
                if isinstance(answer, TimeoutError):  # it may take connections and never say a word: the others first
                    self._homes = cycle([*(home for home in self._joined.homes if home != target), target])
                await asyncio.sleep(wait_s)
                wait_s = min(LONGEST_WAIT_S, wait_s * 1.5)

    def _give_up_in_time(self, answer: "say.Moved | say.Refused | Exception") -> None:
        if isinstance(answer, say.Refused):
            self.refusals.append(answer.code)
            self._lost(InterviewRefused(answer.code, answer.message.en))
        elif isinstance(answer, Exception):
            self._lost(answer)
        if time.monotonic() - self._away_since_s >= self._patience_s:
            raise self._error

    def _lost(self, error: Exception) -> None:
        self._error = error
        if self._let_in.is_set():
            self._let_in.clear()
            self._away_since_s = time.monotonic()

    async def _once(self, base_url: str) -> "say.Moved | say.Refused | Exception | None":
        """One connection. None: over; else why it ended."""
        url = urlsplit(base_url)._replace(scheme="wss" if base_url.startswith("https") else "ws").geturl() + self._path
        async with connect(url, compression=None, proxy=None, open_timeout=5, close_timeout=GOODBYE_S) as socket:
            await socket.send(codec.encode(self._hello()).decode())
            self._socket = socket
            pinging = asyncio.create_task(self._ping(socket), name="ping")
            try:
                return await self._listen(socket, base_url)
            finally:
                self._socket = None
                pinging.cancel()

    def _hello(self) -> say.Hello:
        return say.Hello(self._joined.token, self._last_seen_seq, self._language)

    async def _listen(self, socket: ClientConnection, base_url: str) -> "say.Moved | say.Refused | Exception | None":
        welcomed, complaint = False, None
        try:
            while True:
                async with asyncio.timeout(GONE_AFTER_S):
                    data = await socket.recv()
                envelope = codec.decode_envelope(data)
                message = envelope.message
                if isinstance(message, say.Moved):
                    return message
                if isinstance(message, say.Refused) and not welcomed:
                    if not message.retry:
                        raise InterviewRefused(message.code, message.message.en)
                    return message
                if isinstance(message, say.Refused) and message.retry and message.fault is Fault.SERVER:
                    complaint = message  # why the connection is about to be closed
                    continue
                if isinstance(message, say.Welcome):
                    welcomed = True
                    self._welcomed(base_url)
                if envelope.seq and envelope.seq <= self._last_seen_seq:
                    continue
                self._last_seen_seq = max(self._last_seen_seq, envelope.seq)
                if self._heard(envelope):
                    return None
        except (WebSocketException, TimeoutError) as error:
            return complaint or error

    def _welcomed(self, base_url: str) -> None:
        if self.welcomes:
            self.away_s.append(time.monotonic() - self._away_since_s)
        self.base_url = base_url
        self.welcomes += 1
        self._let_in.set()

    async def _ping(self, socket: ClientConnection) -> None:
        number = 0
        with suppress(WebSocketException):  # whoever listens finds out by itself
            while True:
                await asyncio.sleep(self._ping_s)
                number += 1
                await socket.send(codec.encode(say.Ping(number)).decode())
