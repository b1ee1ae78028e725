"""Media for virtual candidates, encoded once: recorded speech as Opus packets, a moving face as VP8 and JPEG.

A candidate that encodes while it talks measures itself. So everything is made before the first packet goes out,
kept in memory, and is the same for every candidate and every run.
"""

import io
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import yaml
from PIL import Image

VOICES = Path(__file__).parent / "voices"
RATE = 16_000
OPUS_CLOCK = 48_000
OPUS_BITS = 24_000
FACE = Path(__file__).parent / "faces" / "moving-face.ivf"
"""Made by ``python -m loadtest.record_face``."""
FACE_FPS = 10.0
CAMERA_FPS = 30.0

Pcm = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OpusPacket:
    """``duration_samples`` at 48 kHz, the clock of Opus in RTP (RFC 7587); ``level_dbov`` 0..127 means 0..-127."""

    data: bytes
    duration_samples: int
    level_dbov: int


@dataclass(frozen=True, slots=True)
class Vp8Frame:
    data: bytes
    key: bool


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of an answer, and when it is really spoken: what recognised times are compared with."""

    text: str
    start_ms: int
    end_ms: int


# --------------------------------------------------------------------------- speech
@lru_cache(maxsize=1)
def catalogue() -> dict[str, Any]:
    """``loadtest/voices/catalogue.yaml``: answers, and utterances with the times of their words."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = yaml.load((VOICES / "catalogue.yaml").read_text(encoding="utf-8"), Loader=loader)
    return found


@lru_cache(maxsize=1)
def _utterances() -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in catalogue()["utterances"]}


def sentences(language: str) -> list[str]:
    """Every sentence that the voices speak in this language."""
    return [item["text"] for item in _utterances().values() if item["language"] == language]


def words(answer_id: str) -> list[SpokenWord]:
    """The words of an answer, milliseconds from its first packet."""
    return [
        SpokenWord(word["text"], begins_ms + word["start_ms"], begins_ms + word["end_ms"])
        for utterance, begins_ms in _laid_out(answer_id)
        for word in utterance["words"]
    ]


def _laid_out(answer_id: str) -> Iterator[tuple[dict[str, Any], int]]:
    """The utterances of an answer and where each begins; ``KeyError`` for an answer that nobody recorded."""
    answer = catalogue()["answers"][answer_id]
    begins_ms = 0
    for utterance_id in answer["utterances"]:
        utterance = _utterances()[utterance_id]
        yield utterance, begins_ms
        begins_ms += utterance["duration_ms"] + answer["pause_ms"]


def speech(answer_id: str) -> Pcm:
    """The whole answer with its pauses, 16 kHz mono."""
    pieces = [(_decoded(utterance["file"]), begins_ms) for utterance, begins_ms in _laid_out(answer_id)]
    last, last_begins_ms = pieces[-1]
    sound = np.zeros(last_begins_ms * RATE // 1000 + len(last), np.float32)
    for pcm, begins_ms in pieces:
        at = begins_ms * RATE // 1000
        sound[at : at + len(pcm)] = pcm[: len(sound) - at]
    return sound


@lru_cache(maxsize=128)
def _decoded(name: str) -> Pcm:
    with av.open(str(VOICES / name)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frames = [frame.to_ndarray()[0] for raw in container.decode(audio=0) for frame in resampler.resample(raw)]
    sound: Pcm = np.concatenate(frames).astype(np.float32)
    return sound


@lru_cache(maxsize=32)
def _packets(answer_id: str, ptime_ms: int) -> tuple[OpusPacket, ...]:
    return tuple(encode_opus(speech(answer_id), ptime_ms))


def speech_packets(answer_id: str, ptime_ms: int = 60) -> list[OpusPacket]:
    """The answer as it goes over the wire; encoded on first use."""
    return list(_packets(answer_id, ptime_ms))


@lru_cache(maxsize=4)
def silence_packet(ptime_ms: int = 60) -> OpusPacket:
    """A quiet room: a microphone that is on while nobody speaks."""
    noise = np.random.default_rng(0).normal(0, 10 ** (-66 / 20), RATE // 2).astype(np.float32)
    return encode_opus(noise, ptime_ms)[-1]


def encode_opus(pcm: Pcm, ptime_ms: int) -> list[OpusPacket]:
    encoder: Any = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "mono", "s16", OPUS_BITS
    encoder.options = {"application": "voip", "frame_duration": str(ptime_ms), "vbr": "on"}
    encoder.open()
    size = RATE * ptime_ms // 1000
    padded = np.concatenate([pcm, np.zeros(-len(pcm) % size, np.float32)])
    samples = (np.clip(padded, -1, 1) * 32767).astype(np.int16)
    packets, levels = [], []
    for number, chunk in enumerate(samples.reshape(-1, size)):
        frame = av.AudioFrame.from_ndarray(chunk[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, number * size, Fraction(1, RATE)
        levels.append(_dbov(padded[number * size : (number + 1) * size]))
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    duration = OPUS_CLOCK * ptime_ms // 1000
    return [OpusPacket(bytes(packet), duration, level) for packet, level in zip(packets, levels, strict=False)]


def _dbov(pcm: Pcm) -> int:
    """RFC 6464: the level below overload, 0..127."""
    rms = float(np.sqrt(np.mean(np.square(pcm)))) if len(pcm) else 0.0
    return 127 if rms <= 0 else int(np.clip(round(-20 * np.log10(rms)), 0, 127))


# --------------------------------------------------------------------------- picture
@lru_cache(maxsize=1)
def face_frames() -> tuple[Vp8Frame, ...]:
    """The recorded face: twelve seconds at ten frames a second, a key frame every three seconds and at the start."""
    with av.open(str(FACE)) as container:
        packets = (packet for packet in container.demux(video=0) if packet.size)
        return tuple(Vp8Frame(bytes(packet), packet.is_keyframe) for packet in packets)


@lru_cache(maxsize=1)
def face_stills() -> tuple[bytes, ...]:
    """Every picture of the recorded face as JPEG."""
    with av.open(str(FACE)) as container:
        return tuple(_jpeg(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0))


def _jpeg(picture: npt.NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


# --------------------------------------------------------------------------- a browser's fake devices
def write_wav(path: Path, answer_ids: Sequence[str], *, lead_s: float = 1.0, pause_s: float = 1.0) -> None:
    """16-bit mono at 48 kHz, which Chromium's fake microphone plays over and over from the moment it is opened."""
    lead, pause = np.zeros(round(lead_s * RATE), np.float32), np.zeros(round(pause_s * RATE), np.float32)
    sound = np.concatenate([lead, *(piece for answer in answer_ids for piece in (speech(answer), pause))])
    # Three samples for one, by linear interpolation: the fake microphone wants a rate that devices have.
    positions = np.arange(len(sound) * 3) / 3
    upsampled = np.interp(positions, np.arange(len(sound)), sound)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(OPUS_CLOCK)
        file.writeframes((np.clip(upsampled, -1, 1) * 32767).astype("<i2").tobytes())


def write_mjpeg(path: Path) -> None:
    """The face as JPEGs one after the other; Chromium's fake camera plays them at 30 a second, so each comes thrice."""
    repeats = round(CAMERA_FPS / FACE_FPS)
    path.write_bytes(b"".join(still for still in face_stills() for _ in range(repeats)))
