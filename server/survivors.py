"""What is done for those who cannot see to it themselves: processes that died, and interviews that nobody holds.

``take_up``: the unfinished workflows of a dead process are gone on with, by exactly one of the others. ``look_after``:
an interview whose process died, or whose candidate stays away, still comes to its end, at the time its rules say.
"""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.durable import Durable
from realtime.live.keeper import Keeper
from realtime.live.lease import LeasesUnavailable
from realtime.live.switchboard import Elsewhere, NotAdmitted, Switchboard
from server.clock import wall_ms
from server.finish import Finisher
from server.store import interviews

log = logging.getLogger("viva.survivors")

LOOK_EVERY_S = 2.0
ALARMS_EVERY_S = 20.0
ALARMS_AT_ONCE = 50
BROUGHT_LIVE_AT_ONCE = 5
"""They take slots while they are here, for a second or two."""
STAYS_S = 1.0


async def take_up(keeper: Keeper, durable: Durable, finisher: Finisher) -> None:
    """Looks for the dead until cancelled. One that was started again under its old name sees to itself."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            dead = await keeper.leases.bury()
            living = {card.executor for card in await keeper.leases.processes()} if dead else set()
        except LeasesUnavailable:
            continue  # the keeper says it aloud
        gone = sorted({card.executor for card in dead if card.executor} - living)
        if not gone:
            continue
        try:
            count = await durable.recover(gone)
            await finisher.recover()
        except SQLAlchemyError as error:
            # Whoever starts under that name again, and the relay after a while, still find what is left.
            log.error("the work of %s could not be taken up: %s", ", ".join(gone), type(error).__name__)
        else:
            log.warning("%s ended without a word; %d workflows are taken up here", ", ".join(gone), count)


async def look_after(switchboard: Switchboard, engine: AsyncEngine) -> None:
    """Until cancelled."""
    while True:
        await asyncio.sleep(ALARMS_EVERY_S)
        try:
            await ring(switchboard, engine)
        except SQLAlchemyError as error:
            log.warning("the alarms could not be read: %s", type(error).__name__)


async def ring(switchboard: Switchboard, engine: AsyncEngine) -> int:
    """Brings those live that are overdue and held by nobody; time does the rest. Returns how many."""
    async with engine.connect() as store:
        overdue = await interviews.alarms(store, wall_ms(), ALARMS_AT_ONCE)
    brought = 0
    for interview_id in overdue:
        free = 0 if switchboard.draining else switchboard.admission.free
        if brought == BROUGHT_LIVE_AT_ONCE or free <= BROUGHT_LIVE_AT_ONCE:
            break  # who comes to be interviewed goes first
        if switchboard.find(interview_id) is not None:
            continue
        try:
            brought += await switchboard.admit(interview_id) is not None
        except (Elsewhere, NotAdmitted):
            continue  # it is in good hands, or will be found again
        switchboard.linger(interview_id, STAYS_S)
    return brought
