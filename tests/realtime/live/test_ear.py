"""An open answer whose voice activity is judged elsewhere, late, or not at all. In virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from realtime.inference.engine import SpeechRequest, SpeechResult
from realtime.inference.voice_activity import VoiceActivity
from realtime.interview.effects import OpenAnswer
from realtime.interview.events import CaptionChanged, InterviewEvent, LossMeasured, SpeechEnded, SpeechStarted
from realtime.live.ear import AnswerEar, Heard, Senses

Floats = npt.NDArray[np.float32]
Virtually = Callable[[Coroutine[Any, Any, None]], None]
PUSH_SAMPLES = 320


@dataclass
class LoudNetwork:
    """Loud is speech. ``broken``: of the turns from then on, none succeeds."""

    broken: bool = False
    rows: int = 0

    def step(self, chunks: Floats, state: Floats) -> tuple[Floats, Floats]:
        if self.broken:
            raise RuntimeError("out of order")
        self.rows = max(self.rows, len(chunks))
        return (np.abs(chunks).max(axis=1) > 0.1).astype(np.float32), state


@dataclass
class Room:
    ear: AnswerEar
    events: list[InterviewEvent]

    async def hears(self, sound: Floats, from_ms: int) -> None:
        """At the pace of the clock, 20 ms at a time."""
        for at in range(0, len(sound), PUSH_SAMPLES):
            self.ear.hear(sound[at : at + PUSH_SAMPLES], from_ms + at // 16)
            await asyncio.sleep(0.02)

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def finals(self) -> list[str]:
        return [event.committed for event in self.told(CaptionChanged) if event.final]


async def read(request: SpeechRequest) -> SpeechResult:
    """The words are how much sound there was."""
    return SpeechResult(
        request.session_id, request.utterance_id, request.revision, request.kind, "好", "zh", (), -0.1, 0.0
    )


@pytest.fixture
def network() -> LoudNetwork:
    return LoudNetwork()


@pytest.fixture
def enter(plan: Any, engines: Any, network: LoudNetwork) -> Callable[[], Room]:
    activity = VoiceActivity(network)

    def enter() -> Room:
        events: list[InterviewEvent] = []
        senses = Senses(detector=lambda: pytest.fail("what is live is judged together"), voices=activity)

        def tell(event: InterviewEvent) -> bool:
            events.append(event)
            return True

        answer = OpenAnswer("q1", 1, "voice", practice=False)
        return Room(AnswerEar(answer, plan(), engines(read), senses, tell=tell, language="zh"), events)

    return enter


def voice(ms: int) -> Floats:
    return np.full(ms * 16, 0.3, np.float32)


def room(ms: int) -> Floats:
    return np.zeros(ms * 16, np.float32)


def test_it_hears_with_all_others_at_once(
    enter: Callable[[], Room], network: LoudNetwork, virtually: Virtually
) -> None:
    async def work() -> None:
        rooms = [enter() for _ in range(5)]
        sound = np.concatenate([room(500), voice(2000), room(1000), voice(1500), room(400)])
        await asyncio.gather(*(one.hears(sound, 0) for one in rooms))
        assert await asyncio.gather(*(one.ear.settle() for one in rooms)) == [Heard("complete", 5400, True)] * 5
        for one in rooms:
            assert [event.media_ms for event in one.told(SpeechStarted)] == pytest.approx([500, 3500], abs=32)
            assert [event.media_ms for event in one.told(SpeechEnded)] == pytest.approx([2500, 5000], abs=32)
            assert one.finals == ["好", "好"]
        assert network.rows == 5

    virtually(work())


def test_the_last_word_is_heard_although_the_answer_was_closed_before_it_was_judged(
    enter: Callable[[], Room], virtually: Virtually
) -> None:
    async def work() -> None:
        one = enter()
        await one.hears(room(500), 0)
        for at in range(0, 16_000, PUSH_SAMPLES):  # a second in one go, and no moment for a turn behind it
            one.ear.hear(voice(20), 500 + at // 16)
        assert one.told(SpeechStarted) == []
        assert await one.ear.settle() == Heard("complete", 1500, True)
        assert one.finals == ["好"]

    virtually(work())


def test_voice_activity_that_breaks_down_is_a_gap_and_the_answer_is_heard_again_later(
    enter: Callable[[], Room], network: LoudNetwork, virtually: Virtually
) -> None:
    async def work() -> None:
        one = enter()
        await one.hears(voice(1500), 0)
        network.broken = True
        await one.hears(voice(500), 1500)
        network.broken = False
        await one.hears(np.concatenate([voice(1500), room(800)]), 2000)
        heard = await one.ear.settle()
        assert heard.transcript == "complete", "of what was heard; the recording has the rest"
        assert not heard.flawless
        assert one.finals == ["好", "好"]

    virtually(work())


def test_sound_that_holds_no_numbers_counts_as_lost_and_the_next_is_heard(
    enter: Callable[[], Room], virtually: Virtually
) -> None:
    async def work() -> None:
        one = enter()
        broken = voice(2000)
        broken[:3200] = np.nan
        await one.hears(np.concatenate([broken, room(800)]), 0)
        heard = await one.ear.settle()
        assert one.finals == ["好"]
        assert [event.lost_share for event in one.told(LossMeasured)] == [0.2, 0.0]
        assert not heard.flawless

    virtually(work())


def test_an_answer_that_is_abandoned_asks_for_nothing_more(enter: Callable[[], Room], virtually: Virtually) -> None:
    async def work() -> None:
        one = enter()
        await one.hears(voice(1000), 0)
        one.ear.abandon()
        before = len(one.events)
        await asyncio.sleep(1)
        assert len(one.events) == before

    virtually(work())
