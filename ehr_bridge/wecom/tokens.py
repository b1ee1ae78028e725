"""One access token for an app, fetched by one caller while the others wait (doc 91039).

It is renewed ten minutes before its end, and when WeCom says that it is over earlier (``discard``). A renewal that
fails while the old token still works is only noted. Wrong parameters 2000 times an hour block gettoken for an hour:
after a failure nobody asks again for ``PAUSE_MS``, everyone is told what happened the last time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ehr_bridge.wecom.errors import WeComError

EARLY_MS = 600_000
PAUSE_MS = 10_000


@dataclass(frozen=True, slots=True)
class Granted:
    value: str = field(repr=False)
    expires_at_ms: int


class TokenCache:
    """``fetch`` asks WeCom; also used for JS-SDK tickets, which live by the same rules."""

    def __init__(self, fetch: Callable[[], Awaitable[Granted]], now_ms: Callable[[], int]) -> None:
        self._fetch = fetch
        self._now_ms = now_ms
        self._granted: Granted | None = None
        self._refreshing: asyncio.Task[Granted] | None = None
        self._failed: tuple[int, WeComError] | None = None
        self.fetches = 0

    async def get(self) -> str:
        """Raises ``WeComError``."""
        now = self._now_ms()
        if self._granted is not None and now < self._granted.expires_at_ms - EARLY_MS:
            return self._granted.value
        try:
            self._granted = await self._shared()
        except WeComError:
            if self._granted is not None and now < self._granted.expires_at_ms:
                return self._granted.value
            raise
        return self._granted.value

    def discard(self, value: str) -> None:
        """WeCom refused this one. Late news of an older token changes nothing."""
        if self._granted is not None and self._granted.value == value:
            self._granted = None

    async def _shared(self) -> Granted:
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._refresh(), name="wecom token")
            self._refreshing.add_done_callback(self._done)
        # Shielded: who gives up waiting does not take the token away from the others.
        return await asyncio.shield(self._refreshing)

    async def _refresh(self) -> Granted:
        if self._failed is not None and self._now_ms() - self._failed[0] < PAUSE_MS:
            raise self._failed[1]
        self.fetches += 1
        try:
            granted = await self._fetch()
        except WeComError as error:
            self._failed = (self._now_ms(), error)
            raise
        self._failed = None
        return granted

    def _done(self, task: asyncio.Task[Granted]) -> None:
        self._refreshing = None
        if not task.cancelled():
            task.exception()  # looked at, so that a failure nobody waits for any more is no warning
