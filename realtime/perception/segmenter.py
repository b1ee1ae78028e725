"""Where speech begins and ends. Pure, and in media milliseconds only: a stalled network is not a pause.

    quiet ──3 chunks ≥ START──► speaking ──600 ms < END──► quiet
                                    │ 25 s: the next short pause, or at 28 s the quietest moment since 25 s
                                    └──► speaking (the sound is cut, the speaker is not)

An utterance keeps 400 ms of sound from before the voice was noticed: the first consonant of a sentence is
quieter than any threshold, and a recogniser that never hears it gets the first word wrong.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.float32]

CHUNK_SAMPLES = 512
CHUNK_MS = 32


@dataclass(frozen=True, slots=True)
class SegmenterPolicy:
    """Silero's own hysteresis (0.5 to start, 0.15 less to go on); durations are multiples of a chunk."""

    start_probability: float = 0.5
    end_probability: float = 0.35
    start_chunks: int = 3
    pre_roll_chunks: int = 13
    end_silence_chunks: int = 19
    cut_from_chunks: int = 25_000 // CHUNK_MS
    cut_at_chunks: int = 28_000 // CHUNK_MS
    cut_pause_chunks: int = 5


@dataclass(frozen=True, slots=True)
class UtteranceOpened:
    """``start_ms``: of the sound kept; ``voice_ms``: of the voice in it. ``resumed``: the other half of a cut."""

    start_ms: float
    voice_ms: float
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class UtteranceClosed:
    """``audio`` from ``start_ms`` on. ``cut``: the speaker has not stopped. ``voiced`` False: after a cut nothing more
    was said, there is only the silence that showed it."""

    start_ms: float
    voice_end_ms: float
    audio: Pcm
    cut: bool = False
    voiced: bool = True


Segment = UtteranceOpened | UtteranceClosed


@dataclass(frozen=True, slots=True)
class _Chunk:
    start_ms: float
    pcm: Pcm
    probability: float

    @property
    def energy(self) -> float:
        return float(np.mean(np.square(self.pcm)))


@dataclass(slots=True)
class Segmenter:
    """Feed chunks of 512 samples in order. ``keep_audio`` False: only times are wanted, no sound is held."""

    policy: SegmenterPolicy = field(default_factory=SegmenterPolicy)
    keep_audio: bool = True
    voiced_ms: int = 0
    _chunks: list[_Chunk] = field(default_factory=list)
    _before: deque[_Chunk] = field(init=False)
    _loud_run: int = 0
    _quiet_run: int = 0
    _speaking: bool = False

    def __post_init__(self) -> None:
        self._before = deque(maxlen=self.policy.pre_roll_chunks + self.policy.start_chunks)

    @property
    def speaking(self) -> bool:
        return self._speaking

    @property
    def start_ms(self) -> float:
        """Where the open utterance's sound begins."""
        return self._chunks[0].start_ms

    @property
    def end_ms(self) -> float:
        """Where it ends so far."""
        return self._chunks[-1].start_ms + CHUNK_MS

    def audio(self, from_sample: int) -> Pcm:
        """The open utterance's sound but for so much of its beginning."""
        chunk, within = divmod(from_sample, CHUNK_SAMPLES)
        return _joined(self._chunks[chunk:])[within:]

    def push(self, pcm: Pcm, probability: float, start_ms: float) -> list[Segment]:
        chunk = _Chunk(start_ms, pcm if self.keep_audio else pcm[:0], probability)
        voiced = probability >= (self.policy.end_probability if self._speaking else self.policy.start_probability)
        self.voiced_ms += CHUNK_MS * (voiced and self._speaking)
        return self._while_speaking(chunk, voiced) if self._speaking else self._while_quiet(chunk, voiced)

    def close(self) -> list[Segment]:
        """The sound ends here: the answer was closed, or nothing came for too long."""
        self._before.clear()
        self._loud_run = 0
        return [self._end()] if self._speaking else []

    def _while_quiet(self, chunk: _Chunk, voiced: bool) -> list[Segment]:
        self._before.append(chunk)
        self._loud_run = self._loud_run + 1 if voiced else 0
        if self._loud_run < self.policy.start_chunks:
            return []
        self._chunks = list(self._before)
        self._before.clear()
        self._speaking, self._quiet_run = True, 0
        self.voiced_ms += CHUNK_MS * self._loud_run
        voice_ms = self._chunks[-self._loud_run].start_ms
        self._loud_run = 0
        return [UtteranceOpened(self.start_ms, voice_ms)]

    def _while_speaking(self, chunk: _Chunk, voiced: bool) -> list[Segment]:
        self._chunks.append(chunk)
        self._quiet_run = 0 if voiced else self._quiet_run + 1
        if self._quiet_run >= self.policy.end_silence_chunks:
            return [self._end()]
        length = len(self._chunks)
        if length >= self.policy.cut_at_chunks:
            return self._cut(self._quietest())
        if length >= self.policy.cut_from_chunks and self._quiet_run >= self.policy.cut_pause_chunks:
            return self._cut(length - self._quiet_run // 2)
        return []

    def _end(self) -> UtteranceClosed:
        closed = self._closed(self._chunks, self._quiet_run)
        # The silence that ended this utterance is the pre-roll of the next.
        self._before.extend(self._chunks[len(self._chunks) - self._quiet_run :])
        self._chunks, self._speaking, self._quiet_run = [], False, 0
        return closed

    def _cut(self, at: int) -> list[Segment]:
        head, self._chunks = self._chunks[:at], self._chunks[at:]
        closed = self._closed(head, 0, cut=True)
        return [closed, UtteranceOpened(self.start_ms, self.start_ms, resumed=True)]

    def _closed(self, chunks: list[_Chunk], quiet: int, cut: bool = False) -> UtteranceClosed:
        voice_end_ms = chunks[-1].start_ms + CHUNK_MS * (1 - quiet)
        return UtteranceClosed(chunks[0].start_ms, voice_end_ms, _joined(chunks), cut, voiced=quiet < len(chunks))

    def _quietest(self) -> int:
        """The middle of the quietest 160 ms since a cut was allowed."""
        first, width = self.policy.cut_from_chunks, self.policy.cut_pause_chunks
        energies = np.array([chunk.energy if len(chunk.pcm) else chunk.probability for chunk in self._chunks[first:]])
        smooth = np.convolve(energies, np.ones(width), mode="valid")
        return first + int(np.argmin(smooth)) + width // 2


def _joined(chunks: list[_Chunk]) -> Pcm:
    return np.concatenate([chunk.pcm for chunk in chunks]) if chunks else np.zeros(0, np.float32)
