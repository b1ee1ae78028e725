"""What a candidate's device keeps: every packet of every take, until the server has closed the take.

In memory, and in a folder if there is one: whoever is killed and started again finds there what it had.
"""

import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from realtime.protocol.media_messages import TakeState

_RECORD = struct.Struct("!IIHBH")
_ENDED = 0xFFFF
"""In place of a size: the take has as many packets as the number says."""


@dataclass(frozen=True, slots=True)
class KeptPacket:
    n: int
    start_ms: int
    duration_ms: int
    level: int
    payload: bytes

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.duration_ms


@dataclass(slots=True)
class KeptTake:
    """``sent``: on the connection that there is now. ``absent``: numbers that this device leaves out, from the first up
    to, not including, the second."""

    number: int
    packets: dict[int, KeptPacket] = field(default_factory=dict)
    next_n: int = 0
    next_ms: int = 0
    through: int = -1
    ended: bool = False
    closed: bool = False
    complete: bool = False
    absent: tuple[int, int] | None = None
    sent: set[int] = field(default_factory=set)
    also_saved: list[tuple[int, int]] = field(default_factory=list)

    def spoken(self, silence: bytes) -> int:
        """How many packets of a restored take are not silence."""
        return sum(packet.payload != silence for packet in self.packets.values())

    @property
    def last_ms(self) -> int:
        return max((packet.end_ms for packet in self.packets.values()), default=0)

    @property
    def unsaved(self) -> bool:
        return not self.closed and self.through < self.next_n - 1

    def to_send(self, most: int) -> list[KeptPacket]:
        """The oldest packets that the server has not got and that are not on their way, without a pause in between."""
        run: list[KeptPacket] = []
        for n in range(self.through + 1, self.next_n):
            packet = self.packets.get(n)
            wanted = packet is not None and n not in self.sent and not self._saved(n)
            if run and (not wanted or (packet is not None and packet.start_ms != run[-1].end_ms) or len(run) == most):
                return run
            if wanted and packet is not None:
                run.append(packet)
        return run

    def _saved(self, n: int) -> bool:
        return any(first <= n <= last for first, last in self.also_saved)


class KeptTakes:
    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._files: dict[int, IO[bytes]] = {}
        self.takes: dict[int, KeptTake] = {}
        self.made: Callable[[int, KeptPacket], None] = lambda _take, _packet: None
        """Told of every packet when it is made, for whoever compares."""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(folder.glob("*.take")):
                self._restore(path)

    def _restore(self, path: Path) -> None:
        """As far as it was written; a device that is killed writes half a packet at most. The time since then is a
        pause in the take."""
        take = self.takes[int(path.stem)] = KeptTake(int(path.stem))
        data, at = path.read_bytes(), 0
        while at + _RECORD.size <= len(data):
            n, start_ms, duration_ms, level, size = _RECORD.unpack_from(data, at)
            at += _RECORD.size
            if size == _ENDED:
                take.ended = True
                continue
            if at + size > len(data):
                break
            take.packets[n] = KeptPacket(n, start_ms, duration_ms, level, data[at : at + size])
            take.next_n = n + 1
            at += size
        away_ms = max(0, round((time.time() - path.stat().st_mtime) * 1000))
        take.next_ms = take.last_ms + away_ms

    def begin(self, number: int) -> KeptTake:
        """Goes on with what is kept of it."""
        return self.takes.setdefault(number, KeptTake(number))

    def begin_as(self, state: TakeState) -> KeptTake:
        """A take that another device began: this one goes on behind what that one may still hold."""
        take = self.begin(state.take)
        if not take.packets and state.next_n:
            take.absent = (state.through + 1, state.next_n)
            take.next_n, take.next_ms = state.next_n, state.next_ms
        return take

    def add(self, take: KeptTake, start_ms: int, duration_ms: int, level: int, payload: bytes) -> KeptPacket:
        packet = KeptPacket(take.next_n, start_ms, duration_ms, level, payload)
        take.packets[packet.n] = packet
        take.next_n, take.next_ms = packet.n + 1, packet.end_ms
        self.made(take.number, packet)
        self._write(take.number, _RECORD.pack(packet.n, start_ms, duration_ms, level, len(payload)) + payload)
        return packet

    def end(self, take: KeptTake) -> None:
        if not take.ended:
            take.ended = True
            self._write(take.number, _RECORD.pack(take.next_n, 0, 0, 0, _ENDED))

    def saved(self, number: int, through: int) -> None:
        """Memory lets go at once; the folder when the take is closed."""
        take = self.takes.get(number)
        if take is not None and through > take.through:
            for n in range(take.through + 1, through + 1):
                take.packets.pop(n, None)
            take.through = through

    def closed(self, number: int, *, complete: bool) -> None:
        take = self.takes.get(number)
        if take is None:
            return
        take.closed, take.complete = True, complete
        take.packets.clear()
        if (file := self._files.pop(number, None)) is not None:
            file.close()
        if self._folder is not None:
            (self._folder / f"{number}.take").unlink(missing_ok=True)

    def open_takes(self) -> Iterator[KeptTake]:
        """Oldest first."""
        return (take for _, take in sorted(self.takes.items()) if not take.closed)

    def _write(self, number: int, data: bytes) -> None:
        if self._folder is None:
            return
        if number not in self._files:
            self._files[number] = (self._folder / f"{number}.take").open("ab", buffering=0)
        self._files[number].write(data)

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()
