"""SRTP (RFC 3711) undone by libsrtp's own functions, without pylibsrtp's method around them.

The method makes four objects a packet, and lets go of the interpreter lock for a call of one microsecond: a busy
thread may then keep it for 5 ms, packet after packet. Here one buffer serves the process and the lock is held
(docs/decisions/0100). For the thread of the event loop alone.
"""

import ctypes
from collections.abc import Callable

import pylibsrtp
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

MAX_BYTES = 1500
_CALL = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


def _function(name: str) -> Callable[[int, int, int], int]:
    """int name(srtp_t, void *packet, int *size)"""
    return _CALL(int(ffi.cast("uintptr_t", ffi.addressof(lib, name))))


_unprotect = _function("srtp_unprotect")
_unprotect_rtcp = _function("srtp_unprotect_rtcp")
_buffer = (ctypes.c_char * MAX_BYTES)()
_bytes = memoryview(_buffer).cast("B")
_address = ctypes.addressof(_buffer)
_size = ctypes.c_int()
_size_address = ctypes.addressof(_size)


class SrtpError(Exception):
    """Forged, damaged, replayed, or too long."""


class SrtpReceiver:
    """What one peer sends, opened with the keys of ``session``."""

    __slots__ = ("_handle", "_session")

    def __init__(self, session: pylibsrtp.Session) -> None:
        self._session = session  # owns the handle
        self._handle = int(ffi.cast("uintptr_t", session._srtp[0]))

    def unprotect(self, packet: bytes) -> bytes:
        """Raises ``SrtpError``."""
        return self._open(_unprotect, packet)

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """Raises ``SrtpError``."""
        return self._open(_unprotect_rtcp, packet)

    def _open(self, function: Callable[[int, int, int], int], packet: bytes) -> bytes:
        size = len(packet)
        if size > MAX_BYTES:
            raise SrtpError(f"{size} bytes")
        _bytes[:size] = packet
        _size.value = size
        if status := function(self._handle, _address, _size_address):
            raise SrtpError(f"libsrtp status {status}")
        return _bytes[: _size.value].tobytes()
