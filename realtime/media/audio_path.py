"""From Opus packets, in any order or not at all, to audio on the media clock. Pure: time is an argument."""

from typing import NamedTuple

import numpy as np

from realtime.media.clock import StreamClock
from realtime.media.ingest import AudioChunk, EncodedFrame, MediaSink
from realtime.media.opus import SAMPLES_PER_MS, OpusDecoder, OpusError, level_dbfs, packet_ms
from realtime.media.reorder import ReorderWindow

REORDER_PACKETS = 3
REORDER_HOLD_MS = 240
"""Three packets of 60 ms and some jitter: what comes three places late is late, not lost."""
CONCEAL_MS = 120
"""Beyond this, concealment is invention: the rest of a hole is told as a gap."""
SILENCE_MS = 1000
"""With nothing lost, a hole is silence suppression (Opus speaks at least every 400 ms). Longer: the sender paused."""
MAX_OVERLAP_MS = 120
_TICKS_PER_MS = 48
_SLACK_MS = 1.0


class _Packet(NamedTuple):
    start_ms: float
    payload: bytes
    level: int | None


class AudioPath:
    """One Opus stream. What was lost is recovered, concealed, or told; what was silent is zeros; time only grows."""

    def __init__(self, sink: MediaSink) -> None:
        self._sink = sink
        self._clock = StreamClock(_TICKS_PER_MS)
        self._window: ReorderWindow[_Packet] = ReorderWindow(REORDER_PACKETS, REORDER_HOLD_MS)
        self._decoder: OpusDecoder | None = None
        self._number: int | None = None
        self._end_ms: float | None = None
        self.packets = 0
        self.malformed = 0

    @property
    def lost(self) -> int:
        return self._window.lost

    @property
    def late(self) -> int:
        return self._window.late

    @property
    def end_ms(self) -> float | None:
        return self._end_ms

    def decode(self, wanted: bool) -> None:
        """A fresh decoder each time: what it remembers of minutes ago would colour the first word."""
        if wanted and self._decoder is None:
            self._decoder = OpusDecoder()
        elif not wanted:
            self._decoder = None

    def restart(self) -> None:
        """A new sender (SSRC) takes over; the media clock goes on from where the old one ended."""
        self.flush(float("inf"))
        lost, late = self._window.lost, self._window.late
        self._window = ReorderWindow(REORDER_PACKETS, REORDER_HOLD_MS)
        self._window.lost, self._window.late = lost, late
        self._clock = StreamClock(_TICKS_PER_MS)
        self._number = None
        if self._decoder is not None:
            self._decoder = OpusDecoder()

    def receive(self, sequence: int, timestamp: int, payload: bytes, level: int | None, arrival_ms: float) -> None:
        """``level``: RFC 6464, 0..127, or None."""
        self.packets += 1
        start_ms = self._clock.place(timestamp, arrival_ms)
        if (number := self._window.straight(sequence)) is not None:
            self._play(number, start_ms, payload, level)
            return
        for number, ready in self._window.push(sequence, _Packet(start_ms, payload, level), arrival_ms):
            self._play(number, *ready)

    def flush(self, now_ms: float) -> None:
        for number, ready in self._window.release(now_ms):
            self._play(number, *ready)

    def missing(self) -> list[int]:
        return self._window.missing()

    def _play(self, number: int, start_ms: float, payload: bytes, rfc_level: int | None) -> None:
        duration_ms = packet_ms(payload)
        if not duration_ms:
            self.malformed += 1  # its time becomes a hole, which the next packet fills
            return
        if self._end_ms is not None:
            if self._end_ms - start_ms > MAX_OVERLAP_MS:
                self.malformed += 1  # or packets that all claim one moment would make time run away
                return
            if start_ms - self._end_ms > _SLACK_MS:
                lost = None if self._number is None else number - self._number - 1
                self._fill(self._end_ms, start_ms, lost, payload, duration_ms)
            else:
                start_ms = self._end_ms  # a jump back of the sender's clock never moves ours back
        self._number = number
        self._end_ms = start_ms + duration_ms
        self._sink.encoded(EncodedFrame("opus", start_ms, payload))
        if self._decoder is None:
            return
        level = None if rfc_level is None else -float(rfc_level)
        try:
            pcm = self._decoder.decode(payload)
        except OpusError:
            self.malformed += 1
            pcm = self._decoder.conceal(duration_ms)
            self._emit(start_ms, pcm, level, concealed=True)
        else:
            self._emit(start_ms, pcm, level)

    def _fill(self, from_ms: float, to_ms: float, lost: int | None, following: bytes, following_ms: float) -> None:
        """``lost`` packets make the hole; None: a new sender begins after it."""
        hole_ms = to_ms - from_ms
        if not lost:
            if hole_ms > SILENCE_MS or lost is None:
                self._sink.audio_gap(from_ms, to_ms, "disconnected")
            elif self._decoder is not None:
                self._emit(from_ms, np.zeros(round(hole_ms * SAMPLES_PER_MS), np.float32), -127.0)
            return
        if self._decoder is None:
            self._sink.audio_gap(from_ms, to_ms, "loss")
            return
        # libopus works in steps of 2.5 ms; a stream whose clock does not is told as it is.
        repaired_ms = min(hole_ms, CONCEAL_MS) // 2.5 * 2.5
        recovered_ms = min(following_ms, repaired_ms)
        concealed_ms = repaired_ms - recovered_ms
        at_ms = to_ms - repaired_ms
        if at_ms - from_ms > _SLACK_MS:
            self._sink.audio_gap(from_ms, at_ms, "loss")
        if concealed_ms:
            self._emit(at_ms, self._decoder.conceal(concealed_ms), None, concealed=True)
        if recovered_ms:
            try:
                pcm = self._decoder.recover(following, recovered_ms)
            except OpusError:
                pcm = self._decoder.conceal(recovered_ms)
            self._emit(to_ms - recovered_ms, pcm, None, concealed=True)

    def _emit(self, start_ms: float, pcm: np.ndarray, level: float | None, concealed: bool = False) -> None:  # type: ignore[type-arg]
        self._sink.audio(AudioChunk(start_ms, pcm, level_dbfs(pcm) if level is None else level, concealed))
