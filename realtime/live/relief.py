"""What sessions may ask of the engines just now, and who has to know when that changes.

Twice a second the engines' lag goes up or down the ladder (``realtime.inference.ladder``). Ears read the allowance
before they ask; whoever shows something, or lets somebody in, is told of a change, and so is the log, once.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from realtime.inference.bus import Inference
from realtime.inference.ladder import Allowance, Ladder, Rung
from realtime.inference.scheduler import Lag
from realtime.protocol.messages import CaptionsMode

log = logging.getLogger("viva.relief")

LOOK_S = 0.5

SHOWN: dict[Rung, CaptionsMode] = {
    Rung.FULL: "live",
    Rung.SLOWER: "slowed",
    Rung.SMALLER: "slowed",
    Rung.NO_PARTIALS: "paused",
    Rung.FINALS_ONLY: "paused",
    Rung.CLOSED: "paused",
}
SAID: dict[Rung, str] = {
    Rung.FULL: "captions come as they are spoken",
    Rung.SLOWER: "captions come every two seconds",
    Rung.SMALLER: "captions come every two seconds, from shorter windows",
    Rung.NO_PARTIALS: "no captions while somebody speaks; utterances are transcribed when they end",
    Rung.FINALS_ONLY: "no captions and no faces; utterances are transcribed when there is room",
    Rung.CLOSED: "as before, and no new interview begins",
}


@dataclass(slots=True)
class Relief:
    inference: Inference
    clock: Callable[[], float] = time.monotonic
    ladder: Ladder = field(default_factory=Ladder)
    tell: list[Callable[[], None]] = field(default_factory=list)
    """Called after every change."""

    @property
    def allowance(self) -> Allowance:
        return self.ladder.allowance

    @property
    def captions(self) -> CaptionsMode:
        return SHOWN[self.ladder.rung]

    def look(self) -> None:
        before, found = self.ladder.rung, self.inference.statistics()
        lag = Lag(found.partial_lag_s, found.final_lag_s)
        rung = self.ladder.heard(lag, self.clock(), engines=self.inference.ready)
        if rung is before:
            return
        why = f"partials wait {lag.partial_s:.1f} s, finals {lag.final_s:.1f} s"
        if not self.inference.ready:
            why = "; ".join(self.inference.reasons) or "no engine answers"
        log.log(logging.WARNING if rung > before else logging.INFO, "%s (%s)", SAID[rung], why)
        for tell in self.tell:
            tell()

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)
