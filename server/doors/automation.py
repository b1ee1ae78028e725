"""HR's door to the rules: what they suggest and why, what becomes of it, the rules themselves with a dry run."""

from typing import Literal

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge.rules.decide import FOR_PEOPLE, Outcome, Suggestion, decide
from ehr_bridge.rules.inputs import CONSTANTS, INPUTS
from ehr_bridge.rules.rulebook import EFFECTS, STAGES, Rulebook, RulesInvalid, load
from server.access import ADMIN, RECRUITERS, hr
from server.automation import NotPossible, rules_in_force
from server.clock import rfc3339
from server.doors.panel import blinded
from server.house import House, house
from server.problems import Problem
from server.profiles import named
from server.requests import answer, json_of, page_of
from server.store import automation, interviews, people, reports, resumes, scorecards
from server.store.automation import RunRow, SuggestionRow
from server.tokens import Token

MOST_AT_ONCE = 100
PAST_CASES = 200
STATES = ("open", "confirmed", "declined", "done", "overtaken")


async def list_suggestions(request: Request) -> Response:
    """``GET /api/v1/suggestions?state=open``: the newest first, each with the rule's reason and what it looked at."""
    user = await hr(request)
    cursor, limit = page_of(request)
    state = request.query_params.get("state") or "open"
    if state not in STATES:
        raise Problem("request_invalid", detail=f"state is one of {', '.join(STATES)}")
    async with house(request).engine.begin() as store:
        found = await automation.list_suggestions(store, state=state, before=cursor, limit=limit)
        hidden = await scorecards.blind_interviews(store, user.name)
        items = [
            await _item(store, row, name)
            for row, name in found
            if not hidden or await _interview_of(store, row.event_id) not in hidden
        ]
        await people.note(store, user.name, "listed_suggestions", "", f"{len(found)} rows")
    return answer({"items": items, "next_cursor": found[-1][0].id if len(found) == limit else None})


async def _interview_of(store: AsyncConnection, event_id: str) -> str:
    """Whose report the event is about: a panel member without a card sees nothing that was made of it."""
    kind, _, subject = event_id.partition(":")
    report = None if kind == "resume.read" else await reports.find_report(store, subject.partition(":")[0])
    return report.interview_id if report else ""


async def _item(store: AsyncConnection, row: SuggestionRow, applicant_name: str) -> dict[str, object]:
    said = row.suggestion
    [run] = await automation.runs(store, limit=1, event_id=row.event_id)
    position = await interviews.find_position(store, row.position_id)
    sent = await resumes.of_applicant(store, row.applicant_id)
    return {
        "id": row.id,
        "event": run.event.event,
        "applicant_id": row.applicant_id,
        "applicant_name": applicant_name,
        "position_id": row.position_id,
        "position": position.title if position else {"zh": row.position_id, "en": row.position_id},
        "stage": await automation.stage_of(store, row.applicant_id, row.position_id),
        "rule": said.rule,
        "effect": said.effect,
        "to": said.to,
        "tag": said.tag,
        "say": {"zh": said.say_zh, "en": said.say_en},
        "state": row.state,
        "reason": row.reason,
        "by": row.by,
        "made_at": rfc3339(row.made_at),
        "resume_id": sent[-1].id if sent else None,
        "rulebook": run.rulebook,
        "explained": run.outcome.explained,
        "inputs": run.inputs,
    }


class Decisions(msgspec.Struct, frozen=True):
    """``reason``: needed to decline; it stays with the suggestion. ``instead``: the step that HR takes where the rules
    left it to people."""

    ids: list[str]
    confirm: bool
    reason: str = ""
    instead: Literal["", "invite", "second_round"] = ""


async def settle(request: Request) -> Response:
    """``POST /api/v1/suggestions/decisions``: one or many. Each has its own answer: what cannot be done stays open, the
    rest goes on."""
    user = await hr(request, RECRUITERS)
    wanted = await json_of(request, Decisions)
    if not 1 <= len(wanted.ids) <= MOST_AT_ONCE:
        raise Problem("request_invalid", detail=f"ids are from 1 to {MOST_AT_ONCE}")
    if len(wanted.reason) > 500:
        raise Problem("request_invalid", detail="reason may have 500 characters")
    if not wanted.confirm and len(wanted.reason.strip()) < 2:
        raise Problem("reason_missing")
    results = [await _settled(house(request), each, wanted, user.name) for each in dict.fromkeys(wanted.ids)]
    return answer({"results": results})


async def _settled(rooms: House, suggestion_id: str, wanted: Decisions, by: str) -> dict[str, object]:
    try:
        async with rooms.engine.begin() as store:
            return {"id": suggestion_id, "ok": True} | await _settle(store, rooms, suggestion_id, wanted, by)
    except Problem as problem:
        refused = problem.refused
        message = {"zh": refused.message.zh, "en": refused.message.en}
        return {"id": suggestion_id, "ok": False, "code": refused.code, "message": message, "detail": problem.detail}


async def _settle(
    store: AsyncConnection, rooms: House, suggestion_id: str, wanted: Decisions, by: str
) -> dict[str, object]:
    """The deed, its record and the end of the suggestion, or none of them."""
    row = await automation.find_suggestion(store, suggestion_id)
    if row is None:
        raise Problem("suggestion_unknown")
    await blinded(store, await _interview_of(store, row.event_id), by)
    state = "confirmed" if wanted.confirm else "declined"
    if not await automation.settle_suggestion(store, suggestion_id, state, by, wanted.reason.strip()):
        raise Problem("suggestion_settled")
    said, done = _instead(row, wanted), ""
    if wanted.confirm:
        try:
            done = await rooms.automation.carry_out(store, row.applicant_id, row.position_id, said, by)
        except NotPossible as error:
            raise Problem("suggestion_not_possible", detail=error.detail) from None
    # The reason may name a person: it is kept with the suggestion, not in the audit log.
    await people.note(store, by, f"{state}_suggestion", suggestion_id, f"{said.rule}: {said.effect} {said.to}".rstrip())
    if wanted.confirm and said.effect == "invite":
        return {"state": state, "candidate_link": await _link(store, rooms, done), "interview_id": done}
    return {"state": state}


def _instead(row: SuggestionRow, wanted: Decisions) -> Suggestion:
    said = row.suggestion
    if not wanted.instead:
        return said
    if said.effect not in FOR_PEOPLE or not wanted.confirm:
        raise Problem("request_invalid", detail="instead is for suggestions that were left to people")
    if wanted.instead == "invite":
        return msgspec.structs.replace(said, effect="invite")
    return msgspec.structs.replace(said, effect="advance", to=wanted.instead)


async def _link(store: AsyncConnection, rooms: House, interview_id: str) -> str:
    invitation = await interviews.invitation_of(store, interview_id)
    assert invitation is not None
    link = rooms.signer.sign("link", Token(invitation.id, invitation.expires_at))
    return f"{rooms.settings.base_url}/i/{link}"


# ---------------------------------------------------------------------- the rules themselves
class NewRules(msgspec.Struct, frozen=True):
    yaml: str


async def read_rules(request: Request) -> Response:
    """``GET /api/v1/rules``: those in force, and the words that rules are made of."""
    await hr(request)
    rooms = house(request)
    async with rooms.engine.connect() as store:
        try:
            source, book = await rules_in_force(store)
        except RulesInvalid as error:
            raise Problem("rules_invalid", detail=str(error)) from None
        row = await automation.newest_rulebook(store)
    return answer(
        {
            "yaml": source,
            "version": row.version if row else 0,
            "by": row.by if row else "",
            "digest": book.digest,
            "mode": book.mode,
            "may_advance_alone": named(rooms.settings.profile).auto_advance,
            "inputs": {name: {"type": i.type, "since": i.since, "zh": i.zh, "en": i.en} for name, i in INPUTS.items()},
            "constants": CONSTANTS,
            "effects": EFFECTS,
            "stages": STAGES,
        }
    )


def _load(source: str) -> Rulebook:
    try:
        return load(source)
    except RulesInvalid as error:
        raise Problem("rules_invalid", detail=str(error)) from None


async def publish_rules(request: Request) -> Response:
    """``POST /api/v1/rules``: these hold from the next event on."""
    user = await hr(request, ADMIN)
    wanted = await json_of(request, NewRules)
    book = _load(wanted.yaml)
    try:
        async with house(request).engine.begin() as store:
            before = await automation.newest_rulebook(store)
            version = before.version + 1 if before else 1
            await automation.put_rulebook(store, version, book.digest, wanted.yaml, user.name)
            await people.note(store, user.name, "published_rules", f"version {version}", f"{book.mode} {book.digest}")
    except IntegrityError:
        raise Problem("rules_conflict") from None
    return answer({"version": version, "digest": book.digest, "mode": book.mode, "rules": len(book.rules)}, 201)


async def dry_run(request: Request) -> Response:
    """``POST /api/v1/rules/dry-run``: what these rules would have said of past cases, beside what was said. Nothing is
    changed and nobody is told."""
    user = await hr(request, RECRUITERS)
    rooms = house(request)
    book = _load((await json_of(request, NewRules)).yaml)
    alone = named(rooms.settings.profile).auto_advance
    async with rooms.engine.begin() as store:
        past = await automation.runs(store, limit=PAST_CASES)
        hidden = await scorecards.blind_interviews(store, user.name)
        rows = []
        for run in past:
            if hidden and await _interview_of(store, run.event.id) in hidden:
                continue
            applicant = await people.find_applicant(store, run.event.applicant_id)
            rows.append(_compared(run, book, applicant.name if applicant else "", alone))
        await people.note(store, user.name, "tried_rules", "", f"{len(rows)} cases")
    return answer({"cases": rows, "changed": sum(row["changed"] is True for row in rows), "digest": book.digest})


def _compared(run: RunRow, book: Rulebook, name: str, alone: bool) -> dict[str, object]:
    after = decide(book, run.event.event, run.inputs, may_advance_alone=alone)
    before_said, after_said = _said(run.outcome), _said(after)
    return {
        "event_id": run.event.id,
        "event": run.event.event,
        "applicant_name": name,
        "position_id": run.event.position_id,
        "at": rfc3339(run.at),
        "before": before_said,
        "after": after_said,
        "changed": before_said != after_said,
        "explained": after.explained,
    }


def _said(outcome: Outcome) -> list[dict[str, object]]:
    return [
        {"rule": each.rule, "effect": each.effect, "to": each.to, "tag": each.tag, "by_itself": each.by_itself}
        for each in outcome.suggestions
    ]


async def counters(request: Request) -> Response:
    """``GET /api/v1/automation/counters``: plain counts, for reports on work that is no longer done by hand.
    ``reader``: of this process since its start."""
    await hr(request)
    intake = house(request).resumes
    reader = {"read": intake.reader.read_total, "failed": intake.reader.failed, "refused_full": intake.refused_full}
    async with house(request).engine.connect() as store:
        read = await resumes.counts(store)
        suggested = await automation.tallies(store)
    return answer({"resumes": read, "suggestions": suggested, "reader": reader})
