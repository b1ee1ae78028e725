"""Log-mel frames as Whisper takes them, each computed once although windows overlap.

A window of speech is recognised again and again while it grows, and nine tenths of its frames were there the last
time. So the frames of an utterance are kept as they are before a window is known: raw, the power in each band as its
logarithm. What Whisper does to a window as a whole, it does when the window is asked for: everything more than eight
decades below the loudest value is raised to there, and the result is scaled (``log_mel_spectrogram`` of OpenAI's
whisper/audio.py).

    utterance   |--------------------------------------------> sound
    frames          k = 0   1   2   3   ...                    centred on sample 160 k, 400 samples wide
    window             |---------------------------|silence    its first two are mirrored at the edge, its last
                                                               three reach into the silence: those five are its own

Values are kept in 16 bits, in steps of 1/4096 decade from 1e-10 on: an eighth of a thousandth of a decade off at most,
which is 3.1e-5 in what the encoder sees, and half the size of the sound itself.
"""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.float32]
Mel = npt.NDArray[np.float32]
Steps = npt.NDArray[np.uint16]
"""(mels, frames): log10 of the power in a band, in 1/4096, counted from -10."""

SAMPLE_RATE = 16_000
HOP_SAMPLES = 160
HOP_MS = 10
FRAMES_PER_S = SAMPLE_RATE // HOP_SAMPLES
FFT_SAMPLES = 400
LONGEST_SAMPLES = 30 * SAMPLE_RATE
STEPS_PER_DECADE = 4096
QUIETEST_DECADES = -10
DECADES_KEPT = 8

_HALF = FFT_SAMPLES // 2
_OWN_AT_START = 2
"""Frames that the mirrored start of a window reaches: those centred less than 200 samples from it."""
_BLOCK_FRAMES = 256
"""At a time: what is transformed stays in the cache. Thousands of frames in one go cost three times as much each."""
_LEAST_CAPACITY = 256
_VOICED_HOPS = 2
_VOICED_SHARE = 0.05**2
"""-26 dB."""


@dataclass(frozen=True, slots=True, eq=False)
class MelWindow:
    """What an engine needs of a window. ``steps``: the frames that its sound reaches, the rest is silence.

    ``samples``: how much sound there is. ``voiced_ms``: from where to where in it somebody can be heard.
    """

    steps: Steps
    samples: int
    voiced_ms: tuple[int, int]

    @property
    def mels(self) -> int:
        return len(self.steps)

    def features(self, seconds: int) -> Mel:
        """(mels, 100 * seconds), padded with silence, which looks the same wherever it is."""
        frames = seconds * FRAMES_PER_S
        steps = self.steps[:, :frames]
        floor = max(0, int(steps.max()) - DECADES_KEPT * STEPS_PER_DECADE)
        scale, offset = 1 / (4 * STEPS_PER_DECADE), (QUIETEST_DECADES + 4) / 4
        features = np.full((len(steps), frames), floor * scale + offset, np.float32)
        heard = features[:, : steps.shape[1]]
        np.multiply(np.maximum(steps, np.uint16(floor)), np.float32(scale), out=heard)
        heard += np.float32(offset)
        return features


def whole_window(audio: Pcm, mels: int) -> MelWindow:
    """All frames of ``audio`` anew: for what is recognised once, such as a final."""
    return LogMelRing(mels).window(audio, 0)


class LogMelRing:
    """The frames of one utterance from its current window on; 16 kB a second, 30 s at most.

    Windows come one after the other and begin on a frame; safe to use from another thread than the one before.
    """

    def __init__(self, mels: int) -> None:
        self.mels = mels
        self._lock = Lock()
        self._steps: Steps = np.empty((mels, 0), np.uint16)
        self._powers: Pcm = np.empty(0, np.float32)
        """Mean square of each hop, (capacity,); hop k is the 160 samples from where frame k is centred."""
        self._first = 0
        self._end = 0
        self._hops_end = 0
        self._start: tuple[int, Steps] | None = None
        """The mirrored frames of the window that begins there."""

    @property
    def nbytes(self) -> int:
        return self._steps.nbytes + self._powers.nbytes

    def window(self, audio: Pcm, first: int) -> MelWindow:
        """``audio``: a window's sound, finite, 30 s at most; it begins at sample ``160 * first`` of the utterance."""
        with self._lock:
            return self._window(audio, first)

    def _window(self, audio: Pcm, first: int) -> MelWindow:
        samples = len(audio)
        whole = max(_OWN_AT_START, (samples - _HALF) // HOP_SAMPLES + 1)
        """Frames from here on reach behind the sound."""
        frames = (samples + _HALF - 1) // HOP_SAMPLES + 1
        self._make_room(first, max(whole, samples // HOP_SAMPLES))
        known = min(whole, max(_OWN_AT_START, self._end - first))
        fresh = raw_log_mel(_span(audio, known, frames), self.mels)
        keep = whole - known
        self._steps[:, known : known + keep] = fresh[:, :keep]
        self._end = max(self._end, first + whole)
        steps = np.concatenate(
            [
                self._mirrored(audio, first)[:, :frames],
                self._steps[:, _OWN_AT_START:whole],
                fresh[:, keep:],
            ],
            axis=1,
        )
        return MelWindow(steps, samples, self._voiced_ms(audio, first))

    def _make_room(self, first: int, frames: int) -> None:
        """Column 0 is frame ``first`` from now on. A window that goes back, or leaves a hole, begins anew."""
        moved, kept = first - self._first, self._end - first
        if moved < 0 or kept <= 0:
            self._end = self._hops_end = first
            moved = kept = 0
        if frames > self._steps.shape[1]:
            capacity = max(_LEAST_CAPACITY, 2 * frames)
            steps, powers = np.empty((self.mels, capacity), np.uint16), np.empty(capacity, np.float32)
        else:
            steps, powers = self._steps, self._powers
        if kept and (moved or steps is not self._steps):
            steps[:, :kept] = self._steps[:, moved : moved + kept].copy()
            hops = max(0, self._hops_end - first)
            powers[:hops] = self._powers[moved : moved + hops].copy()
        self._steps, self._powers, self._first = steps, powers, first

    def _mirrored(self, audio: Pcm, first: int) -> Steps:
        if len(audio) < FFT_SAMPLES:  # it will be another start once it has grown
            return raw_log_mel(_span(audio, 0, _OWN_AT_START), self.mels)
        if self._start is None or self._start[0] != first:
            self._start = (first, raw_log_mel(_span(audio, 0, _OWN_AT_START), self.mels))
        return self._start[1]

    def _voiced_ms(self, audio: Pcm, first: int) -> tuple[int, int]:
        hops, known = len(audio) // HOP_SAMPLES, max(0, self._hops_end - first)
        fresh = audio[known * HOP_SAMPLES : hops * HOP_SAMPLES].reshape(-1, HOP_SAMPLES)
        if len(fresh):
            self._powers[known:hops] = np.einsum("ij,ij->i", fresh, fresh) / HOP_SAMPLES
            self._hops_end = first + hops
        return voiced_span_ms(self._powers[:hops], len(audio))


@dataclass(frozen=True, slots=True, eq=False)
class RingWindow:
    """A window that will be computed where it is needed: in the engine's thread, or when it is packed for a worker."""

    ring: LogMelRing
    first: int

    def of(self, audio: Pcm) -> MelWindow:
        return self.ring.window(audio, self.first)


def voiced_span_ms(hop_powers: Pcm, samples: int) -> tuple[int, int]:
    """From where to where there is sound: 20 ms frames within 26 dB of the loud ones. All of it when unsure.

    ``hop_powers``: mean squares of 10 ms each.
    """
    pairs = len(hop_powers) // _VOICED_HOPS
    whole = (0, round(samples * 1000 / SAMPLE_RATE))
    if pairs < 2:
        return whole
    powers = hop_powers[: pairs * _VOICED_HOPS].reshape(-1, _VOICED_HOPS).sum(axis=1)
    loud = int(0.95 * (pairs - 1))
    voiced = np.flatnonzero(powers > _VOICED_SHARE * np.partition(powers, loud)[loud])
    if len(voiced) == 0:
        return whole
    step_ms = _VOICED_HOPS * HOP_MS
    return int(voiced[0]) * step_ms, (int(voiced[-1]) + 1) * step_ms


def _span(audio: Pcm, first: int, end: int) -> Pcm:
    """What frames ``first`` to ``end`` of a window look at: mirrored before its start and behind the longest window's
    end, silence behind the sound."""
    if end <= first:
        return np.zeros(0, np.float32)
    begins, ends = first * HOP_SAMPLES - _HALF, (end - 1) * HOP_SAMPLES + _HALF
    span = np.zeros(ends - begins, np.float32)
    there = audio[max(0, begins) : max(0, ends)]
    at = max(0, -begins)
    span[at : at + len(there)] = there
    if begins < 0:
        mirror = audio[1 : 1 - begins]
        span[-begins - len(mirror) : -begins] = mirror[::-1]
    if ends > LONGEST_SAMPLES:
        beyond = ends - LONGEST_SAMPLES
        mirror = span[-2 * beyond - 1 : -beyond - 1]
        span[-beyond:] = mirror[::-1]
    return span


def raw_log_mel(sound: Pcm, mels: int) -> Steps:
    """(mels, frames) of ``400 + 160 * (frames - 1)`` samples: Hann window, power spectrum, bands, logarithm."""
    if len(sound) < FFT_SAMPLES:
        return np.zeros((mels, 0), np.uint16)
    frames = np.lib.stride_tricks.sliding_window_view(sound, FFT_SAMPLES)[::HOP_SAMPLES]
    steps = np.empty((mels, len(frames)), np.uint16)
    for at in range(0, len(frames), _BLOCK_FRAMES):
        spectrum = np.fft.rfft(frames[at : at + _BLOCK_FRAMES] * _hann())
        powers = (np.square(spectrum.real) + np.square(spectrum.imag)).astype(np.float32)
        counted = filterbank(mels) @ powers.T
        np.log10(np.maximum(counted, np.float32(10.0**QUIETEST_DECADES), out=counted), out=counted)
        counted -= QUIETEST_DECADES
        counted *= STEPS_PER_DECADE
        np.rint(counted, out=counted)
        steps[:, at : at + _BLOCK_FRAMES] = np.clip(counted, 0, np.iinfo(np.uint16).max, out=counted)
    return steps


@lru_cache(1)
def _hann() -> Pcm:
    return np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)


@lru_cache(4)
def filterbank(mels: int) -> Mel:
    """(mels, 201): triangles of equal area between 0 and 8 kHz, evenly spaced on Slaney's mel scale (Auditory Toolbox,
    1998): 200/3 Hz a mel up to 1 kHz, a factor of 6.4 in 27 mels above."""
    log_mel_per_mel, knee_mel = np.log(6.4) / 27, 15.0
    top_mel = knee_mel + np.log(SAMPLE_RATE / 2 / 1000) / log_mel_per_mel
    at_mel = np.linspace(0, top_mel, mels + 2)
    corners_hz = np.where(
        at_mel < knee_mel, at_mel * 200 / 3, 1000 * np.exp(log_mel_per_mel * (np.maximum(at_mel, knee_mel) - knee_mel))
    )
    low, middle, high = corners_hz[:-2, None], corners_hz[1:-1, None], corners_hz[2:, None]
    bins_hz = np.fft.rfftfreq(FFT_SAMPLES, 1 / SAMPLE_RATE)[None]
    triangles = np.minimum((bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle))
    return np.asarray(np.maximum(0, triangles) * 2 / (high - low), np.float32)
