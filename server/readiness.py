"""Whether candidates may be sent to this process, and if not, why not."""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server.house import House


async def reasons_against(rooms: House) -> list[str]:
    """Empty: it is ready. The words are for operators."""
    reasons = []
    if rooms.switchboard.draining:
        reasons.append("draining")
    keeper = rooms.switchboard.keeper
    if keeper.url and not keeper.holds:
        reasons.append("Redis is not reachable: no lease")
    if not rooms.inference.ready:
        reasons += rooms.inference.reasons or ["engines are warming up"]
    try:
        async with rooms.engine.connect() as store:
            await store.execute(text("SELECT 1"))
    except SQLAlchemyError:
        reasons.append("the store is not reachable")
    return reasons
