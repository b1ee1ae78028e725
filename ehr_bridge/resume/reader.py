"""Reading a file without trusting it: one process a file, with limits, killed when its time is over.

    bytes ──► child: parse, draw, recognise, find facts ──► frames ──► Reading
                │ crash, memory, time, rubbish
                └──────────────────────────────► Unreadable

A child lives for one file. What it costs to start one (0.2 s) is what it is worth that no file can touch another's.
"""

import asyncio
import contextlib
import os
import signal
import struct
import sys
from dataclasses import dataclass

import msgspec

from ehr_bridge.resume.child import MIB, Limits, Told
from ehr_bridge.resume.document import Document
from ehr_bridge.resume.facts import ResumeFacts
from ehr_bridge.resume.reasons import REASONS, Unreadable

_HEAD = struct.Struct(">Ic")
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")
"""Of the server's environment: where its secrets are."""


@dataclass(frozen=True, slots=True)
class Reading:
    """``pictures``: JPEG, of the pages from the first on."""

    document: Document
    facts: ResumeFacts
    pictures: tuple[bytes, ...]


class ReadFailed(Unreadable):
    """``pictures`` of the pages that were drawn before it failed: HR may still look."""

    def __init__(self, code: str, pictures: tuple[bytes, ...]) -> None:
        super().__init__(code)
        self.pictures = pictures


class ResumeReader:
    """``at_once``: how many children may live side by side. ``read``, ``failed``: totals since the start."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        at_once: int = 1,
        command: tuple[str, ...] = (sys.executable, "-m", "ehr_bridge.resume.child"),
    ) -> None:
        self._limits = limits or Limits()
        self._slots = asyncio.Semaphore(at_once)
        self._command = command
        self.read_total = 0
        self.failed: dict[str, int] = {}

    async def read(self, data: bytes, media_type: str, day: str) -> Reading:
        """``day``: what "today" is to the résumé, ``2026-11-25``. Raises ``ReadFailed``."""
        async with self._slots:
            try:
                reading = await self._read(data, media_type, day)
            except ReadFailed as error:
                self.failed[error.code] = self.failed.get(error.code, 0) + 1
                raise
        self.read_total += 1
        return reading

    async def _read(self, data: bytes, media_type: str, day: str) -> Reading:
        child = await asyncio.create_subprocess_exec(
            *self._command,
            media_type,
            day,
            msgspec.json.encode(self._limits).decode(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            start_new_session=True,
        )
        late = False
        written = b""
        try:
            async with asyncio.timeout(self._limits.wall_s):
                written = await _exchange(child, data, self._limits.result_mib * MIB)
        except TimeoutError:
            late = True
        finally:
            await _end(child)
        return _understood(written, child.returncode, late=late)


async def _exchange(child: asyncio.subprocess.Process, data: bytes, most: int) -> bytes:
    """Feeds the child and reads what it says, up to ``most`` bytes."""
    assert child.stdin is not None
    assert child.stdout is not None
    feeding = asyncio.create_task(_feed(child.stdin, data), name="feed a résumé")
    said = bytearray()
    try:
        while piece := await child.stdout.read(256 * 1024):
            said += piece
            if len(said) > most:
                break
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
    return bytes(said)


async def _feed(into: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):  # it ended before it had read everything: its frames say why
        into.write(data)
        await into.drain()
        into.close()
        await into.wait_closed()


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    assert child.stdout is not None
    while await child.stdout.read(256 * 1024):  # unread, the pipe would stay open, and ``wait`` waits for it
        pass
    await child.wait()


def _understood(written: bytes, status: int | None, *, late: bool) -> Reading:
    """The last frame decides; without one, the way the child ended. Nothing of what it says is believed further than
    its type."""
    pictures: list[bytes] = []
    at = 0
    while at + _HEAD.size <= len(written):
        length, kind = _HEAD.unpack_from(written, at)
        body = written[at + _HEAD.size : at + _HEAD.size + length]
        if len(body) < length:
            break
        at += _HEAD.size + length
        if kind == b"P":
            pictures.append(body)
        elif kind == b"D":
            with contextlib.suppress(msgspec.MsgspecError):
                told = msgspec.json.decode(body, type=Told)
                return Reading(told.document, told.facts, tuple(pictures))
        elif kind == b"R" and body.decode("ascii", "replace") in REASONS:
            raise ReadFailed(body.decode(), tuple(pictures))
    if late or status == -signal.SIGXCPU:
        raise ReadFailed("reading_took_too_long", tuple(pictures))
    raise ReadFailed("reader_crashed", tuple(pictures))
