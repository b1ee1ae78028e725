"""How a voice sounds: pitch, loudness, pace and pauses, told after every five seconds of speech.

Described, never judged: nothing here knows what a voice ought to be. Runs only where the law and the candidate allow.

A window holds five seconds of speech and the silence in between; windows follow each other without a hole, from the
first word on. Silence before it, and after the last, is no pause. A pause is 250 ms without voice activity or below
the speech by more than ``PAUSE_MARGIN_DB`` (the limit between articulation and hesitation: F. Goldman-Eisler,
"Psycholinguistics", 1968; N. H. de Jong and H. R. Bosker, DiSS 2013, found the same best). Lost sound is no pause.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.inference.engine import Pcm
from realtime.perception import pitch
from realtime.perception.framing import FRAME_MS, Framer
from realtime.perception.level import PAUSE_MARGIN_DB, active_power, dbfs, frame_powers
from realtime.perception.pace import PaceMeter, TimedWord
from realtime.protocol.text import Language

WINDOW_FRAMES = 5_000 // FRAME_MS
LEAST_FRAMES = 1_000 // FRAME_MS
"""A rest with less speech than this describes nothing."""
PITCH_FRAMES = 1_000 // FRAME_MS
"""Pitch is tracked a second of speech at a time: nothing waits long for it, and no more sound is held."""
PAUSE_FRAMES = -(-250 // FRAME_MS)
LEAST_VOICED_FRAMES = 300 // pitch.HOP_MS
PACE_STALE_MS = 30_000
"""Words come when an utterance is over, which is at most 28 s long; older ones say nothing about now."""
_NOBODY = -1.0
"""In place of the power of a frame in which nobody spoke."""
_OVERLAP_FRAMES = -(-(pitch.WINDOW_MS - pitch.HOP_MS) // FRAME_MS)


@dataclass(frozen=True, slots=True)
class VoiceReading:
    """``pitch_hz``: median; ``pitch_range_semitones``: from the 10th to the 90th percentile; both None where too
    little was voiced. ``voiced_share``: of the sound that is not pause. ``loudness_dbfs``: without the pauses.
    ``pace_per_minute``: of the last words recognised, in units of the interview's language. ``pause_share``: of the
    window."""

    start_ms: int
    end_ms: int
    pitch_hz: float | None
    pitch_range_semitones: float | None
    voiced_share: float
    loudness_dbfs: float
    pace_per_minute: float | None
    pause_share: float


class _Window:
    """What is gathered for one reading. Bounded: of a long silence only enough is kept to know it for a pause."""

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.end_ms = start_ms
        self.spoken = 0
        self.voiced: list[tuple[int, float]] = []
        """Pitch where there is one, and of which frame of speech, 0 being the first."""
        self._powers: list[float] = []
        self._silent = 0
        self._left_out = 0
        self._left_out_by_end = 0

    def add(self, power: float, speaking: bool, end_ms: int) -> None:
        if not speaking:
            self._silent += 1
            if self._silent <= PAUSE_FRAMES:
                self._powers.append(_NOBODY)
            else:
                self._left_out += 1
            return
        self._silent = 0
        self.spoken += 1
        self.end_ms = end_ms
        self._left_out_by_end = self._left_out
        self._powers.append(power)

    def read(self, pace_per_minute: float | None) -> VoiceReading:
        kept = len(self._powers) - min(self._silent, PAUSE_FRAMES)
        powers = np.array(self._powers[:kept])
        spoken = powers >= 0
        level = active_power(powers[spoken])
        pauses = _pauses(powers <= level * 10 ** (-PAUSE_MARGIN_DB / 10))
        paused = int(pauses.sum())
        in_pause = pauses[spoken]
        voiced_hz = [f0_hz for frame, f0_hz in self.voiced if not in_pause[frame]]
        low_hz = high_hz = middle_hz = None
        if len(voiced_hz) >= LEAST_VOICED_FRAMES:
            low_hz, middle_hz, high_hz = map(float, np.percentile(voiced_hz, (10, 50, 90)))
        return VoiceReading(
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            pitch_hz=middle_hz,
            pitch_range_semitones=12 * float(np.log2(high_hz / low_hz)) if high_hz and low_hz else None,
            voiced_share=min(1.0, len(voiced_hz) * pitch.HOP_MS / (max(1, kept - paused) * FRAME_MS)),
            loudness_dbfs=dbfs(level),
            pace_per_minute=pace_per_minute,
            pause_share=(paused + self._left_out_by_end) / max(1, kept + self._left_out_by_end),
        )


class VoiceMeter:
    """``language``: of the interview; pace is told in its units."""

    def __init__(self, language: Language) -> None:
        self._framer = Framer()
        self._pace = PaceMeter(language)
        self._speaking = False
        self._window: _Window | None = None
        self._sound: list[Pcm] = []
        """Frames of speech whose pitch is not tracked yet, behind the overlap with what was."""
        self._tracked = 0
        """How many of them are overlap."""

    def push(self, pcm: Pcm, start_ms: float, speaking: bool) -> list[VoiceReading]:
        """``pcm``: 16 kHz mono, any length; ``start_ms``: media time of its first sample."""
        frames = self._framer.push(pcm, start_ms, speaking)
        self._speaking = speaking
        readings = []
        for at, power in enumerate(frame_powers(frames.pcm)):
            spoken = bool(frames.speaking[at])
            end_ms = frames.end_ms(at)
            if self._window is None:
                if not spoken:
                    continue
                self._window = _Window(end_ms - FRAME_MS)
            self._window.add(float(power), spoken, end_ms)
            if spoken:
                self._hear(frames.pcm[at])
                if self._window.spoken == WINDOW_FRAMES:
                    readings.append(self._close(self._window))
                    self._window = _Window(end_ms)
        return readings

    def words(self, words: Iterable[TimedWord]) -> None:
        """Words of a final caption, in media time."""
        self._pace.add(words)

    @property
    def pace_per_minute(self) -> float | None:
        """Over the last ten seconds of recognised speech; None while nobody speaks, and where that is long ago."""
        return self._recent_pace() if self._speaking else None

    def finish(self) -> list[VoiceReading]:
        """The answer is over: the rest, if it holds a second of speech. Calling it again does nothing."""
        window, self._window = self._window, None
        if window is None or window.spoken < LEAST_FRAMES:
            return []
        return [self._close(window)]

    def _recent_pace(self) -> float | None:
        said_ms = self._pace.end_ms
        recent = said_ms is not None and self._framer.heard_ms - said_ms <= PACE_STALE_MS
        return self._pace.per_minute if recent else None

    def _hear(self, frame: Pcm) -> None:
        self._sound.append(frame)
        if len(self._sound) - self._tracked >= PITCH_FRAMES:
            self._track()

    def _track(self) -> None:
        if self._window is None or len(self._sound) == self._tracked:
            return
        track = pitch.track(np.concatenate(self._sound))
        first = self._window.spoken - len(self._sound)
        for time_ms, f0_hz in zip(track.times_ms.tolist(), track.f0_hz.tolist(), strict=True):
            if not math.isnan(f0_hz):
                self._window.voiced.append((max(0, first + int(time_ms) // FRAME_MS), f0_hz))
        # The next frame of pitch begins one hop after the last one of these.
        self._sound = [frame.copy() for frame in self._sound[-_OVERLAP_FRAMES:]]
        self._tracked = len(self._sound)

    def _close(self, window: _Window) -> VoiceReading:
        self._window = window
        self._track()
        self._window = None
        return window.read(self._recent_pace())


def _pauses(silent: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The frames that lie in silences of at least ``PAUSE_FRAMES``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]]).astype(np.int8)))
    pauses = np.zeros(len(silent), bool)
    for begins, ends in zip(edges[::2], edges[1::2], strict=True):
        pauses[begins:ends] = ends - begins >= PAUSE_FRAMES
    return pauses
