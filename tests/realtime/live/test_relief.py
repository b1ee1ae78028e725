"""Late engines: what sessions may still ask, who is told, who is let in. In virtual time, by the real switchboard."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from realtime.inference.bus import InferenceStatistics
from realtime.inference.ladder import AWAY_S, Rung
from realtime.interview.admission import AdmissionRules
from realtime.live.conductor import Connections, LiveInterview
from realtime.live.relief import LOOK_S, Relief
from realtime.live.switchboard import NotAdmitted, Switchboard
from realtime.protocol import messages as say
from realtime.protocol.text import Bilingual, Phase


@dataclass
class Lagging:
    """An inference that says how late it is."""

    partial_s: float = 0.0
    final_s: float = 0.0
    ready: bool = True
    reasons: list[str] = field(default_factory=list)

    def statistics(self) -> InferenceStatistics:
        return InferenceStatistics(partial_lag_s=self.partial_s, final_lag_s=self.final_s)


@dataclass
class Scene:
    engines: Lagging
    relief: Relief
    board: Switchboard
    stage: Any

    async def late(self, partial_s: float, final_s: float, seconds: float) -> None:
        self.engines.partial_s, self.engines.final_s = partial_s, final_s
        await asyncio.sleep(seconds)


@pytest.fixture
def scene(stage: Any, plan: Any, virtually: Any) -> Callable[[Any], None]:
    """Runs ``play(scene)`` with one interview live."""

    def run(play: Any) -> None:
        async def whole() -> None:
            loop = asyncio.get_running_loop()
            engines = Lagging()
            relief = Relief(engines, clock=loop.time)  # type: ignore[arg-type]
            made: list[Any] = []

            async def load(name: str, connections: Connections) -> LiveInterview | None:
                on = stage(plan(name))
                on.task.cancel()
                await asyncio.gather(on.task, return_exceptions=True)
                on.interview._connections = connections
                made.append(on)
                interview: LiveInterview = on.interview
                return interview

            async def rows(live: Any) -> list[say.LiveInterview]:
                return [
                    say.LiveInterview(name, name, Bilingual(zh="岗", en="job"), Phase.INVITED, 0, 0, "", "zh", False)
                    for name in sorted(live)
                ]

            async def ended(_name: str) -> None: ...

            board = Switchboard(
                rules=AdmissionRules(4),
                load=load,
                recent_rows=rows,
                ended=ended,
                now_ms=lambda: round(loop.time() * 1000),
                relief=relief,
            )
            watching = asyncio.create_task(relief.watch())
            await board.admit("a")
            try:
                await play(Scene(engines, relief, board, made[0]))
            finally:
                watching.cancel()
                await board.close()
                for on in made:
                    for tab in on.tabs:
                        await tab.stop()

        virtually(whole())

    return run


def told(tab: Any) -> list[str]:
    return [message.state for message in tab.all(say.CaptionsState)]


def test_candidate_and_watcher_are_told_of_each_change_once_and_the_list_shows_it(
    scene: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def play(on: Scene) -> None:
        candidate, hr = await on.stage.join(), await on.stage.watch()
        await on.late(1.2, 0.0, 4)
        assert on.relief.ladder.rung is Rung.SLOWER
        assert on.relief.allowance.cadence_ms == 2000
        await on.late(1.5, 2.0, 7)
        assert on.relief.ladder.rung is Rung.NO_PARTIALS
        assert told(candidate) == ["slowed", "slowed", "paused"]
        assert [watched.message for watched in hr.watched()][-1] == say.CaptionsState("paused")
        (row,) = (await on.board.listing._list()).interviews
        assert row.captions == "paused"
        newcomer = await on.stage.join()
        assert told(newcomer) == ["paused"], "who comes later is told at once"
        await on.late(0.0, 0.0, 35)
        assert on.relief.ladder.rung is Rung.FULL
        assert told(newcomer)[-1] == "live"
        lines = [record for record in caplog.records if record.name == "viva.relief"]
        assert len(lines) == on.relief.ladder.changes == 6
        assert "captions come every two seconds (partials wait 1.2 s" in lines[0].message

    scene(play)


def test_at_the_last_rung_nobody_new_begins_and_who_has_begun_goes_on(scene: Any) -> None:
    async def play(on: Scene) -> None:
        await on.late(2.0, 9.0, 20)
        assert on.relief.ladder.rung is Rung.CLOSED
        with pytest.raises(NotAdmitted) as refused:
            await on.board.admit("b")
        assert (refused.value.code, refused.value.retry_after_s, refused.value.place) == ("engines_busy", 30.0, 1)
        assert on.board.admission.free == 0
        assert await on.board.admit("a") is not None
        assert await on.board.admit("c", returning=True) is not None
        await on.late(0.0, 0.0, 12)
        assert await on.board.admit("b") is not None

    scene(play)


def test_engines_that_are_away_pause_captions_until_they_are_back(scene: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def play(on: Scene) -> None:
        on.engines.ready, on.engines.reasons = False, ["Redis is not reachable"]
        await asyncio.sleep(AWAY_S + 2 * LOOK_S)
        assert (on.relief.ladder.rung, on.relief.captions) == (Rung.FINALS_ONLY, "paused")
        assert "(Redis is not reachable)" in caplog.text
        assert await on.board.admit("b") is not None
        on.engines.ready = True
        await asyncio.sleep(2 * LOOK_S)
        assert on.relief.captions == "live"

    scene(play)
