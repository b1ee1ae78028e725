"""16 kHz mono samples to and from Opus and WAV files."""

import io
import wave
from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt

from realtime.inference.engine import SAMPLE_RATE, Pcm


def resample(pcm: npt.NDArray[np.int16], sample_rate: int) -> Pcm:
    """Any rate to 16 kHz float."""
    frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = sample_rate
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    return _join([*resampler.resample(frame), *resampler.resample(None)])


def encode_opus(pcm: Pcm, bit_rate: int) -> bytes:
    """An Ogg Opus file; the same sound gives the same bytes, because the stream's number is not drawn by chance."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE)
        stream.layout = "mono"
        stream.bit_rate = bit_rate
        stream.options = {"application": "voip"}
        frame = av.AudioFrame.from_ndarray(_to_int16(pcm).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return buffer.getvalue()


def decode(source: Path | bytes) -> Pcm:
    """Any audio file that FFmpeg reads, as 16 kHz mono."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    frames: list[av.AudioFrame] = []
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "r") as container:
        for frame in container.decode(audio=0):
            frames += resampler.resample(frame)
    return _join([*frames, *resampler.resample(None)])


def through_opus(pcm: Pcm, bit_rate: int) -> Pcm:
    """What the sound is after a call: encoded, decoded, of the same length."""
    heard = decode(encode_opus(pcm, bit_rate))[: len(pcm)]
    return np.pad(heard, (0, len(pcm) - len(heard)))


def write_wav(path: Path, pcm: Pcm, sample_rate: int = SAMPLE_RATE) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(_to_int16(pcm).tobytes())


def _to_int16(pcm: Pcm) -> npt.NDArray[np.int16]:
    return (np.clip(pcm, -1.0, 1.0) * 32767).astype(np.int16)


def _join(frames: list[av.AudioFrame]) -> Pcm:
    if not frames:
        return np.zeros(0, dtype=np.float32)
    return cast(Pcm, np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.float32))
