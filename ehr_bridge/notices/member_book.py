"""How often each member was written to, for all processes: the ledger behind ``wecom.limits.MEMBER``."""

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.notices.tables import member_send
from ehr_bridge.store import next_position
from ehr_bridge.wecom.limits import MEMBER, wait_ms

LONGEST_MS = max(limit.window_ms for limit in MEMBER)


class MemberBook:
    """Writers stand in line for one row (``next_position``): two processes never both take the thirtieth."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, app: str, member: str, now_ms: int) -> int:
        async with self._engine.begin() as store:
            await next_position(store, "member_send")
            mine = (member_send.c.app == app, member_send.c.member == member)
            await store.execute(delete(member_send).where(*mine, member_send.c.at_ms <= now_ms - LONGEST_MS))
            rows = await store.execute(select(member_send.c.at_ms).where(*mine).order_by(member_send.c.at_ms))
            wait = wait_ms([row.at_ms for row in rows], MEMBER, now_ms)
            if not wait:
                await store.execute(insert(member_send).values(app=app, member=member, at_ms=now_ms))
        return wait
