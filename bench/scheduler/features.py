"""What the features of the partials cost on this machine: real sound through ``realtime.inference``, a sample of the
windows that the simulation asked for."""

import time

import numpy as np

from realtime.inference.features import LogMel

SAMPLE_RATE = 16_000


def cost_ms(window_s: int, speech_s: float, repetitions: int) -> float:
    """Processor milliseconds for the features of one partial of ``speech_s``, the median of ``repetitions``."""
    extract = LogMel()
    sound = np.random.default_rng(7).normal(0, 0.05, int(speech_s * SAMPLE_RATE)).astype(np.float32)
    took = []
    for _ in range(repetitions):
        began = time.thread_time()
        extract(sound, window_s)
        took.append((time.thread_time() - began) * 1e3)
    return float(np.median(took))
