"""HR's correspondence: who waits for what, one person's conversation beside the scores, releasing, promises, offers."""

from typing import Annotated, Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge.notices import book, offers, promises
from ehr_bridge.notices.channels import CHANNELS
from ehr_bridge.notices.offers import OfferMovedMeanwhile
from ehr_bridge.notices.onboarding import BY_PERSON, Happening, StepNotPossible
from ehr_bridge.notices.slots import SLOTS, SlotInvalid
from ehr_bridge.notices.tables import conversation
from server.access import RECRUITERS, hr
from server.clock import wall_ms
from server.correspondence import console, onboarding, releasing
from server.correspondence.about import About, about, report_about
from server.correspondence.inbox import remember
from server.correspondence.office import Correspondence
from server.doors.panel import blinded
from server.house import house
from server.ids import new_id
from server.problems import Problem
from server.requests import answer, json_of
from server.store import people
from server.store.interviews import latest_interview_of

Hours = Annotated[int, msgspec.Meta(ge=1, le=168)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=SLOTS["text"])]
BY_HR = ("confirmed", "step_done", "declined", "taken_back")


class Release(msgspec.Struct, frozen=True):
    """``outcome``: passed and in_touch promise a contact within ``hours``. ``culture``: also the employer's story."""

    outcome: releasing.Outcome
    hours: Hours | None = None
    culture: bool = False


class Chat(msgspec.Struct, frozen=True):
    text: Words


class NewOffer(msgspec.Struct, frozen=True):
    """``notes``: by step, what the person should know about it."""

    contact: Annotated[str, msgspec.Meta(max_length=SLOTS["contact"])] = ""
    notes: dict[str, Annotated[str, msgspec.Meta(max_length=SLOTS["step_note"])]] = {}


class OfferStep(msgspec.Struct, frozen=True):
    """``confirmed``: the person has said so otherwise than here."""

    happening: Happening


def _office(request: Request) -> Correspondence:
    return house(request).correspondence


def _on(request: Request) -> Correspondence:
    """Raises ``Problem`` notices_off."""
    office = _office(request)
    if not office.on:
        raise Problem("notices_off")
    return office


async def overview(request: Request) -> Response:
    """``GET /api/v1/messages``: what waits for HR, the most urgent first, and which channels there are."""
    user = await hr(request)
    office = _office(request)
    async with office.engine.begin() as store:
        waiting = await console.waiting(office, store, wall_ms())
        await people.note(store, user.name, "read_messages", "messages", f"{len(waiting)} rows")
    channels = {channel: channel in office.clerk.senders for channel in CHANNELS}
    return answer({"on": office.on, "channels": channels, "staff": len(office.staff), "waiting": waiting})


async def one(request: Request) -> Response:
    """``GET /api/v1/messages/{id}``: an applicant's conversation, notices, promises, offers, and scores beside them."""
    user = await hr(request)
    office, applicant_id = _office(request), request.path_params["id"]
    async with office.engine.begin() as store:
        found = await _latest(store, applicant_id)
        shown = await console.person(office, store, found, user.name, wall_ms())
        await people.note(store, user.name, "read_messages", applicant_id)
    return answer(shown)


async def _latest(store: AsyncConnection, applicant_id: str) -> About:
    interview_id = await latest_interview_of(store, applicant_id)
    found = await about(store, interview_id) if interview_id else None
    if found is None:
        raise Problem("applicant_unknown")
    return found


async def chat(request: Request) -> Response:
    """``POST /api/v1/messages/{id}``: HR writes to the person; what was promised is kept by it."""
    user = await hr(request, RECRUITERS)
    office, applicant_id = _on(request), request.path_params["id"]
    said = await json_of(request, Chat)
    now = wall_ms()
    async with office.engine.begin() as store:
        found = await _latest(store, applicant_id)
        key = new_id("chat", now)
        try:
            await office.tell(store, "chat", key, found, {"text": said.text}, now, rungs=("kefu", "email"))
        except SlotInvalid as invalid:
            raise Problem("request_invalid", detail=str(invalid)) from None
        await remember(office, store, found, key, said.text, now, from_person=False)
        await promises.keep(store, applicant_id, user.name, now)
        mine = (conversation.c.applicant_id == applicant_id, conversation.c.read_by == "")
        await store.execute(update(conversation).where(*mine).values(read_by=user.name))
        await people.note(store, user.name, "wrote_message", applicant_id)
    office.clerk.nudge()
    return answer({"id": book.id_of(key)}, 201)


async def release(request: Request) -> Response:
    """``POST /api/v1/interviews/{id}/release``: the result goes out, once."""
    user = await hr(request, RECRUITERS)
    office, interview_id = _on(request), request.path_params["id"]
    wanted = await json_of(request, Release)
    hours = wanted.hours or office.configured.settings.promise_hours
    async with office.engine.begin() as store:
        found = await about(store, interview_id)
        if found is None:
            raise Problem("interview_unknown")
        await blinded(store, interview_id, user.name)
        report = await report_about(store, found)
        if report is None:
            raise Problem("report_not_ready")
        try:
            over = await releasing.let_go(
                office, store, found, report, outcome=wanted.outcome, hours=hours, culture=wanted.culture,
                by=user.name, now_ms=wall_ms(),
            )  # fmt: skip
        except releasing.ReleasedBefore:
            raise Problem("released_before") from None
        except releasing.NoCultureStory:
            raise Problem("culture_story_missing") from None
        await people.note(store, user.name, "released_result", interview_id, wanted.outcome)
    await office.cancelled(over, "released")
    office.clerk.nudge()
    return answer({"outcome": wanted.outcome}, 201)


async def keep_promise(request: Request) -> Response:
    """``POST /api/v1/messages/{id}/kept``: HR has spoken with the person, by telephone for instance."""
    user = await hr(request, RECRUITERS)
    office, applicant_id = _office(request), request.path_params["id"]
    async with office.engine.begin() as store:
        kept = await promises.keep(store, applicant_id, user.name, wall_ms())
        await people.note(store, user.name, "kept_promise", applicant_id, f"{len(kept)}")
    return answer({"kept": len(kept)})


async def read_all(request: Request) -> Response:
    """``POST /api/v1/messages/{id}/read``: the hints have been seen."""
    user = await hr(request, RECRUITERS)
    office, applicant_id = _office(request), request.path_params["id"]
    async with office.engine.begin() as store:
        mine = (conversation.c.applicant_id == applicant_id, conversation.c.read_by == "")
        done = await store.execute(update(conversation).where(*mine).values(read_by=user.name))
    return answer({"read": done.rowcount})


async def make_offer(request: Request) -> Response:
    """``POST /api/v1/messages/{id}/offers``."""
    user = await hr(request, RECRUITERS)
    office, applicant_id = _on(request), request.path_params["id"]
    wanted = await json_of(request, NewOffer)
    async with office.engine.begin() as store:
        found = await _latest(store, applicant_id)
        if await offers.open_of(store, applicant_id) is not None:
            raise Problem("offer_open")
        row = await onboarding.make(office, store, found, wanted.contact, wanted.notes, user.name)
        await people.note(store, user.name, "made_offer", applicant_id, row.id)
    office.clerk.nudge()
    return answer({"id": row.id, "state": row.flow.state}, 201)


async def move_offer(request: Request) -> Response:
    """``POST /api/v1/offers/{id}``: what HR knows has happened."""
    user = await hr(request, RECRUITERS)
    office, offer_id = _on(request), request.path_params["id"]
    wanted = await json_of(request, OfferStep)
    if wanted.happening not in BY_HR:
        detail = "the person says that" if wanted.happening in BY_PERSON else f"HR may say {', '.join(BY_HR)}"
        raise Problem("request_invalid", detail=detail)
    async with office.engine.begin() as store:
        row = await offers.find(store, offer_id)
        if row is None:
            raise Problem("offer_unknown")
        try:
            flow = await onboarding.happen(office, store, row, wanted.happening, wall_ms())
        except (StepNotPossible, OfferMovedMeanwhile):
            raise Problem("offer_step_not_possible", detail=f"it stands at {row.flow.state}") from None
        await people.note(store, user.name, "moved_offer", row.applicant_id, f"{offer_id} {wanted.happening}")
    office.clerk.nudge()
    return answer({"id": offer_id, "state": flow.state})


async def strays(request: Request) -> Response:
    """``GET /api/v1/messages-unknown``: what was written by people whom no link has named."""
    user = await hr(request, RECRUITERS)
    async with house(request).engine.begin() as store:
        query = select(conversation).where(conversation.c.applicant_id == "").order_by(conversation.c.id.desc())
        rows: list[dict[str, Any]] = [
            {"at_ms": row.at_ms, "channel": row.channel, "text": row.text, "person": row.person[-4:]}
            for row in await store.execute(query.limit(100))
        ]
        await people.note(store, user.name, "read_messages", "unknown senders", f"{len(rows)} rows")
    return answer({"items": rows})
