"""How a process gives up its interviews without harming one.

    doors closed ──► somewhere else has room? ──yes──► who is not answering moves at once,
                            │ no                       who is when the answer is over, or the time
                            ▼
                     they finish here, as long as the time lasts ──► the rest is told to come back; it is all stored

Progress is logged every few seconds, and the sum at the end.
"""

import asyncio
import logging
from dataclasses import dataclass

from realtime.live.conductor import LiveInterview
from realtime.live.switchboard import Switchboard

log = logging.getLogger("viva.drain")

LOOK_EVERY_S = 0.25
PROGRESS_EVERY_S = 3.0
MOVES_PER_LOOK = 5
"""So that twenty a second arrive where they go to: as many as one process takes in."""
LAST_MOVES_S = 5.0
"""When the time is over, and somebody else has room, the last ones are moved within this."""


@dataclass(frozen=True, slots=True)
class Drained:
    finished: int
    handed_over: int
    left: int

    def __str__(self) -> str:
        return f"{self.finished} finished, {self.handed_over} handed over, {self.left} left for later"


async def drain(switchboard: Switchboard, seconds: float) -> Drained:
    """Until no interview is live here, or the time is over."""
    switchboard.close_doors()
    loop = asyncio.get_running_loop()
    began, total = loop.time(), switchboard.active
    handed_over, told_at = 0, began
    while switchboard.active:
        over = loop.time() - began >= seconds
        moved = await _move_some(switchboard, also_speaking=over)
        handed_over += moved
        if over and (not moved or loop.time() - began >= seconds + LAST_MOVES_S):
            break
        if loop.time() - told_at >= PROGRESS_EVERY_S:
            told_at = loop.time()
            log.warning(
                "draining: %d interviews go on, %d handed over, %d finished; %.0f s are left",
                switchboard.active,
                handed_over,
                max(0, total - handed_over - switchboard.active),
                max(0.0, seconds - (told_at - began)),
            )
        await _wait(switchboard, min(LOOK_EVERY_S, max(0.0, began + seconds - loop.time())) or LOOK_EVERY_S)
    left = switchboard.active
    drained = Drained(max(0, total - handed_over - left), handed_over, left)
    log.warning("drained in %.1f s: %s", loop.time() - began, drained)
    return drained


async def _move_some(switchboard: Switchboard, *, also_speaking: bool) -> int:
    movable = [live for live in switchboard.live if not live.ended and (also_speaking or not _in_an_answer(live))]
    moved = 0
    for live in movable[:MOVES_PER_LOOK]:
        url = await switchboard.room_elsewhere()
        if url is None:
            break
        moved += await switchboard.hand_over(live.plan.interview_id, url)
    return moved


def _in_an_answer(live: LiveInterview) -> bool:
    return live.connected and live.session.answering


async def _wait(switchboard: Switchboard, seconds: float) -> None:
    switchboard.fewer.clear()
    try:
        async with asyncio.timeout(seconds):
            await switchboard.fewer.wait()
    except TimeoutError:
        pass
