"""A trial before the roll-out: its workspace, who rates whom, what was checked, what people say, go or no-go."""

from dataclasses import asdict
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge import rates
from scoring.acceptance import checks as tried
from scoring.acceptance.assignment import TooFewRaters, assign
from scoring.validity import readiness_report
from scoring.validity.document import to_csv
from scoring.validity.readiness import Counted
from server import trial_figures
from server.access import HR_ROLES, RECRUITERS, hr
from server.clock import rfc3339, wall_ms
from server.house import House, house
from server.ids import new_id
from server.problems import Problem
from server.requests import answer, json_of
from server.store import interviews, people, scorecards, trials

MOST_RATERS = 200
MOST_EACH = 5
MOST_NAMES = 100


class NewTrial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``raters_each``: people per interview; a double-blind trial needs two. The names are free words, tried beside
    those of every trial."""

    name: str
    position_id: str
    raters: list[str]
    raters_each: int = 2
    pass_mark: float = 3.0
    interfaces: list[str] = []
    functions: list[str] = []
    terminals: list[str] = []


async def list_trials(request: Request) -> Response:
    """``GET /api/v1/trials``."""
    await hr(request)
    async with house(request).engine.connect() as store:
        found = await trials.listed(store)
    return answer({"items": [_shown(trial) for trial in found], "next_cursor": None})


async def create_trial(request: Request) -> Response:
    """``POST /api/v1/trials``: begins now; what is set up now is what the trial is about."""
    user = await hr(request, RECRUITERS)
    wanted = await json_of(request, NewTrial)
    plan = _plan(wanted)
    async with house(request).engine.begin() as store:
        if await interviews.find_position(store, wanted.position_id) is None:
            raise Problem("position_unknown")
        for rater in plan.raters:
            found = await people.find_user(store, rater)
            if found is None or not HR_ROLES & set(found.roles):
                raise Problem("request_invalid", detail=f"{rater!r} is no user who may see interviews")
        now = wall_ms()
        set_up = await trial_figures.configuration(store, house(request).settings, wanted.position_id)
        trial = trials.TrialRow(
            new_id("tr", now), wanted.name.strip(), wanted.position_id, plan, set_up, 1, user.name, now
        )
        await trials.add(store, trial)
        await people.note(store, user.name, "began_trial", trial.id, wanted.position_id)
    return answer(_shown(trial), 201)


def _plan(wanted: NewTrial) -> trials.Plan:
    raters = tuple(dict.fromkeys(wanted.raters))
    if not wanted.name.strip() or len(wanted.name) > 200:
        raise Problem("request_invalid", detail="name has 1 to 200 characters")
    if not 1 <= wanted.raters_each <= MOST_EACH:
        raise Problem("request_invalid", detail=f"raters_each is 1 to {MOST_EACH}")
    if len(raters) > MOST_RATERS:
        raise Problem("request_invalid", detail=f"a trial has at most {MOST_RATERS} raters")
    if len(raters) < wanted.raters_each:
        raise Problem("trial_raters_few", detail=f"{wanted.raters_each} for each interview, {len(raters)} in all")
    if not 1 <= wanted.pass_mark <= 5:
        raise Problem("request_invalid", detail="pass_mark is a BARS level from 1 to 5")
    names = {"interfaces": wanted.interfaces, "functions": wanted.functions, "terminals": wanted.terminals}
    for what, listed in names.items():
        if len(listed) > MOST_NAMES or any(not 0 < len(name.strip()) <= 120 for name in listed):
            raise Problem("request_invalid", detail=f"{what}: at most {MOST_NAMES} names of 1 to 120 characters")
    unique = {what: tuple(dict.fromkeys(name.strip() for name in listed)) for what, listed in names.items()}
    return trials.Plan(raters, wanted.raters_each, wanted.pass_mark, **unique)


async def read_trial(request: Request) -> Response:
    """``GET /api/v1/trials/{id}``: the workspace with every figure and gate as of now."""
    user = await hr(request)
    async with house(request).engine.begin() as store:
        trial = await _trial(store, request)
        found = await _figures(store, house(request), trial)
        subjects = await trials.subjects(store, trial.id)
        panels = {one.interview_id: await scorecards.members(store, one.interview_id) for one in subjects}
        handed_in = {one.interview_id: await scorecards.raters_of(store, one.interview_id) for one in subjects}
        await people.note(store, user.name, "read_trial", trial.id)
    newest = tried.newest(found.checks)
    return answer(
        _shown(trial)
        | {
            "readiness": {"go": found.readiness.go, "gates": found.readiness.gates},
            "subjects": [
                {
                    "code": one.code,
                    "interview_id": one.interview_id,
                    "phase": one.phase,
                    "raters": [
                        {"rater": name, "submitted": name in handed_in[one.interview_id]}
                        for name in panels[one.interview_id]
                    ],
                }
                for one in subjects
            ],
            "checks": [_check(trial, newest, kind, name) for kind, name in _names(trial.plan)],
            "uptime": found.uptime,
            "satisfaction": found.satisfaction,
            "answered": found.answered,
            "consistency": found.trial,
            "not_blind": found.seen,
            "changes": found.changes,
        }
    )


class Included(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``interview_ids`` absent: every interview for the position that was invited since the trial began."""

    interview_ids: list[str] | None = None


async def include(request: Request) -> Response:
    """``POST /api/v1/trials/{id}/interviews``: takes interviews in and gives each its raters, by lot and balanced.
    Who rates already stays."""
    user = await hr(request, RECRUITERS)
    wanted = await json_of(request, Included)
    async with house(request).engine.begin() as store:
        trial = _running(await _trial(store, request))
        free = await trials.candidates_for(store, trial.position_id, 0)
        if wanted.interview_ids is None:
            new = await trials.candidates_for(store, trial.position_id, trial.started_at)
        else:
            new = list(dict.fromkeys(wanted.interview_ids))
            strange = [interview for interview in new if interview not in free]
            if strange:
                detail = f"{strange[0]!r} is no interview for {trial.position_id}, or belongs to a trial already"
                raise Problem("request_invalid", detail=detail)
        await trials.include(store, trial.id, new, wall_ms())
        given = await _assigned(store, trial, user.name)
        await people.note(store, user.name, "included_in_trial", trial.id, f"{len(new)} interviews")
    return answer({"included": len(new), "assigned": given}, 201)


async def _assigned(store: AsyncConnection, trial: trials.TrialRow, by: str) -> int:
    ids = [subject.interview_id for subject in await trials.subjects(store, trial.id)]
    given = {interview: await scorecards.members(store, interview) for interview in ids}
    seen = {
        interview: {rater for rater in trial.plan.raters if await scorecards.has_seen(store, interview, rater)}
        for interview in ids
    }
    try:
        made = assign(ids, trial.plan.raters, trial.plan.each, trial.id, given, seen)
    except TooFewRaters as error:
        raise Problem("trial_raters_few", detail=f"{error.interview}: {error}") from None
    for interview, panel in made.items():
        await scorecards.assign(store, interview, list(panel), by)
    return len(made)


class NewCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: tried.Kind
    name: str
    outcome: tried.Outcome
    note: str = ""


async def check(request: Request) -> Response:
    """``POST /api/v1/trials/{id}/checks``: the newest word on a function, an interface or a terminal."""
    user = await hr(request)
    wanted = await json_of(request, NewCheck)
    async with house(request).engine.begin() as store:
        trial = _running(await _trial(store, request))
        if (wanted.kind, wanted.name) not in _names(trial.plan):
            raise Problem("request_invalid", detail=f"{wanted.name!r} is no {wanted.kind} of this trial")
        if len(wanted.note) > 2000:
            raise Problem("request_invalid", detail="note has at most 2000 characters")
        made = tried.Check(wanted.kind, wanted.name, wanted.outcome, wanted.note, user.name, wall_ms())
        await trials.check(store, trial.id, made)
        await people.note(store, user.name, "checked", trial.id, f"{wanted.kind} {wanted.outcome}")
    return answer(made, 201)


async def next_round(request: Request) -> Response:
    """``POST /api/v1/trials/{id}/rounds``: people are asked again, after something was improved."""
    user = await hr(request, RECRUITERS)
    async with house(request).engine.begin() as store:
        trial = _running(await _trial(store, request))
        await trials.next_round(store, trial.id)
        await people.note(store, user.name, "asked_again", trial.id, f"round {trial.round + 1}")
    return answer({"round": trial.round + 1}, 201)


class NewDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    decision: Literal["go", "no_go"]
    reason: str


async def decide(request: Request) -> Response:
    """``POST /api/v1/trials/{id}/decision``: by a person, with a reason. Go needs every gate; no-go needs none."""
    user = await hr(request, RECRUITERS)
    wanted = await json_of(request, NewDecision)
    if not 5 <= len(wanted.reason.strip()) <= 2000:
        raise Problem("request_invalid", detail="reason has 5 to 2000 characters")
    async with house(request).engine.begin() as store:
        trial = _running(await _trial(store, request))
        unmet = [g for g in (await _figures(store, house(request), trial)).readiness.gates if g.verdict != "met"]
        if wanted.decision == "go" and unmet:
            raise Problem("trial_gates_missed", detail=", ".join(f"{g.code} {g.about}".strip() for g in unmet))
        if not await trials.decide(store, trial.id, wanted.decision, wanted.reason.strip(), user.name, wall_ms()):
            raise Problem("trial_over")
        await people.note(store, user.name, "decided_trial", trial.id, wanted.decision)
        decided = await _trial(store, request)
    return answer(_shown(decided))


async def export(request: Request) -> Response:
    """``GET /api/v1/trials/{id}/export?format=html|csv|json&language=zh|en``: what is put before whoever decides."""
    user = await hr(request)
    form, language = request.query_params.get("format", "html"), request.query_params.get("language", "zh")
    if form not in ("html", "csv", "json") or language not in ("zh", "en"):
        raise Problem("request_invalid", detail="format is html, csv or json; language is zh or en")
    async with house(request).engine.begin() as store:
        trial = await _trial(store, request)
        found = await _figures(store, house(request), trial)
        await people.note(store, user.name, "exported_trial", trial.id, form)
    if form == "json":
        body = _shown(trial) | {name: value for name, value in asdict(found).items() if name != "checks"}
        return _file(msgspec.json.encode(body), "application/json", trial.id, "json")
    document = readiness_report.document(
        found.readiness, found.satisfaction, "zh" if language == "zh" else "en", trial.name
    )
    if form == "html":
        return _file(document.render("html").encode(), "text/html; charset=utf-8", trial.id, "html")
    tables = "\r\n".join(to_csv(table) for table in document.tables())
    return _file(tables.encode("utf-8-sig"), "text/csv; charset=utf-8", trial.id, "csv")


def _file(body: bytes, media_type: str, name: str, ending: str) -> Response:
    disposition = f'attachment; filename="{name}.{ending}"'
    return Response(
        body, media_type=media_type, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"}
    )


async def _trial(store: AsyncConnection, request: Request) -> trials.TrialRow:
    found = await trials.find(store, request.path_params["id"])
    if found is None:
        raise Problem("trial_unknown")
    return found


def _running(trial: trials.TrialRow) -> trials.TrialRow:
    if trial.ended_at is not None:
        raise Problem("trial_over")
    return trial


async def _figures(store: AsyncConnection, rooms: House, trial: trials.TrialRow) -> trial_figures.Figures:
    return await trial_figures.figures(store, rooms.settings, trial, await _synced(store, trial), wall_ms())


async def _synced(store: AsyncConnection, trial: trials.TrialRow) -> Counted | None:
    """Deliveries of the trial's time that were acknowledged, of those that are due. A record that the newest comparison
    found to differ over there was delivered and is not verified: it does not count."""
    now = wall_ms()
    total = next(
        each
        for each in await rates.rates(store, trial.started_at, trial.ended_at or now, now)
        if each.destination == rates.TOTAL
    )
    verified = max(0, total.sync_success.part - total.conflict.part)
    return Counted(verified, total.sync_success.of) if total.sync_success.of else None


def _names(plan: trials.Plan) -> list[tuple[tried.Kind, str]]:
    return [
        *(("function", name) for name in (*tried.FUNCTIONS, *plan.functions)),
        *(("interface", name) for name in plan.interfaces),
        *(("terminal", name) for name in (*tried.TERMINALS, *plan.terminals)),
    ]


def _check(
    trial: trials.TrialRow, newest: dict[tuple[tried.Kind, str], tried.Check], kind: tried.Kind, name: str
) -> dict[str, object]:
    label = (tried.FUNCTIONS if kind == "function" else tried.TERMINALS).get(name) if kind != "interface" else None
    found = newest.get((kind, name))
    return {
        "kind": kind,
        "name": name,
        "label": label or {"zh": name, "en": name},
        "outcome": found.outcome if found else None,
        "note": found.note if found else "",
        "by": found.by if found else "",
        "at": rfc3339(found.at) if found else None,
    }


def _shown(trial: trials.TrialRow) -> dict[str, object]:
    return {
        "id": trial.id,
        "name": trial.name,
        "position_id": trial.position_id,
        "plan": trial.plan,
        "round": trial.round,
        "created_by": trial.created_by,
        "started_at": rfc3339(trial.started_at),
        "ended_at": rfc3339(trial.ended_at) if trial.ended_at else None,
        "decision": trial.decision,
        "reason": trial.reason,
        "decided_by": trial.decided_by,
    }
