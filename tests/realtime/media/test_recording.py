import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import av
import numpy as np
import pytest

from realtime.media.data_keys import KeysInMemory
from realtime.media.durable_log import DurableLogs
from realtime.media.folder_objects import FolderObjects
from realtime.media.ingest import EncodedFrame
from realtime.media.opus import OpusEncoder
from realtime.media.recording import AnswerRecorder, recording_key
from realtime.media.sealed_store import SealedStore
from realtime.media.vp8 import is_key_frame

ROOT = Path(__file__).parents[3]
CODEC_DELAY_MS = 6.5
"""Opus looks ahead by this much; a player takes it off, so that the sound is where it was said."""


@pytest.fixture(scope="module")
def sound(voice) -> np.ndarray:
    return voice.reshape(-1, 3).mean(axis=1)


@pytest.fixture(scope="module")
def opus_packets(sound) -> list[bytes]:
    encoder = OpusEncoder()
    return [encoder.encode(sound[i : i + 960]) for i in range(0, 160_000, 960)]


@pytest.fixture(scope="module")
def film() -> list[bytes]:
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.gop_size = 160, 120, "yuv420p", 30
    codec.options = {"deadline": "realtime", "lag-in-frames": "0", "cpu-used": "8"}
    frames = []
    for i in range(100):
        picture = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 20 + 2 * i, np.uint8), format="rgb24")
        picture.pts = i
        frames += [bytes(p) for p in codec.encode(picture)]
    return frames


@pytest.fixture
async def store(tmp_path):
    keys = KeysInMemory(i=b"k" * 32)  # as the killed process below has it
    logs = DurableLogs(tmp_path / "spool", keys)
    yield SealedStore(FolderObjects(tmp_path / "recordings"), logs, keys)
    await logs.close()


async def played(store, key, tmp_path) -> Path:
    """What a player is given."""
    path = tmp_path / "played.webm"
    path.write_bytes(b"".join([piece async for piece in store.read(key)]))
    return path


def heard(path: Path) -> tuple[np.ndarray, float]:
    """Decoded at 48 kHz, and where it starts (ms)."""
    with av.open(str(path)) as file:
        parts = list(file.decode(audio=0))
    return np.concatenate([p.to_ndarray()[0] for p in parts]), float(parts[0].time * 1000)


async def test_an_answer_is_played_back_by_another_implementation(tmp_path, store, opus_packets, film, sound):
    key = recording_key("i1", "q1", 1)
    recorder = AnswerRecorder(store, key)
    for i, packet in enumerate(opus_packets[:160]):
        recorder.write(EncodedFrame("opus", 7000 + i * 60, packet), i * 60)
        if i % 2 == 0:
            data = film[i // 2]
            recorder.write(EncodedFrame("vp8", 7000 + i * 60, data, is_key_frame(data)), i * 60)
    assert await recorder.close() == key
    path = await played(store, key, tmp_path)
    with av.open(str(path)) as file:
        assert file.duration / 1000 == pytest.approx(9600, abs=1)
        assert [s.codec_context.name for s in file.streams] == ["opus", "vp8"]
        pictures = list(file.decode(video=0))
    assert [round(p.time * 1000) for p in pictures] == [i * 120 for i in range(80)]
    for i, picture in enumerate(pictures):
        assert picture.to_ndarray(format="rgb24").mean() == pytest.approx(20 + 2 * i, abs=6)
    pcm, _ = heard(path)
    assert len(pcm) / 48 == pytest.approx(9600, abs=10)
    low = pcm[: len(pcm) // 3 * 3].reshape(-1, 3).mean(axis=1)
    n = min(len(low), len(sound)) - 200
    best = max(np.corrcoef(low[lag + 32_000 : n], sound[32_000 : n - lag])[0, 1] for lag in range(0, 160, 4))
    assert best > 0.6


async def test_a_player_can_jump(tmp_path, store, opus_packets):
    recorder = AnswerRecorder(store, "i/a.webm")
    for i, packet in enumerate(opus_packets):
        recorder.write(EncodedFrame("opus", i * 60, packet), i * 60)
    await recorder.close()
    with av.open(str(await played(store, "i/a.webm", tmp_path))) as file:
        assert [s.codec_context.name for s in file.streams] == ["opus"]  # and no empty video track
        file.seek(6_000_000)
        packet = next(file.demux(audio=0))
    assert 5000 <= packet.pts * packet.time_base * 1000 <= 6000


async def test_a_gap_stays_a_gap(tmp_path, store, opus_packets):
    recorder = AnswerRecorder(store, "i/a.webm")
    for i in [*range(20), *range(100, 120)]:
        recorder.write(EncodedFrame("opus", i * 60, opus_packets[i]), i * 60)
    await recorder.close()
    with av.open(str(await played(store, "i/a.webm", tmp_path))) as file:
        times = [float(p.pts * p.time_base) * 1000 for p in file.demux(audio=0) if p.size]
    assert times == pytest.approx([i * 60 - CODEC_DELAY_MS for i in [*range(20), *range(100, 120)]], abs=1)


async def test_what_does_not_belong_is_ignored_and_nothing_leaves_nothing(tmp_path, store, opus_packets, film):
    recorder = AnswerRecorder(store, "i/a.webm")
    recorder.write(EncodedFrame("opus", 0, opus_packets[0]), -5)
    recorder.write(EncodedFrame("jpeg", 0, b"\xff\xd8"), 5)
    recorder.write(EncodedFrame("vp8", 0, film[1], False), 5)
    assert recorder.ignored == 3
    assert await recorder.close() is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_times_that_step_back_and_leaps_are_survived(tmp_path, store, opus_packets):
    recorder = AnswerRecorder(store, "i/a.webm")
    for i, at in enumerate([0, 60, 30, 90, 3_600_000, 3_599_000, 3_600_060]):
        recorder.write(EncodedFrame("opus", at, opus_packets[i]), at)
    await recorder.close()
    with av.open(str(await played(store, "i/a.webm", tmp_path))) as file:
        times = [float(p.pts * p.time_base) * 1000 for p in file.demux(audio=0) if p.size]
    expected = [0, 60, 60, 90, 3_600_000, 3_600_000, 3_600_060]
    assert times == pytest.approx([t - CODEC_DELAY_MS for t in expected], abs=1)


async def test_a_killed_server_loses_at_most_the_last_second(tmp_path, store):
    """kill -9 while it records, for real."""
    program = textwrap.dedent(
        """
        import asyncio, sys, numpy as np
        from pathlib import Path
        from realtime.media.data_keys import KeysInMemory
        from realtime.media.durable_log import DurableLogs
        from realtime.media.folder_objects import FolderObjects
        from realtime.media.ingest import EncodedFrame
        from realtime.media.opus import OpusEncoder
        from realtime.media.recording import AnswerRecorder
        from realtime.media.sealed_store import SealedStore

        async def main():
            folder, keys = Path(sys.argv[1]), KeysInMemory(i=b"k" * 32)
            store = SealedStore(FolderObjects(folder / "recordings"), DurableLogs(folder / "spool", keys), keys)
            recorder, encoder = AnswerRecorder(store, "i/q/1.webm"), OpusEncoder()
            tone = (0.2 * np.sin(np.arange(960) / 5)).astype(np.float32)
            for i in range(10_000):
                recorder.write(EncodedFrame("opus", i * 60, encoder.encode(tone)), i * 60)
                await asyncio.sleep(0.001)
                if i == 150:  # nine seconds of media; a commit's 50 ms are seconds at this speed
                    await (await recorder._writer._opened()).flush()
                    print("recorded", flush=True)
        asyncio.run(main())
        """
    )
    child = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == b"recorded\n"
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert await store.recover() == ["i/q/1.webm"]
    pcm, start_ms = heard(await played(store, "i/q/1.webm", tmp_path))
    assert len(pcm) / 48 >= 8000 - 10
    assert abs(start_ms) < 10
