"""A UDP socket that is read in bulk.

What a packet costs is mostly the waking up for it: after a sleep, code and data are out of the caches, and the first
packet takes twenty times as long as the second. So datagrams are gathered: the first one after a quiet time is read at
once, those after it together, ``gather_s`` later at the latest (docs/decisions/0100). When many come, sooner: a
system call reads ``BATCH``, and not many more are to lie in the kernel's buffer, which may be small.
"""

import asyncio
import logging
import socket
from typing import Any

from realtime.media.datagrams import BATCH, Address, reader

logger = logging.getLogger(__name__)

RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
"""A loop that is late by 100 ms with a thousand sessions must find its packets here. Linux gives no more than its
``net.core.rmem_max``."""
SEND_BUFFER_BYTES = 1024 * 1024
"""Beyond this the kernel takes no more: what is sent then is dropped and counted, never queued."""
HURRIED_S = 0.002
"""A handshake is answer upon answer, each of which would wait."""
MAX_AT_ONCE = 8 * BATCH
"""Then the rest of the loop has its turn."""


class BulkUdp(asyncio.DatagramTransport):
    """An asyncio transport, so that aioice can send on it, but for one thing: sending never queues. While ``hurried``
    is not 0, datagrams are gathered for no more than ``HURRIED_S``."""

    def __init__(self, raw: socket.socket, protocol: asyncio.DatagramProtocol, gather_s: float) -> None:
        raw.setblocking(False)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if (given := raw.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)) < RECEIVE_BUFFER_BYTES:
            logger.info("the media port has a receive buffer of %d bytes: net.core.rmem_max allows no more", given)
        super().__init__({"socket": raw, "sockname": raw.getsockname()})
        self._raw = raw
        self._reader = reader(raw)
        self._protocol = protocol
        self._gather_s = gather_s
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle | None = None
        self._closing = False
        self.hurried = 0
        protocol.connection_made(self)
        self._loop.add_reader(raw.fileno(), self._woken)

    def sendto(self, data: Any, addr: Any = None) -> None:
        self.send(data, addr)

    def send(self, data: bytes, address: Address) -> bool:
        """Best effort. False when it was dropped."""
        if self._closing:
            return False
        try:
            self._raw.sendto(data, address)
        except BlockingIOError:
            return False
        except OSError as error:
            self._protocol.error_received(error)
            return False
        return True

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        if self._timer is None:
            self._loop.remove_reader(self._raw.fileno())
        else:
            self._timer.cancel()
        self._raw.close()
        self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def _woken(self) -> None:
        self._loop.remove_reader(self._raw.fileno())
        self._read()

    def _read(self) -> None:
        count = self._drain()
        if self._closing:
            return
        if count >= MAX_AT_ONCE:
            self._timer = self._loop.call_soon(self._read)
        elif count:
            self._timer = self._loop.call_later(self._pause_s(count), self._read)
        else:  # a quiet time begins: the next datagram wakes us
            self._timer = None
            self._loop.add_reader(self._raw.fileno(), self._woken)

    def _pause_s(self, count: int) -> float:
        pause_s = min(self._gather_s, HURRIED_S) if self.hurried else self._gather_s
        return pause_s if count <= BATCH else pause_s * BATCH / count

    def _drain(self) -> int:
        """How many datagrams were read."""
        count = 0
        while count < MAX_AT_ONCE and not self._closing:
            try:
                datagrams = self._reader.read()
            except OSError as error:
                self._protocol.error_received(error)
                return max(1, count)  # not a quiet time: tried again, but not at once
            for data, address in datagrams:
                self._take(data, address)
            count += len(datagrams)
            if len(datagrams) < BATCH:
                break
        return count

    def _take(self, data: bytes, address: Address) -> None:
        try:
            self._protocol.datagram_received(data, address)
        except Exception:  # a boundary: one datagram must not cost those after it
            logger.exception("a datagram failed")
