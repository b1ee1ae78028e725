"""The media that every server gets, encoded beforehand: what speech weighs, markers to find again, and a film."""

import functools
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from aiortc.codecs.vpx import VpxPayloadDescriptor

from realtime.media.opus import OpusEncoder

Pcm = npt.NDArray[np.float32]

RATE = 16_000
FRAMES_PER_SECOND = 5
FILM_KBPS = 150
MAX_PAYLOAD_BYTES = 1100
LAYERS = (0, 2, 1, 2)
"""L1T3, as a browser sends it to us; a server that does not care decodes every frame."""
MARKER_EVERY_MS, MARKER_MS = 400, 80


def speech(seconds: int) -> Pcm:
    """A wandering tone under syllables."""
    rng = np.random.default_rng(1)
    t = np.arange(seconds * RATE) / RATE
    pitch = np.interp(t, np.arange(0, seconds + 1, 0.25), 120 + 60 * rng.random(4 * (seconds + 1)))
    voice = sum(np.sin(k * 2 * np.pi * np.cumsum(pitch) / RATE) / k for k in range(1, 12))
    syllables = np.arange(0, seconds + 1, 0.12)
    loud = np.interp(t, syllables, rng.random(len(syllables)))
    return np.asarray(0.2 * voice * loud, np.float32)


def marker(number: int) -> Pcm:
    """A tone that rises or falls, each of twelve in a row in its own band, so that none is taken for another."""
    t = np.arange(MARKER_MS * RATE // 1000) / RATE
    low_hz, sweep_hz = 300 + 350 * (number // 2 % 6), 500
    from_hz, sweep_hz = (low_hz + sweep_hz, -sweep_hz) if number % 2 else (low_hz, sweep_hz)
    phase = 2 * np.pi * (from_hz * t + sweep_hz / (2 * t[-1]) * t**2)
    return np.asarray(0.5 * np.sin(phase) * np.hanning(len(t)), np.float32)


def marked(seconds: int) -> tuple[Pcm, list[float]]:
    """Faint noise with markers, and where each begins in milliseconds."""
    pcm = (0.003 * np.random.default_rng(2).standard_normal(seconds * RATE)).astype(np.float32)
    times_ms = [float(at) for at in range(200, seconds * 1000 - 2 * MARKER_MS, MARKER_EVERY_MS)]
    for number, at_ms in enumerate(times_ms):
        tone, at = marker(number), round(at_ms * RATE / 1000)
        pcm[at : at + len(tone)] += tone
    return pcm, times_ms


def opus(pcm: Pcm, packet_ms: int) -> list[bytes]:
    encoder, size = OpusEncoder(), packet_ms * RATE // 1000
    return [encoder.encode(pcm[i : i + size]) for i in range(0, len(pcm) - size + 1, size)]


@functools.cache
def spoken(packet_ms: int) -> list[bytes]:
    return opus(speech(12), packet_ms)


@functools.cache
def film() -> list[list[bytes]]:
    """Eight seconds, 320 x 240: noise that moves and a square, in temporal layers, one key frame at the beginning. The
    RTP payloads of each frame."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.bit_rate = 320, 240, "yuv420p", FILM_KBPS * 1000
    codec.framerate, codec.gop_size = Fraction(FRAMES_PER_SECOND), 1000
    share = ",".join(str(round(FILM_KBPS * part)) for part in (0.4, 0.6, 1.0))
    layers = f"ts_number_layers=3:ts_target_bitrate={share}:ts_rate_decimator=4,2,1:ts_periodicity=4"
    codec.options = {
        "deadline": "realtime",
        "lag-in-frames": "0",
        "cpu-used": "8",
        "error-resilient": "partitions",
        "ts-parameters": f"{layers}:ts_layer_id={','.join(map(str, LAYERS))}:ts_layering_mode=3",
    }
    ground = np.random.default_rng(3).integers(60, 120, (260, 340, 3), np.uint8)
    frames = []
    for number in range(8 * FRAMES_PER_SECOND):
        picture = ground[number % 20 : number % 20 + 240, number % 17 : number % 17 + 320].copy()
        picture[80:160, 4 * number % 240 : 4 * number % 240 + 80] = (200, 40 + 4 * number, 90)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = number
        [data] = codec.encode(frame)
        frames.append(_payloads(number, bytes(data)))
    return frames


def _payloads(number: int, data: bytes) -> list[bytes]:
    """RFC 7741, section 4."""
    layer = LAYERS[number % 4]
    tid = (layer, int(layer > 0 and number % 4 < 3))
    return [
        bytes(VpxPayloadDescriptor(int(at == 0), 0, number, number // 4 % 256, tid)) + data[at : at + MAX_PAYLOAD_BYTES]
        for at in range(0, len(data), MAX_PAYLOAD_BYTES)
    ]
