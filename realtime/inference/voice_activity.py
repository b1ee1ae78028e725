"""Voice activity of all sessions of a process, in one place and off the event loop.

    stream ──ask──► the line: one ask a stream, in order of arrival ──turn──► one thread, one network ──► answers

A turn takes what waits when the turn before it is done, or ``gather_s`` after the first ask into an empty line. Under
load turns become longer, and so does what waits: batches grow by themselves, and with them what a core carries. No
stream can take another's turn: it has one ask in the line, of ``most_chunks`` at most. So the line is bounded by the
number of streams, and what a stream has to say meanwhile waits with the stream (``realtime/perception/unjudged.py``).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from realtime.inference.silero import STATE_WIDTH

log = logging.getLogger("viva.voice")

Floats = npt.NDArray[np.float32]
Answer = Callable[[Floats | None], None]
"""Gets the probabilities; None: these chunks could not be judged."""


class Network(Protocol):
    def step(self, chunks: Floats, state: Floats) -> tuple[Floats, Floats]:
        """One chunk of each of n streams, (n, 512), and (n, 320) of state: n probabilities, and the state after."""


@dataclass(frozen=True, slots=True)
class VoicePolicy:
    """``most_streams``: in one turn. ``most_chunks``: of one stream in one ask, a quarter of a second."""

    gather_s: float = 0.02
    most_streams: int = 512
    most_chunks: int = 8


@dataclass(slots=True)
class VoiceStatistics:
    """Totals since the start. ``refused``: asks that were too long or came while another waited. ``busy_ms``: of the
    thread. ``longest_wait_ms``: from an ask to its answer."""

    turns: int = 0
    asks: int = 0
    chunks: int = 0
    refused: int = 0
    failed: int = 0
    busy_ms: float = 0.0
    longest_wait_ms: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Ask:
    voice: "Voice"
    chunks: Floats
    answer: Answer
    at_s: float


class Voice:
    """One stream. ``close`` it when nobody listens any more; what is under way is then answered to nobody."""

    def __init__(self, activity: "VoiceActivity") -> None:
        self.state: Floats = np.zeros(STATE_WIDTH, np.float32)
        self.closed = False
        self.asked = False
        self._activity = activity

    def ask(self, chunks: Floats, answer: Answer) -> bool:
        """``chunks``: the next of the stream, (n, 512), finite. ``answer`` gets n probabilities, on the loop. False:
        refused, for the one before is not answered yet, or it is too many at once."""
        return self._activity.ask(self, chunks, answer)

    def close(self) -> None:
        self.closed = True
        self._activity.forget(self)


@dataclass(slots=True)
class VoiceActivity:
    """One for a process. Call everything on one event loop; ``stop`` when nobody asks any more."""

    network: Network
    policy: VoicePolicy = field(default_factory=VoicePolicy)
    _line: dict[Voice, _Ask] = field(default_factory=dict)
    _turning: bool = False
    _stopped: bool = False
    _timer: asyncio.Handle | None = None
    _executor: ThreadPoolExecutor | None = None
    _counted: VoiceStatistics = field(default_factory=VoiceStatistics)

    def open(self) -> Voice:
        return Voice(self)

    def statistics(self) -> VoiceStatistics:
        return replace(self._counted)

    @property
    def waiting(self) -> int:
        return len(self._line)

    def stop(self) -> None:
        """The turn that is under way is finished in its thread; nobody hears of it."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        self._line.clear()
        if self._executor is not None:
            self._executor.shutdown(wait=True)
            self._executor = None

    def ask(self, voice: Voice, chunks: Floats, answer: Answer) -> bool:
        if self._stopped or voice.asked or voice.closed or not 0 < len(chunks) <= self.policy.most_chunks:
            self._counted.refused += 1
            return False
        loop = asyncio.get_running_loop()
        voice.asked = True
        self._line[voice] = _Ask(voice, chunks, answer, loop.time())
        self._counted.asks += 1
        if not self._turning and self._timer is None:
            self._timer = loop.call_later(self.policy.gather_s, self._turn)
        return True

    def forget(self, voice: Voice) -> None:
        self._line.pop(voice, None)

    def _turn(self) -> None:
        self._timer = None
        asks = list(self._line.values())[: self.policy.most_streams]
        if not asks:
            return
        for ask in asks:
            del self._line[ask.voice]
        self._turning = True
        if self._executor is None:
            self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="voice activity")
        done = asyncio.get_running_loop().run_in_executor(self._executor, self._judge, asks)
        done.add_done_callback(lambda outcome: self._answer(asks, outcome))

    def _judge(self, asks: list[_Ask]) -> list[Floats]:
        """In the thread: the first chunk of every stream, then the second of those that have one, and so on."""
        began_s = time.perf_counter()
        longest_first = sorted(asks, key=lambda ask: -len(ask.chunks))
        lengths = [len(ask.chunks) for ask in longest_first]
        state = np.stack([ask.voice.state for ask in longest_first])
        judged = np.zeros((len(asks), lengths[0]), np.float32)
        for step in range(lengths[0]):
            streams = sum(length > step for length in lengths)
            chunks = np.stack([ask.chunks[step] for ask in longest_first[:streams]])
            judged[:streams, step], state[:streams] = self.network.step(chunks, state[:streams])
        for ask, row in zip(longest_first, state, strict=True):
            ask.voice.state = row
        results = {id(ask): row[:length] for ask, row, length in zip(longest_first, judged, lengths, strict=True)}
        self._counted.busy_ms += (time.perf_counter() - began_s) * 1e3
        return [results[id(ask)] for ask in asks]

    def _tell(self, ask: _Ask, result: Floats | None) -> None:
        try:
            ask.answer(result)
        except Exception:
            # The boundary of one session: whatever goes wrong in it, the others in this turn hear theirs.
            log.exception("an answer of voice activity could not be taken")

    def _answer(self, asks: list[_Ask], outcome: "asyncio.Future[list[Floats]]") -> None:
        self._turning = False
        if self._stopped:
            return
        now_s = asyncio.get_running_loop().time()
        counted = self._counted
        counted.turns += 1
        failed = outcome.cancelled() or outcome.exception() is not None
        if failed:
            counted.failed += len(asks)
            log.error("voice activity of %d streams failed", len(asks), exc_info=outcome.exception())
        results = [None] * len(asks) if failed else outcome.result()
        for ask, result in zip(asks, results, strict=True):
            counted.chunks += len(ask.chunks)
            counted.longest_wait_ms = max(counted.longest_wait_ms, (now_s - ask.at_s) * 1e3)
            ask.voice.asked = False
            if not ask.voice.closed:
                self._tell(ask, result)
        if self._line and self._timer is None and not self._turning:
            self._timer = asyncio.get_running_loop().call_soon(self._turn)
