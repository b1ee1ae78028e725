"""What the features cost on this machine, as live sessions and finals have them computed: an utterance's ring that
grows by what is new, the whole window for a final. Real code of ``realtime.inference.log_mel``, noise for sound."""

import time
from collections.abc import Callable

import numpy as np

from realtime.inference.log_mel import HOP_SAMPLES, SAMPLE_RATE, LogMelRing, Pcm, whole_window

MELS = 80
NEW_S = 0.8
"""What a partial adds to the one before it."""


def _sound(seconds: float) -> Pcm:
    return np.random.default_rng(7).normal(0, 0.05, int(seconds * SAMPLE_RATE)).astype(np.float32)


def partial_ms(window_s: int, speech_s: float, repetitions: int) -> float:
    """Processor milliseconds for one more partial of an utterance that has grown to ``speech_s``."""

    def once() -> float:
        ring, sound = LogMelRing(MELS), _sound(speech_s)
        before = max(HOP_SAMPLES * 10, len(sound) - int(NEW_S * SAMPLE_RATE))
        ring.window(sound[:before], 0)
        return _took_ms(lambda: ring.window(sound, 0).features(window_s))

    return float(np.median([once() for _ in range(repetitions)]))


def final_ms(window_s: int, speech_s: float, repetitions: int) -> float:
    """For a final: all of it at once."""
    sound = _sound(speech_s)
    return float(
        np.median([_took_ms(lambda: whole_window(sound, MELS).features(window_s)) for _ in range(repetitions)])
    )


def _took_ms(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1e3
