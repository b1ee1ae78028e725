"""Where the markers are in what a server delivered, against where they were put. Pure."""

import statistics
from dataclasses import dataclass

import numpy as np

from bench.media.material import MARKER_MS, RATE, Pcm, marker

NEAR_MS, FAR_MS = 200, 1700
"""To either side: a stream that is late by a second must be seen to be."""
FOUND_NEAR, FOUND_FAR = 0.6, 0.85
"""Of the correlation with the marker; below, it was concealed away or lost. Far from its place are other markers."""


@dataclass(frozen=True, slots=True)
class Heard:
    """``error_ms``: the marker's place on the delivered timeline less its true one. ``delay_ms``: from the moment it
    was said to the moment it was handed over."""

    error_ms: float
    delay_ms: float


def find(pcm: Pcm, number: int, expected_ms: float) -> float | None:
    """Where marker ``number`` begins in ``pcm``, in milliseconds; None where it cannot be heard near
    ``expected_ms``."""
    near_ms = _within(pcm, number, expected_ms, NEAR_MS, FOUND_NEAR)
    return _within(pcm, number, expected_ms, FAR_MS, FOUND_FAR) if near_ms is None else near_ms


def _within(pcm: Pcm, number: int, expected_ms: float, reach_ms: float, found_above: float) -> float | None:
    tone = marker(number)
    first = max(0, round((expected_ms - reach_ms) * RATE / 1000))
    part = pcm[first : max(0, round((expected_ms + reach_ms + MARKER_MS) * RATE / 1000))]
    if len(part) < len(tone):
        return None
    total = np.cumsum(np.concatenate([[0.0], part.astype(np.float64) ** 2]))
    power = total[len(tone) :] - total[: -len(tone)]
    match = np.correlate(part, tone, "valid") / np.sqrt(np.maximum(power, 1e-6) * float(np.dot(tone, tone)))
    best = int(np.argmax(match))
    return (first + best) * 1000 / RATE if match[best] >= found_above else None


def timeline(pcm: Pcm, starts: np.ndarray, media_ms: np.ndarray) -> tuple[Pcm, float]:  # type: ignore[type-arg]
    """The pieces, each at its media time, and the media time of the first sample."""
    zero_ms = float(media_ms[0])
    places = np.round((media_ms - zero_ms) * RATE / 1000).astype(int)
    ends = np.append(starts[1:], len(pcm))
    laid = np.zeros(int(max(places + ends - starts)), np.float32)
    for place, start, end in zip(places, starts, ends, strict=True):
        laid[place : place + end - start] = pcm[start:end]
    return laid, zero_ms


def percentile(values: list[float], share: int) -> float:
    """Nearest to it of a hundred."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1] if len(values) > 1 else values[0]
