"""Where a window was cut from, written into the sound itself: soft tones above 4.4 kHz while somebody speaks.

The stand-in model has no knowledge, so what it "hears" has to be told to it; and what it is told must depend on
nothing but the sound that a server hands to the encoder. Every 50 ms the pilot is one of eight tones, drawn once by
chance; a quarter of a second of it names its place on the tape. The tones sit on bands of Whisper's log-mel filter and
are read from the features. Speech is kept below them. Pure.
"""

import numpy as np
import numpy.typing as npt

RATE = 16_000
FRAME_MS = 10
SLOT_MS = 50
BANDS = (65, 67, 69, 71, 73, 75, 77, 79)
"""Of 80 mel filters."""
SPEECH_BELOW_HZ = 4200
LOUDNESS = 0.02
SURE = 0.25
"""By how much the tone's band exceeds the middle one, in Whisper's scale: a quarter is 10 dB."""
FEWEST_FRAMES = 25
"""Of the first stretch in a window. A later one is looked for soon behind the one before it, where less will do."""
FEWEST_BEHIND, BEHIND_FRAMES = 12, 800
_SEED = 11
_BRIDGED_FRAMES = 4
_FFT = 32_768
MOST_MS = (_FFT - 3200) * FRAME_MS

Pcm = npt.NDArray[np.float32]
Symbols = npt.NDArray[np.int8]
"""One a frame of 10 ms: which tone, or -1."""


_STEP = np.log(6.4) / 27
_HIGHEST_MEL = 15 + np.log(RATE / 2 / 1000) / _STEP
"""Slaney's scale as Whisper uses it: linear to 1 kHz, which is 15 mel, then 27 mel for a factor of 6.4."""
TONES_HZ = tuple(float(1000 * np.exp(_STEP * (_HIGHEST_MEL * (band + 1) / 81 - 15))) for band in BANDS)


def bands_of(filters: int) -> list[int]:
    """Where the tones are among so many mel filters: 80, or 128 in the newer models."""
    mels = 15 + np.log(np.array(TONES_HZ) / 1000) / _STEP
    return [int(band) for band in np.round(mels / _HIGHEST_MEL * (filters + 1) - 1)]


def symbols_of(spans_ms: list[tuple[float, float]], total_ms: float) -> Symbols:
    """The pilot of a tape on which somebody speaks in ``spans_ms``."""
    frames = round(total_ms / FRAME_MS)
    sequence = np.random.default_rng(_SEED).integers(len(BANDS), size=frames, dtype=np.int8)
    slots = sequence[np.arange(frames) * FRAME_MS // SLOT_MS]
    spoken = np.zeros(frames, bool)
    for start_ms, end_ms in spans_ms:
        spoken[round(start_ms / FRAME_MS) : round(end_ms / FRAME_MS)] = True
    return np.where(spoken, slots, np.int8(-1))


def add(speech: Pcm, symbols: Symbols) -> Pcm:
    """The speech below the tones, and the tones. ``speech``: 16 kHz, as long as ``symbols``."""
    spectrum = np.fft.rfft(speech)
    spectrum[np.fft.rfftfreq(len(speech), 1 / RATE) > SPEECH_BELOW_HZ] = 0
    low: Pcm = np.fft.irfft(spectrum, len(speech)).astype(np.float32)
    per_sample = np.repeat(symbols, RATE * FRAME_MS // 1000)[: len(speech)]
    hertz = np.where(per_sample >= 0, np.array(TONES_HZ)[per_sample], 0.0)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    tones: Pcm = (LOUDNESS * np.sin(phase) * (per_sample >= 0)).astype(np.float32)
    return low + tones


def read(features: npt.NDArray[np.float32]) -> Symbols:
    """``features``: Whisper's, (mel filters, frames)."""
    bands = np.asarray(features[bands_of(len(features))])
    best = bands.argmax(axis=0).astype(np.int8)
    sure = bands.max(axis=0) - np.median(bands, axis=0) > SURE
    return np.where(sure, best, np.int8(-1))


class Tape:
    """Finds pieces of the tape again."""

    def __init__(self, symbols: Symbols) -> None:
        if len(symbols) * FRAME_MS > MOST_MS:
            raise ValueError(f"a tape of {len(symbols) * FRAME_MS} ms is longer than {MOST_MS} ms")
        self._symbols = symbols
        self._spectrum = np.fft.fft(_turning(symbols), _FFT)

    def places(self, heard: Symbols) -> list[tuple[int, int, int]]:
        """For every stretch of ``heard`` with a pilot: (first frame, past the last, tape frame of the first)."""
        found, behind = list[tuple[int, int, int]](), 0
        for first, last in _stretches(heard):
            length = last - first
            at = self._place(heard[first:last], behind) if length >= FEWEST_BEHIND and behind else None
            if at is None and length >= FEWEST_FRAMES:
                at = self._place(heard[first:last])
            if at is not None:
                found.append((first, last, at))
                behind = at + length
        return found

    def _place(self, piece: Symbols, behind: int = 0) -> int | None:
        """The best match anywhere, or not long ``behind`` a frame."""
        match = np.fft.ifft(self._spectrum * np.conj(np.fft.fft(_turning(piece), _FFT))).real
        match = match[behind : behind + BEHIND_FRAMES if behind else len(self._symbols)]
        if len(match) == 0:
            return None
        at = int(match.argmax())
        return behind + at if match[at] > 0.75 * np.count_nonzero(piece >= 0) else None


def _turning(symbols: Symbols) -> npt.NDArray[np.complex128]:
    """Equal symbols multiply to one, different ones to something that averages to nothing."""
    return np.where(symbols >= 0, np.exp(2j * np.pi * symbols / len(BANDS)), 0)


def _stretches(heard: Symbols) -> list[tuple[int, int]]:
    frames = np.flatnonzero(heard >= 0)
    if len(frames) == 0:
        return []
    breaks = np.flatnonzero(np.diff(frames) > _BRIDGED_FRAMES)
    starts = [int(frames[0]), *(int(frames[at + 1]) for at in breaks)]
    ends = [*(int(frames[at]) + 1 for at in breaks), int(frames[-1]) + 1]
    return list(zip(starts, ends, strict=True))
