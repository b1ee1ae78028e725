"""The few lengths of window that engines are given, and what a request's window looks like to them.

Whisper was trained on 30 s of input, and an encoder pays for every position it is given. CTranslate2 accepts
shorter input, which makes a partial three to six times cheaper; but a window cut exactly where the speech stops
makes untuned models ramble. So: four lengths, and always some silence behind the speech.
"""

from realtime.inference.engine import SAMPLE_RATE, SpeechRequest
from realtime.inference.log_mel import MelWindow, RingWindow, whole_window

WINDOWS_S = (8, 10, 15, 30)
TAIL_S = 1
"""Silence behind the speech, at least. A stream cuts its utterances at 28 s, so that the longest window has it too."""


def window_s(samples: int) -> int | None:
    """The shortest window that holds so much sound and its tail; None: more than any window holds."""
    return next((window for window in WINDOWS_S if samples <= (window - TAIL_S) * SAMPLE_RATE), None)


def window_of(request: SpeechRequest, mels: int) -> MelWindow | None:
    """What is kept of the window already, or all of it anew; None: it was made for another model and there is no
    sound to make it again."""
    features = request.features
    if isinstance(features, RingWindow) and features.ring.mels == mels:
        return features.of(request.audio)
    if isinstance(features, MelWindow):
        return features if features.mels == mels else None
    return whole_window(request.audio, mels)
