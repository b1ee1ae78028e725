"""The takes of a pretended interview: kept in memory, and called durable a moment after they came."""

from dataclasses import dataclass, field

from realtime.protocol.frames import FrameKind, MediaFrame, unpack_run
from realtime.protocol.media_messages import Takes, TakeState
from realtime.protocol.missing import MissingSound

ROOM = 1000
"""For a device that comes back."""


@dataclass
class PretendTake:
    take: int
    question_id: str
    packets: dict[int, tuple[int, int, bytes]] = field(default_factory=dict)
    """By number: start_ms, duration_ms, the sound."""
    live: int = 0
    ended: int | None = None
    absent: list[tuple[int, int | None]] = field(default_factory=list)
    conflicts: int = 0
    closed: bool = False
    lost: list[MissingSound] = field(default_factory=list)
    """What a test pretends never came."""

    def put(self, frame: MediaFrame) -> None:
        parts = unpack_run(frame.payload) if frame.kind is FrameKind.RUN else [frame.payload]
        self.live += frame.live
        for i, part in enumerate(parts):
            packet = (frame.start_ms + i * frame.duration_ms, frame.duration_ms, part)
            self.conflicts += self.packets.setdefault(frame.n + i, packet) != packet

    @property
    def through(self) -> int:
        n = 0
        while n in self.packets:
            n += 1
        return n - 1

    @property
    def complete(self) -> bool:
        return self.ended is not None and self.through + 1 >= self.ended

    def pauses(self) -> list[MissingSound]:
        """Where the device declared that it heard nothing."""
        missing, end_ms = [], 0
        for _, (start_ms, duration_ms, _) in sorted(self.packets.items()):
            if start_ms - end_ms > 20:
                missing.append(MissingSound(end_ms, start_ms, "capture_paused"))
            end_ms = start_ms + duration_ms
        return missing

    def state(self) -> TakeState:
        ranges = [(n, n) for n in sorted(self.packets) if n > self.through]
        last = max(self.packets, default=-1)
        next_ms = sum(self.packets[last][:2]) if self.packets else 0
        next_n = last + 1 + ROOM if self.packets else 0
        return TakeState(self.take, self.question_id, 1, self.through, ranges, self.ended, self.closed, next_n, next_ms)


class PretendTakes:
    def __init__(self) -> None:
        self.all: dict[int, PretendTake] = {}

    def open(self, question_id: str) -> int:
        take = len(self.all) + 1
        self.all[take] = PretendTake(take, question_id)
        return take

    def put(self, frame: MediaFrame) -> None:
        if frame.take in self.all:
            self.all[frame.take].put(frame)

    def report(self) -> Takes:
        return Takes([take.state() for take in self.all.values()])

    @property
    def settled(self) -> bool:
        return all(take.complete for take in self.all.values())
