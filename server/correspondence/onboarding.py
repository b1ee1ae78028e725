"""Offers of this installation: the table's acts become notices, and its states records of the employee's life."""

import logging
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical.records import Record
from ehr_bridge.notices import offers
from ehr_bridge.notices.offers import OfferRow
from ehr_bridge.notices.onboarding import Act, Flow, Happening, offered
from ehr_bridge.records import New, RecordRefused, record
from server.clock import wall_ms
from server.correspondence.about import About, about
from server.ids import new_id

if TYPE_CHECKING:
    from server.correspondence.office import Correspondence

log = logging.getLogger("viva.notices")

DAY_MS = 86_400_000
SOURCE = "viva"
ACCEPTED = {"reason@zh": "接受录用，入职流程已开始", "reason@en": "accepted the offer, onboarding has begun"}
DECLINING = {"reason@zh": "可能要谢绝录用", "reason@en": "may decline the offer"}
NO_NOTE = {"zh": "具体安排由招聘同事与您约定。", "en": "A colleague will arrange the details with you."}
NO_CONTACT = {"zh": "招聘同事", "en": "recruitment"}


async def make(
    office: "Correspondence", store: AsyncConnection, found: About, contact: str, notes: dict[str, str], by: str
) -> OfferRow:
    now = wall_ms()
    flow = offered(now, now + office.configured.settings.offer_days * DAY_MS)
    row = OfferRow(
        id=new_id("of", now),
        applicant_id=found.applicant.id,
        interview_id=found.interview.id,
        position_id=found.invitation.position_id,
        contact=contact or office.configured.settings.contact,
        notes=notes,
        flow=flow,
        made_by=by,
    )
    await offers.put(store, row)
    await office.tell(store, "offer", f"offer:{row.id}", found, _contact(row), now)
    await _record(office, store, found, row, flow, now)
    return row


async def happen(
    office: "Correspondence", store: AsyncConnection, row: OfferRow, happening: Happening, now_ms: int
) -> Flow:
    """Raises ``StepNotPossible``, ``OfferMovedMeanwhile``."""
    went = await offers.move(store, row, happening, now_ms)
    found = await about(store, row.interview_id)
    if found is None:
        return went.flow
    for act in went.acts:
        await _act(office, store, found, row, went.flow, act, now_ms)
    if went.flow.state != row.flow.state:
        await _record(office, store, found, row, went.flow, now_ms)
    return went.flow


async def _act(
    office: "Correspondence", store: AsyncConnection, found: About, row: OfferRow, flow: Flow, act: Act, now_ms: int
) -> None:
    match act:
        case "ask_to_confirm":
            # A new question each time it is asked: the last one may have been scrolled away.
            key = f"offer_confirm:{row.id}:{row.version}"
            await office.tell(store, "offer_confirm", key, found, {}, now_ms)
        case "tell_accepted":
            await office.tell(store, "offer_accepted", f"offer_accepted:{row.id}", found, {}, now_ms)
            await _hint(office, store, found, row, ACCEPTED, now_ms)
        case "tell_hr_no":
            await _hint(office, store, found, row, DECLINING, now_ms)
        case "announce_step":
            kind = f"step_{flow.state}"
            await office.tell(store, kind, f"{kind}:{row.id}", found, _note(row, flow.state), now_ms)
        case "welcome":
            await office.tell(store, "welcome", f"welcome:{row.id}", found, _contact(row), now_ms)
        case "enter_record":
            pass  # the record itself is written below, with every state


async def _hint(
    office: "Correspondence", store: AsyncConnection, found: About, row: OfferRow, reason: dict[str, str], now_ms: int
) -> None:
    key = f"offer_word:{row.id}:{row.version}"
    await office.tell_staff(store, "hr_reply", key, found, reason, now_ms)


def _note(row: OfferRow, step: str) -> dict[str, str]:
    note = row.notes.get(step, "").strip()
    return {"step_note": note} if note else {f"step_note@{language}": text for language, text in NO_NOTE.items()}


def _contact(row: OfferRow) -> dict[str, str]:
    if row.contact:
        return {"contact": row.contact}
    return {f"contact@{language}": text for language, text in NO_CONTACT.items()}


async def _record(
    office: "Correspondence", store: AsyncConnection, found: About, row: OfferRow, flow: Flow, now_ms: int
) -> None:
    """The offer and its onboarding as versions of two records in the person's life."""
    begun = offers.onboarding_record(row, flow)
    bodies: list[tuple[str, Record]] = [("offer", offers.offer_record(row, flow))]
    if begun is not None:
        bodies.append(("onboarding", begun))
    for name, body in bodies:
        try:
            await record(store, office.keys, New(SOURCE, f"{name}:{row.id}", found.person, body), now_ms)
        except RecordRefused as refused:
            log.error("the %s %s is not in the employee record: %s", name, row.id, refused.code)
