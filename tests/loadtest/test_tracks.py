"""Pre-encoded tracks on the test's own clock: a packet is due at its place in the stream, however late the last was."""

import asyncio
import heapq
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from loadtest.media import OpusPacket, Vp8Frame
from loadtest.tracks import FaceTrack, Microphone, VoiceTrack

Result = TypeVar("Result")
SILENCE = OpusPacket(b"silence", 2880, 90)
FRAMES = [Vp8Frame(b"key", True), Vp8Frame(b"one", False), Vp8Frame(b"two", False)]


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its clock stands still while there is something to do and then jumps to the next timer."""

    now_s = 1000.0

    def time(self) -> float:
        return self.now_s

    def _run_once(self) -> None:
        timers = self._scheduled  # type: ignore[attr-defined]
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False
        if not self._ready and timers:  # type: ignore[attr-defined]
            self.now_s = max(self.now_s, timers[0].when())
        super()._run_once()  # type: ignore[misc]

    def stall(self, seconds: float) -> None:
        """As a busy machine does: time passes, nothing runs."""
        self.now_s += seconds


def run(work: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def clock() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def speech(count: int, samples: int = 2880) -> list[OpusPacket]:
    return [OpusPacket(f"word {number}".encode(), samples, 20) for number in range(count)]


def test_sound_is_due_at_its_place_for_a_whole_answer() -> None:
    async def scene() -> None:
        microphone, began_s = Microphone(SILENCE), clock().time()
        for number in range(3_000):
            _, at_samples = await microphone.next()
            assert at_samples == number * 2880
            assert clock().time() - began_s == pytest.approx(number * 0.06, abs=1e-6)

    run(scene())


def test_what_was_late_is_made_good_at_once_and_nothing_after_it_is_late() -> None:
    async def scene() -> list[float]:
        microphone, began_s = Microphone(SILENCE), clock().time()
        came_s: list[float] = []
        for number in range(20):
            await microphone.next()
            came_s.append(round(clock().time() - began_s, 6))
            if number == 4:
                clock().stall(0.31)
        return came_s

    due_s = [round(number * 0.06, 6) for number in range(20)]
    came_s = run(scene())
    assert came_s[:5] == due_s[:5]
    assert came_s[5:10] == [0.55] * 5
    assert came_s[10:] == due_s[10:]


def test_speech_is_said_once_between_silence_and_its_end_is_told() -> None:
    async def scene() -> list[bytes]:
        microphone = Microphone(SILENCE)
        heard = [await heard_from(microphone)]
        said = microphone.speak(speech(3))
        for _ in range(2):
            heard.append(await heard_from(microphone))
            assert not said.is_set()
        heard.append(await heard_from(microphone))
        assert said.is_set()
        return [*heard, await heard_from(microphone)]

    assert run(scene()) == [b"silence", b"word 0", b"word 1", b"word 2", b"silence"]


async def heard_from(microphone: Microphone) -> bytes:
    packet, _ = await microphone.next()
    return packet.data


def test_hushed_it_is_silent_and_keeps_time() -> None:
    async def scene() -> tuple[bytes, bytes, int]:
        microphone = Microphone(SILENCE)
        microphone.speak(speech(50))
        first = await heard_from(microphone)
        microphone.hush()
        last, at_samples = await microphone.next()
        return first, last.data, at_samples

    assert run(scene()) == (b"word 0", b"silence", 2880)


def test_packets_of_different_lengths_follow_one_another_without_a_gap() -> None:
    async def scene() -> list[int]:
        microphone = Microphone(SILENCE)
        microphone.speak([*speech(2, samples=960), *speech(1)])
        return [(await microphone.next())[1] for _ in range(5)]

    assert run(scene()) == [0, 960, 1920, 4800, 7680]


def test_a_speech_of_no_packets_is_over_at_once() -> None:
    async def scene() -> bool:
        return Microphone(SILENCE).speak([]).is_set()

    assert run(scene())


def test_everybody_who_listens_hears_the_same_and_the_track_forgets_what_nobody_takes() -> None:
    async def scene() -> tuple[list[int], list[tuple[bytes, int | None]]]:
        microphone, track = Microphone(SILENCE), VoiceTrack(waiting=3)
        places: list[int] = []
        microphone.heard += [lambda _packet, at_samples: places.append(at_samples), track.feed]
        microphone.speak(speech(5))
        running = asyncio.create_task(microphone.run())
        await asyncio.sleep(0.27)
        taken = [await track.recv() for _ in range(4)]
        running.cancel()
        return places[:5], [(bytes(packet), packet.pts) for packet in taken]

    places, taken = run(scene())
    assert places == [number * 2880 for number in range(5)]
    assert taken == [(b"word 2", 0), (b"word 3", 2880), (b"word 4", 5760), (b"silence", 8640)]


def test_the_face_goes_round_at_ten_frames_a_second() -> None:
    async def scene() -> list[tuple[bytes, int | None, float]]:
        track, began_s = FaceTrack(FRAMES), clock().time()
        seen: list[tuple[bytes, int | None, float]] = []
        for _ in range(5):
            packet = await track.recv()
            seen.append((bytes(packet), packet.pts, round(clock().time() - began_s, 6)))
        return seen

    assert run(scene()) == [
        (b"key", 0, 0.0),
        (b"one", 9_000, 0.1),
        (b"two", 18_000, 0.2),
        (b"key", 27_000, 0.3),
        (b"one", 36_000, 0.4),
    ]


def test_time_bases_are_those_of_rtp() -> None:
    async def scene() -> tuple[object, object]:
        track = VoiceTrack()
        track.feed(SILENCE, 0)
        voice, face = await track.recv(), await FaceTrack(FRAMES).recv()
        return voice.time_base, face.time_base

    voice, face = run(scene())
    assert (1 / voice, 1 / face) == (48_000, 90_000)  # type: ignore[operator]
