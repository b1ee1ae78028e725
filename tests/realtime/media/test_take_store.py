"""Takes on a real disk: acknowledged means durable, and another process finds all of it."""

import asyncio
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.data_keys import KeysInMemory
from realtime.media.durable_log import DurableLogs
from realtime.media.ingest import EncodedFrame
from realtime.media.opus import OpusEncoder
from realtime.media.take import Packet
from realtime.media.take_log import Absent, Ended, live_record, note_record, packet_record, read_record, sound_ms
from realtime.media.take_store import StoredTake, open_live_copy, packets_of, read_take, sound_of
from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import FrameKind, MediaFrame, pack_run

NAME = "interviews/iv_1/takes/1/sound"
OPUS = [OpusEncoder().encode((np.sin(np.arange(960) * f) * 0.3).astype(np.float32)) for f in (0.1, 0.2, 0.3, 0.4)]


def packet(n: int) -> Packet:
    return Packet(n, n * 60, 60, "opus", OPUS[n % 4])


class Device:
    """Who watches a stored take."""

    def __init__(self) -> None:
        self.moved = asyncio.Event()
        self.problems = 0

    def problem(self) -> None:
        self.problems += 1
        self.moved.set()

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.moved.clear()
                await self.moved.wait()


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[DurableLogs]:
    return DurableLogs(tmp_path, KeysInMemory())


async def opened(logs: DurableLogs, device: Device) -> StoredTake:
    return await StoredTake.open(logs, NAME, device.moved.set, device.problem)


@given(
    st.lists(st.integers(0, 2**32 - 1), max_size=5),
    st.sampled_from(["opus", "pcm"]),
    st.integers(0, 2**32 - 1),
    st.none() | st.integers(0, 2**32 - 2),
)
def test_records_are_read_as_they_were_written(numbers: list[int], codec: Any, number: int, until: int | None) -> None:
    payload = OPUS[0] if codec == "opus" else b"\1\0" * 960
    packets = [Packet(n, number, sound_ms(codec, payload), codec, payload) for n in numbers]
    assert list(read_record(packet_record(packets))) == packets
    for note in (Ended(number), Absent(number, until)):
        assert list(read_record(note_record(note))) == [note]
    frame = EncodedFrame("vp8", 7, b"picture", False)
    assert list(read_record(live_record(frame, 7))) == [frame]


async def test_only_what_is_on_the_disk_is_acknowledged_and_all_of_it_is_found_again(logs: DurableLogs) -> None:
    device = Device()
    stored = await opened(logs, device)
    stored.put([packet(0), packet(1)])
    assert stored.take.through == -1
    await device.until(lambda: stored.take.through == 1)
    stored.put([packet(3)])
    stored.put([packet(1), packet(2)])
    stored.note(Ended(5))
    stored.note(Absent(4, None))
    await device.until(lambda: stored.settled)
    await stored.close()
    again = await opened(logs, Device())
    assert (again.take.through, again.take.packets, again.take.hopeless) == (3, 5, True)
    assert sound_of(await read_take(logs, NAME)) == [packet(n) for n in range(4)]
    again.put([packet(2)])
    with pytest.raises(ProtocolError, match="take_conflict"):
        again.put([Packet(2, 120, 60, "opus", OPUS[3])])
    await again.close()
    await logs.close()


async def test_a_run_is_kept_whole_or_not_at_all(logs: DurableLogs) -> None:
    stored = await opened(logs, Device())
    stored.put([packet(2)])
    frame = MediaFrame(FrameKind.RUN, 1, 60, pack_run([OPUS[1], OPUS[0]]), duration_ms=60, take=1)
    with pytest.raises(ProtocolError, match="take_conflict"):
        stored.put(packets_of(frame))
    assert not stored.put(packets_of(MediaFrame(FrameKind.RUN, 0, 0, pack_run(OPUS[:3]), duration_ms=60, take=1)))
    await stored.close()
    assert sound_of(await read_take(logs, NAME)) == [packet(n) for n in range(3)]
    await logs.close()


@pytest.mark.parametrize("payload", [b"\xff\xff", b"odd"])
def test_what_is_no_sound_belongs_to_no_take(payload: bytes) -> None:
    kind = FrameKind.PCM if payload == b"odd" else FrameKind.OPUS
    with pytest.raises(ProtocolError, match="take_invalid"):
        packets_of(MediaFrame(kind, 0, 0, payload, take=1))


async def test_a_full_disk_acknowledges_nothing_says_so_and_catches_up_when_there_is_space(
    logs: DurableLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device()
    stored = await opened(logs, device)
    stored.put([packet(0)])
    await device.until(lambda: stored.take.through == 0)
    true_pwrite = os.pwrite

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    stored.put([packet(1)])
    await device.until(lambda: device.problems == 1)
    assert stored.take.through == 0
    big = [Packet(n, n * 60, 60, "pcm", bytes([n % 256]) * 1920) for n in range(2, 600)]

    def put_all() -> None:
        for one in big:
            stored.put([one])

    with pytest.raises(ProtocolError, match="take_not_saved"):
        put_all()
    held = stored.take.end_ms
    assert stored.take.through == 0
    monkeypatch.setattr(os, "pwrite", true_pwrite)
    await device.until(lambda: stored.take.through >= held // 60 - 1)
    put_all()  # the device sends what was refused again
    await device.until(lambda: stored.take.through == 599)
    await stored.close()
    assert len(sound_of(await read_take(logs, NAME))) == 600
    await logs.close()


async def test_what_came_live_is_kept_beside_it(logs: DurableLogs) -> None:
    live = await open_live_copy(logs, "interviews/iv_1/takes/1/live")
    live.write(EncodedFrame("vp8", 0, b"key", True), 100)
    live.write(EncodedFrame("opus", 0, OPUS[0]), 120)
    await live.close()
    kept = await read_take(logs, "interviews/iv_1/takes/1/live")
    assert kept == [EncodedFrame("vp8", 100, b"key", True), EncodedFrame("opus", 120, OPUS[0])]
    assert await read_take(logs, "interviews/iv_1/takes/9/live") == []
    await logs.close()
