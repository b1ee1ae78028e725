"""Many datagrams in one system call.

``recvmmsg`` fills up to 64 buffers at once. It is called with the interpreter lock held: it never waits, and
``socket.recvfrom`` would let a busy thread take the lock at every datagram. Where there is no recvmmsg, recvfrom it is.
"""

import ctypes
import errno
import os
import socket
import struct
import sys
from typing import Protocol

Address = tuple[str, int]

BATCH = 64
MAX_DATAGRAM_BYTES = 2048
"""More than any path carries; the rest of a longer one is cut off, and what is left fails its checks."""
MAX_KNOWN_ADDRESSES = 16_384


class DatagramReader(Protocol):
    def read(self) -> list[tuple[bytes, Address]]:
        """Up to ``BATCH`` datagrams with their senders; fewer: the socket is empty. Raises ``OSError``."""


def reader(raw: socket.socket) -> DatagramReader:
    """``raw``: an IPv4 UDP socket that does not block."""
    return _ManyAtOnce(raw) if sys.platform == "linux" else _OneByOne(raw)


class _OneByOne:
    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw

    def read(self) -> list[tuple[bytes, Address]]:
        datagrams = list[tuple[bytes, Address]]()
        try:
            while len(datagrams) < BATCH:
                datagrams.append(self._raw.recvfrom(MAX_DATAGRAM_BYTES))
        except BlockingIOError:
            pass
        return datagrams


class _Buffer(ctypes.Structure):  # struct iovec
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class _Message(ctypes.Structure):  # struct msghdr, recvmsg(2)
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint32),
        ("buffers", ctypes.c_void_p),
        ("buffer_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Header(ctypes.Structure):  # struct mmsghdr, recvmmsg(2)
    _fields_ = (("message", _Message), ("received", ctypes.c_uint))


_NAME_BYTES = 16  # struct sockaddr_in: family, port, address in the first eight
_SENDER = struct.Struct("!2xH4s")


class _ManyAtOnce:
    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self._receive = ctypes.PyDLL(None, use_errno=True).recvmmsg
        self._receive.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p]
        data = (ctypes.c_char * (BATCH * MAX_DATAGRAM_BYTES))()
        names = (ctypes.c_uint64 * (BATCH * _NAME_BYTES // 8))()
        buffers, headers = (_Buffer * BATCH)(), (_Header * BATCH)()
        for i, (buffer, header) in enumerate(zip(buffers, headers, strict=True)):
            buffer.base, buffer.size = ctypes.addressof(data) + i * MAX_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES
            header.message.name, header.message.name_size = ctypes.addressof(names) + i * _NAME_BYTES, _NAME_BYTES
            header.message.buffers, header.message.buffer_count = ctypes.addressof(buffer), 1
        self._buffers = buffers  # the headers point into it
        self._headers = ctypes.addressof(headers)
        self._data = memoryview(data).cast("B")
        self._names = memoryview(names).cast("B").cast("Q")
        self._sizes = (
            memoryview(headers).cast("B").cast("I")[_Header.received.offset // 4 :: ctypes.sizeof(_Header) // 4]
        )
        self._known: dict[int, Address] = {}

    def read(self) -> list[tuple[bytes, Address]]:
        count = self._receive(self._raw.fileno(), self._headers, BATCH, socket.MSG_DONTWAIT, None)
        if count < 0:
            code = ctypes.get_errno()
            if code in (errno.EAGAIN, errno.EINTR):
                return []
            raise OSError(code, os.strerror(code))
        data, sizes, names, known = self._data, self._sizes, self._names, self._known
        datagrams = list[tuple[bytes, Address]]()
        for i in range(count):
            start = i * MAX_DATAGRAM_BYTES
            sender = names[2 * i]
            datagrams.append((data[start : start + sizes[i]].tobytes(), known.get(sender) or self._learn(sender)))
        return datagrams

    def _learn(self, sender: int) -> Address:
        """Strangers come from any number of addresses: those known are forgotten now and then."""
        if len(self._known) >= MAX_KNOWN_ADDRESSES:
            self._known.clear()
        port, host = _SENDER.unpack(sender.to_bytes(8, sys.byteorder))
        address = self._known[sender] = (socket.inet_ntoa(host), port)
        return address
