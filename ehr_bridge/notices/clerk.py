"""The shell around the ladder: takes what is due, moves it in one transaction, then does what the move asks for.

    due row ─► handle(event) ─► row, steps, window spent: one commit ─► the call ─► its answer is the next event

Several processes may run one each: a row is moved only from the version that was read, so one of them gets to send.
What a killed process left in *sending* wakes after ``answer_ms``. Nothing here is a queue in memory that could be lost.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.notices import book, contacts
from ehr_bridge.notices.channels import Channel
from ehr_bridge.notices.ladder import (
    AnswerLost,
    Effect,
    Event,
    Moved,
    Refused,
    Send,
    Woke,
    handle,
)
from ehr_bridge.notices.reach import Contact, QuietHours, Reach, reach
from ehr_bridge.notices.sender import Answered, Outgoing, Sender
from ehr_bridge.notices.slots import SlotInvalid
from ehr_bridge.notices.texts import Language, Rendered, Texts, render

log = logging.getLogger("viva.notices")

POLL_S = 2.0
AT_ONCE = 50
"""Notices on their way at one moment: a channel that hangs holds its own, not the others."""
MOVES_AT_ONCE = 4
"""Of them in the store, whose connections live interviews need too."""
KEPT = "kept"
UNREADABLE = Reach(dict.fromkeys(("kefu", "subscription", "sms", "email", "member"), "too_long"))
"""Where the words cannot be made: every rung is closed, HR hears of it."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Addresses and names of the moment: notices keep none. ``link``: where HR, or the person, sees more."""

    email: str = ""
    phone: str = ""
    member: str = ""
    link: str = ""
    stop_link: str = ""


class Directory(Protocol):
    """The server's knowledge of people."""

    async def addressee(self, store: AsyncConnection, notice: book.Notice) -> Addressee: ...


class _MovedMeanwhile(Exception):
    """The row, or the last of the five messages, was taken by somebody else between our look and our write."""


def _due(wake_at_ms: int | None, now_ms: int) -> bool:
    return wake_at_ms is not None and wake_at_ms <= now_ms


Told = Callable[[AsyncConnection, book.Notice, Effect, int], Awaitable[None]]


class Clerk:
    """``senders``: the channels that are set up. ``told``: reminders and bad news, within the transaction that made
    them. ``passed`` hears each point passed, for tests that kill there."""

    def __init__(
        self,
        engine: AsyncEngine,
        directory: Directory,
        senders: Mapping[Channel, Sender],
        texts: Texts,
        *,
        employer: Mapping[Language, str],
        quiet: QuietHours,
        now_ms: Callable[[], int],
        told: Told,
        passed: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self.engine = engine
        self.senders = senders
        self.texts = texts
        self.now_ms = now_ms
        self._directory = directory
        self._employer = employer
        self._quiet = quiet
        self._told = told
        self._passed = passed
        self._nudged = asyncio.Event()
        self._moves = asyncio.Semaphore(MOVES_AT_ONCE)
        self._on_their_way: dict[str, asyncio.Task[None]] = {}

    def nudge(self) -> None:
        """Something is due: look now."""
        self._nudged.set()

    async def run(self) -> None:
        """Until cancelled; what is on its way then is found again in the store."""
        try:
            while True:
                self._nudged.clear()
                try:
                    await self._begin()
                except SQLAlchemyError as error:
                    log.warning("notices cannot be read: %s", type(error).__name__)
                try:
                    async with asyncio.timeout(POLL_S):
                        await self._nudged.wait()
                except TimeoutError:
                    continue
        finally:
            left = list(self._on_their_way.values())
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def look(self) -> int:
        """Moves everything that is due and waits until it has moved; how many notices that were."""
        begun = await self._begin()
        await asyncio.gather(*begun)
        return len(begun)

    async def _begin(self) -> list[asyncio.Task[None]]:
        async with self.engine.connect() as store:
            waiting = await book.due(store, self.now_ms(), 2 * AT_ONCE)
        fresh = [notice_id for notice_id in waiting if notice_id not in self._on_their_way]
        room = AT_ONCE - len(self._on_their_way)
        begun = []
        for notice_id in fresh[: max(0, room)]:
            task = asyncio.create_task(self._on_its_way(notice_id), name=f"notice {notice_id}")
            self._on_their_way[notice_id] = task
            task.add_done_callback(functools.partial(self._arrived, notice_id))
            begun.append(task)
        return begun

    def _arrived(self, notice_id: str, _task: asyncio.Task[None]) -> None:
        self._on_their_way.pop(notice_id, None)

    async def _on_its_way(self, notice_id: str) -> None:
        try:
            await self.happen(notice_id, Woke())
        except SQLAlchemyError as error:
            log.warning("notice %s cannot be moved: %s", notice_id, type(error).__name__)
        except Exception:  # the boundary of this task: the row is as it was, and is looked at again
            log.exception("notice %s failed", notice_id)

    async def happen(self, notice_id: str, event: Event | None) -> None:
        """Moves one notice by one event, and by whatever follows from it at once."""
        while event is not None:
            event = await self._move(notice_id, event)

    async def _move(self, notice_id: str, event: Event) -> Event | None:
        try:
            async with self._moves, self.engine.begin() as store:
                notice = await book.find(store, notice_id)
                now = self.now_ms()
                # A timer may find that another process was faster.
                if notice is None or (isinstance(event, Woke) and not _due(notice.ladder.wake_at_ms, now)):
                    return None
                item, at = await self._look_at(store, notice, now)
                moved = handle(notice.ladder, event, now, at)
                await self._write(store, notice, event, moved, now)
        except _MovedMeanwhile:
            return event  # read anew: an answer must find its ladder
        self._passed("moved")
        if item is not None and any(isinstance(effect, Send) for effect in moved.effects):
            channel = moved.ladder.channel
            assert channel is not None
            return await self._send(channel, item)
        return Woke() if moved.ladder.state == "queued" and _due(moved.ladder.wake_at_ms, self.now_ms()) else None

    async def _write(self, store: AsyncConnection, notice: book.Notice, event: Event, moved: Moved, now: int) -> None:
        """All that the move changes. Raises ``_MovedMeanwhile``, and then none of it holds."""
        if not await book.write(store, notice, moved, now):
            raise _MovedMeanwhile
        for effect in moved.effects:
            if not isinstance(effect, Send):
                await self._told(store, notice, effect, now)
            elif not await contacts.spend(store, notice.applicant_id, effect.channel):
                raise _MovedMeanwhile
        if isinstance(event, Refused) and notice.ladder.state == "sending" and notice.ladder.channel is not None:
            await contacts.unspend(store, notice.applicant_id, notice.ladder.channel)

    async def _look_at(self, store: AsyncConnection, notice: book.Notice, now: int) -> tuple[Outgoing | None, Reach]:
        """The message as it would be sent, and which channels are open for it."""
        whom = await self._directory.addressee(store, notice)
        to = await self._contact(store, notice, whom)
        try:
            words, other = self._words(notice)
        except SlotInvalid as invalid:
            log.error("notice %s (%s) cannot be written: %s", notice.id, notice.kind, invalid)
            return None, UNREADABLE
        unfit = [channel for channel, sender in self.senders.items() if not sender.fits(words)]
        item = Outgoing(
            notice_id=notice.id,
            kind=notice.kind,
            to=to,
            language=notice.language,
            words=words,
            other=other,
            employer=self._employer[notice.language],
            link=whom.link,
            stop_link="" if notice.recipient or notice.kind == "chat" else whom.stop_link,
            choices=choices(notice),
        )
        return item, reach(to, self.senders.keys(), now, self._quiet, unfit)

    async def _contact(self, store: AsyncConnection, notice: book.Notice, whom: Addressee) -> Contact:
        if notice.recipient:
            return Contact(email=whom.email, member=whom.member)
        return await contacts.contact_of(store, notice.applicant_id, email=whom.email, phone=whom.phone)

    def _words(self, notice: book.Notice) -> tuple[Rendered, Rendered]:
        text = self.texts[notice.kind]
        other: Language = "en" if notice.language == "zh" else "zh"
        return (
            render(text, notice.language, in_language(notice.slots, notice.language)),
            render(text, other, in_language(notice.slots, other)),
        )

    async def _send(self, channel: Channel, item: Outgoing) -> Answered:
        sender = self.senders[channel]
        try:
            answer = await sender.send(item)
        except Exception as error:  # the channel's boundary: what it did not foresee must not stop the ladder
            log.error("%s failed with a notice", channel, exc_info=error)
            return AnswerLost(type(error).__name__)
        self._passed("sent")
        log.info("notice %s by %s: %s", item.notice_id, channel, type(answer).__name__.lower())
        return answer


def choices(notice: book.Notice) -> Sequence[tuple[str, str]]:
    """What can be tapped as an answer: a person confirms an offer, HR says that a promise was kept."""
    if notice.kind in ("hr_promise_due", "hr_promise_overdue"):
        return ((KEPT, "已联系候选人"),)
    if notice.kind != "offer_confirm":
        return ()
    offer_id = notice.key.split(":")[1]
    words = ("我确认接受", "我再想想") if notice.language == "zh" else ("Yes, I accept", "Let me think again")
    return ((f"offer:{offer_id}:yes", words[0]), (f"offer:{offer_id}:no", words[1]))


def in_language(slots: Mapping[str, str], language: Language) -> dict[str, str]:
    """Slots called ``name@zh`` and ``name@en`` are for one language; the others for both."""
    found = {name: value for name, value in slots.items() if "@" not in name}
    for name, value in slots.items():
        slot, _, only = name.partition("@")
        if only == language:
            found[slot] = value
    return found
