import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.notices.member_book import MemberBook
from ehr_bridge.wecom.limits import IN_FLIGHT_MS


async def test_thirty_a_minute_over_all_processes(engine: AsyncEngine) -> None:
    one, two = MemberBook(engine), MemberBook(engine)
    waits = await asyncio.gather(*((one if n % 2 else two).take("7", "zhang", 1000) for n in range(34)))
    assert waits.count(0) == 30
    assert {wait for wait in waits if wait} == {60_000 + IN_FLIGHT_MS}
    assert await one.take("7", "li", 1000) == 0
    assert await one.take("8", "zhang", 1000) == 0
    assert await one.take("7", "zhang", 1000 + 60_000 + IN_FLIGHT_MS) == 0
