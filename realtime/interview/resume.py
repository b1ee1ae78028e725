"""Is the candidate there? Connections come and go; the interview outlives them.

Three stages, counted on the interview clock from the moment the current connection was lost:

1. *detached*, up to ``detached_pause_ms``: the phase stays, every timer of the candidate stands still;
2. *interrupted*, up to ``interrupted_limit_ms`` longer: said openly to HR, resumable by the same link;
3. *expired*.

Coming back in stage 1 or 2 continues the same phase with what was left of its timer at the moment of loss. A lost
connection therefore never costs the candidate time. It could be used to win some: that is why every loss is an
observation in the evidence log with its time, for a person to judge.
"""

import msgspec

from realtime.interview.plan import TimingRules


class Presence(msgspec.Struct):
    """``epoch`` is that of the newest connection ever let in; ``left_ms`` when it was lost."""

    epoch: int = 0
    connected: bool = False
    left_ms: int | None = None

    def joined(self, epoch: int) -> bool:
        """False: a connection that is not newer than the one we know means nothing."""
        if epoch <= self.epoch:
            return False
        self.epoch, self.connected, self.left_ms = epoch, True, None
        return True

    def left(self, epoch: int, now_ms: int) -> bool:
        """False: it was superseded long ago, or its loss is known."""
        if epoch != self.epoch or not self.connected:
            return False
        self.connected, self.left_ms = False, now_ms
        return True

    def interrupts_at(self, rules: TimingRules) -> int | None:
        return None if self.left_ms is None else self.left_ms + rules.detached_pause_ms

    def expires_at(self, rules: TimingRules) -> int | None:
        interrupts_at = self.interrupts_at(rules)
        return None if interrupts_at is None else interrupts_at + rules.interrupted_limit_ms
