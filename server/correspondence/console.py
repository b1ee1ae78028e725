"""What HR's page shows: what waits, and one person with the words on one side and the scores on the other."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.notices import book, contacts, offers, promises
from ehr_bridge.notices.channels import FOR_CANDIDATES
from ehr_bridge.notices.clerk import in_language
from ehr_bridge.notices.offers import OfferRow
from ehr_bridge.notices.onboarding import OPEN, STEPS
from ehr_bridge.notices.promises import Made
from ehr_bridge.notices.reach import first_open, reach
from ehr_bridge.notices.slots import SlotInvalid
from ehr_bridge.notices.tables import conversation, notice, release
from ehr_bridge.notices.texts import render
from scoring.overrides import Effective, effective
from scoring.report import Report
from server.correspondence import releasing
from server.correspondence.about import About, about, report_about
from server.store import scorecards
from server.store.tables import interviews

if TYPE_CHECKING:
    from server.correspondence.office import Correspondence

DAY_MS = 86_400_000
MOST = 200
URGENCY = ("promise_overdue", "result_overdue", "undeliverable", "reply", "promise", "result", "offer")
"""In this order."""


async def waiting(office: "Correspondence", store: AsyncConnection, now_ms: int) -> list[dict[str, Any]]:
    """``what``: one of ``URGENCY``; ``due_at_ms``: by when, if there is a time."""
    found: list[tuple[str, str, int | None]] = []
    within_ms = office.configured.settings.result_minutes * 60_000
    if office.on:
        for interview_id, ended_at in await _unreleased(store, now_ms):
            due = ended_at + within_ms
            found.append(("result_overdue" if now_ms > due else "result", interview_id, due))
    for made in await promises.open_ones(store):
        what = "promise_overdue" if made.promise.state == "overdue" else "promise"
        found.append((what, made.interview_id, made.promise.due_at_ms))
    query = select(notice.c.interview_id).where(notice.c.state == "undeliverable", notice.c.recipient == "")
    lost = await store.execute(query.where(notice.c.created_at_ms > now_ms - 14 * DAY_MS).distinct().limit(MOST))
    found += [("undeliverable", row.interview_id, None) for row in lost]
    items = [await _item(store, what, interview_id, due) for what, interview_id, due in found]
    items += await _unread(store)
    items += await _offers(store)
    there = [item for item in items if item is not None]
    return sorted(there, key=lambda item: (URGENCY.index(item["what"]), item["due_at_ms"] or 0))


async def _unreleased(store: AsyncConnection, now_ms: int) -> list[tuple[str, int]]:
    query = (
        select(interviews.c.id, interviews.c.ended_at)
        .outerjoin(release, release.c.interview_id == interviews.c.id)
        .where(
            interviews.c.report_state == "completed",
            interviews.c.ended_at > now_ms - 30 * DAY_MS,
            release.c.interview_id.is_(None),
        )
        .order_by(interviews.c.ended_at)
        .limit(MOST)
    )
    return [(row.id, row.ended_at) for row in await store.execute(query)]


async def _item(store: AsyncConnection, what: str, interview_id: str, due: int | None) -> dict[str, Any] | None:
    found = await about(store, interview_id)
    return _entry(found, what, due) if found else None


def _entry(found: About, what: str, due: int | None, hint: str = "") -> dict[str, Any]:
    return {
        "what": what,
        "applicant_id": found.applicant.id,
        "interview_id": found.interview.id,
        "name": found.applicant.name,
        "position": found.position,
        "due_at_ms": due,
        "hint": hint,
    }


async def _unread(store: AsyncConnection) -> list[dict[str, Any] | None]:
    """One entry a person, with the newest hint."""
    unread = (conversation.c.read_by == "", conversation.c.applicant_id != "")
    newest = func.max(conversation.c.at_ms).label("at")
    hint = func.max(conversation.c.intent).label("intent")
    query = select(conversation.c.applicant_id, newest, hint)
    rows = await store.execute(query.where(*unread).group_by(conversation.c.applicant_id).limit(MOST))
    items = []
    for row in rows.all():
        found = await latest(store, row.applicant_id)
        items.append(_entry(found, "reply", None, row.intent) if found else None)
    return items


async def _offers(store: AsyncConnection) -> list[dict[str, Any] | None]:
    return [
        await _item(store, "offer", row.interview_id, row.flow.lapses_at_ms) for row in await offers.open_ones(store)
    ]


async def latest(store: AsyncConnection, applicant_id: str) -> About | None:
    from server.store.interviews import latest_interview_of

    interview_id = await latest_interview_of(store, applicant_id)
    return await about(store, interview_id) if interview_id else None


async def person(
    office: "Correspondence", store: AsyncConnection, found: About, viewer: str, now_ms: int
) -> dict[str, Any]:
    applicant_id = found.applicant.id
    blind = await scorecards.must_stay_blind(store, found.interview.id, viewer)
    report = None if blind else await report_about(store, found)
    released = await released_of(store, found.interview.id)
    made = await scorecards.overrides_of(store, found.interview.report_id) if found.interview.report_id else ()
    return {
        "applicant_id": applicant_id,
        "interview_id": found.interview.id,
        "name": found.applicant.name,
        "position": found.position,
        "language": found.language,
        "report_id": None if blind else found.interview.report_id,
        "blind": blind,
        "ended_at_ms": found.interview.ended_at,
        "scores": _scores(report, effective(report, made)) if report else None,
        "conversation": await _conversation(store, applicant_id),
        "notices": await _notices(office, store, applicant_id),
        "promises": [_promise(made) for made in await promises.of_applicant(store, applicant_id)],
        "offers": [_offer(row) for row in await offers.of_applicant(store, applicant_id)],
        "channels": await channels_of(office, store, found, now_ms),
        "released": released,
        "drafts": _drafts(office, found, report) if released is None and office.on and not blind else [],
        "promise_hours": office.configured.settings.promise_hours,
    }


async def released_of(store: AsyncConnection, interview_id: str) -> dict[str, Any] | None:
    row = (await store.execute(select(release).where(release.c.interview_id == interview_id))).first()
    return {"outcome": row.outcome, "by": row.by, "at_ms": row.at_ms, "hours": row.hours} if row else None


def _scores(report: Report, holds: Effective) -> dict[str, Any]:
    """The details HR answers from, as people left them: each competency with its best words for and against."""
    rows = []
    for item in report.competencies:
        quotes = [
            {"quote": evidence.quote, "supports": evidence.supports, "label": evidence.label}
            for given in report.answers
            for evidence in given.evidence
            if evidence.competency_id == item.id and evidence.supports
        ]
        quotes.sort(key=lambda one: (one["supports"], -len(str(one["quote"]))))
        rows.append(
            {
                "id": item.id,
                "label": item.label,
                "score": holds.competencies[item.id],
                "anchor": item.anchor,
                "quotes": quotes[:4],
            }
        )
    view = next((view for view in report.views if view.id == "dimensions"), None)
    parts = [{"label": part.label, "score": part.score.value} for part in view.parts] if view else []
    return {"total": holds.total, "parts": parts, "competencies": rows}


async def _conversation(store: AsyncConnection, applicant_id: str) -> list[dict[str, Any]]:
    query = select(conversation).where(conversation.c.applicant_id == applicant_id).order_by(conversation.c.at_ms)
    return [
        {"at_ms": row.at_ms, "channel": row.channel, "text": row.text, "intent": row.intent, "read_by": row.read_by}
        for row in await store.execute(query)
    ]


async def _notices(office: "Correspondence", store: AsyncConnection, applicant_id: str) -> list[dict[str, Any]]:
    """Oldest first; each with its log, and what was written, in the person's language."""
    mine = await book.of_applicant(store, applicant_id)
    steps = await book.steps_of(store, [one.id for one in mine])
    return [_notice(office, one, steps.get(one.id, [])) for one in reversed(mine)]


def _notice(office: "Correspondence", one: book.Notice, steps: list[Any]) -> dict[str, Any]:
    try:
        words = render(office.configured.texts[one.kind], one.language, in_language(one.slots, one.language))
    except (KeyError, SlotInvalid):  # the text was changed since
        words = None
    channel = one.delivered_by or one.ladder.channel or ""
    body = (words.sms if channel == "sms" else words.body) if words else ""
    return {
        "id": one.id,
        "kind": one.kind,
        "to_staff": bool(one.recipient),
        "recipient": one.recipient,
        "state": one.ladder.state,
        "channel": channel,
        "created_at_ms": one.created_at_ms,
        "wake_at_ms": one.ladder.wake_at_ms,
        "due_at_ms": one.due_at_ms,
        "delivered_at_ms": one.delivered_at_ms,
        "late": one.due_at_ms is not None and (one.delivered_at_ms or 0) > one.due_at_ms,
        "title": words.title if words else one.kind,
        "body": body,
        "steps": [
            {"at_ms": at, "channel": step.channel, "happening": step.happening, "reason": step.reason}
            for at, step in steps
        ],
    }


def _promise(made: Made) -> dict[str, Any]:
    held = made.promise
    return {
        "notice_id": made.notice_id,
        "state": held.state,
        "made_at_ms": held.made_at_ms,
        "due_at_ms": held.due_at_ms,
        "kept_at_ms": held.kept_at_ms,
        "late_ms": held.late_ms,
        "kept_by": made.kept_by,
    }


def _offer(row: OfferRow) -> dict[str, Any]:
    flow = row.flow
    return {
        "id": row.id,
        "state": flow.state,
        "open": flow.state in OPEN,
        "at_ms": flow.at_ms,
        "steps": list(STEPS),
        "lapses_at_ms": flow.lapses_at_ms,
        "days": flow.days,
        "contact": row.contact,
    }


async def channels_of(office: "Correspondence", store: AsyncConnection, found: About, now_ms: int) -> dict[str, Any]:
    """Which would be used now, and why the others would not."""
    to = await contacts.contact_of(store, found.applicant.id, email=found.applicant.email, phone=found.applicant.phone)
    at = reach(to, office.clerk.senders.keys(), now_ms, office.configured.settings.quiet.hours())
    return {
        "first": first_open(FOR_CANDIDATES, at),
        "closed": {channel: at.closed[channel] for channel in FOR_CANDIDATES if channel in at.closed},
        "kefu_left": to.window.left(now_ms),
        "quiet_until_ms": at.quiet_until_ms,
        "said_no": sorted(to.said_no),
    }


def _drafts(office: "Correspondence", found: About, report: Report | None) -> list[dict[str, Any]]:
    """What each outcome would say, to be read before it is chosen."""
    if report is None:
        return []
    hours = office.configured.settings.promise_hours
    made = []
    for outcome in releasing.KINDS:
        one = releasing.draft(office, found, report, outcome, hours)
        words = releasing.shown(office, one, found)
        made.append({"outcome": outcome, "kind": one.kind, "title": words.title, "body": words.body})
    story = releasing.culture_draft(office, found, report)
    if story is not None:
        words = releasing.shown(office, story, found)
        made.append({"outcome": "culture", "kind": "culture", "title": words.title, "body": words.body})
    return made
