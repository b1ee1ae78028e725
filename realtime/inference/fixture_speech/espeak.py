"""Text to sound with the time of every word, through libespeak-ng's C interface (speak_lib.h).

Needed only to remake the corpus; Debian: ``apt-get install espeak-ng``.
"""

import ctypes
import ctypes.util
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

SYNCHRONOUS = 2
PHONEME_EVENTS = 0x0001
UTF8 = 1

EVENT_END_OF_LIST, EVENT_WORD, EVENT_PHONEME = 0, 1, 7
RATE, PITCH, RANGE = 1, 3, 4


class _Identifier(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    """espeak_EVENT; ``text_position`` counts characters from 1, ``audio_position`` is in ms."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identifier),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class Voice:
    """``speed`` in espeak-ng's words per minute, ``pitch`` 0..99."""

    name: str
    speed: int
    pitch: int
    range: int = 50


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or a phoneme begins. ``position``: index of the word's first character, -1 for a phoneme."""

    at_ms: int
    position: int
    phoneme: str


@dataclass(frozen=True, slots=True)
class Spoken:
    pcm: npt.NDArray[np.int16]
    sample_rate: int
    marks: tuple[Mark, ...]


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    library = ctypes.CDLL("libespeak-ng.so.1")
    sample_rate = library.espeak_Initialize(SYNCHRONOUS, 200, None, PHONEME_EVENTS)
    if sample_rate <= 0:
        raise RuntimeError("libespeak-ng would not start; is the package espeak-ng-data installed?")
    return library, sample_rate


def say(text: str, voice: Voice) -> Spoken:
    """Deterministic: the same text and voice give the same samples."""
    library, sample_rate = _library()
    blocks: list[npt.NDArray[np.int16]] = []
    marks: list[Mark] = []

    def receive(samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]") -> int:
        if samples and count > 0:
            blocks.append(np.ctypeslib.as_array(samples, shape=(count,)).astype(np.int16))
        index = 0
        while (event := events[index]).type != EVENT_END_OF_LIST:
            if event.type == EVENT_WORD:
                marks.append(Mark(event.audio_position, event.text_position - 1, ""))
            elif event.type == EVENT_PHONEME:
                marks.append(Mark(event.audio_position, -1, event.id.string.decode("utf-8", "replace")))
            index += 1
        return 0

    callback = _Callback(receive)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.name.encode()) != 0:
        raise RuntimeError(f"espeak-ng has no voice {voice.name!r}")
    for parameter, value in ((RATE, voice.speed), (PITCH, voice.pitch), (RANGE, voice.range)):
        library.espeak_SetParameter(parameter, value, 0)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 1, 0, UTF8, None, None)
    library.espeak_Synchronize()
    return Spoken(np.concatenate(blocks), sample_rate, tuple(marks))
