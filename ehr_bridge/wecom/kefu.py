"""微信客服: five messages within 48 hours of what the person last wrote (doc 94677). The store keeps the values."""

import msgspec

WINDOW_MS = 48 * 3_600_000
MOST = 5
MARGIN_MS = 60_000
"""Clocks differ, and a request takes its time: a window about to close counts as closed."""


class Window(msgspec.Struct, frozen=True):
    """``opened_at_ms``: the person's last message; 0: never wrote. ``sent``: by us since then."""

    opened_at_ms: int = 0
    sent: int = 0

    def heard(self, at_ms: int) -> "Window":
        """The person wrote: a new window. What arrives late does not take back a newer one."""
        return Window(at_ms, 0) if at_ms > self.opened_at_ms else self

    def used(self) -> "Window":
        return Window(self.opened_at_ms, self.sent + 1)

    def left(self, now_ms: int) -> int:
        """How many messages may still be sent."""
        open_still = self.opened_at_ms and now_ms < self.opened_at_ms + WINDOW_MS - MARGIN_MS
        return max(0, MOST - self.sent) if open_still else 0
