"""Opus at 16 kHz mono, straight through libopus: the copy that PyAV's wheel carries, else the system's.

The decoder made at 16 kHz resamples for free, conceals losses and reads the correction data that the next
packet carries; PyAV's own Opus decoder can do neither (docs/decisions/0021).
"""

import ctypes
import ctypes.util
import functools
import weakref
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from realtime.media.errors import MediaError
from realtime.protocol.text import Fault

SAMPLE_RATE = 16_000
SAMPLES_PER_MS = 16
MAX_PACKET_MS = 120
_MAX_SAMPLES = MAX_PACKET_MS * SAMPLES_PER_MS
_MAX_PACKET_BYTES = 1275 * 3 + 64
_APPLICATION_VOIP = 2048

Pcm = npt.NDArray[np.float32]


class OpusError(Exception):
    """The packet is not Opus."""


def packet_ms(payload: bytes) -> float:
    """Duration from the table-of-contents byte (RFC 6716, section 3.1); 0 for what cannot be a packet."""
    if not payload:
        return 0.0
    config, code = payload[0] >> 3, payload[0] & 3
    if config < 12:
        frame_ms: float = (10, 20, 40, 60)[config & 3]
    elif config < 16:
        frame_ms = (10, 20)[config & 1]
    else:
        frame_ms = (2.5, 5, 10, 20)[config & 3]
    frames = (1, 2, 2, payload[1] & 0x3F if len(payload) > 1 else 0)[code]
    duration = frames * frame_ms
    return duration if duration <= MAX_PACKET_MS else 0.0


@functools.cache
def _library() -> ctypes.PyDLL:
    """``PyDLL`` keeps the interpreter lock: a call takes 30 µs, and getting the lock back from a busy inference
    thread would take milliseconds."""
    site = Path(av.__file__).parent
    found = [*(site.parent / "av.libs").glob("libopus-*.so*"), *(site / ".dylibs").glob("libopus.*.dylib")]
    names = [str(path) for path in sorted(found)] + [n for n in [ctypes.util.find_library("opus")] if n]
    if not names:
        raise MediaError(
            "media_unavailable", "no libopus: install PyAV from its wheel, or the system's libopus0", fault=Fault.SERVER
        )
    library = ctypes.PyDLL(names[0])
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    library.opus_decoder_create.restype = pointer
    library.opus_decoder_create.argtypes = [ctypes.c_int32, integer, ctypes.POINTER(integer)]
    library.opus_decode_float.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int32, pointer, integer, integer]
    library.opus_decoder_destroy.argtypes = [pointer]
    library.opus_decoder_destroy.restype = None
    library.opus_encoder_create.restype = pointer
    library.opus_encoder_create.argtypes = [ctypes.c_int32, integer, integer, ctypes.POINTER(integer)]
    library.opus_encode_float.argtypes = [pointer, pointer, integer, ctypes.c_char_p, ctypes.c_int32]
    library.opus_encoder_destroy.argtypes = [pointer]
    library.opus_encoder_destroy.restype = None
    return library


class OpusDecoder:
    """One stream's decoder; about 30 µs for 20 ms. Every result is the caller's own array."""

    def __init__(self) -> None:
        library = _library()
        error = ctypes.c_int()
        self._decode = library.opus_decode_float
        self._state = library.opus_decoder_create(SAMPLE_RATE, 1, ctypes.byref(error))
        if not self._state:
            raise MediaError("media_unavailable", f"libopus error {error.value}", retry=True, fault=Fault.SERVER)
        weakref.finalize(self, library.opus_decoder_destroy, self._state)
        self._buffer = np.zeros(_MAX_SAMPLES, np.float32)
        self._address = self._buffer.ctypes.data

    def decode(self, payload: bytes) -> Pcm:
        """Raises ``OpusError``."""
        if not 0 < len(payload) <= _MAX_PACKET_BYTES:
            raise OpusError(f"{len(payload)} bytes")
        return self._run(payload, _MAX_SAMPLES, 0)

    def conceal(self, duration_ms: float) -> Pcm:
        """A guess at audio that never came; fades to silence by itself. Multiples of 2.5 ms, at most 120."""
        return self._run(None, int(duration_ms * SAMPLES_PER_MS), 0)

    def recover(self, following: bytes, duration_ms: float) -> Pcm:
        """The packet before ``following``, from the correction data inside it (RFC 6716, 2.1.7); concealed where
        it carries none."""
        if not 0 < len(following) <= _MAX_PACKET_BYTES:
            raise OpusError(f"{len(following)} bytes")
        return self._run(following, int(duration_ms * SAMPLES_PER_MS), 1)

    def _run(self, payload: bytes | None, samples: int, correction: int) -> Pcm:
        size = len(payload) if payload is not None else 0
        count = self._decode(self._state, payload, size, self._address, samples, correction)
        if count < 0:
            raise OpusError(f"libopus error {count}")
        return self._buffer[:count].copy()


class OpusEncoder:
    """For audio that arrived as PCM and is to be kept as Opus. Frames of 10, 20, 40 or 60 ms."""

    def __init__(self) -> None:
        library = _library()
        error = ctypes.c_int()
        self._encode = library.opus_encode_float
        self._state = library.opus_encoder_create(SAMPLE_RATE, 1, _APPLICATION_VOIP, ctypes.byref(error))
        if not self._state:
            raise MediaError("media_unavailable", f"libopus error {error.value}", retry=True, fault=Fault.SERVER)
        weakref.finalize(self, library.opus_encoder_destroy, self._state)
        self._output = ctypes.create_string_buffer(_MAX_PACKET_BYTES)

    def encode(self, pcm: Pcm) -> bytes:
        """Raises ``OpusError`` for a length that is no Opus frame."""
        samples = np.ascontiguousarray(pcm, np.float32)
        size = self._encode(self._state, samples.ctypes.data, len(samples), self._output, _MAX_PACKET_BYTES)
        if size < 0:
            raise OpusError(f"{len(samples)} samples: libopus error {size}")
        return self._output.raw[:size]


def level_dbfs(pcm: Pcm) -> float:
    """RMS against full scale; -127 for silence, like the quietest level of RFC 6464."""
    if not len(pcm):
        return -127.0
    power = float(np.dot(pcm, pcm)) / len(pcm)
    return max(-127.0, 10 * float(np.log10(power))) if power > 0 else -127.0
