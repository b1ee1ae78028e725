"""One entry is one transaction; writing it twice is writing it once; a store that is away is said so."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from realtime.interview import evidence
from realtime.interview.evidence import AnswerOpened, EvidenceRecord
from realtime.live.journal import FencedOff, JournalEntry, JournalUnavailable, StoredMessage
from realtime.protocol.text import Phase
from server.store import interviews, journal, reports
from server.store.interviews import InterviewRow, InvitationRow
from server.store.journal import DatabaseJournal


def entry(interview_id: str, first: int = 1, last: int = 2, **changes: Any) -> JournalEntry:
    numbers = range(first, last + 1)
    values: dict[str, Any] = {
        "fence": 0,
        "phase": Phase.ANSWERING,
        "epoch": 3,
        "human_requested": True,
        "snapshot": b'{"snapshot":1}',
        "last_seq": last,
        "messages": tuple(StoredMessage(n, n * 10, n % 2 == 1, f'{{"n":{n}}}'.encode()) for n in numbers),
        "evidence": tuple(EvidenceRecord(n, n * 10, AnswerOpened(f"q{n}", 1, "voice")) for n in numbers),
    }
    return JournalEntry(interview_id, **(values | changes))


async def row(store: AsyncEngine, interview_id: str) -> InterviewRow:
    async with store.connect() as connection:
        found = await interviews.find_interview(connection, interview_id)
    assert found is not None
    return found


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_ATTEMPTS_S", (0.0, 0.0, 0.0))


async def test_everything_of_an_entry_is_there(store: AsyncEngine, invited: InvitationRow) -> None:
    kept, wrote = DatabaseJournal(store), entry(invited.interview_id)
    await kept.commit(wrote)
    assert await kept.messages(invited.interview_id) == list(wrote.messages)
    lines = await kept.evidence(invited.interview_id)
    assert [evidence.decode(line) for line in lines] == list(wrote.evidence)
    found = await row(store, invited.interview_id)
    assert (found.phase, found.epoch, found.human_requested, found.snapshot, found.last_seq) == (
        Phase.ANSWERING,
        3,
        True,
        b'{"snapshot":1}',
        2,
    )
    assert found.started_at is not None
    assert found.ended_at is None
    assert found.report_state == "none"


async def test_twice_is_once(store: AsyncEngine, invited: InvitationRow) -> None:
    kept, wrote = DatabaseJournal(store), entry(invited.interview_id)
    await kept.commit(wrote)
    began = (await row(store, invited.interview_id)).started_at
    await kept.commit(wrote)
    assert len(await kept.messages(invited.interview_id)) == 2
    assert len(await kept.evidence(invited.interview_id)) == 2
    assert (await row(store, invited.interview_id)).started_at == began


async def test_one_transaction_or_nothing(
    store: AsyncEngine, invited: InvitationRow, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last statement of the entry fails: nothing of the first ones is left."""

    def refuse(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("UPDATE interviews SET started_at"):
            raise OperationalError(statement, {}, Exception("disk full"))

    kept = DatabaseJournal(store)
    event.listen(store.sync_engine, "before_cursor_execute", refuse)
    with pytest.raises(JournalUnavailable):
        await kept.commit(entry(invited.interview_id))
    event.remove(store.sync_engine, "before_cursor_execute", refuse)
    assert await kept.messages(invited.interview_id) == []
    assert await kept.evidence(invited.interview_id) == []
    assert (await row(store, invited.interview_id)).phase is Phase.INVITED


async def test_a_store_that_comes_back_in_time_costs_nothing(
    store: AsyncEngine, invited: InvitationRow, patience: None
) -> None:
    failures = iter((True, True, False))

    def sometimes(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("UPDATE interviews SET phase") and next(failures):
            raise OperationalError(statement, {}, Exception("away"))

    kept = DatabaseJournal(store)
    event.listen(store.sync_engine, "before_cursor_execute", sometimes)
    await kept.commit(entry(invited.interview_id))
    event.remove(store.sync_engine, "before_cursor_execute", sometimes)
    assert len(await kept.messages(invited.interview_id)) == 2


async def test_who_opened_it_last_may_write_and_nobody_else(store: AsyncEngine, invited: InvitationRow) -> None:
    kept, mine = DatabaseJournal(store), invited.interview_id
    first = await kept.open(mine)
    await kept.commit(entry(mine, 1, 1, fence=first))
    second = await kept.open(mine)
    assert second > first
    with pytest.raises(FencedOff):
        await kept.commit(entry(mine, 2, 3, fence=first, phase=Phase.EXPIRED, report_wanted=True))
    found = await row(store, mine)
    assert (found.phase, found.last_seq, found.report_state) == (Phase.ANSWERING, 1, "none")
    assert len(await kept.messages(mine)) == len(await kept.evidence(mine)) == 1
    await kept.commit(entry(mine, 2, 2, fence=second))
    assert [message.seq for message in await kept.messages(mine)] == [1, 2]
    with pytest.raises(LookupError):
        await kept.open("iv_nobody")


async def test_of_many_who_open_at_once_one_is_the_last(store: AsyncEngine, invited: InvitationRow) -> None:
    kept = DatabaseJournal(store)
    fences = await asyncio.gather(*(kept.open(invited.interview_id) for _ in range(8)))
    assert sorted(fences) == list(range(1, 9))
    written = await asyncio.gather(
        *(kept.commit(entry(invited.interview_id, fence, fence, fence=fence)) for fence in fences),
        return_exceptions=True,
    )
    assert [fence for fence, how in zip(fences, written, strict=True) if how is None] == [8]
    assert [message.seq for message in await kept.messages(invited.interview_id)] == [8]


@pytest.mark.parametrize("phase", [Phase.SCORING, Phase.WITHDRAWN, Phase.EXPIRED])
async def test_the_end_and_the_wish_for_a_report_are_one_entry(
    store: AsyncEngine, invited: InvitationRow, phase: Phase
) -> None:
    await DatabaseJournal(store).commit(entry(invited.interview_id, phase=phase, report_wanted=True))
    found = await row(store, invited.interview_id)
    assert found.ended_at is not None
    assert found.report_state == "processing"
    async with store.connect() as connection:
        assert invited.interview_id in dict(await reports.unreported(connection))


async def test_an_end_with_nothing_to_score_waits_for_no_report(store: AsyncEngine, invited: InvitationRow) -> None:
    await DatabaseJournal(store).commit(entry(invited.interview_id, phase=Phase.WITHDRAWN))
    async with store.connect() as connection:
        assert invited.interview_id not in dict(await reports.unreported(connection))


async def test_many_interviews_at_once(store: AsyncEngine, invited: InvitationRow) -> None:
    """Entries of one interview come in order, but other interviews write at the same moment."""
    kept = DatabaseJournal(store)
    async with store.begin() as connection:
        position = await interviews.find_position(connection, invited.position_id)
        assert position is not None
        others = [
            await interviews.invite(
                connection,
                applicant_id=invited.applicant_id,
                position=position,
                language="en",
                profile="eu",
                expires_at=1,
                time_factor=None,
                created_by="hr",
            )
            for _ in range(5)
        ]

    async def write(interview_id: str) -> None:
        for number in range(1, 6):
            await kept.commit(entry(interview_id, number, number))

    await asyncio.gather(*(write(other.interview_id) for other in others))
    for other in others:
        assert [message.seq for message in await kept.messages(other.interview_id)] == [1, 2, 3, 4, 5]
