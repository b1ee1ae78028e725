"""What waits to be written to one log: a bounded queue with positions. Pure; whoever owns it holds the lock.

append ─► waiting ─► take ─► on its way ─► written ─► durable
             ▲                   │
             └──── it stays ─────┴── failed: the same bytes are written again to the same place
"""

from realtime.media.errors import MediaError
from realtime.media.log_format import MAX_RECORD_BYTES
from realtime.protocol.text import Fault

MAX_WAITING_BYTES = 1024 * 1024
"""Of one log: half a minute of PCM, minutes of Opus. What comes when they are full is refused."""


class LogQueue:
    """Positions count records: everything up to ``durable`` has reached the disk."""

    def __init__(self, durable: int = 0, max_waiting_bytes: int = MAX_WAITING_BYTES) -> None:
        self._max_waiting_bytes = max_waiting_bytes
        self.durable = durable
        self.appended = durable
        self.problem = ""
        """Why the disk said no last time; empty while it takes what it gets."""
        self.closed = False
        self.ending = False
        """Closed for good: an end is still to be written behind the last record."""
        self._waiting: list[bytes] = []
        self._on_its_way = self._on_its_way_bytes = 0
        self.waiting_bytes = 0

    def append(self, record: bytes, room: int) -> int:
        """The record's position. ``room``: bytes that all logs together may still keep waiting. Raises ``MediaError``
        store_unavailable: nothing was taken."""
        if self.closed:
            raise MediaError("store_unavailable", "this log is closed", fault=Fault.SERVER)
        if not 0 < len(record) <= MAX_RECORD_BYTES:
            raise ValueError(f"a record has 1 to {MAX_RECORD_BYTES} bytes")
        if self.waiting_bytes + len(record) > self._max_waiting_bytes or len(record) > room:
            raise MediaError("store_unavailable", self.problem or "the disk is behind", retry=True, fault=Fault.SERVER)
        self._waiting.append(record)
        self.waiting_bytes += len(record)
        self.appended += 1
        return self.appended

    def end(self) -> None:
        self.closed = self.ending = True

    def take(self) -> list[bytes]:
        """What is to be written next; it counts as waiting until ``written``."""
        taken, self._waiting = self._waiting, []
        self._on_its_way += len(taken)
        self._on_its_way_bytes += sum(map(len, taken))
        return taken

    def written(self) -> int:
        """Everything that was taken is on the disk. How many bytes wait no more."""
        done, self._on_its_way_bytes = self._on_its_way_bytes, 0
        self.durable, self._on_its_way = self.durable + self._on_its_way, 0
        self.waiting_bytes -= done
        self.ending, self.problem = False, ""
        return done

    def let_go(self) -> int:
        """Nothing of it is written any more. How many bytes had waited."""
        left, self.waiting_bytes = self.waiting_bytes, 0
        self._waiting.clear()
        self.closed, self.ending = True, False
        return left
