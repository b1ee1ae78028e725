"""A live interview: durable first, then sent; nothing lost, nothing doubled, nobody disturbed."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.interview.events import CandidateSaid, HrSaid, ReportStored
from realtime.live.conductor import INBOX_CAPACITY
from realtime.live.outbox import BROKEN, ENDED, GOING_AWAY, HELD_ELSEWHERE, OPENED_ELSEWHERE, TOO_SLOW
from realtime.protocol import messages as say
from realtime.protocol.text import Phase

TYPED = say.ConsentItems(recording=False, speech_to_text=False)
SPOKEN = say.ConsentItems(recording=True, speech_to_text=True)


async def said(stage: Any, *messages: say.CandidateMessage) -> None:
    for message in messages:
        assert stage.interview.tell(CandidateSaid(message))
    await stage.quiet()


TO_ANSWER = (
    say.GiveConsent(TYPED, "v", "zh"),
    say.Proceed(Phase.PRACTICE),
    say.Proceed(Phase.GUIDE),
    say.StartAnswer("q1"),
)


def test_join_welcome_replay(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()
        welcome = tab.heard[0].message
        assert isinstance(welcome, say.Welcome)
        assert (welcome.epoch, welcome.total, welcome.state.phase) == (1, 2, Phase.CONSENT)
        assert welcome.last_seq == max(tab.seqs)
        await said(on, *TO_ANSWER)
        assert tab.seqs == list(range(1, on.interview.last_seq + 1))
        assert [m.seq for m in on.journal.stored["iv_1"]] == tab.seqs
        await on.close()

    virtually(scene())


def test_a_second_tab_supersedes_the_first(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        first = await on.join()
        second = await on.join()
        assert first.refused == ["opened_elsewhere"]
        assert first.cut == OPENED_ELSEWHERE
        assert first.cut.code == 4409
        on.interview.leave(first.outbox)  # its door notices the closed socket a moment later
        await on.quiet()
        assert on.interview.connected
        await said(on, *TO_ANSWER)
        assert second.all(say.PhaseChanged)[-1].phase is Phase.ANSWERING
        assert len(first.all(say.PhaseChanged)) < len(second.all(say.PhaseChanged))
        await on.close()

    virtually(scene())


def test_a_reconnect_gets_exactly_what_it_missed(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        first = await on.join()
        await said(on, *TO_ANSWER[:2])
        on.interview.leave(first.outbox)
        await on.quiet()
        seen = max(first.seqs)
        on.interview.tell(HrSaid("hr", say.PauseInterview("iv_1")))
        await on.quiet()
        again = await on.join(last_seen_seq=seen)
        assert again.seqs == list(range(seen + 1, on.interview.last_seq + 1))
        assert again.all(say.PhaseChanged)[-1].phase is Phase.PAUSED
        await on.close()

    virtually(scene())


def test_who_left_before_being_let_in_was_never_there(stage: Any, virtually: Any) -> None:
    """The socket closes while its hello still waits in the inbox, or while the join is being made durable."""

    async def scene() -> None:
        on = stage()
        tab = on.tab()
        on.interview.join(tab.outbox, 0, "zh")
        on.interview.leave(tab.outbox)
        await on.quiet()
        assert not on.interview.connected
        assert on.interview.session.phase is Phase.INVITED

        gate = asyncio.Event()
        write = on.journal.commit

        async def slow(entry: Any) -> None:
            await gate.wait()
            await write(entry)

        on.interview._journal = type("Slow", (), {"commit": staticmethod(slow)})()
        tab = await on.join()
        on.interview.leave(tab.outbox)
        gate.set()
        await on.quiet()
        assert not on.interview.connected
        assert not on.interview.session.connected
        await on.close()

    virtually(scene())


def test_a_watcher_sees_what_the_candidate_sees_and_what_is_for_hr(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()
        early = await on.watch()
        await said(on, *TO_ANSWER, say.Observe("tab_hidden"), say.SaveDraft("q1", "你好", 1))
        late = await on.watch()
        for watcher in (early, late):
            assert [seen.seq for seen in watcher.watched() if seen.seq] == tab.seqs
            by_seq = {seen.seq: seen.message for seen in watcher.watched() if seen.seq}
            assert all(by_seq[e.seq] == e.message for e in tab.heard if e.seq)
        assert any(isinstance(seen.message, say.Observed) for seen in early.watched())
        assert not tab.all(say.Observed)
        on.interview.unwatch(early.outbox)
        heard = len(early.heard)
        await said(on, say.FinishAnswer("q1"))
        assert len(early.heard) == heard
        assert len(late.watched()) > 0
        await on.close()

    virtually(scene())


def test_a_refusal_reaches_whoever_spoke(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()
        hr, other = await on.watch(), await on.watch()
        on.interview.order(HrSaid("hr", say.ContinueInterview("iv_1")), hr.outbox)
        await on.quiet()
        assert (hr.refused, other.refused, tab.refused) == (["wrong_phase"], [], [])
        await said(on, say.Proceed(Phase.GUIDE))
        assert (hr.refused, other.refused, tab.refused) == (["wrong_phase"], [], ["wrong_phase"])
        assert on.journal.entries[-1].messages  # nothing of either is kept
        assert not any(isinstance(seen.message, say.Refused) for seen in other.watched())
        await on.close()

    virtually(scene())


def test_nobody_watches_the_rehearsal(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()
        await said(on, *TO_ANSWER[:1])
        watcher = await on.watch()
        await said(on, say.StartAnswer("warm"), say.StartAnswer("warm"), say.SaveDraft("warm", "私下的话", 1))
        on.interview._pass_on(say.Level(-20.0, True))
        await on.quiet()
        await asyncio.sleep(100)  # half time, thirty seconds left: prompts of the rehearsal
        await said(on, say.FinishAnswer("warm"))
        assert tab.all(say.DraftSaved)
        assert tab.all(say.Level)
        assert tab.all(say.PromptShown)
        for seen in watcher.watched():
            assert isinstance(seen.message, say.PhaseChanged | say.Welcome)
        assert not any("私下" in str(entry) for entry in on.journal.entries if entry.evidence)
        await on.close()

    virtually(scene())


def test_a_saved_draft_is_durable_before_it_is_acknowledged(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        await on.join()
        await said(on, *TO_ANSWER, say.SaveDraft("q1", "第一版", 4))
        await on.kill()
        on.start()
        again = await on.join()
        welcome = again.heard[0].message
        assert isinstance(welcome, say.Welcome)
        assert (welcome.draft, welcome.draft_revision) == ("第一版", 4)
        await on.close()

    virtually(scene())


def test_the_end_is_asked_for_once_and_with_its_entry(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()
        await said(on, *TO_ANSWER, say.SaveDraft("q1", "答", 1), say.FinishAnswer("q1"), say.StartAnswer("q2"))
        await said(on, say.SaveDraft("q2", "答", 1), say.FinishAnswer("q2"))
        await asyncio.sleep(10)
        assert on.asked_to_score == 1
        assert [entry.report_wanted for entry in on.journal.entries].count(True) == 1
        assert tab.all(say.Finished)[0].answered == 2
        watcher = await on.watch()
        on.interview.tell(ReportStored("rp_1", 71.0))
        await on.quiet()
        assert any(isinstance(seen.message, say.ReportReady) for seen in watcher.watched())
        assert not tab.all(say.ReportReady)
        assert on.interview.ended
        on.interview.part()
        await on.quiet()
        assert tab.cut == ENDED
        await on.close()

    virtually(scene())


def test_a_full_inbox_refuses_and_keeps_what_it_has(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()
        taken = sum(on.interview.tell(CandidateSaid(say.SwitchLanguage("zh"))) for _ in range(INBOX_CAPACITY + 50))
        assert taken == INBOX_CAPACITY
        assert on.interview.dropped_events == 50
        newcomer, looker = on.tab(), on.tab()
        on.interview.join(newcomer.outbox, 0, "zh")
        on.interview.watch(looker.outbox, 0)
        on.interview.leave(tab.outbox)  # that is never lost
        while not on.interview._inbox.empty():
            await on.quiet()
        assert newcomer.refused == ["too_many_messages"]
        assert newcomer.cut == TOO_SLOW
        assert looker.refused == ["too_many_messages"]
        assert not on.interview.session.connected
        await on.close()

    virtually(scene())


def test_a_watcher_who_does_not_keep_up_is_cut_and_costs_nothing(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()
        slow = await on.watch(capacity=4, reads=False)
        await said(on, *TO_ANSWER, say.SaveDraft("q1", "答", 1), say.FinishAnswer("q1"))
        assert slow.outbox.is_cut
        assert not on.interview.watched
        assert tab.seqs == list(range(1, on.interview.last_seq + 1))
        assert tab.cut is None
        slow.read()
        await on.quiet()
        assert slow.cut == TOO_SLOW
        seen = max(watched.seq for watched in slow.watched())
        back = await on.watch(last_seen_seq=seen)
        assert [w.seq for w in back.watched() if w.seq] == list(range(seen + 1, on.interview.last_seq + 1))
        await on.close()

    virtually(scene())


def test_a_store_that_is_away_is_said_and_nothing_unsaved_is_sent(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()
        before = list(tab.seqs)
        on.journal.unavailable = True
        await said(on, TO_ANSWER[0])
        assert on.task.done()
        assert on.task.exception() is None
        assert tab.refused == ["store_unavailable"]
        assert tab.cut is not None
        assert tab.cut.code == 1013
        assert tab.seqs == before

    virtually(scene())


def test_who_lost_the_interview_writes_nothing_and_sends_its_candidate_away(stage: Any, virtually: Any) -> None:
    """A process that was paused wakes up; meanwhile another one has opened the interview."""

    async def scene() -> None:
        on = stage()
        tab = await on.join()
        before = list(tab.seqs)
        entries = len(on.journal.entries)
        on.journal.raise_fence("iv_1")
        await said(on, TO_ANSWER[0])
        assert on.task.done()
        assert on.task.exception() is None
        assert tab.cut == HELD_ELSEWHERE
        assert tab.seqs == before
        assert len(on.journal.entries) == entries
        await on.close()

    virtually(scene())


def test_an_interview_that_breaks_tells_its_candidate(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()

        def broken(*_anything: Any) -> Any:
            raise ValueError("inside")

        on.interview.session.handle = broken
        await said(on, TO_ANSWER[0])
        assert isinstance(on.task.exception(), ValueError)
        assert (tab.refused, tab.cut) == (["internal"], BROKEN)

    virtually(scene())


def test_a_process_that_leaves_says_so(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        tab = await on.join()
        on.interview.part()
        await on.quiet()
        assert tab.cut == GOING_AWAY
        assert tab.cut.code == 1012
        await on.close()

    virtually(scene())


def test_the_clock_stands_still_while_no_process_holds_the_interview(stage: Any, virtually: Any) -> None:
    async def scene() -> None:
        on = stage()
        first = await on.join()
        await said(on, *TO_ANSWER, say.SaveDraft("q1", "答", 1))
        await asyncio.sleep(30)
        await said(on, say.SaveDraft("q1", "答案", 2))
        left = on.interview.session.next_deadline_ms()
        assert left is not None
        await on.kill()
        await asyncio.sleep(3_000)
        on.start()
        again = await on.join(last_seen_seq=max(first.seqs))
        timer = again.all(say.Welcome)[0].state.timer
        assert timer is not None
        assert timer.ends_at_ms is not None
        assert timer.ends_at_ms - on.interview.session.now_ms == 150_000
        await on.close()

    virtually(scene())


# --------------------------------------------------------------------------- any script, any crash
SAYINGS: list[say.CandidateMessage] = [
    say.GiveConsent(TYPED, "v", "zh"),
    say.GiveConsent(SPOKEN, "v", "zh"),
    say.ReportDevices("ok", "ok", "websocket", True),
    *(say.Proceed(phase) for phase in (Phase.DEVICE_CHECK, Phase.PRACTICE, Phase.GUIDE)),
    *(say.StartAnswer(name) for name in ("warm", "q1", "q2")),
    *(say.FinishAnswer(name) for name in ("warm", "q1", "q2")),
    *(say.ChooseMode(name, mode) for name in ("q1", "q2") for mode in ("voice", "text")),
    *(say.SaveDraft(name, f"{name} 的回答", 1) for name in ("warm", "q1", "q2")),
    say.SwitchLanguage("en"),
    say.RequestHuman("请回电"),
    say.Observe("tab_hidden"),
]
ORDERS: list[say.HrMessage] = [
    say.PauseInterview("iv_1"),
    say.ContinueInterview("iv_1"),
    say.ExtendTime("iv_1", 10_000),
    say.Accommodate("iv_1", 2.0),
]
STEPS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(SAYINGS)),
    st.tuples(st.just("say"), st.sampled_from([*TO_ANSWER, say.FinishAnswer("q1"), say.FinishAnswer("q2")])),
    st.tuples(st.just("order"), st.sampled_from(ORDERS)),
    st.tuples(st.just("wait"), st.sampled_from([0.2, 9.0, 45.0, 200.0])),
    st.tuples(st.just("drop"), st.none()),
    st.tuples(st.just("tab"), st.none()),
    st.tuples(st.just("crash"), st.sampled_from(["", "before", "after"])),
)


class Wanderer:
    """A candidate's page over any number of connections and processes: it counts on from what it has seen."""

    def __init__(self, on: Any) -> None:
        self.on = on
        self.tab: Any = None
        self.tabs: list[Any] = []

    @property
    def heard(self) -> list[say.Envelope]:
        return [envelope for tab in self.tabs for envelope in tab.heard if envelope.seq]

    async def connect(self) -> None:
        seen = max((envelope.seq for envelope in self.heard), default=0)
        self.tab = await self.on.join(last_seen_seq=seen)
        self.tabs.append(self.tab)

    async def drop(self) -> None:
        if self.tab is not None:
            await self.on.quiet()
            self.on.interview.leave(self.tab.outbox)
            self.tab = None
            await self.on.quiet()


async def _play(on: Any, script: list[tuple[str, Any]]) -> Wanderer:
    page = Wanderer(on)
    await page.connect()
    for verb, what in script:
        match verb:
            case "say":
                if page.tab is not None:
                    on.interview.tell(CandidateSaid(what))
            case "order":
                on.interview.tell(HrSaid("hr", what))
            case "wait":
                await asyncio.sleep(what)
            case "drop":
                await page.drop()
            case "tab":
                await page.connect()
            case "crash":
                on.journal.stall = what
                on.interview.tell(CandidateSaid(say.RequestHuman("到此为止")))
                await on.quiet()
                await on.kill()
                page.tab = None
                on.start()
        await on.quiet()
    await page.connect()
    return page


@settings(max_examples=150, deadline=None)
@given(script=st.lists(STEPS, max_size=25))
def test_no_durable_message_is_lost_or_doubled_whatever_happens(
    stage: Any, virtually: Any, script: list[tuple[str, Any]]
) -> None:
    async def scene() -> None:
        on = stage()
        page = await _play(on, script)
        stored = on.journal.stored.get("iv_1", [])
        assert [message.seq for message in stored] == list(range(1, len(stored) + 1))
        records = on.journal.records.get("iv_1", [])
        assert [record.seq for record in records] == list(range(1, len(records) + 1))
        times = [record.at_ms for record in records]
        assert times == sorted(times)
        told = {message.seq: message.at_ms for message in stored if message.for_candidate}
        assert [envelope.seq for envelope in page.heard] == sorted(told)
        assert {envelope.seq: envelope.at_ms for envelope in page.heard} == told
        watcher = await on.watch()
        assert [seen.seq for seen in watcher.watched() if seen.seq] == [message.seq for message in stored]
        await on.close()

    virtually(scene())
