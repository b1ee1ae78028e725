"""The correspondence of this installation: one object that doors call and that looks after what is due.

Off where no channel is configured: then nothing is posted, nothing is swept, and the pages say so.
"""

import asyncio
import logging
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.egress import Egress
from ehr_bridge.field_keys import FieldKeys
from ehr_bridge.notices import book, offers, promises
from ehr_bridge.notices.channels import Channel
from ehr_bridge.notices.clerk import KEPT, Addressee, Clerk
from ehr_bridge.notices.ladder import Cancelled, Effect
from ehr_bridge.notices.posting import post
from ehr_bridge.notices.sender import Sender
from ehr_bridge.notices.slots import SlotInvalid
from ehr_bridge.wecom.callback import Received
from ehr_bridge.wecom.cards import ResponseCode
from ehr_bridge.wecom.errors import WeComError
from server.clock import wall_ms
from server.correspondence import channels, onboarding, sweep
from server.correspondence.about import About, about, clock, names, names_of
from server.correspondence.inbox import Inbox
from server.correspondence.settings import Configured
from server.settings import Settings
from server.store import interviews, people
from server.store.interviews import InvitationRow
from server.tokens import Signer, Token

log = logging.getLogger("viva.notices")

WATCH_S = 5.0
FETCH_MS = 60_000
"""客服 is asked without a callback's token this seldom: such calls are few and only for a callback that got lost."""
MATERIALS = {
    "zh": "安静的环境；如选择语音作答，请备好麦克风",
    "en": "a quiet place, and a microphone if you answer by voice",
}
STOP_LINK_MS = 365 * 86_400_000


class Correspondence:
    def __init__(
        self,
        settings: Settings,
        configured: Configured,
        engine: AsyncEngine,
        egress: Egress,
        signer: Signer,
        keys: FieldKeys,
        senders: Mapping[Channel, Sender] | None = None,
    ) -> None:
        """``senders``: other channels than the configured ones, for tests."""
        self.settings = settings
        self.configured = configured
        self.engine = engine
        self.keys = keys
        self._signer = signer
        self.channels = channels.build(configured.settings, engine, egress)
        self.employer = settings.employer
        self.clerk = Clerk(
            engine,
            self,
            self.channels.senders if senders is None else senders,
            configured.texts,
            employer={"zh": settings.employer_zh, "en": settings.employer_en},
            quiet=configured.settings.quiet.hours(),
            now_ms=wall_ms,
            told=self._told,
        )
        self.inbox = Inbox(self)
        self._fetched_ms = 0

    @property
    def on(self) -> bool:
        """There is a way to candidates, or to HR."""
        return bool(self.clerk.senders)

    @property
    def staff(self) -> tuple[str, ...]:
        """Who hears what HR must do: members one by one, or the one mailbox."""
        staff = self.configured.settings.staff
        return staff.members or (("hr",) if staff.email else ())

    async def run(self) -> None:
        """Until cancelled: what is due goes out, what has ended is told, what was promised is watched."""
        if not self.on:
            return
        await asyncio.gather(self.clerk.run(), self._watch())

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except SQLAlchemyError as error:
                log.warning("what is due cannot be read: %s", type(error).__name__)
            except Exception:  # the boundary of this task
                log.exception("looking after promises failed")
            await asyncio.sleep(WATCH_S)

    async def look(self) -> None:
        now = wall_ms()
        async with self.engine.begin() as store:
            await sweep.tell_progress(self, store, now)
            await sweep.remind_of_release(self, store, now)
            for made, alarm in await promises.wake(store, now):
                found = await about(store, made.interview_id)
                if found is not None:
                    when = clock(made.promise.due_at_ms, self.configured.settings.quiet.zone)
                    key = f"{alarm.kind}:{made.notice_id}:{now}"
                    await self.tell_staff(store, f"hr_{alarm.kind}", key, found, {"when": when}, now)
            for row in await offers.lapsed(store, now):
                await onboarding.happen(self, store, row, "lapsed", now)
        if self.channels.desk is not None and now - self._fetched_ms >= FETCH_MS:
            self._fetched_ms = now
            await self.inbox.fetch()
        self.clerk.nudge()

    async def tell(
        self,
        store: AsyncConnection,
        kind: str,
        key: str,
        found: About,
        slots: Mapping[str, str],
        now_ms: int,
        *,
        due_at_ms: int | None = None,
        rungs: tuple[Channel, ...] | None = None,
    ) -> str:
        """Writes a notice to the applicant, in the caller's transaction."""
        return await post(
            store,
            self.configured.texts,
            key=key,
            kind=kind,
            applicant_id=found.applicant.id,
            interview_id=found.interview.id,
            language=found.language,
            slots=self._chosen(kind, {**names(found, self.employer), **slots}),
            now_ms=now_ms,
            due_at_ms=due_at_ms,
            rungs=rungs,
        )

    async def tell_staff(
        self,
        store: AsyncConnection,
        kind: str,
        key: str,
        found: About,
        slots: Mapping[str, str],
        now_ms: int,
        *,
        not_before_ms: int | None = None,
    ) -> None:
        """One notice for each who hears of such things, in the installation's first language, Chinese."""
        link = f"{self.settings.base_url}/hr?area=messages&open={found.applicant.id}"
        values = self._chosen(kind, {**names(found, self.employer), "link": link, **slots})
        for name in self.staff:
            await post(
                store,
                self.configured.texts,
                key=f"{key}:{name}"[:160],
                kind=kind,
                applicant_id=found.applicant.id,
                interview_id=found.interview.id,
                language="zh",
                slots=values,
                now_ms=now_ms,
                recipient=name,
                not_before_ms=not_before_ms,
            )

    async def noticed(self, store: AsyncConnection, applicant_id: str, position_id: str, rule: str) -> None:
        """For the rules' ``notify``: the staff hears whom to look at, perhaps before there is an interview; once for
        each rule. What the rule says stays on HR's page, which knows who of a panel must not read it yet."""
        applicant = await people.find_applicant(store, applicant_id)
        position = await interviews.find_position(store, position_id)
        if not self.on or applicant is None or position is None:
            return
        link = f"{self.settings.base_url}/hr?area=suggestions&open=done"
        slots = {**names_of(applicant, position.title, self.employer), "link": link}
        for name in self.staff:
            key = f"noticed:{rule}:{position_id}:{applicant_id}:{name}"[:160]
            try:
                await post(
                    store,
                    self.configured.texts,
                    key=key,
                    kind="hr_noticed",
                    applicant_id=applicant_id,
                    language="zh",
                    slots=self._chosen("hr_noticed", slots),
                    now_ms=wall_ms(),
                    recipient=name,
                )
            except SlotInvalid as invalid:  # HR's page shows it all the same
                log.error("what rule %s wants noticed is not told: %s", rule, invalid)
        self.clerk.nudge()

    async def invited(self, store: AsyncConnection, invitation: InvitationRow) -> None:
        """For whoever invites: the link goes to the person, once. Nothing happens where no channel is set up."""
        found = await about(store, invitation.interview_id) if self.on else None
        if found is None:
            return
        token = self._signer.sign("link", Token(invitation.id, invitation.expires_at))
        slots = {
            "link": f"{self.settings.base_url}/i/{token}",
            "when": clock(invitation.expires_at, self.configured.settings.quiet.zone),
            **{f"materials@{language}": text for language, text in MATERIALS.items()},
        }
        try:
            await self.tell(store, "invite", f"invite:{invitation.id}", found, slots, wall_ms())
        except SlotInvalid as invalid:  # the invitation holds; HR has its link
            log.error("invitation %s is not sent: %s", invitation.id, invalid)
        self.clerk.nudge()

    async def pressed(self, received: Received) -> None:
        """A button on one of our cards: whoever of the staff says that they were in touch, has kept the promise."""
        member = received.sender.lower()
        known = member in {name.lower() for name in self.staff}
        async with self.engine.begin() as store:
            card = await book.find(store, received.fields.get("TaskId", ""))
            if card is None or not known or received.fields.get("EventKey") != KEPT:
                return
            kept = await promises.keep(store, card.applicant_id, member, wall_ms())
            await people.note(store, member, "kept_promise", card.applicant_id, f"{len(kept)}, by card")
        code = ResponseCode(received.fields.get("ResponseCode", ""), received.created_s * 1000)
        if self.channels.office is not None and code.usable(wall_ms()):
            try:
                await self.channels.office.settle_card(code, "已记录 / noted", [received.sender])
            except WeComError as error:  # the promise is kept; only the card still shows its button
                log.warning("a card could not be changed: %s", error)

    def _chosen(self, kind: str, values: Mapping[str, str]) -> dict[str, str]:
        """Only what the text asks for is kept with a notice."""
        wanted = self.configured.texts[kind].slots
        return {name: value for name, value in values.items() if name.partition("@")[0] in wanted}

    async def of_kind(self, store: AsyncConnection, applicant_id: str, kind: str, interview_id: str) -> list[str]:
        """Ids of the notices of that kind; the caller cancels them after its commit (``cancelled``)."""
        mine = await book.of_applicant(store, applicant_id)
        return [one.id for one in mine if one.kind == kind and one.interview_id == interview_id]

    async def cancelled(self, notice_ids: list[str], reason: str) -> None:
        for notice_id in notice_ids:
            await self.clerk.happen(notice_id, Cancelled(reason))

    async def addressee(self, store: AsyncConnection, notice: book.Notice) -> Addressee:
        """``Directory``."""
        if notice.recipient:
            staff = self.configured.settings.staff
            member = notice.recipient if notice.recipient in staff.members else ""
            link = notice.slots.get("link", f"{self.settings.base_url}/hr")
            return Addressee(email=staff.email, member=member, link=link)
        applicant = await people.find_applicant(store, notice.applicant_id)
        if applicant is None:
            return Addressee()
        return Addressee(applicant.email, applicant.phone, stop_link=self.stop_link(applicant.id))

    def stop_link(self, applicant_id: str) -> str:
        token = self._signer.sign("contact", Token(applicant_id, wall_ms() + STOP_LINK_MS))
        return f"{self.settings.base_url}/api/v1/contact/stop?t={token}"

    async def _told(self, store: AsyncConnection, notice: book.Notice, _effect: Effect, now: int) -> None:
        """A notice reached nobody. One to the staff that did not is on HR's page only."""
        found = await about(store, notice.interview_id) if notice.interview_id else None
        if notice.recipient or found is None:
            log.warning("notice %s (%s) could not be delivered", notice.id, notice.kind)
            return
        await self.tell_staff(store, "hr_undeliverable", f"undeliverable:{notice.id}", found, {}, now)
