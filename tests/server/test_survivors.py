"""Interviews that nobody holds: each comes to the end that its rules say, whether or not somebody comes back."""

import asyncio
from typing import Any

from sqlalchemy import select, update

from realtime.protocol import messages as say
from realtime.protocol.text import Phase
from server.clock import wall_ms
from server.store.tables import interviews
from server.survivors import ring

DAY_MS = 24 * 3_600_000


async def away(served: Any, *, for_ms: int) -> str:
    """An interview with one typed answer, whose candidate has left, and which no process holds any more."""
    invited = await served.invite()
    async with invited.talk() as talk:
        state = await talk.to_question()
        await talk.type_answer(state.question.id, "我会先询问客户担心什么,再说明产品的风险,最后把结果告诉主管。")
        await talk.phase(Phase.READING)
    interview_id = str(invited.interview_id)
    served.inside(let_go(served, interview_id))
    served.inside(shift(served, interview_id, for_ms))
    return interview_id


async def let_go(served: Any, interview_id: str) -> None:
    board = served.house.switchboard
    live = board.find(interview_id)
    for _ in range(500):
        if not live.connected:
            break
        await asyncio.sleep(0.01)
    slot = board._slots[interview_id]
    board._keep(slot)
    board._release(interview_id)
    await asyncio.wait({slot.task})


async def shift(served: Any, interview_id: str, by_ms: int) -> None:
    """As if so much time had gone by since."""
    earlier = {"saved_at": interviews.c.saved_at - by_ms, "alarm_at": interviews.c.alarm_at - by_ms}
    async with served.house.engine.begin() as store:
        await store.execute(update(interviews).where(interviews.c.id == interview_id).values(earlier))


async def row(served: Any, interview_id: str) -> Any:
    async with served.house.engine.connect() as store:
        return (await store.execute(select(interviews).where(interviews.c.id == interview_id))).one()


async def rings(served: Any) -> None:
    await ring(served.house.switchboard, served.house.engine)


async def test_who_stays_away_for_a_day_expires_although_nobody_holds_the_interview(served: Any) -> None:
    interview_id = await away(served, for_ms=DAY_MS + 60_000)
    served.inside(rings(served))
    for _ in range(200):
        found = served.inside(row(served, interview_id))
        if found.report_id is not None:
            break
        await asyncio.sleep(0.05)
    assert found.phase == Phase.EXPIRED
    assert found.alarm_at is None
    assert found.report_id is not None  # what was answered is scored


async def test_who_is_away_for_an_hour_is_left_in_peace(served: Any) -> None:
    interview_id = await away(served, for_ms=0)
    found = served.inside(row(served, interview_id))
    assert found.phase == Phase.READING
    assert found.alarm_at - wall_ms() > 5_000  # when it counts as interrupted
    served.inside(shift(served, interview_id, 3_600_000))
    served.inside(rings(served))
    for _ in range(200):
        found = served.inside(row(served, interview_id))
        if found.phase == Phase.INTERRUPTED and served.house.switchboard.find(interview_id) is None:
            break
        await asyncio.sleep(0.05)
    assert found.phase == Phase.INTERRUPTED
    left_ms = found.alarm_at - wall_ms()
    assert DAY_MS - 3_700_000 < left_ms < DAY_MS - 3_500_000  # the hour counts, by the clock on the wall
    served.inside(rings(served))
    assert served.house.switchboard.find(interview_id) is None


async def test_who_is_inside_is_looked_after_already(served: Any) -> None:
    invited = await served.invite()
    async with invited.talk() as talk:
        await talk.to_question()
        served.inside(shift(served, invited.interview_id, 120_000))
        live = served.house.switchboard.find(invited.interview_id)
        served.inside(rings(served))
        assert served.house.switchboard.find(invited.interview_id) is live
        assert await talk.alive()
        await talk.say(say.Withdraw())
