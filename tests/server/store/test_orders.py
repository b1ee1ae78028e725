"""Orders: each system's own, one for a callback, one for an interview."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.store import orders
from server.store.interviews import InvitationRow


async def test_an_order_is_found_by_its_own_system_alone(store: AsyncEngine, invited: InvitationRow) -> None:
    url = f"https://app.greenhouse.io/{invited.interview_id}"
    async with store.begin() as connection:
        made = await orders.add_order(connection, destination="gh", interview_id=invited.interview_id, callback_url=url)
    async with store.connect() as connection:
        assert await orders.find_order(connection, "gh", made.id) == made
        assert await orders.order_of(connection, "gh", invited.interview_id) == made
        assert await orders.order_at(connection, "gh", url) == made
        assert await orders.orderer_of(connection, invited.interview_id) == "gh"
        for other in ("gh2", ""):
            assert await orders.find_order(connection, other, made.id) is None
            assert await orders.order_of(connection, other, invited.interview_id) is None
            assert await orders.order_at(connection, other, url) is None
        assert await orders.orderer_of(connection, "iv_nobody") is None
    with pytest.raises(IntegrityError):
        async with store.begin() as connection:
            await orders.add_order(connection, destination="gh", interview_id=invited.interview_id, callback_url=url)
