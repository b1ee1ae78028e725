"""What a process does for one that died: its unfinished workflows are taken up, by exactly one of the others."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from ehr_bridge.durable import Durable
from realtime.live.keeper import Keeper
from realtime.live.lease import LeasesUnavailable

log = logging.getLogger("viva.survivors")

LOOK_EVERY_S = 2.0


async def take_up(keeper: Keeper, durable: Durable) -> None:
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
        except SQLAlchemyError as error:
            # Whoever starts under that name again, and the relay after a while, still find what is left.
            log.error("the work of %s could not be taken up: %s", ", ".join(gone), type(error).__name__)
        else:
            log.warning("%s ended without a word; %d workflows are taken up here", ", ".join(gone), count)
