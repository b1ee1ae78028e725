"""People beside the machine: scorecards, the panel, overrides and the ranking.

Who belongs to an interview's panel sees neither the report nor another's card before handing in an own one; the
doors of the report ask ``blinded`` too. A card says for ever whether it was given blind: the audit log knows what its
rater had opened.
"""

import asyncio

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from scoring import overrides as over
from scoring.answers import gather
from scoring.panel import Scorecard, Submitted, flaws, merge, newest
from scoring.position_model import PositionModel
from scoring.positions import stored
from scoring.ranking import Entry, Leaf, Normalised, normalise, place
from scoring.report import Report, from_json
from server.access import HR_ROLES, hr
from server.house import house
from server.problems import Problem
from server.promises import promise_decision, promise_panel
from server.requests import answer, json_of
from server.signed_urls import signed_urls
from server.store import automation, interviews, people, reports, scorecards

RECRUITERS = frozenset({"admin", "hr"})
MAX_PANEL = 12
MACHINE = "machine"
MOST_RANKED = 5000
NOT_ASKED = Normalised({}, {}, {}, "not asked for")


async def blinded(store: AsyncConnection, interview_id: str, rater: str) -> None:
    """Raises ``Problem`` blind_until_submitted."""
    if await scorecards.must_stay_blind(store, interview_id, rater):
        raise Problem("blind_until_submitted")


class Assignment(msgspec.Struct, frozen=True):
    raters: list[str]


async def assign(request: Request) -> Response:
    """``PUT /api/v1/interviews/{id}/panel``: who gives a scorecard. Who has given one stays."""
    user = await hr(request, RECRUITERS)
    interview_id, wanted = request.path_params["id"], await json_of(request, Assignment)
    raters = list(dict.fromkeys(wanted.raters))
    if len(raters) > MAX_PANEL:
        raise Problem("request_invalid", detail=f"a panel has at most {MAX_PANEL} members")
    async with house(request).engine.begin() as store:
        await _position(store, interview_id)
        for rater in raters:
            found = await people.find_user(store, rater)
            if found is None or not HR_ROLES & set(found.roles):
                raise Problem("request_invalid", detail=f"{rater!r} is no user who may see interviews")
        await scorecards.assign(store, interview_id, raters, user.name)
        await people.note(store, user.name, "assigned_panel", interview_id, f"{len(raters)} members")
        members = await scorecards.members(store, interview_id)
    return answer({"members": members})


async def read_scorecard(request: Request) -> Response:
    """``GET /api/v1/interviews/{id}/scorecard``: what was said with its recordings, the form with its anchors, and
    one's own draft or last card. Nothing of the machine's judgement is in here."""
    user = await hr(request)
    interview_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        model = await _position(store, interview_id)
        draft = await scorecards.draft_of(store, interview_id, user.name)
        cards = await scorecards.submitted(store, interview_id)
        members = await scorecards.members(store, interview_id)
        seen = await scorecards.has_seen(store, interview_id, user.name)
        await people.note(store, user.name, "read_scorecard", interview_id)
    own = next((card for card in newest(cards) if card.rater == user.name), None)
    return answer(
        {
            "position": model.title,
            "competencies": [
                {
                    "id": c.id,
                    "label": c.label,
                    "definition": c.definition,
                    "dimension": c.dimension,
                    "anchors": c.anchors,
                }
                for c in model.competencies
            ],
            "answers": await _answers(request, interview_id, model),
            "card": draft.card if draft else own.card if own else Scorecard(()),
            "state": "draft" if draft else "submitted" if own else "empty",
            "version": draft.version if draft else own.version if own else 0,
            "blind": not seen,
            "panel": _who(members, cards),
        }
    )


async def _answers(request: Request, interview_id: str, model: PositionModel) -> list[dict[str, object]]:
    gathered = gather(await house(request).journal.evidence(interview_id))
    urls = await signed_urls(request, interview_id)
    found: list[dict[str, object]] = []
    for question_id, given in gathered.answers.items():
        question, settled = model.question(question_id), given.settled
        said = "\n".join(utterance.text for utterance in given.ordered)
        recording = urls.get(settled.recording) if settled and settled.recording else None
        found.append(
            {
                "question_id": question_id,
                "question": question.text if question else {"zh": question_id, "en": question_id},
                "said": said,
                "typed": given.typed_text,
                "recording": recording,
            }
        )
    return found


def _who(members: list[str], cards: list[Submitted]) -> list[dict[str, object]]:
    given = {card.rater for card in cards}
    return [{"rater": name, "submitted": name in given} for name in sorted({*members, *given})]


async def save_scorecard(request: Request) -> Response:
    """``PUT /api/v1/interviews/{id}/scorecard``: a draft, as often as one likes."""
    user = await hr(request)
    interview_id, card = request.path_params["id"], await json_of(request, Scorecard)
    async with house(request).engine.begin() as store:
        model = await _position(store, interview_id)
        _sound(card, model, complete=False)
        version = await scorecards.save_draft(store, interview_id, user.name, card)
    return answer({"state": "draft", "version": version})


async def submit_scorecard(request: Request) -> Response:
    """``POST /api/v1/interviews/{id}/scorecard``: hands in. A later card is a new version, and says that it was not
    given blind."""
    user = await hr(request)
    interview_id, card = request.path_params["id"], await json_of(request, Scorecard)
    async with house(request).engine.begin() as store:
        model = await _position(store, interview_id)
        _sound(card, model, complete=True)
        blind = not await scorecards.has_seen(store, interview_id, user.name)
        version = await scorecards.save_draft(store, interview_id, user.name, card)
        await scorecards.submit(store, interview_id, user.name, version, blind=blind)
        detail = f"version {version}, {'blind' if blind else 'not blind'}"
        await people.note(store, user.name, "submitted_scorecard", interview_id, detail)
        interview = await interviews.find_interview(store, interview_id)
        row = await reports.find_report(store, interview.report_id) if interview and interview.report_id else None
        if row is not None:
            cards = await scorecards.submitted(store, interview_id)
            await promise_panel(store, house(request).destinations.names_for, row, cards)
    house(request).relay.nudge()
    return answer({"state": "submitted", "version": version, "blind": blind}, 201)


def _sound(card: Scorecard, model: PositionModel, *, complete: bool) -> None:
    found = flaws(card, [competency.id for competency in model.competencies], complete=complete)
    if found:
        raise Problem("scorecard_invalid", detail="; ".join(found[:5]))


async def read_panel(request: Request) -> Response:
    """``GET /api/v1/interviews/{id}/panel``: people and machine side by side, once one may see it."""
    user = await hr(request)
    interview_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        await blinded(store, interview_id, user.name)
        report_id, report = await _report(store, interview_id)
        cards = await scorecards.submitted(store, interview_id)
        members = await scorecards.members(store, interview_id)
        await people.note(store, user.name, "read_panel", interview_id)
    comments = [
        {"rater": c.rater, "comment": c.card.comment, "recommendation": c.card.recommendation, "blind": c.blind}
        for c in newest(cards)
    ]
    merged = merge(report, cards)
    return answer({"report_id": report_id, "panel": _who(members, cards), "merged": merged, "comments": comments})


class NewOverride(msgspec.Struct, frozen=True):
    """``competency_id`` absent: the total. ``value`` null: take the earlier one back."""

    value: float | None
    reason: str
    competency_id: str | None = None


async def override(request: Request) -> Response:
    """``POST /api/v1/reports/{id}/overrides``: the report stays what it is; the decision stands beside it."""
    user = await hr(request, RECRUITERS)
    report_id, wanted = request.path_params["id"], await json_of(request, NewOverride)
    try:
        async with house(request).engine.begin() as store:
            row = await reports.find_report(store, report_id)
            if row is None:
                raise Problem("report_unknown")
            await blinded(store, row.interview_id, user.name)
            report = from_json(row.body)
            flaw = over.flaw(report, wanted.competency_id, wanted.value, wanted.reason)
            if flaw is not None:
                raise Problem("override_invalid", detail=flaw)
            made = await scorecards.add_override(
                store, report_id, wanted.competency_id, wanted.value, wanted.reason.strip(), user.name
            )
            holds = over.effective(report, await scorecards.overrides_of(store, report_id))
            await reports.decide(store, report_id, holds.total if holds.overridden else None)
            # The reason may name a person: it is kept with the override, not in the audit log.
            detail = f"version {made.version}: {wanted.competency_id or 'total'}"
            await people.note(store, user.name, "overrode", report_id, detail)
            invitation = await interviews.invitation_of(store, row.interview_id)
            if invitation is not None:
                where = {"applicant_id": invitation.applicant_id, "position_id": invitation.position_id}
                await automation.promise(store, "decided", f"{report_id}:{made.version}", **where)
            await promise_decision(store, house(request).destinations.names_for, row, made, holds)
    except IntegrityError:
        raise Problem("override_conflict") from None
    house(request).relay.nudge()
    return await _overridden(request, report_id, 201)


async def read_overrides(request: Request) -> Response:
    """``GET /api/v1/reports/{id}/overrides``: all of them, and what holds."""
    user = await hr(request)
    report_id = request.path_params["id"]
    async with house(request).engine.begin() as store:
        row = await reports.find_report(store, report_id)
        if row is None:
            raise Problem("report_unknown")
        await blinded(store, row.interview_id, user.name)
        await people.note(store, user.name, "read_overrides", report_id)
    return await _overridden(request, report_id, 200)


async def _overridden(request: Request, report_id: str, status: int) -> Response:
    async with house(request).engine.connect() as store:
        row = await reports.find_report(store, report_id)
        made = await scorecards.overrides_of(store, report_id)
    assert row is not None
    return answer({"overrides": made, "effective": over.effective(from_json(row.body), made)}, status)


async def ranking(request: Request) -> Response:
    """``GET /api/v1/ranking?position_id=&top_share=&normalise=``: who stands where, by what holds after overrides."""
    user = await hr(request)
    position_id = request.query_params.get("position_id", "")
    share = _share(request.query_params.get("top_share") or str(house(request).settings.top_percent / 100))
    async with house(request).engine.begin() as store:
        found, _ = await reports.list_reports(store, position_id=position_id, after=None, limit=MOST_RANKED)
        hidden = await scorecards.blind_interviews(store, user.name)
        rows = [item.report for item in found if item.report.interview_id not in hidden]
        await people.note(store, user.name, "read_ranking", position_id, f"{len(rows)} rows")
    totals = {item.report.id: item.holds for item in found}
    asked = request.query_params.get("normalise") == "true"
    # Every report is read for it, beside the loop that live interviews share.
    adjusted = await asyncio.to_thread(_normalised, rows) if asked else NOT_ASKED
    shifts = adjusted.shift
    entries = [Entry(row.interview_id, _shifted(totals[row.id], shifts.get(row.interview_id, 0.0))) for row in rows]
    report_ids = {row.interview_id: row.id for row in rows}
    items = [
        {"interview_id": item.candidate, "report_id": report_ids[item.candidate], "total": item.total,
         "total_as_given": totals[report_ids[item.candidate]], "place": item.place, "top": item.top}
        for item in place(entries, share)
    ]  # fmt: skip
    return answer(
        {
            "position_id": position_id,
            "top_share": share,
            "items": items,
            "hidden": len(found) - len(rows),
            "normalised": asked and not adjusted.refused,
            "normalisation": adjusted,
        }
    )


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise Problem("request_invalid", detail="top_share lies above 0 and at most at 1, such as 0.2")
    return share


def _shifted(total: float | None, shift: float) -> float | None:
    return None if total is None else min(100.0, max(0.0, total + shift))


def _leaves(row: reports.ReportRow) -> list[Leaf]:
    report = from_json(row.body)
    return [
        Leaf(row.interview_id, given.question_id, MACHINE, score.level)
        for given in report.answers
        for score in given.scores
    ]


def _normalised(rows: list[reports.ReportRow]) -> Normalised:
    return normalise([leaf for row in rows for leaf in _leaves(row)])


async def _position(store: AsyncConnection, interview_id: str) -> PositionModel:
    rows = await interviews.list_interviews(store, interview_id=interview_id)
    if not rows:
        raise Problem("interview_unknown")
    invitation = rows[0].invitation
    found = await interviews.find_position(store, invitation.position_id, invitation.position_version)
    if found is None:
        raise Problem("position_unknown")
    return stored(found.source_yaml)


async def _report(store: AsyncConnection, interview_id: str) -> tuple[str, Report]:
    interview = await interviews.find_interview(store, interview_id)
    row = await reports.find_report(store, interview.report_id) if interview and interview.report_id else None
    if row is None:
        raise Problem("report_not_ready" if interview else "interview_unknown")
    return row.id, from_json(row.body)
