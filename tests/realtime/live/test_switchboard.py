"""Who is let in, how long a place is held, what HR's list costs, and how it all ends."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from realtime.interview.admission import AdmissionRules
from realtime.interview.events import CandidateSaid
from realtime.live.conductor import Connections, LiveInterview
from realtime.live.drain import Drained, drain
from realtime.live.keeper import Keeper
from realtime.live.lease import HeldBy, ProcessCard
from realtime.live.listing import LIST_INTERVAL_S
from realtime.live.outbox import COME_BACK, GOING_AWAY, HELD_ELSEWHERE
from realtime.live.switchboard import LINGER_S, Elsewhere, NotAdmitted, Switchboard
from realtime.protocol import messages as say
from realtime.protocol.messages import LiveInterview as LiveRow
from realtime.protocol.text import Bilingual, Phase

TO_ANSWER = (
    say.GiveConsent(say.ConsentItems(recording=False, speech_to_text=False), "v", "zh"),
    say.Proceed(Phase.PRACTICE),
    say.Proceed(Phase.GUIDE),
    say.StartAnswer("q1"),
)


def loop_ms() -> int:
    return round(asyncio.get_running_loop().time() * 1000)


class House:
    """A store of interviews that a switchboard loads from; ``loading`` lets a test look between ask and answer."""

    def __init__(
        self,
        stage: Any,
        plan: Callable[..., Any],
        tab: Any,
        names: str = "abcdef",
        capacity: int = 2,
        others: Any = None,
    ) -> None:
        self._stage, self._plan, self._new_tab = stage, plan, tab
        self.names = list(names)
        self.loaded: list[str] = []
        self.lists = 0
        self.ended: list[str] = []
        self.gate: asyncio.Event | None = None
        self.stages: dict[str, Any] = {}
        self.board = Switchboard(
            rules=AdmissionRules(capacity),
            load=self._load,
            recent_rows=self._recent,
            ended=self._ended,
            keeper=Keeper(others, url="http://here", now_ms=loop_ms) if others else None,
            now_ms=loop_ms,
        )

    async def _load(self, name: str, connections: Connections) -> LiveInterview | None:
        self.loaded.append(name)
        if self.gate is not None:
            await self.gate.wait()
        if name not in self.names:
            return None
        on = self._stage(self._plan(name))
        on.task.cancel()  # the switchboard runs it, not the stage
        await asyncio.gather(on.task, return_exceptions=True)
        on.interview._connections = connections
        self.stages[name] = on
        interview = on.interview
        assert isinstance(interview, LiveInterview)
        return interview

    async def _recent(self, _live: Any) -> list[LiveRow]:
        self.lists += 1
        title = Bilingual("客户经理", "Client manager")
        return [
            LiveRow(name, f"人{name}", title, Phase.INVITED, 0, 0, f"2026-01-0{n + 1}", "zh", False)
            for n, name in enumerate(self.names)
        ]

    async def _ended(self, name: str) -> None:
        self.ended.append(name)

    async def join(self, name: str) -> Any:
        interview = await self.board.admit(name)
        assert interview is not None
        tab = self.stages[name].tab()
        interview.join(tab.outbox, 0, "zh")
        await self.stages[name].quiet()
        return tab

    async def leave(self, name: str, tab: Any) -> None:
        interview = self.board.find(name)
        assert interview is not None
        interview.leave(tab.outbox)
        self.board.linger(name)
        await self.stages[name].quiet()

    def tab(self) -> Any:
        """HR's connection: of no interview in particular."""
        return self._new_tab()

    async def close(self) -> None:
        await self.board.close()
        for on in self.stages.values():
            for tab in on.tabs:
                await tab.stop()


@pytest.fixture
def scene(stage: Any, plan: Any, tab: Any, virtually: Any) -> Callable[..., None]:
    """Runs ``play(house)`` in virtual time and closes the house."""

    def run(play: Any, **how: Any) -> None:
        async def whole() -> None:
            house = House(stage, plan, tab, **how)
            try:
                await play(house)
            finally:
                await house.close()

        virtually(whole())

    return run


def test_one_interview_is_live_once(scene: Any) -> None:
    async def play(house: House) -> None:
        first, second = await asyncio.gather(house.board.admit("a"), house.board.admit("a"))
        assert first is second
        assert house.loaded == ["a"]
        assert await house.board.admit("nobody") is None
        assert house.board.active == 1
        assert house.board.find("b") is None

    scene(play)


def test_the_next_one_beyond_the_last_slot_is_told_when_to_come_back(scene: Any) -> None:
    async def play(house: House) -> None:
        await house.join("a")
        await house.join("b")
        with pytest.raises(NotAdmitted) as caught:
            await house.board.admit("c")
        assert (caught.value.code, caught.value.place) == ("server_full", 1)
        assert caught.value.retry_after_s == 2.0
        assert house.board.admission.counters.refused_full == 1
        assert await house.board.admit("a") is not None  # who is in stays in

    scene(play)


def test_two_who_come_together_cannot_both_have_the_last_slot(scene: Any) -> None:
    async def play(house: House) -> None:
        house.gate = asyncio.Event()
        asked = [asyncio.create_task(house.board.admit(name)) for name in "ab"]
        await asyncio.sleep(0)
        house.gate.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sorted(isinstance(answer, NotAdmitted) for answer in answers) == [False, True]
        assert house.board.active == 1

    scene(play, capacity=1)


def test_a_place_is_not_held_by_an_empty_chair(scene: Any) -> None:
    async def play(house: House) -> None:
        tab = await house.join("a")
        await house.leave("a", tab)
        await asyncio.sleep(LINGER_S - 1)
        assert house.board.active == 1
        again = await house.join("a")  # back in time: the chair is kept
        await asyncio.sleep(LINGER_S * 2)
        assert house.board.active == 1
        await house.leave("a", again)
        await asyncio.sleep(LINGER_S + 1)
        assert house.board.active == 0
        assert house.loaded == ["a"]

    scene(play)


def test_a_watched_interview_is_not_released_under_its_watcher(scene: Any) -> None:
    async def play(house: House) -> None:
        tab = await house.join("a")
        watcher = house.stages["a"].tab()
        house.board.live[0].watch(watcher.outbox, 0)
        await house.stages["a"].quiet()
        await house.leave("a", tab)
        await asyncio.sleep(LINGER_S * 3)
        assert house.board.active == 1
        house.board.unsubscribe(watcher.outbox)
        await asyncio.sleep(LINGER_S + 1)
        assert house.board.active == 0

    scene(play)


def test_who_comes_back_while_it_is_being_released_gets_a_fresh_one(scene: Any) -> None:
    async def play(house: House) -> None:
        tab = await house.join("a")
        await house.leave("a", tab)
        old = house.board.find("a")
        house.board._release("a")  # cancelled, and not over yet
        new = await house.board.admit("a")
        assert new is not old
        assert house.board.find("a") is new
        assert house.loaded == ["a", "a"]

    scene(play)


def test_an_interview_that_breaks_makes_room_and_can_be_entered_again(scene: Any, caplog: Any) -> None:
    async def play(house: House) -> None:
        tab = await house.join("a")

        def broken(*_anything: Any) -> Any:
            raise ValueError("inside")

        interview = house.board.live[0]
        interview.session.handle = broken  # type: ignore[method-assign, assignment]
        interview.tell(CandidateSaid(say.Withdraw()))
        await house.stages["a"].quiet()
        assert tab.refused == ["internal"]
        assert house.board.active == 0
        await house.join("a")
        assert house.board.active == 1

    scene(play)
    assert "ended by an error" in caplog.text


def test_hrs_list_comes_at_once_and_then_at_most_twice_a_second(scene: Any) -> None:
    async def play(house: House) -> None:
        hr = house.tab()
        await house.board.subscribe(hr.outbox)
        tab = await house.join("a")
        for _ in range(100):
            house.board.announce("a")
        await asyncio.sleep(LIST_INTERVAL_S * 4)
        lists = hr.all(say.LiveList)
        assert len(lists) == 2
        assert [row.interview_id for row in lists[0].interviews] == list("fedcba")  # the newest first
        row = next(row for row in lists[1].interviews if row.interview_id == "a")
        assert (row.connected, row.phase, row.question_total) == (True, Phase.CONSENT, 2)
        for _ in range(30):
            house.board.announce("a")
            await asyncio.sleep(0.1)
        assert len(hr.all(say.LiveList)) <= 2 + 3.0 / LIST_INTERVAL_S + 1
        await asyncio.sleep(1)
        house.board.announce("a")
        house.board.unsubscribe(hr.outbox)
        before = house.lists
        await house.leave("a", tab)
        await asyncio.sleep(5)
        assert house.lists == before  # nobody looks, nothing is read
        await hr.stop()

    scene(play)


def test_a_list_that_cannot_be_read_is_read_again_at_the_next_change(scene: Any, caplog: Any) -> None:
    async def play(house: House) -> None:
        hr = house.tab()
        await house.board.subscribe(hr.outbox)
        good = house.board.listing._recent_rows

        async def away(_live: Any) -> list[LiveRow]:
            raise OSError("away")

        house.board.listing._recent_rows = away
        house.board.announce("a")
        await asyncio.sleep(1)
        house.board.listing._recent_rows = good
        house.board.announce("a")
        await asyncio.sleep(1)
        assert len(hr.all(say.LiveList)) == 2
        await hr.stop()

    scene(play)
    assert "live list could not be read" in caplog.text


def test_draining_takes_nobody_new_and_waits_for_those_inside(scene: Any) -> None:
    async def play(house: House) -> None:
        tab = await house.join("a")
        drained = asyncio.create_task(drain(house.board, 600))
        await asyncio.sleep(1)
        with pytest.raises(NotAdmitted, match="draining"):
            await house.board.admit("b")
        assert await house.board.admit("a") is not None
        assert not drained.done()
        house.board.live[0].tell(CandidateSaid(say.GiveConsent(say.ConsentItems(False, False), "v", "zh")))
        house.board.live[0].tell(CandidateSaid(say.Withdraw()))
        await house.stages["a"].quiet()
        assert await drained == Drained(finished=1, handed_over=0, left=0)
        assert tab.all(say.PhaseChanged)[-1].phase is Phase.WITHDRAWN

    scene(play)


def test_draining_ends_when_its_time_is_over(scene: Any) -> None:
    async def play(house: House) -> None:
        await house.join("a")
        began = asyncio.get_running_loop().time()
        assert (await drain(house.board, 20)).left == 1
        assert asyncio.get_running_loop().time() - began == pytest.approx(20)

    scene(play)


def test_draining_that_begins_while_somebody_is_let_in(scene: Any) -> None:
    async def play(house: House) -> None:
        house.gate = asyncio.Event()
        asked = asyncio.create_task(house.board.admit("a"))
        await asyncio.sleep(0)
        drained = asyncio.create_task(drain(house.board, 5))
        await asyncio.sleep(0)
        house.gate.set()
        with pytest.raises(NotAdmitted, match="draining"):
            await asked
        assert (await drained).left == 0
        assert house.board.admission.taken == 0

    scene(play)


def test_the_end_tells_everybody_and_leaves_nothing_running(scene: Any) -> None:
    async def play(house: House) -> None:
        hr = house.tab()
        await house.board.subscribe(hr.outbox)
        tab = await house.join("a")
        await house.board.close()
        await house.stages["a"].quiet()
        assert tab.cut == GOING_AWAY
        assert hr.cut == GOING_AWAY
        await asyncio.sleep(5)
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not any(name.startswith(("interview", "live list")) for name in names)

    scene(play)


class Others:
    """Leases in which one other process lives, with room, and holds what it is said to hold."""

    def __init__(self, free: int = 5) -> None:
        self.card = ProcessCard("p_other", "http://other", free=free)
        self.held: dict[str, int] = {}
        self.released: list[str] = []

    async def renew(self, card: ProcessCard, rows: bytes) -> bool:
        return True

    async def claim(self, _process_id: str, interview_id: str, _number: int) -> HeldBy | None:
        return await self.find(interview_id)

    async def find(self, interview_id: str) -> HeldBy | None:
        left_ms = self.held.get(interview_id)
        return None if left_ms is None else HeldBy(self.card, left_ms)

    async def release(self, _process_id: str, interview_id: str, _number: int) -> None:
        self.released.append(interview_id)

    async def processes(self) -> list[ProcessCard]:
        return [self.card]

    async def rows(self) -> dict[str, bytes]:
        return {}

    async def leave(self, _process_id: str) -> None: ...

    async def close(self) -> None: ...


def test_what_another_process_holds_is_asked_for_there(scene: Any) -> None:
    async def play(house: House) -> None:
        others = house.board.keeper.leases
        others.held["a"] = 7_000
        with pytest.raises(Elsewhere) as caught:
            await house.board.admit("a")
        assert caught.value.url == "http://other"
        others.held["a"] = 3_000  # it has not renewed for a while
        with pytest.raises(NotAdmitted, match="owner_silent") as silent:
            await house.board.admit("a")
        assert silent.value.retry_after_s == pytest.approx(3.1)
        del others.held["a"]
        assert await house.board.admit("a") is not None
        assert house.board.admission.taken == 1

    scene(play, others=Others())


def test_a_full_process_names_one_that_has_room(scene: Any) -> None:
    async def play(house: House) -> None:
        await house.join("a")
        with pytest.raises(Elsewhere):
            await house.board.admit("b")
        house.board.keeper.leases.card = ProcessCard("p_other", "http://other", free=0)
        with pytest.raises(NotAdmitted, match="server_full"):
            await house.board.admit("b")
        assert house.board.keeper.leases.released == []

    scene(play, others=Others(), capacity=1)


def test_draining_hands_over_who_is_not_answering_and_then_the_rest(scene: Any) -> None:
    async def play(house: House) -> None:
        waiting, speaking = await house.join("a"), await house.join("b")
        interview = house.board.find("b")
        assert interview is not None
        for message in TO_ANSWER:
            interview.tell(CandidateSaid(message))
        await house.stages["b"].quiet()
        assert interview.session.answering
        drained = asyncio.create_task(drain(house.board, 20))
        await asyncio.sleep(5)
        assert waiting.cut == HELD_ELSEWHERE
        assert waiting.all(say.Moved) == [say.Moved("a", "http://other")]
        assert house.board.keeper.leases.released == ["a"]
        assert speaking.cut is None
        interview.tell(CandidateSaid(say.FinishAnswer("q1")))
        await asyncio.sleep(1)
        assert speaking.cut == HELD_ELSEWHERE
        assert await drained == Drained(finished=0, handed_over=2, left=0)
        stored = house.stages["b"].journal.entries[-1]
        assert (stored.phase, stored.messages, stored.evidence) == (Phase.READING, (), ())  # the last snapshot

    scene(play, others=Others(), capacity=5)


def test_a_lease_that_is_lost_stops_everything_and_says_why(scene: Any) -> None:
    async def play(house: House) -> None:
        tab = await house.join("a")
        entries = len(house.stages["a"].journal.entries)
        house.board._lost()
        await house.stages["a"].quiet()
        assert tab.refused == ["leases_unavailable"]
        assert tab.cut == COME_BACK
        assert house.board.active == 0
        assert len(house.stages["a"].journal.entries) == entries  # nothing is written by who may not
        assert await house.board.admit("a") is not None

    scene(play)
