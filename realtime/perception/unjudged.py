"""One stream's sound on its way to voice activity, when that is judged elsewhere. Pure.

    put ──► waiting ──take──► under way ──done──► the caller
    broke ──► a break in the line, reached when all before it has been judged

What comes is kept in its order, breaks included, and bounded: sound that finds the line full is not taken.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from realtime.inference.engine import Pcm
from realtime.perception.segmenter import CHUNK_MS

MOST_WAITING_CHUNKS = 3_000 // CHUNK_MS
"""Sound that may wait. Who is that late does not hear live."""
MOST_TAKEN_CHUNKS = 8
"""At a time, a quarter of a second: a stream that has much to say does not hold up the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Consecutive chunks, (n, 512)."""

    begins_ms: float
    chunks: Pcm

    def __len__(self) -> int:
        return len(self.chunks)


class UnjudgedSound:
    def __init__(self) -> None:
        self._waiting: deque[Stretch | None] = deque()
        """None: the sound breaks off here. Never in front: a break is taken when it is reached."""
        self._under_way: Stretch | None = None

    @property
    def empty(self) -> bool:
        return self._under_way is None and not self._waiting

    def put(self, more: Stretch) -> bool:
        """False: the line is full."""
        waiting = sum(len(stretch) for stretch in self._waiting if stretch is not None)
        if waiting + len(more) > MOST_WAITING_CHUNKS:
            return False
        last = self._waiting[-1] if self._waiting else None
        if last is not None:
            self._waiting.pop()
            more = Stretch(last.begins_ms, np.concatenate([last.chunks, more.chunks]))
        self._waiting.append(more)
        return True

    def broke(self) -> bool:
        """The sound ends here. True: at once, for nothing waits before it."""
        if self.empty:
            return True
        if not self._waiting or self._waiting[-1] is not None:
            self._waiting.append(None)
        return False

    def take(self) -> Pcm | None:
        """What is to be judged next; None: there is nothing, or some is under way."""
        if self._under_way is not None or not self._waiting:
            return None
        first = self._waiting.popleft()
        assert first is not None, "a break is taken when it is reached"
        if len(first) > MOST_TAKEN_CHUNKS:
            rest_ms = first.begins_ms + MOST_TAKEN_CHUNKS * CHUNK_MS
            self._waiting.appendleft(Stretch(rest_ms, first.chunks[MOST_TAKEN_CHUNKS:]))
            first = Stretch(first.begins_ms, first.chunks[:MOST_TAKEN_CHUNKS])
        self._under_way = first
        return first.chunks

    def done(self) -> tuple[Stretch | None, bool]:
        """What was under way, and whether the sound breaks off behind it."""
        stretch, self._under_way = self._under_way, None
        breaks = bool(self._waiting) and self._waiting[0] is None
        if breaks:
            self._waiting.popleft()
        return stretch, breaks
