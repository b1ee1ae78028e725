"""HR's door to invitations: who is invited to what, with which features and questions, and taking it back."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from realtime.protocol.text import Language, Phase
from scoring.campaign import ChoiceInvalid, questions_for
from scoring.position_model import Feature, PositionModel
from server.access import RECRUITERS, hr
from server.clock import rfc3339, wall_ms
from server.house import House, house
from server.positions import as_features, asked_of, errors_of, features_of
from server.problems import Problem
from server.profiles import named
from server.requests import answer, json_of
from server.store import interviews, people
from server.store.interviews import InvitationRow, PositionRow
from server.tokens import Token

HOUR_MS = 3_600_000


class NewInvitation(msgspec.Struct, frozen=True):
    """``features``: what this campaign uses; absent: what the position says. ``questions``: ids, in this order; empty:
    those of the position. ``send``: the link goes to the candidate, where a channel is set up."""

    applicant_id: str
    position_id: str
    language: Language = "zh"
    profile: str = ""
    expires_in_hours: int | None = None
    time_factor: float | None = 1.0
    features: tuple[Feature, ...] | None = None
    questions: list[str] = []
    send: bool = False


class ChosenQuestions(msgspec.Struct, frozen=True):
    """``reason``: for the audit log."""

    questions: tuple[str, ...]
    reason: str = ""


async def create_invitation(request: Request) -> Response:
    user = await hr(request, RECRUITERS)
    rooms = house(request)
    wanted = await json_of(request, NewInvitation)
    profile = wanted.profile or rooms.settings.profile
    try:
        named(profile)
    except KeyError:
        raise Problem("request_invalid", detail=f"there is no jurisdiction profile {profile!r}") from None
    hours = rooms.settings.link_hours if wanted.expires_in_hours is None else wanted.expires_in_hours
    if not 1 <= hours <= 24 * 90:
        raise Problem("request_invalid", detail="expires_in_hours must be from 1 to 2160")
    if wanted.time_factor is not None and not 1.0 <= wanted.time_factor <= 10.0:
        raise Problem("request_invalid", detail="time_factor must be from 1 to 10, or null for unlimited")
    position = await _to_invite_to(rooms, wanted)
    async with rooms.engine.begin() as store:
        if await people.find_applicant(store, wanted.applicant_id) is None:
            raise Problem("applicant_unknown")
        invitation = await interviews.invite(
            store,
            applicant_id=wanted.applicant_id,
            position=position,
            language=wanted.language,
            profile=profile,
            expires_at=wall_ms() + hours * HOUR_MS,
            time_factor=wanted.time_factor,
            created_by=user.name,
            features=None if wanted.features is None else " ".join(as_features(wanted.features)),
            questions=" ".join(wanted.questions) or None,
        )
        await people.note(store, user.name, "invited", invitation.interview_id)
        if wanted.questions:
            await _note_choice(store, user.name, invitation.interview_id, tuple(wanted.questions), "")
        sending = wanted.send and rooms.correspondence.on
        if sending:
            await rooms.correspondence.invited(store, invitation)
    rooms.switchboard.announce(invitation.interview_id)
    link = rooms.signer.sign("link", Token(invitation.id, invitation.expires_at))
    return answer(
        {
            "id": invitation.id,
            "interview_id": invitation.interview_id,
            "candidate_link": f"{rooms.settings.base_url}/i/{link}",
            "hr_link": f"{rooms.settings.base_url}/hr?interview={invitation.interview_id}",
            "expires_at": rfc3339(invitation.expires_at),
            "sending": sending,
        },
        201,
    )


async def _to_invite_to(rooms: House, wanted: NewInvitation) -> PositionRow:
    """The position, if it passes the rules of today and has what is wanted of it: a link that is sent must work."""
    async with rooms.engine.connect() as store:
        position = await interviews.find_position(store, wanted.position_id)
    if position is None:
        raise Problem("position_unknown")
    errors = await errors_of(position)
    if errors:
        raise Problem("position_invalid", detail="\n".join(errors))
    model = await rooms.loader.model_of(position)
    _choose(model, model.features if wanted.features is None else wanted.features, tuple(wanted.questions))
    return position


def _choose(model: PositionModel, features: tuple[Feature, ...], chosen: tuple[str, ...]) -> None:
    try:
        questions_for(model, features, chosen)
    except ChoiceInvalid as error:
        raise Problem("request_invalid", detail=str(error)) from None


async def _invited(rooms: House, interview_id: str) -> tuple[InvitationRow, PositionModel]:
    async with rooms.engine.connect() as store:
        invitation = await interviews.invitation_of(store, interview_id)
        if invitation is None:
            raise Problem("interview_unknown")
        position = await interviews.find_position(store, invitation.position_id, invitation.position_version)
    if position is None:
        raise Problem("position_unknown")
    return invitation, await rooms.loader.model_of(position)


async def read_questions(request: Request) -> Response:
    """``GET /interviews/{id}/questions``: what this candidate is asked, and what else the position has."""
    await hr(request)
    rooms = house(request)
    invitation, model = await _invited(rooms, request.path_params["id"])
    asked = [question.id for question in asked_of(invitation, model)]
    others = [question.id for question in model.questions if question.id not in asked]
    return answer({"questions": asked, "others": others, "chosen": invitation.questions is not None})


async def choose_questions(request: Request) -> Response:
    """``PUT /interviews/{id}/questions``: HR changes what this candidate is asked, before they have begun. An empty
    list goes back to the position's own. Who changed what, and why, is in the audit log."""
    user = await hr(request, RECRUITERS)
    rooms = house(request)
    interview_id = request.path_params["id"]
    wanted = await json_of(request, ChosenQuestions)
    if len(wanted.reason) > 500:
        raise Problem("request_invalid", detail="reason may have 500 characters")
    invitation, model = await _invited(rooms, interview_id)
    _choose(model, features_of(invitation, model), wanted.questions)
    live = rooms.switchboard.find(interview_id) or await rooms.switchboard.whereabouts(interview_id)
    async with rooms.engine.begin() as store:
        interview = await interviews.find_interview(store, interview_id)
        if interview is None or interview.phase is not Phase.INVITED or live:
            raise Problem("interview_started")
        await interviews.choose_questions(store, interview_id, " ".join(wanted.questions) or None)
        await _note_choice(store, user.name, interview_id, wanted.questions, wanted.reason)
    return await read_questions(request)


async def _note_choice(
    store: AsyncConnection, user: str, interview_id: str, questions: tuple[str, ...], reason: str
) -> None:
    named_questions = " ".join(questions) or "those of the position"
    await people.note(store, user, "chose_questions", interview_id, f"{named_questions} {reason}".strip())


async def revoke_invitation(request: Request) -> Response:
    user = await hr(request, RECRUITERS)
    async with house(request).engine.begin() as store:
        if await interviews.find_invitation(store, request.path_params["id"]) is None:
            raise Problem("invitation_unknown")
        await interviews.revoke(store, request.path_params["id"])
        await people.note(store, user.name, "revoked", request.path_params["id"])
    return Response(status_code=204)
