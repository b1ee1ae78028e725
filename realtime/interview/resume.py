"""Is the candidate there? Connections come and go; the interview outlives them.

Stages, counted on the interview clock:

0. *silent*, from 3 s without a ping (the shell counts): the connection may be gone; every timer of the candidate stands
   still from here on, and goes on when they are heard again;
1. *detached*, from the moment the connection is known to be lost (closed, or 10 s without a ping), up to
   ``detached_pause_ms``: the phase stays;
2. *interrupted*, up to ``interrupted_limit_ms`` longer: said openly to HR, resumable by the same link;
3. by the position's rule ``after_limit``: *expired*, or the clocks go on without the candidate, so that the interview
   comes to an end by itself, question by question; whoever comes back meanwhile finds what is left.

Coming back in stage 0, 1 or 2 continues the same phase with what was left of its timer. A lost connection therefore
costs the candidate no more than the three seconds before anybody could know. It could be used to win time: that is why
every loss is an observation in the evidence log with its time, for a person to judge.
"""

import msgspec

from realtime.interview.plan import TimingRules


class Presence(msgspec.Struct):
    """``epoch`` is that of the newest connection ever let in; ``left_ms`` when it was lost. ``absent``: the candidate
    stayed away for too long, and the clocks go on without them."""

    epoch: int = 0
    connected: bool = False
    left_ms: int | None = None
    silent: bool = False
    absent: bool = False

    @property
    def here(self) -> bool:
        return self.connected and not self.silent

    @property
    def clocks_run(self) -> bool:
        return self.here or self.absent

    def joined(self, epoch: int) -> bool:
        """False: a connection that is not newer than the one we know means nothing."""
        if epoch <= self.epoch:
            return False
        self.epoch, self.connected, self.left_ms = epoch, True, None
        self.silent = self.absent = False
        return True

    def hushed(self, epoch: int, silent: bool) -> bool:
        """False: nothing changes by it."""
        if epoch != self.epoch or not self.connected or self.silent is silent:
            return False
        self.silent = silent
        return True

    def left(self, epoch: int, now_ms: int) -> bool:
        """False: it was superseded long ago, or its loss is known."""
        if epoch != self.epoch or not self.connected:
            return False
        self.connected, self.silent, self.left_ms = False, False, now_ms
        return True

    def given_up(self, now_ms: int) -> None:
        self.absent, self.left_ms = True, now_ms

    def waited_for_again(self, now_ms: int) -> None:
        """As if the connection had been lost now."""
        self.absent, self.left_ms = False, now_ms

    def interrupts_at(self, rules: TimingRules) -> int | None:
        return None if self.left_ms is None or self.absent else self.left_ms + rules.detached_pause_ms

    def limit_at(self, rules: TimingRules) -> int | None:
        """When stage 2 is over."""
        return None if self.left_ms is None else self.left_ms + rules.detached_pause_ms + rules.interrupted_limit_ms
