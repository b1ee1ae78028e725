"""What people write back, into their file: kept first, understood after, and answered by people.

A message is kept under the channel's own name of it, so fetching twice keeps it once. What its words seem to ask for
is a hint to HR, or a question back; see ``ehr_bridge.notices.intents``.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical.persons import moment
from ehr_bridge.canonical.records import Interaction
from ehr_bridge.notices import book, contacts, offers
from ehr_bridge.notices.intents import Intent, intent_of
from ehr_bridge.notices.ladder import Arrived, Failed
from ehr_bridge.notices.onboarding import Happening, StepNotPossible
from ehr_bridge.notices.tables import conversation, notice_cursor
from ehr_bridge.records import New, RecordRefused, record
from ehr_bridge.store import insert_if_absent
from ehr_bridge.wecom.errors import WeComError
from ehr_bridge.wecom.kefu_desk import Entered, Happened, SendingFailed, Written
from server.clock import wall_ms
from server.correspondence import onboarding
from server.correspondence.about import About, about
from server.store.interviews import latest_interview_of

if TYPE_CHECKING:
    from server.correspondence.office import Correspondence

log = logging.getLogger("viva.notices")

HINTS: dict[Intent, dict[str, str]] = {
    "withdraw": {"reason@zh": "可能想退出应聘", "reason@en": "may want to leave the process"},
    "decline_offer": {"reason@zh": "可能要谢绝录用", "reason@en": "may decline the offer"},
    "ask_human": {"reason@zh": "希望与人沟通", "reason@en": "wants to talk to a person"},
    "accept_offer": {
        "reason@zh": "说接受录用，但没有待确认的录用",
        "reason@en": "accepts an offer, and none is waiting to be confirmed",
    },
}
ANSWERS: dict[Intent, Happening] = {"accept_offer": "said_yes", "decline_offer": "said_no"}
OPENINGS = frozenset({"开始", "start", "begin"})
"""What the candidate's page asks them to say: it opens the window, nobody has to answer it."""
MOST_PAGES = 20


class Inbox:
    def __init__(self, office: "Correspondence") -> None:
        self._office = office
        self._fetching = asyncio.Lock()

    async def fetch(self, token: str = "") -> None:
        """All that happened at 客服 since the last time. One at a time in a process; the cursor moves with what was
        kept, so another process that is faster leaves nothing to do."""
        desk = self._office.channels.desk
        assert desk is not None
        async with self._fetching:
            for _ in range(MOST_PAGES):
                before = await self._cursor(desk.open_kfid)
                try:
                    page = await desk.fetch(before, token)
                except WeComError as error:
                    log.warning("客服 messages are not fetched: %s", error)
                    return
                if not page.happened and page.cursor == before:
                    return
                if not await self._keep(desk.open_kfid, before, page.cursor, page.happened) or not page.more:
                    return

    async def _cursor(self, name: str) -> str:
        async with self._office.engine.begin() as store:
            await insert_if_absent(store, notice_cursor, {"name": name, "value": ""})
            found = await store.execute(select(notice_cursor.c.value).where(notice_cursor.c.name == name))
            return str(found.scalar_one())

    async def _keep(self, name: str, before: str, after: str, happened: Sequence[Happened]) -> bool:
        failures: list[SendingFailed] = []
        async with self._office.engine.begin() as store:
            mine = (notice_cursor.c.name == name, notice_cursor.c.value == before)
            moved = await store.execute(update(notice_cursor).where(*mine).values(value=after))
            if moved.rowcount != 1:
                return False
            for one in happened:
                match one:
                    case Written():
                        await self.wrote(store, one)
                    case Entered():
                        await self._entered(store, one)
                    case SendingFailed():
                        failures.append(one)
        for failed in failures:
            await self._office.clerk.happen(failed.message_id, Failed("kefu", failed.reason.replace(" ", "_")))
        self._office.clerk.nudge()
        return True

    async def subscription_told(self, subscriber: str, fields: Mapping[str, str]) -> None:
        """``subscribe_msg_sent_event``: WeChat names the person and no message of ours, so it is the one that waits."""
        async with self._office.engine.connect() as store:
            applicant_id = await contacts.by_subscriber(store, subscriber)
            mine = await book.of_applicant(store, applicant_id) if applicant_id else []
        arrived = fields.get("ErrorStatus", "") in ("", "success", "0") and fields.get("ErrorCode", "0") == "0"
        event = Arrived("subscription") if arrived else Failed("subscription", "wechat_refused")
        for one in mine:
            if one.ladder.state == "listening" and one.ladder.channel == "subscription":
                await self._office.clerk.happen(one.id, event)
                return

    async def _entered(self, store: AsyncConnection, entered: Entered) -> None:
        applicant_id = await contacts.by_code(store, entered.scene) if entered.scene else None
        if applicant_id is not None and entered.person:
            await contacts.link(store, applicant_id, entered.person)

    async def wrote(self, store: AsyncConnection, written: Written) -> None:
        applicant_id = await contacts.by_person(store, written.person)
        new = await insert_if_absent(
            store,
            conversation,
            {
                "key": f"kefu:{written.message_id}",
                "applicant_id": applicant_id or "",
                "person": written.person,
                "at_ms": written.at_ms,
                "channel": "kefu",
                "text": written.text or f"[{written.kind}]",
                "intent": intent_of(written.text) or "",
                "read_by": "viva" if written.text.strip().lower() in OPENINGS else "",
            },
        )
        if not new or applicant_id is None:
            return
        await contacts.heard_from(store, applicant_id, written.at_ms)
        interview_id = await latest_interview_of(store, applicant_id)
        found = await about(store, interview_id) if interview_id else None
        if found is not None:
            await remember(self._office, store, found, f"kefu:{written.message_id}", written.text, written.at_ms)
            await self._understood(store, found, written)

    async def _understood(self, store: AsyncConnection, found: About, written: Written) -> None:
        now = wall_ms()
        if written.choice.startswith("offer:"):
            await self._chosen(store, found, written.choice, now)
            return
        intent = intent_of(written.text)
        if intent == "stop_messages":
            await contacts.choose(store, found.applicant.id, "kefu", False, "reply", now)
        if intent is None or intent == "stop_messages":
            return
        row = await offers.open_of(store, found.applicant.id)
        if row is not None and intent in ANSWERS and await self._happened(store, row, ANSWERS[intent], now):
            return
        key = f"reply:{written.message_id}"
        await self._office.tell_staff(store, "hr_reply", key, found, HINTS[intent], now)

    async def _chosen(self, store: AsyncConnection, found: About, choice: str, now: int) -> None:
        """What was tapped below a question of ours."""
        _, offer_id, answer = (*choice.split(":"), "", "")[:3]
        row = await offers.find(store, offer_id)
        if row is None or row.applicant_id != found.applicant.id:
            return
        await self._happened(store, row, "confirmed" if answer == "yes" else "thinks_again", now)

    async def _happened(self, store: AsyncConnection, row: offers.OfferRow, happening: Happening, now: int) -> bool:
        try:
            await onboarding.happen(self._office, store, row, happening, now)
        except StepNotPossible:
            return False
        return True


async def remember(
    office: "Correspondence",
    store: AsyncConnection,
    found: About,
    key: str,
    text: str,
    at_ms: int,
    *,
    from_person: bool = True,
) -> None:
    """The words in the person's record: what was said between them and HR is part of it."""
    body = Interaction(
        at=moment(at_ms),
        channel="wecom" if from_person else "viva",
        direction="from_person" if from_person else "to_person",
        text=text,
    )
    try:
        await record(store, office.keys, New("viva", f"message:{key}", found.person, body), wall_ms())
    except RecordRefused as refused:
        log.error("a message is not in the employee record: %s", refused.code)
