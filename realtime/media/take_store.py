"""A take on its way to the disk: what the device sends goes into a log, and is told as saved when it is durable."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from realtime.media.errors import MediaError
from realtime.media.ingest import EncodedFrame
from realtime.media.take import Packet, Take, refused
from realtime.media.take_log import Absent, Ended, live_record, note_record, packet_record, read_record, sound_ms
from realtime.protocol.frames import FrameKind, MediaFrame, unpack_run

LIVE_WAITING_BYTES = 4 * 1024 * 1024
"""Half a minute of video."""


class Log(Protocol):
    """A ``DurableLog``. ``append`` and ``close`` raise ``MediaError`` store_unavailable."""

    on_durable: Callable[[int], None] | None
    on_problem: Callable[[MediaError], None] | None

    @property
    def durable(self) -> int: ...

    def append(self, record: bytes) -> int: ...

    async def flush(self) -> None: ...

    async def close(self, *, complete: bool = False) -> None: ...

    async def abandon(self) -> None: ...


class LogReading(Protocol):
    @property
    def records(self) -> Sequence[bytes]: ...


class Logs(Protocol):
    """``DurableLogs``."""

    async def open(self, name: str, *, max_waiting_bytes: int = ...) -> Log: ...

    async def read(self, name: str) -> LogReading:
        """Raises ``MediaError`` recording_unknown."""

    async def delete(self, name: str) -> None: ...


def takes_name(interview_id: str) -> str:
    """Everything below it belongs to the takes of this interview."""
    return f"interviews/{interview_id}/takes"


def packets_of(frame: MediaFrame) -> list[Packet]:
    """The sound in a frame. Raises ``ProtocolError`` frame_invalid, take_invalid (no sound at all)."""
    codec: Literal["opus", "pcm"] = "pcm" if frame.kind is FrameKind.PCM else "opus"
    payloads = unpack_run(frame.payload) if frame.kind is FrameKind.RUN else [frame.payload]
    step_ms = frame.duration_ms if frame.kind is FrameKind.RUN else 0
    packets = [
        Packet(frame.n + i, frame.start_ms + i * step_ms, sound_ms(codec, payload), codec, payload)
        for i, payload in enumerate(payloads)
    ]
    if not all(packet.duration_ms for packet in packets):
        raise refused("take_invalid")
    return packets


class StoredTake:
    """``changed`` is called when more is durable or a note is; ``problem`` when the disk says no."""

    def __init__(self, log: Log, changed: Callable[[], None], problem: Callable[[], None]) -> None:
        self.take = Take()
        self._log = log
        self._waiting: deque[tuple[int, int]] = deque()
        self._noted = 0
        self._changed = changed
        self._problem = problem
        log.on_durable = self._durable
        log.on_problem = lambda _error: problem()

    @classmethod
    async def open(
        cls, logs: Logs, name: str, changed: Callable[[], None], problem: Callable[[], None]
    ) -> "StoredTake":
        """With all that a process before this one made durable. Raises ``MediaError`` store_unavailable."""
        log = await logs.open(name)
        try:
            items = await read_take(logs, name)
        except BaseException:
            await log.close()  # or it could not be opened again
            raise
        stored = cls(log, changed, problem)
        for item in items:
            if isinstance(item, Packet):
                stored.take.add(item)
                stored.take.saved(item.n)
            elif isinstance(item, Ended):
                stored.take.ended(item.packets)
            elif isinstance(item, Absent):
                stored.take.absent(item.first, item.until)
        return stored

    @property
    def settled(self) -> bool:
        """Everything that the device said is durable too."""
        return self._log.durable >= self._noted

    def put(self, packets: Sequence[Packet]) -> None:
        """All of them or none. Raises ``ProtocolError`` take_conflict, take_invalid, take_not_saved."""
        fresh = [packet for packet in packets if self.take.admit(packet)]
        if not fresh:
            return
        try:
            position = self._append(packet_record(fresh))
        except MediaError:
            for packet in fresh:
                self.take.turned_away(packet.n)
            raise refused("take_not_saved") from None
        for packet in fresh:
            self.take.add(packet)
            self._waiting.append((position, packet.n))

    def note(self, note: Ended | Absent) -> None:
        """What the device says of the whole. Raises ``ProtocolError`` take_invalid, take_not_saved."""
        new = self.take.ended(note.packets) if isinstance(note, Ended) else self.take.absent(note.first, note.until)
        if new:
            try:
                self._noted = self._append(note_record(note))
            except MediaError:
                if isinstance(note, Ended):
                    self.take.packets = None
                raise refused("take_not_saved") from None

    def _append(self, record: bytes) -> int:
        return self._log.append(record)

    def _durable(self, position: int) -> None:
        while self._waiting and self._waiting[0][0] <= position:
            self.take.saved(self._waiting.popleft()[1])
        self._changed()

    async def close(self) -> None:
        await _let_go(self._log)


async def read_take(logs: Logs, name: str) -> list[Packet | Ended | Absent | EncodedFrame]:
    """What is durable, in the order in which it came."""
    try:
        reading = await logs.read(name)
    except MediaError as error:
        if error.code == "recording_unknown":
            return []
        raise
    return [item for record in reading.records for item in read_record(record)]


def sound_of(items: Iterable[object]) -> list[Packet]:
    """The packets, in order, each once."""
    packets = {item.n: item for item in items if isinstance(item, Packet)}
    return [packets[n] for n in sorted(packets)]


@dataclass(slots=True)
class LiveCopy:
    """What was heard and seen live: the answer's video, and its sound for the case that no take ever comes."""

    log: Log
    lost: int = 0

    async def close(self) -> None:
        await _let_go(self.log)

    def write(self, frame: EncodedFrame, at_ms: int) -> None:
        """Never waits; what the disk does not take in time is lost and counted."""
        try:
            self.log.append(live_record(frame, at_ms))
        except MediaError:
            self.lost += 1


async def _let_go(log: Log) -> None:
    """Whatever the disk says: who goes on with this log must find it free. Raises ``MediaError`` store_unavailable when
    something that was not acknowledged is lost with it."""
    try:
        await log.close()
    except MediaError:
        await log.abandon()
        raise


async def open_live_copy(logs: Logs, name: str) -> LiveCopy:
    return LiveCopy(await logs.open(name, max_waiting_bytes=LIVE_WAITING_BYTES))
