"""Turns of many streams, over a network that counts; the last with the real one."""

import asyncio
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from realtime.inference.silero import STATE_WIDTH, SileroNetwork
from realtime.inference.vad import SileroVad
from realtime.inference.voice_activity import Voice, VoiceActivity, VoicePolicy

Floats = npt.NDArray[np.float32]


@dataclass
class Counter:
    """Says of a chunk how many of its stream there were before it: state that is mixed up shows at once."""

    rows: list[int] = field(default_factory=list)
    breaks: bool = False

    def step(self, chunks: Floats, state: Floats) -> tuple[Floats, Floats]:
        if self.breaks:
            raise RuntimeError("a network that breaks")
        self.rows.append(len(chunks))
        return state[:, 0] + chunks[:, 0], state + np.eye(1, STATE_WIDTH, dtype=np.float32)


def chunks(stream: int, count: int) -> Floats:
    return np.full((count, 512), 100 * stream, np.float32)


async def answered(voices: list[Voice], counts: list[int]) -> list[Floats | None]:
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in voices]
    for at, (voice, count) in enumerate(zip(voices, counts, strict=True)):
        assert voice.ask(chunks(at, count), futures[at].set_result)
    return list(await asyncio.gather(*futures))


async def test_one_turn_takes_all_that_wait_and_each_keeps_its_own_state() -> None:
    network = Counter()
    activity = VoiceActivity(network)
    voices = [activity.open() for _ in range(5)]
    first = await answered(voices, [1, 4, 2, 1, 8])
    assert [list(said) for said in first if said is not None] == [
        [100 * at + step for step in range(count)] for at, count in enumerate([1, 4, 2, 1, 8])
    ]
    assert network.rows == [5, 3, 2, 2, 1, 1, 1, 1]
    second = await answered(voices, [1, 1, 1, 1, 1])
    assert [said[0] for said in second if said is not None] == [1, 104, 202, 301, 408]
    counted = activity.statistics()
    assert (counted.turns, counted.asks, counted.chunks, counted.refused) == (2, 10, 21, 0)
    assert counted.longest_wait_ms > 19


async def test_a_stream_has_one_ask_in_the_line_and_nobody_is_passed_over() -> None:
    activity = VoiceActivity(Counter(), VoicePolicy(most_streams=4, most_chunks=8))
    voices = [activity.open() for _ in range(10)]
    order: list[int] = []
    last = asyncio.Event()

    def answered_to(at: int) -> None:
        order.append(at)
        if at == 9:
            last.set()

    for at, voice in enumerate(voices):
        assert voice.ask(chunks(at, 1), lambda _said, at=at: answered_to(at))  # type: ignore[misc]
        assert not voice.ask(chunks(at, 1), lambda _said: order.append(-1))
    assert not activity.open().ask(chunks(0, 9), lambda _said: order.append(-1))
    assert activity.waiting == 10
    await last.wait()
    assert order == list(range(10))
    counted = activity.statistics()
    assert (counted.turns, counted.refused) == (3, 11)


async def test_who_leaves_is_not_answered_and_those_who_stay_are() -> None:
    activity = VoiceActivity(Counter())
    stays, leaves = activity.open(), activity.open()
    said: list[str] = []
    leaves.ask(chunks(1, 1), lambda _said: said.append("leaves"))
    staying = asyncio.create_task(answered([stays], [1]))
    await asyncio.sleep(0)
    leaves.close()
    assert await staying != [None]
    assert said == []
    assert activity.statistics().chunks == 1
    activity.stop()
    assert not stays.ask(chunks(0, 1), lambda _said: None)


async def test_one_who_fails_over_the_answer_costs_nobody_else_theirs(caplog: pytest.LogCaptureFixture) -> None:
    activity = VoiceActivity(Counter())
    fails, hears = activity.open(), activity.open()

    def fail(_said: Floats | None) -> None:
        raise RuntimeError("of its own")

    fails.ask(chunks(0, 1), fail)
    assert await answered([hears], [1]) != [None]
    assert not fails.asked
    assert "could not be taken" in caplog.text


async def test_a_network_that_breaks_is_told_and_the_next_turn_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    network = Counter(breaks=True)
    activity = VoiceActivity(network)
    voices = [activity.open() for _ in range(2)]
    assert await answered(voices, [1, 1]) == [None, None]
    network.breaks = False
    after = await answered(voices, [1, 1])
    assert [said[0] for said in after if said is not None] == [0, 100]
    assert activity.statistics().failed == 2
    assert "voice activity of 2 streams failed" in caplog.text


async def test_a_thread_and_the_true_network_say_what_each_stream_alone_would_be_told() -> None:
    random = np.random.default_rng(3)
    sound = random.normal(0, 0.1, (9, 12, 512)).astype(np.float32)
    activity, vad = VoiceActivity(SileroNetwork()), SileroVad()

    async def speak(at: int) -> list[float]:
        voice, heard, begins = activity.open(), [], 0  # type: ignore[var-annotated]
        while begins < len(sound[at]):
            count = 1 + (at + begins) % 5
            answer: asyncio.Future[Floats | None] = asyncio.get_running_loop().create_future()
            assert voice.ask(sound[at, begins : begins + count], answer.set_result)
            said = await answer
            assert said is not None
            heard += said.tolist()
            begins += count
        return heard

    heard = await asyncio.gather(*(speak(at) for at in range(len(sound))))
    activity.stop()
    for one, said in zip(sound, heard, strict=True):
        np.testing.assert_allclose(said, vad.listener()(one), atol=2e-6)
    assert activity.statistics().turns < 12 * 9, "streams shared turns"
