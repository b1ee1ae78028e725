"""All live interviews of this process: who is let in, who is told, and how they are brought to an end.

Admission reserves before it promises: a slot is taken when an interview goes live here, and a candidate beyond
the last slot gets a typed refusal with a time to come back, instead of a bad interview.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import msgspec

from realtime.interview.events import HrSaid
from realtime.live.conductor import Connections, LiveInterview
from realtime.live.outbox import GOING_AWAY, Outbox
from realtime.protocol.messages import HrMessage, LiveList
from realtime.protocol.messages import LiveInterview as LiveRow

log = logging.getLogger("viva.switchboard")

LIST_INTERVAL_S = 0.5
LINGER_S = 120.0
"""An ended or abandoned interview stays live this long for its last messages; the store keeps it for ever."""


class TooManyInterviews(Exception):
    """Every slot is taken; ``retry_after_s`` is how long to wait."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"no free slot; retry after {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Draining(Exception):
    """This process takes no new interviews any more."""


@dataclass(slots=True)
class _Slot:
    interview: LiveInterview
    task: "asyncio.Task[None]"
    release: "asyncio.TimerHandle | None" = field(default=None)
    ending: bool = False


class Switchboard:
    """``load`` builds a live interview from the store (None: there is no such interview)."""

    def __init__(
        self,
        *,
        capacity: int,
        load: "Callable[[str, Connections], Awaitable[LiveInterview | None]]",
        recent_rows: Callable[[], Awaitable[list[LiveRow]]],
        ended: Callable[[str], Awaitable[None]],
    ) -> None:
        self.capacity = capacity
        self.refused = 0
        self.draining = False
        self._load = load
        self._recent_rows = recent_rows
        self._connections = Connections(row_changed=self._row_changed, ended=ended)
        self._slots: dict[str, _Slot] = {}
        self._loading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._reserved = 0
        self._list_subscribers: set[Outbox] = set()
        self._list_timer: asyncio.TimerHandle | None = None
        self._list_task: asyncio.Task[None] | None = None
        self._fewer = asyncio.Event()

    # ------------------------------------------------------------------ interviews
    def find(self, interview_id: str) -> LiveInterview | None:
        slot = self._slots.get(interview_id)
        return slot.interview if slot else None

    @property
    def live(self) -> list[LiveInterview]:
        return [slot.interview for slot in self._slots.values()]

    @property
    def active(self) -> int:
        """Slots that count: an ended interview lingers without holding one."""
        return sum(1 for slot in self._slots.values() if not slot.interview.ended)

    async def admit(self, interview_id: str) -> LiveInterview | None:
        """The live interview, made live if there is a slot. Raises ``TooManyInterviews`` or ``Draining``."""
        lock = self._loading.setdefault(interview_id, asyncio.Lock())
        async with lock:
            found = self._slots.get(interview_id)
            if found is not None and not found.ending and not found.task.done():
                self._keep(found)
                return found.interview
            if found is not None:
                await asyncio.wait({found.task})  # what it still writes comes before what is read again
            if self.draining:
                self.refused += 1
                raise Draining
            if self.active + self._reserved >= self.capacity:
                self.refused += 1
                raise TooManyInterviews(retry_after_s=30.0)
            return await self._go_live(interview_id)

    async def _go_live(self, interview_id: str) -> LiveInterview | None:
        """The slot is taken before the store is asked, so that two who come together cannot both have the last."""
        self._reserved += 1
        try:
            interview = await self._load(interview_id, self._connections)
        finally:
            self._reserved -= 1
        if interview is None:
            return None
        if self.draining:
            raise Draining  # which began while the store was asked
        task = asyncio.create_task(interview.run(), name=f"interview {interview_id}")
        task.add_done_callback(lambda done: self._task_ended(interview_id, done))
        self._slots[interview_id] = _Slot(interview, task)
        self._row_changed(interview_id)
        return interview

    def linger(self, interview_id: str) -> None:
        """Nobody may hold a slot by closing a laptop: without a candidate it is released after a while."""
        slot = self._slots.get(interview_id)
        if slot is not None and slot.release is None and not slot.interview.connected:
            loop = asyncio.get_running_loop()
            slot.release = loop.call_later(LINGER_S, lambda: self._release(interview_id))

    def _keep(self, slot: _Slot) -> None:
        if slot.release is not None:
            slot.release.cancel()
            slot.release = None

    def _release(self, interview_id: str) -> None:
        slot = self._slots.get(interview_id)
        if slot is None:
            return
        slot.release = None
        interview = slot.interview
        if interview.connected:
            return
        if interview.watched or (not interview.ended and interview.listening.settling):
            self.linger(interview_id)
            return
        slot.ending = True
        slot.task.cancel()

    def _task_ended(self, interview_id: str, task: "asyncio.Task[None]") -> None:
        slot = self._slots.get(interview_id)
        if slot is not None and slot.task is task:
            del self._slots[interview_id]
        if not task.cancelled() and task.exception() is not None:
            log.error("interview %s ended by an error", interview_id, exc_info=task.exception())
        self._row_changed(interview_id)

    def hr_said(self, interview_id: str, actor: str, message: HrMessage, outbox: Outbox) -> bool:
        """False: the interview is not live here, or cannot listen."""
        interview = self.find(interview_id)
        return interview is not None and interview.order(HrSaid(actor, message), outbox)

    # ------------------------------------------------------------------ HR's list
    async def subscribe(self, outbox: Outbox) -> None:
        self._list_subscribers.add(outbox)
        outbox.put(await self._list())

    def unsubscribe(self, outbox: Outbox) -> None:
        self._list_subscribers.discard(outbox)
        for slot in self._slots.values():
            slot.interview.unwatch(outbox)

    def announce(self, interview_id: str) -> None:
        """Something outside the interview changed its row (its report is ready, it was invited)."""
        self._row_changed(interview_id)

    def _row_changed(self, _interview_id: str) -> None:
        self._fewer.set()
        if self._list_timer is None and self._list_subscribers:
            loop = asyncio.get_running_loop()
            self._list_timer = loop.call_later(LIST_INTERVAL_S, self._start_list)

    def _start_list(self) -> None:
        self._list_timer = None
        if not self._list_subscribers:
            return
        self._list_task = asyncio.create_task(self._send_list(), name="live list")

    async def _send_list(self) -> None:
        try:
            message = await self._list()
        except Exception as error:  # the boundary of this task: the next change tries again
            log.error("the live list could not be read", exc_info=error)
            return
        for outbox in self._list_subscribers:
            outbox.put(message)

    async def _list(self) -> LiveList:
        rows = [self._overlaid(row) for row in await self._recent_rows()]
        return LiveList(sorted(rows, key=lambda row: row.started_at, reverse=True))

    def _overlaid(self, row: LiveRow) -> LiveRow:
        """The stored row with what only the live interview knows."""
        live = self.find(row.interview_id)
        if live is None:
            return row
        session = live.session
        return msgspec.structs.replace(
            row,
            phase=session.phase,
            question_index=session.question_index,
            question_total=len(live.plan.questions),
            language=session.language,
            connected=live.connected,
            human_requested=session.human_requested,
            media=live.listening.transport,
        )

    # ------------------------------------------------------------------ the end
    async def drain(self, seconds: float) -> int:
        """Take nobody new, let the running interviews finish for ``seconds``; the number that did not."""
        self.draining = True
        try:
            async with asyncio.timeout(seconds):
                while self.active:
                    self._fewer.clear()
                    await self._fewer.wait()
        except TimeoutError:
            log.info("drain: %d interviews go on without this process", self.active)
        return self.active

    async def close(self) -> None:
        """Everything durable is in the journal already; the candidates are told to come back."""
        self.draining = True
        if self._list_timer is not None:
            self._list_timer.cancel()
        for slot in list(self._slots.values()):
            self._keep(slot)
            slot.interview.part()
        for outbox in self._list_subscribers:
            outbox.cut(GOING_AWAY)
        self._list_subscribers.clear()
        tasks = [slot.task for slot in self._slots.values()]
        if self._list_task is not None:
            tasks.append(self._list_task)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
