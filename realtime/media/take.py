"""What is known of one take: which packets have come, which are durable, what is missing and why. Pure.

A *take* is the complete sound of one attempt at one answer, numbered packet by packet by the device that encoded it
(docs/reference/media-frames.md). Packets come in any order, some of them twice, from a device that may be wrong or lie;
what cannot be true is refused, and what has come first stays.
"""

import zlib
from array import array
from dataclasses import dataclass
from typing import Literal

from realtime.media.number_ranges import NumberRanges
from realtime.protocol.codec import ProtocolError
from realtime.protocol.missing import MissingCause, MissingSound
from realtime.protocol.refusals import refusal

MAX_PACKETS = 1 << 18
"""Four hours of 60 ms."""
MAX_AHEAD = 1 << 15
"""How far a number may lie above all that have come: half an hour that is sent later."""
MAX_HOLES = 1000
MAX_TAKE_MS = 6 * 3_600_000
SLACK_MS = 20
"""Times are rounded, and clocks of devices are not exact: this is neither a hole nor an overlap."""
TAIL_SLACK_MS = 1500
"""An answer ends a moment after the last packet that the device could make of it."""
USUAL_MS = 60
FIRST_BLOCK_MS = 120
"""A device's first block begins where its sound card lets it."""
ROOM_PACKETS = 1000
"""What is left free for a device that may come back, when another one goes on."""


@dataclass(frozen=True, slots=True)
class Packet:
    """``codec``: an Opus packet, or s16le at 16 kHz mono. ``duration_ms``: how long it sounds."""

    n: int
    start_ms: int
    duration_ms: float
    codec: Literal["opus", "pcm"]
    payload: bytes

    @property
    def end_ms(self) -> int:
        return round(self.start_ms + self.duration_ms)


class Take:
    """``packets``: how many there are in all, once the device has said so."""

    def __init__(self) -> None:
        self.packets: int | None = None
        self._received = NumberRanges()
        self._durable = NumberRanges()
        self._turned_away = NumberRanges()
        self._absent: list[tuple[int, int]] = []
        self._starts, self._ends, self._digests = array("I"), array("I"), array("I")

    @property
    def empty(self) -> bool:
        return self._received.highest < 0

    @property
    def through(self) -> int:
        """Every packet up to it is durable; -1: none."""
        return self._durable.through

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Durable packets beyond ``through``."""
        return [(first, last) for first, last in self._durable if first > 0]

    @property
    def end_ms(self) -> int:
        """Where the last packet that has come ends."""
        return 0 if self.empty else self._ends[self._received.highest]

    @property
    def complete(self) -> bool:
        """Everything that the device has made is durable."""
        return self.packets is not None and self.through >= self.packets - 1

    @property
    def hopeless(self) -> bool:
        """Incomplete, and the device said that it holds nothing of what is missing."""
        if self.packets is None and not self._absent_from(self._received.highest + 1, None):
            return False
        holes = self._holes(self._received)
        return not self.complete and bool(holes) and all(self._absent_from(first, last) for first, last in holes)

    # ------------------------------------------------------------------ what the device sends
    def admit(self, packet: Packet) -> bool:
        """True: it is new, and may be added. False: it is here already. Raises ``ProtocolError`` take_conflict,
        take_invalid."""
        n, received = packet.n, self._received
        if n in received:
            if self._digests[n] != zlib.crc32(packet.payload) or self._starts[n] != packet.start_ms:
                raise refused("take_conflict")
            return False
        beyond = self.packets if self.packets is not None else MAX_PACKETS
        if n >= beyond or n > received.highest + MAX_AHEAD or packet.end_ms > MAX_TAKE_MS or packet.duration_ms <= 0:
            raise refused("take_invalid")
        before, after = received.before(n), received.after(n)
        if before is not None and packet.start_ms < self._ends[before] - SLACK_MS:
            raise refused("take_invalid")
        if after is not None and packet.end_ms > self._starts[after] + SLACK_MS:
            raise refused("take_invalid")
        if len(received) >= MAX_HOLES and before != n - 1 and after != n + 1:
            raise refused("take_invalid")
        return True

    def add(self, packet: Packet) -> None:
        """What ``admit`` let through."""
        n, digest = packet.n, zlib.crc32(packet.payload)
        if (more := n - len(self._starts)) > 0:
            for column in (self._starts, self._ends, self._digests):
                column.frombytes(bytes(more * column.itemsize))
        if n == len(self._starts):
            self._starts.append(packet.start_ms)
            self._ends.append(packet.end_ms)
            self._digests.append(digest)
        else:
            self._starts[n], self._ends[n], self._digests[n] = packet.start_ms, packet.end_ms, digest
        self._received.add(n)

    def saved(self, n: int) -> None:
        self._durable.add(n)

    def turned_away(self, n: int) -> None:
        """It came, and could not be kept."""
        if len(self._turned_away) < MAX_HOLES:
            self._turned_away.add(n)

    def ended(self, packets: int) -> bool:
        """False: nothing new. Raises ``ProtocolError`` take_invalid: a number that what has come belies, or another
        than before."""
        if not self._received.highest < packets <= MAX_PACKETS or self.packets not in (None, packets):
            raise refused("take_invalid")
        new = self.packets is None
        self.packets = packets
        return new

    def absent(self, first: int, until: int | None) -> bool:
        """The device has not got the packets from ``first`` up to ``until``. False: nothing new. Raises
        ``ProtocolError`` take_invalid."""
        last = MAX_PACKETS if until is None else until
        if not 0 <= first < last <= MAX_PACKETS or len(self._absent) >= MAX_HOLES:
            raise refused("take_invalid")
        new = (first, last) not in self._absent
        if new:
            self._absent.append((first, last))
        return new

    # ------------------------------------------------------------------ what is missing
    def goes_on_at(self, elapsed_ms: int) -> tuple[int, int]:
        """Number and time with which a device goes on that holds nothing of this take: behind all that has come and
        with room for what another device may still hold. ``elapsed_ms``: how long the answer has been open."""
        if self.empty and not elapsed_ms:
            return 0, 0
        return self._received.highest + 1 + ROOM_PACKETS, max(self.end_ms, elapsed_ms)

    def missing(self, answer_ms: int = 0) -> list[MissingSound]:
        """All sound that the recording lacks, in order. ``answer_ms``: how long the answer was, for a take whose end
        nobody told."""
        found: list[MissingSound] = []
        until_ms, expected = 0, 0
        for first, last in self._durable:
            if first == 0 and self._starts[0] <= FIRST_BLOCK_MS:
                until_ms = self._starts[0]
            cause = self._cause(expected, first) if first > expected else "capture_paused"
            self._note(found, until_ms, self._starts[first], cause)
            for n in range(first, last):
                self._note(found, self._ends[n], self._starts[n + 1], "capture_paused")
            until_ms, expected = self._ends[last], last + 1
        if self.packets is None:
            if answer_ms > until_ms + TAIL_SLACK_MS:
                self._note(found, until_ms, answer_ms, self._cause(expected, MAX_PACKETS))
        elif self.packets > expected:
            usual_ms = self._ends[expected - 1] - self._starts[expected - 1] if expected else USUAL_MS
            tail_ms = until_ms + (self.packets - expected) * usual_ms
            self._note(found, until_ms, max(tail_ms, answer_ms), self._cause(expected, self.packets))
        return found

    @staticmethod
    def _note(found: list[MissingSound], start_ms: int, end_ms: int, cause: MissingCause) -> None:
        if end_ms - start_ms > SLACK_MS:
            found.append(MissingSound(start_ms, end_ms, cause))

    def _cause(self, first: int, end: int) -> MissingCause:
        if first in self._turned_away or first in self._received:
            return "not_taken"
        return "other_device" if self._absent_from(first, end - 1) else "not_sent"

    def _holes(self, ranges: NumberRanges) -> list[tuple[int, int | None]]:
        """[first, last] of what is not in ``ranges``; the last one is open while the end is not known."""
        holes: list[tuple[int, int | None]] = []
        expected = 0
        for first, last in ranges:
            if first > expected:
                holes.append((expected, first - 1))
            expected = last + 1
        if self.packets is None:
            holes.append((expected, None))
        elif self.packets > expected:
            holes.append((expected, self.packets - 1))
        return holes

    def _absent_from(self, first: int, last: int | None) -> bool:
        """Did the device say of each of these that it has not got it?"""
        end = MAX_PACKETS if last is None else last + 1
        for start, until in sorted(self._absent):
            if start <= first < until:
                first = until
        return first >= end


def refused(code: str) -> ProtocolError:
    return ProtocolError(code, refusal(code).message)
