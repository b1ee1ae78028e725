"""All live interviews of this process: who is let in, who is told, and how they are brought to an end.

Admission reserves before it promises: a slot and the interview's lease are taken before anything is built, and a
candidate beyond the last slot gets a typed refusal with a place in the line and a time to come back, or the address of
a process that has room, instead of a bad interview.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from realtime.interview.admission import Admission, AdmissionRules, NotNow
from realtime.interview.events import HrSaid
from realtime.live.conductor import Connections, LiveInterview
from realtime.live.keeper import Keeper
from realtime.live.lease import HeldBy, LeasesUnavailable, LocalLeases
from realtime.live.listing import Listing, RowPart
from realtime.live.outbox import COME_BACK, GOING_AWAY, Outbox
from realtime.live.relief import Relief
from realtime.protocol.messages import CaptionsMode, HrMessage
from realtime.protocol.messages import LiveInterview as LiveRow

log = logging.getLogger("viva.switchboard")

LINGER_S = 120.0
"""An ended or abandoned interview stays live this long for its last messages; the store keeps it for ever."""


class NotAdmitted(Exception):
    """Not here and not now: ``code`` is one of ``realtime.protocol.refusals``."""

    def __init__(self, code: str, retry_after_s: float | None = None, place: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_s = retry_after_s
        self.place = place


class Elsewhere(Exception):
    """Another process holds the interview, or has room for it: ``url`` is where."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@dataclass(slots=True)
class _Slot:
    interview: LiveInterview
    task: "asyncio.Task[None]"
    release: "asyncio.TimerHandle | None" = field(default=None)
    ending: bool = False


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Switchboard:
    """``load`` builds a live interview from the store (None: there is no such interview)."""

    def __init__(
        self,
        *,
        rules: AdmissionRules,
        load: "Callable[[str, Connections], Awaitable[LiveInterview | None]]",
        recent_rows: Callable[[Collection[str]], Awaitable[list[LiveRow]]],
        ended: Callable[[str], Awaitable[None]],
        keeper: Keeper | None = None,
        now_ms: Callable[[], int] = _monotonic_ms,
        relief: Relief | None = None,
        published: Callable[[str, str, int], None] = lambda _interview, _utterance, _revision: None,
    ) -> None:
        self.admission = Admission(rules)
        self.keeper = keeper or Keeper(LocalLeases())
        self.draining = False
        self.listing = Listing(recent_rows, self._parts, self.keeper.leases.rows if self.keeper.url else None)
        self.keeper.rows = self.listing.parts
        self.keeper.lost = self._lost
        self._load = load
        self._now_ms = now_ms
        self._relief = relief
        if relief is not None:
            relief.tell.append(self._relieved)
        self._connections = Connections(
            row_changed=self._row_changed, ended=ended, captions=self._captions, published=published
        )
        self._slots: dict[str, _Slot] = {}
        self._loading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._giving_back: dict[str, asyncio.Task[None]] = {}
        self.fewer = asyncio.Event()
        """Set whenever an interview may have ended."""
        self._tell_others()

    # ------------------------------------------------------------------ interviews
    def find(self, interview_id: str) -> LiveInterview | None:
        slot = self._slots.get(interview_id)
        return slot.interview if slot else None

    @property
    def live(self) -> list[LiveInterview]:
        return [slot.interview for slot in self._slots.values()]

    @property
    def active(self) -> int:
        """Interviews that hold a slot: an ended one lingers without."""
        return sum(1 for slot in self._slots.values() if not slot.interview.ended)

    @property
    def capacity(self) -> int:
        return self.admission.rules.capacity

    async def admit(self, interview_id: str, *, returning: bool = False) -> LiveInterview | None:
        """The live interview, made live if there is a slot. ``returning``: it has begun before. None: there is no
        such interview. Raises ``Elsewhere`` or ``NotAdmitted``."""
        lock = self._loading.setdefault(interview_id, asyncio.Lock())
        async with lock:
            found = self._slots.get(interview_id)
            if found is not None and not found.ending and not found.task.done():
                self._keep(found)
                return found.interview
            if found is not None:
                await asyncio.wait({found.task})  # what it still writes comes before what is read again
            try:
                await self._held_nowhere(await self.keeper.find(interview_id))
                if self.draining:
                    raise await self._another(NotAdmitted("draining"))
                await self._take_slot(interview_id, returning)
                return await self._go_live(interview_id)
            except LeasesUnavailable:
                raise NotAdmitted("leases_unavailable") from None

    async def _held_nowhere(self, holder: HeldBy | None) -> None:
        if holder is None:
            return
        if holder.silent(self.keeper.rules):
            raise NotAdmitted("owner_silent", retry_after_s=holder.left_ms / 1000 + 0.1)
        raise Elsewhere(holder.process.url)

    async def _another(self, refusal: NotAdmitted) -> Exception:
        """Where there is room, if there is; else the refusal."""
        url = await self.room_elsewhere()
        return Elsewhere(url) if url else refusal

    async def room_elsewhere(self) -> str | None:
        """The address of a process that would take somebody, chosen by how much room it has: a burst that is
        turned away here must not all go to the same door."""
        try:
            others = [card for card in await self.keeper.leases.processes() if card.id != self.keeper.card.id]
        except LeasesUnavailable:
            return None
        open_doors = [card for card in others if card.free > 0 and not card.draining]
        if not open_doors:
            return None
        return random.choices(open_doors, [card.free for card in open_doors])[0].url

    async def _take_slot(self, interview_id: str, returning: bool) -> None:
        answer = self.admission.ask(interview_id, self._now_ms(), returning=returning)
        if isinstance(answer, NotNow):
            refusal = NotAdmitted(answer.code, answer.retry_after_ms / 1000, answer.place)
            raise refusal if answer.code == "server_busy" else await self._another(refusal)
        self._tell_others()
        if answer.wait_ms:
            try:
                await asyncio.sleep(answer.wait_ms / 1000)
            except asyncio.CancelledError:  # whoever waited has gone
                self.admission.release(interview_id)
                raise

    async def _go_live(self, interview_id: str) -> LiveInterview | None:
        """The slot is taken already, the lease is taken here, and only then is the store asked: two who come
        together cannot both have the last place, and two processes not the same interview."""
        interview = None
        try:
            await self._held_nowhere(await self.keeper.claim(interview_id))
            term = self.keeper.term
            interview = await self._load(interview_id, self._connections)
            if interview is not None and self.draining:
                interview = None
                raise await self._another(NotAdmitted("draining"))  # which began while the store was asked
            if interview is not None and self.keeper.term != term:
                interview = None
                raise NotAdmitted("leases_unavailable")
        finally:
            if interview is None:
                self.admission.release(interview_id)
                await self.keeper.release(interview_id)
        if interview is None:
            return None
        task = asyncio.create_task(interview.run(), name=f"interview {interview_id}")
        task.add_done_callback(lambda done: self._task_ended(interview_id, done))
        self._slots[interview_id] = _Slot(interview, task)
        self._row_changed(interview_id)
        return interview

    def linger(self, interview_id: str, seconds: float = LINGER_S) -> None:
        """Nobody may hold a slot by closing a laptop: without a candidate it is released after a while."""
        slot = self._slots.get(interview_id)
        if slot is not None and slot.release is None and not slot.interview.connected:
            loop = asyncio.get_running_loop()
            slot.release = loop.call_later(seconds, lambda: self._release(interview_id))

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
        if interview.watched or (not interview.ended and (interview.listening.settling or interview.session.ending)):
            self.linger(interview_id)
            return
        slot.ending = True
        interview.rest()

    def _task_ended(self, interview_id: str, task: "asyncio.Task[None]") -> None:
        slot = self._slots.get(interview_id)
        if slot is not None and slot.task is task:
            self._keep(slot)
            del self._slots[interview_id]
            self.admission.release(interview_id)
            self._giving_back[interview_id] = asyncio.create_task(
                self.keeper.release(interview_id), name=f"giving back {interview_id}"
            )
            self._giving_back[interview_id].add_done_callback(lambda _done: self._giving_back.pop(interview_id, None))
        if not task.cancelled() and task.exception() is not None:
            log.error("interview %s ended by an error", interview_id, exc_info=task.exception())
        self._row_changed(interview_id)

    def _lost(self) -> None:
        """What is held is not provably ours any more: everybody is told to wait, and nothing more is written."""
        for slot in self._slots.values():
            slot.ending = True
            slot.interview.part(COME_BACK, refused="leases_unavailable")
            slot.task.cancel()

    def hr_said(self, interview_id: str, actor: str, message: HrMessage, outbox: Outbox) -> bool:
        """False: the interview is not live here, or cannot listen."""
        interview = self.find(interview_id)
        return interview is not None and interview.order(HrSaid(actor, message), outbox)

    async def process_urls(self) -> list[str]:
        """Where an interview could go on: the addresses of all living processes, this one's first. Empty: there is
        only this one."""
        own = [self.keeper.url] if self.keeper.url else []
        try:
            others = [card.url for card in await self.keeper.leases.processes() if not card.draining]
        except LeasesUnavailable:
            others = []
        return own + sorted(url for url in others if url not in own)

    async def whereabouts(self, interview_id: str) -> str | None:
        """The address of the other process that holds it. None: nobody does, or nobody can say."""
        try:
            holder = await self.keeper.find(interview_id)
        except LeasesUnavailable:
            return None
        return None if holder is None or holder.silent(self.keeper.rules) else holder.process.url

    # ------------------------------------------------------------------ HR's list
    async def subscribe(self, outbox: Outbox) -> None:
        await self.listing.subscribe(outbox)

    def unsubscribe(self, outbox: Outbox) -> None:
        self.listing.unsubscribe(outbox)
        for slot in self._slots.values():
            slot.interview.unwatch(outbox)

    def announce(self, interview_id: str) -> None:
        """Something outside the interview changed its row (its report is ready, it was invited)."""
        self._row_changed(interview_id)

    def _row_changed(self, interview_id: str) -> None:
        slot = self._slots.get(interview_id)
        if slot is not None and slot.interview.ended:
            self.admission.release(interview_id)
        self.fewer.set()
        self.listing.changed()
        self._tell_others()
        self.keeper.nudge()

    def _tell_others(self) -> None:
        self.keeper.tell(free=0 if self.draining else self.admission.free, draining=self.draining)

    def _captions(self) -> CaptionsMode:
        return "live" if self._relief is None else self._relief.captions

    def _relieved(self) -> None:
        """What the engines can take has changed: it is shown, and it decides who is let in."""
        assert self._relief is not None
        self.admission.closed = not self._relief.allowance.newcomers
        for slot in self._slots.values():
            slot.interview.captions_changed()
        self.listing.changed()
        self._tell_others()
        self.keeper.nudge()

    def _parts(self) -> list[RowPart]:
        return [
            RowPart(
                interview_id=interview_id,
                phase=slot.interview.session.phase,
                question_index=slot.interview.session.question_index,
                question_total=len(slot.interview.plan.questions),
                language=slot.interview.session.language,
                connected=slot.interview.connected,
                human_requested=slot.interview.session.human_requested,
                media=slot.interview.listening.transport,
                presence=slot.interview.presence,
                captions=slot.interview.captions,
            )
            for interview_id, slot in self._slots.items()
        ]

    # ------------------------------------------------------------------ the end
    def close_doors(self) -> None:
        """Takes nobody new from here on."""
        self.draining = True
        self._tell_others()

    async def hand_over(self, interview_id: str, url: str) -> bool:
        """Lets go of an interview so that the process at ``url`` can go on with it. What it knew is in the store and
        the lease is free before its candidate is sent there. False: it is not here any more."""
        slot = self._slots.get(interview_id)
        if slot is None or slot.ending or slot.task.done():
            return False
        slot.ending = True
        slot.interview.rest()
        await asyncio.wait({slot.task})
        if (giving_back := self._giving_back.get(interview_id)) is not None:
            await asyncio.wait({giving_back})
        slot.interview.move(url)
        return True

    async def close(self) -> None:
        """Everything durable is in the journal already; the candidates are told to come back."""
        self.close_doors()
        leaving = self.live
        for slot in list(self._slots.values()):
            self._keep(slot)
            slot.ending = True
            slot.interview.rest()
        await self.listing.close(GOING_AWAY)
        tasks = [slot.task for slot in self._slots.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=REST_WITHIN_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for interview in leaving:
            interview.part(refused="draining")
        await asyncio.gather(*self._giving_back.values(), return_exceptions=True)


REST_WITHIN_S = 5.0
"""A process that closes waits this long for the last snapshots; what is not written then is told by the journal."""
