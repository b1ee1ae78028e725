"""The questionnaires of a trial. Answering is voluntary; nobody's answers are shown, only counts of five or more."""

from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from scoring.acceptance.questionnaire import Answered, Group, flaws, items
from server.access import bearer, candidate_of, hr
from server.clock import wall_ms
from server.house import house
from server.problems import Problem
from server.requests import answer, json_of
from server.store import trials
from server.trial_figures import pseudonym


async def read_for_candidate(request: Request) -> Response:
    """``GET /api/v1/interviews/{id}/questionnaire``: whether the candidate is asked anything, and what."""
    interview_id = request.path_params["id"]
    candidate_of(request, bearer(request), interview_id)
    async with house(request).engine.connect() as store:
        trial = await trials.trial_of(store, interview_id)
    return await _offer(request, trial, "candidate", interview_id)


async def answer_as_candidate(request: Request) -> Response:
    """``POST /api/v1/interviews/{id}/questionnaire``."""
    interview_id = request.path_params["id"]
    candidate_of(request, bearer(request), interview_id)
    async with house(request).engine.connect() as store:
        trial = await trials.trial_of(store, interview_id)
    return await _take(request, trial, "candidate", interview_id)


async def read_for_hr(request: Request) -> Response:
    """``GET /api/v1/trials/{id}/questionnaire``."""
    user = await hr(request)
    return await _offer(request, await _of_trial(request), "hr", user.name)


async def answer_as_hr(request: Request) -> Response:
    """``POST /api/v1/trials/{id}/questionnaire``."""
    user = await hr(request)
    return await _take(request, await _of_trial(request), "hr", user.name)


async def _of_trial(request: Request) -> trials.TrialRow | None:
    async with house(request).engine.connect() as store:
        found = await trials.find(store, request.path_params["id"])
    if found is None:
        raise Problem("trial_unknown")
    return None if found.ended_at else found


async def _offer(request: Request, trial: trials.TrialRow | None, group: Group, person: str) -> Response:
    if trial is None:
        return answer({"asked": False, "answered": False, "items": []})
    async with house(request).engine.connect() as store:
        done = await trials.has_answered(store, trial, _pseudonym(request, trial, person))
    shown = [{"id": item.id, "text": item.text} for item in items(group)]
    return answer({"asked": not done, "answered": done, "items": shown})


async def _take(request: Request, trial: trials.TrialRow | None, group: Group, person: str) -> Response:
    if trial is None:
        raise Problem("questionnaire_closed")
    answered = await json_of(request, Answered)
    found = flaws(answered, group)
    if found:
        raise Problem("request_invalid", detail="; ".join(found[:5]))
    try:
        async with house(request).engine.begin() as store:
            who = _pseudonym(request, trial, person)
            await trials.put_answers(store, trial, who, group, answered, wall_ms())
    except IntegrityError:
        raise Problem("questionnaire_answered") from None
    return answer({"answered": True}, 201)


def _pseudonym(request: Request, trial: trials.TrialRow, person: str) -> str:
    return pseudonym(house(request).settings.signing_secret(), trial.id, person)
