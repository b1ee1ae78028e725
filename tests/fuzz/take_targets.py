"""What a candidate's device may send over the media WebSocket, whole: frames and notes of takes, in any order, any of
them untrue. What is heard, what is kept and what is put together of it must agree."""

import contextlib
import io
import itertools
from collections.abc import Callable

import av

from realtime.media.assembly import _laid_out
from realtime.media.errors import MediaError
from realtime.media.ingest import EncodedFrame
from realtime.media.opus import OpusDecoder, OpusError
from realtime.media.recording import AnswerRecorder
from realtime.media.take import MAX_AHEAD, MAX_HOLES, Packet, Take
from realtime.media.take_log import Absent, Ended, read_record
from realtime.media.take_store import StoredTake, packets_of, sound_of
from realtime.media.websocket import FrameIngest
from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import MediaFrame
from realtime.protocol.media_messages import TakeAbsent, TakeEnded, decode_said
from tests.fuzz.listener import Listener

ANSWER_MS = 20_000
RECORDED_MS = 600_000
"""More than any answer, and little enough to be put together in a moment."""


class Disk:
    """A log in memory, which is durable at once and full now and then."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.on_durable: Callable[[int], None] | None = None
        self.on_problem: Callable[[MediaError], None] | None = None
        self._asked = 0

    @property
    def durable(self) -> int:
        return len(self.records)

    def append(self, record: bytes) -> int:
        self._asked += 1
        if self._asked % 17 == 0:
            raise MediaError("store_unavailable", "full")
        self.records.append(record)
        return len(self.records)

    def synced(self) -> None:
        if self.on_durable is not None:
            self.on_durable(len(self.records))

    async def flush(self) -> None: ...

    async def close(self, *, complete: bool = False) -> None: ...


def receive_takes(messages: list[bytes]) -> None:
    disk, listener = Disk(), Listener()
    stored = StoredTake(disk, lambda: None, lambda: None)

    def keep(frame: MediaFrame) -> None:
        if frame.take == 1:
            stored.put(packets_of(frame))

    ingest = FrameIngest(listener, keep)
    ingest.decode_audio(True)
    ingest.decode_pictures(5.0)
    for number, message in enumerate(messages):
        with contextlib.suppress(ProtocolError):
            if message[:1] == b"{":
                _note(stored, message)
            else:
                ingest.feed(message, 60.0 * number)
        if number % 5 == 4:
            disk.synced()
    disk.synced()
    _agrees_with_itself(stored.take)
    again = _read_again(disk.records)
    assert _seen(again) == _seen(stored.take), "another process must know what this one knew"
    _recording_is_the_take(sound_of(item for record in disk.records for item in read_record(record)))


def _note(stored: StoredTake, message: bytes) -> None:
    said = decode_said(message)
    if isinstance(said, TakeEnded):
        stored.note(Ended(said.packets))
    elif isinstance(said, TakeAbsent):
        stored.note(Absent(said.first, said.until))


def _agrees_with_itself(take: Take) -> None:
    assert len(take.ranges) <= MAX_HOLES + 1
    assert len(take._starts) <= MAX_AHEAD * 200, "memory grows with what comes, not with what is claimed"
    missing = take.missing(ANSWER_MS)
    assert all(gap.start_ms < gap.end_ms for gap in missing)
    assert all(earlier.end_ms <= later.start_ms for earlier, later in itertools.pairwise(missing))
    assert not (take.complete and take.hopeless)
    if take.complete:
        assert {gap.cause for gap in missing} <= {"capture_paused"}


def _read_again(records: list[bytes]) -> Take:
    take = Take()
    for item in (item for record in records for item in read_record(record)):
        if isinstance(item, Packet):
            assert take.admit(item), "what was kept once can be kept again"
            take.add(item)
            take.saved(item.n)
        elif isinstance(item, Ended):
            take.ended(item.packets)
        elif isinstance(item, Absent):
            take.absent(item.first, item.until)
    return take


def _seen(take: Take) -> object:
    return take.through, take.ranges, take.packets, take.end_ms, take.complete, take.hopeless


class Memory:
    """An object store for one recording."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.lost_bytes = 0

    def create(self, _key: str) -> "Memory":
        return self

    def append(self, data: bytes) -> bool:
        self.data += data
        return True

    async def close(self, head: bytes) -> None:
        self.data[: len(head)] = head


def _recording_is_the_take(sound: list[Packet]) -> None:
    """Bit for bit; of what is no Opus a player may make nothing, but it opens the file."""
    kept = [packet for packet in sound if packet.codec == "opus" and packet.end_ms < RECORDED_MS]
    if not kept:
        return
    found = packets_in(webm(_laid_out(kept, [])))
    if all(_sounds(packet.payload) for packet in kept):
        kept.sort(key=lambda packet: packet.start_ms)
        assert found == [packet.payload for packet in kept]


def _sounds(payload: bytes) -> bool:
    try:
        return len(OpusDecoder().decode(payload)) > 0
    except OpusError:
        return False


def webm(frames: list[EncodedFrame]) -> bytes:
    memory = Memory()
    recorder = AnswerRecorder(memory, "interviews/i/q/1.webm")  # type: ignore[arg-type]
    for frame in frames:
        recorder.write(frame, frame.start_ms)
    with contextlib.suppress(StopIteration):
        recorder.close().send(None)  # it never waits here
    return bytes(memory.data)


def packets_in(data: bytes) -> list[bytes]:
    with av.open(io.BytesIO(data)) as file:
        return [bytes(packet) for packet in file.demux(file.streams.audio[0]) if packet.size]
