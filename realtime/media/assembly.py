"""A recording is put together when its answer is closed: the take's sound, bit by bit as the device encoded it, and the
video that came live. Where there is no take, the sound is what came live too."""

import asyncio
from collections.abc import Iterator, Sequence

import numpy as np

from realtime.media.errors import MediaError
from realtime.media.ingest import EncodedFrame
from realtime.media.object_store import ObjectStore
from realtime.media.opus import SAMPLES_PER_MS, OpusEncoder, Pcm
from realtime.media.recording import AnswerRecorder
from realtime.media.take import Packet
from realtime.protocol.text import Fault

FRAME_SAMPLES = 20 * SAMPLES_PER_MS
PAUSES_S = (0.002, 0.05, 0.5)
"""Between two seconds of a recording, so that the disk keeps up; longer each time that it did not."""


async def assemble(store: ObjectStore, key: str, sound: Sequence[Packet], live: Sequence[EncodedFrame]) -> str | None:
    """The key, when the recording is durable; None when there is nothing to record. Raises ``MediaError``
    store_unavailable."""
    frames = await asyncio.to_thread(_laid_out, sound, live)
    for pause_s in PAUSES_S:
        recorder = AnswerRecorder(store, key)
        for at, frame in enumerate(frames):
            recorder.write(frame, frame.start_ms)
            if at and int(frame.start_ms) // 1000 != int(frames[at - 1].start_ms) // 1000:
                await asyncio.sleep(pause_s)
        written = await recorder.close()
        if not recorder.lost_bytes:
            return written
    raise MediaError("store_unavailable", "the disk is too slow", retry=True, fault=Fault.SERVER)


def _laid_out(sound: Sequence[Packet], live: Sequence[EncodedFrame]) -> list[EncodedFrame]:
    kept = list(_encoded(sound))
    kept += [frame for frame in live if frame.codec == "vp8" or (frame.codec == "opus" and not sound)]
    return sorted(kept, key=lambda frame: frame.start_ms)


def _encoded(sound: Sequence[Packet]) -> Iterator[EncodedFrame]:
    """Opus as it is; samples as Opus frames of 20 ms, begun anew after a hole."""
    encoder, pending, at_ms = OpusEncoder(), np.zeros(0, np.float32), 0.0
    for packet in sound:
        if packet.codec == "opus":
            yield EncodedFrame("opus", packet.start_ms, packet.payload)
            continue
        if not len(pending) or abs(at_ms + len(pending) / SAMPLES_PER_MS - packet.start_ms) > 1:
            pending, at_ms = pending[:0], float(packet.start_ms)
        pending = np.concatenate([pending, samples(packet.payload)])
        while len(pending) >= FRAME_SAMPLES:
            yield EncodedFrame("opus", at_ms, encoder.encode(pending[:FRAME_SAMPLES]))
            pending = pending[FRAME_SAMPLES:]
            at_ms += FRAME_SAMPLES / SAMPLES_PER_MS


def samples(payload: bytes) -> Pcm:
    """s16le to -1..1."""
    return np.frombuffer(payload, "<i2").astype(np.float32) / 32768
