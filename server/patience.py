"""Connections that say nothing: how many may be open, and how long a request's head may take.

uvicorn bounds the pause between two requests, but not the wait for the first: ten thousand sockets that never speak
would stay until they are all the process can have. Here a head that is not complete after ``HEAD_WITHIN_S`` ends
its connection, and above a limit the newest connection is closed before anything is read from it. What was open
before is never touched.
"""

import asyncio
import resource
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_WITHIN_S = 10.0
KEPT_FREE = 256
"""Descriptors that sockets of strangers may never take: database, recordings, models, HR."""


@dataclass(slots=True)
class Counters:
    """Totals of this process."""

    silent: int = 0
    refused: int = 0


counters = Counters()


def most_connections() -> int:
    """As many as the process has descriptors for, less what it needs itself."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(64, soft - KEPT_FREE)


class PatientProtocol(HttpToolsProtocol):
    """The subclassed methods are those of ``asyncio.Protocol`` and of httptools' parser."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            counters.refused += 1
            transport.abort()
            return
        self._expect_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._head_came()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(HEAD_WITHIN_S, self._give_up)

    def _head_came(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _give_up(self) -> None:
        self._head = None
        counters.silent += 1
        self.transport.abort()
