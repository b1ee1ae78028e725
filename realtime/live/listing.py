"""HR's live list: the stored rows, and over them what only the process that holds an interview knows.

Each process says its part beside its lease; whichever process HR asks puts the parts together. A part has no name in
it: who the applicant is stands in the store.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

import msgspec

from realtime.live.lease import LeasesUnavailable
from realtime.live.outbox import Cut, Outbox
from realtime.protocol.messages import CaptionsMode, LiveList, PresenceState
from realtime.protocol.messages import LiveInterview as LiveRow
from realtime.protocol.text import Language, Phase

log = logging.getLogger("viva.listing")

LIST_INTERVAL_S = 0.5


class RowPart(msgspec.Struct, frozen=True):
    interview_id: str
    phase: Phase
    question_index: int
    question_total: int
    language: Language
    connected: bool
    human_requested: bool
    media: str
    presence: PresenceState
    captions: CaptionsMode = "live"


class Parts(msgspec.Struct, frozen=True):
    """``revision`` grows with every change, also with those that no part shows: an invitation, a report."""

    revision: int
    rows: list[RowPart]


_decoder = msgspec.json.Decoder(Parts)


class Listing:
    """``recent_rows``: the newest stored rows, and those of the interviews named. ``own``: this process's parts.
    ``others``: what the living processes said, by process id; None: there are no others."""

    def __init__(
        self,
        recent_rows: Callable[[Collection[str]], Awaitable[list[LiveRow]]],
        own: Callable[[], list[RowPart]],
        others: Callable[[], Awaitable[dict[str, bytes]]] | None = None,
    ) -> None:
        self._recent_rows = recent_rows
        self._own = own
        self._others = others
        self._revision = 0
        self._heard: dict[str, bytes] = {}
        self._subscribers: set[Outbox] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None

    def parts(self) -> bytes:
        """What this process says to the others."""
        return msgspec.json.encode(Parts(self._revision, self._own()))

    async def subscribe(self, outbox: Outbox) -> None:
        self._subscribers.add(outbox)
        if self._others is not None:
            await self._hear()
            if self._following is None:
                self._following = asyncio.create_task(self._follow(), name="live list of others")
        outbox.put(await self._list())

    def unsubscribe(self, outbox: Outbox) -> None:
        self._subscribers.discard(outbox)
        if not self._subscribers and self._following is not None:
            self._following.cancel()
            self._following = None

    def changed(self) -> None:
        self._revision += 1
        if self._timer is None and self._subscribers:
            self._timer = asyncio.get_running_loop().call_later(LIST_INTERVAL_S, self._start)

    def _start(self) -> None:
        self._timer = None
        if self._subscribers:
            self._sending = asyncio.create_task(self._send(), name="live list")

    async def _send(self) -> None:
        try:
            message = await self._list()
        except Exception as error:  # the boundary of this task: the next change tries again
            log.error("the live list could not be read", exc_info=error)
            return
        for outbox in self._subscribers:
            outbox.put(message)

    async def _follow(self) -> None:
        """The others change without telling us: look while somebody reads the list."""
        while True:
            await asyncio.sleep(LIST_INTERVAL_S)
            if await self._hear():
                self.changed()

    async def _hear(self) -> bool:
        """True: somebody said something new."""
        assert self._others is not None
        before = self._heard
        try:
            self._heard = await self._others()
        except LeasesUnavailable as error:
            log.debug("the other processes' rows could not be read: %s", error)  # the keeper says it aloud
        return self._heard != before

    async def _list(self) -> LiveList:
        parts = {part.interview_id: part for said in self._heard.values() for part in _decoder.decode(said).rows}
        parts |= {part.interview_id: part for part in self._own()}
        rows = [_overlaid(row, parts.get(row.interview_id)) for row in await self._recent_rows(parts.keys())]
        return LiveList(sorted(rows, key=lambda row: row.started_at, reverse=True))

    async def close(self, cut: Cut) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for outbox in self._subscribers:
            outbox.cut(cut)
        self._subscribers.clear()
        tasks = [task for task in (self._sending, self._following) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _overlaid(row: LiveRow, part: RowPart | None) -> LiveRow:
    """The stored row with what only the live interview knows."""
    if part is None:
        return row
    return msgspec.structs.replace(
        row,
        phase=part.phase,
        question_index=part.question_index,
        question_total=part.question_total,
        language=part.language,
        connected=part.connected,
        human_requested=part.human_requested,
        media=part.media,
        presence=part.presence,
        captions=part.captions,
    )
