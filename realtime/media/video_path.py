"""From VP8 packets to whole frames and pictures; asks for what is missing. Pure: time is an argument."""

from collections.abc import Callable
from typing import NamedTuple

from realtime.media.clock import StreamClock
from realtime.media.ingest import EncodedFrame, MediaSink
from realtime.media.pictures import PictureTap
from realtime.media.reorder import ReorderWindow
from realtime.media.vp8 import FrameAssembler

REORDER_PACKETS = 64
REORDER_HOLD_MS = 200
"""A retransmission needs a round trip; after this the frame is given up and a key frame asked for."""
NACK_AGAIN_MS = 80
MAX_NACKS = 32
_TICKS_PER_MS = 90


class _Packet(NamedTuple):
    timestamp: int
    start_ms: float
    marker: bool
    payload: bytes


class VideoPath:
    """One VP8 stream. ``ask_key_frame`` and ``ask_again`` (sequence numbers) send the feedback."""

    def __init__(
        self, sink: MediaSink, ask_key_frame: Callable[[], None], ask_again: Callable[[list[int]], None] | None
    ) -> None:
        self._sink = sink
        self._ask_key_frame = ask_key_frame
        self._ask_again = ask_again
        self._clock = StreamClock(_TICKS_PER_MS)
        self._window: ReorderWindow[_Packet] = ReorderWindow(REORDER_PACKETS, REORDER_HOLD_MS)
        self._frames = FrameAssembler()
        self._asked_ms: dict[int, float] = {}
        self._last_start_ms = 0.0
        self.tap = PictureTap()
        self.packets = 0
        self.frames = 0

    @property
    def lost(self) -> int:
        return self._window.lost

    @property
    def dropped(self) -> int:
        return self._frames.dropped

    def restart(self) -> None:
        self.flush(float("inf"))
        lost, dropped = self._window.lost, self._frames.dropped
        self._window, self._frames = ReorderWindow(REORDER_PACKETS, REORDER_HOLD_MS), FrameAssembler()
        self._window.lost, self._frames.dropped = lost, dropped
        self._clock = StreamClock(_TICKS_PER_MS)
        self._asked_ms.clear()

    def receive(self, sequence: int, timestamp: int, marker: bool, payload: bytes, arrival_ms: float) -> None:
        self.packets += 1
        if not payload:
            return  # a probe for bandwidth carries padding alone
        start_ms = self._clock.place(timestamp, arrival_ms)
        if (number := self._window.straight(sequence)) is not None:
            self._assemble(number, timestamp, start_ms, marker, payload)
            return
        for number, ready in self._window.push(sequence, _Packet(timestamp, start_ms, marker, payload), arrival_ms):
            self._assemble(number, *ready)
        if missing := self._window.missing():
            self._nack(missing, arrival_ms)
        elif self._asked_ms:
            self._asked_ms.clear()

    def flush(self, now_ms: float) -> None:
        for number, ready in self._window.release(now_ms):
            self._assemble(number, *ready)

    def _assemble(self, number: int, timestamp: int, start_ms: float, marker: bool, payload: bytes) -> None:
        start_ms = max(start_ms, self._last_start_ms)
        frame = self._frames.push(number, timestamp, start_ms, marker, payload)
        if frame is not None:
            self.frames += 1
            self._last_start_ms = frame.start_ms
            self._sink.encoded(EncodedFrame("vp8", frame.start_ms, frame.data, frame.key))
            if (picture := self.tap.push(frame)) is not None:
                self._sink.picture(picture)
            if self.tap.wants_key_frame(self._last_start_ms):
                self._ask_key_frame()
        elif self._frames.needs_key:
            self._ask_key_frame()

    def _nack(self, missing: list[int], now_ms: float) -> None:
        if self._ask_again is None:
            return
        due = [n for n in missing if now_ms - self._asked_ms.get(n, float("-inf")) >= NACK_AGAIN_MS][:MAX_NACKS]
        if due:
            self._asked_ms = {n: at for n, at in self._asked_ms.items() if n >= missing[0]}
            self._asked_ms.update(dict.fromkeys(due, now_ms))
            self._ask_again([n & 0xFFFF for n in due])
