"""Offers and their onboarding as rows; the table that moves them is ``onboarding``."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical.persons import moment
from ehr_bridge.canonical.records import Offer as OfferRecord
from ehr_bridge.canonical.records import Onboarding, OnboardingStep
from ehr_bridge.notices.onboarding import OPEN, STEPS, Flow, Happening, State, Went, happened
from ehr_bridge.notices.tables import offer

OfferState = Literal["made", "accepted", "declined", "withdrawn", "expired"]
ENDED: Mapping[State, OfferState] = {"declined": "declined", "taken_back": "withdrawn", "lapsed": "expired"}


@dataclass(frozen=True, slots=True)
class OfferRow:
    """``notes``: what the person should know about each step. ``contact``: whom to ask."""

    id: str
    applicant_id: str
    interview_id: str
    position_id: str
    contact: str
    notes: Mapping[str, str]
    flow: Flow
    made_by: str
    version: int = 0


async def put(store: AsyncConnection, new: OfferRow) -> None:
    await store.execute(
        insert(offer).values(
            id=new.id,
            applicant_id=new.applicant_id,
            interview_id=new.interview_id,
            position_id=new.position_id,
            contact=new.contact,
            notes=msgspec.json.encode(new.notes),
            made_by=new.made_by,
            version=0,
            **_columns(new.flow),
        )
    )


def _columns(flow: Flow) -> dict[str, object]:
    return {"flow": msgspec.json.encode(flow), "state": flow.state, "lapses_at_ms": flow.lapses_at_ms}


async def find(store: AsyncConnection, offer_id: str) -> OfferRow | None:
    row = (await store.execute(select(offer).where(offer.c.id == offer_id))).first()
    return _row(row) if row else None


async def of_applicant(store: AsyncConnection, applicant_id: str) -> list[OfferRow]:
    """Newest first."""
    rows = await store.execute(select(offer).where(offer.c.applicant_id == applicant_id).order_by(offer.c.id.desc()))
    return [_row(row) for row in rows]


async def open_of(store: AsyncConnection, applicant_id: str) -> OfferRow | None:
    return next((row for row in await of_applicant(store, applicant_id) if row.flow.state in OPEN), None)


async def open_ones(store: AsyncConnection) -> list[OfferRow]:
    """The oldest first."""
    rows = await store.execute(select(offer).where(offer.c.state.in_(OPEN)).order_by(offer.c.id))
    return [_row(row) for row in rows]


async def lapsed(store: AsyncConnection, now_ms: int) -> list[OfferRow]:
    rows = await store.execute(select(offer).where(offer.c.lapses_at_ms <= now_ms, offer.c.state.in_(OPEN)))
    return [_row(row) for row in rows]


def _row(row: Row[Any]) -> OfferRow:
    return OfferRow(
        row.id,
        row.applicant_id,
        row.interview_id,
        row.position_id,
        row.contact,
        msgspec.json.decode(row.notes, type=dict[str, str]),
        msgspec.json.decode(row.flow, type=Flow),
        row.made_by,
        row.version,
    )


class OfferMovedMeanwhile(Exception):
    """Somebody else moved it between our look and our write."""


async def move(store: AsyncConnection, row: OfferRow, happening: Happening, now_ms: int) -> Went:
    """Raises ``StepNotPossible``, ``OfferMovedMeanwhile``."""
    went = happened(row.flow, happening, now_ms)
    mine = (offer.c.id == row.id, offer.c.version == row.version)
    done = await store.execute(update(offer).where(*mine).values(version=row.version + 1, **_columns(went.flow)))
    if done.rowcount != 1:
        raise OfferMovedMeanwhile(row.id)
    return went


def offer_record(row: OfferRow, flow: Flow) -> OfferRecord:
    """The offer as the employee record keeps it; each state is the next version of one record."""
    decided = next((flow.at_ms[state] for state in ("medical_check", "declined", "taken_back", "lapsed")
                    if state in flow.at_ms), None)  # fmt: skip
    accepted: OfferState = "accepted" if "medical_check" in flow.at_ms else "made"
    state = ENDED.get(flow.state, accepted)
    return OfferRecord(
        at=moment(flow.at_ms["offered"]),
        state=state,
        decided_at=None if decided is None else moment(decided),
        position_id=row.position_id,
    )


def onboarding_record(row: OfferRow, flow: Flow) -> Onboarding | None:
    """None: not begun."""
    if "medical_check" not in flow.at_ms:
        return None
    order = [*STEPS, "done"]
    steps = []
    for step, following in itertools.pairwise(order):
        done = flow.at_ms.get(following)
        steps.append(OnboardingStep(step, "done" if done else "open", moment(done) if done else None))
    state: Literal["open", "done", "broken_off"] = "open" if flow.state in OPEN else "broken_off"
    if flow.state == "done":
        state = "done"
    return Onboarding(
        at=moment(flow.at_ms["medical_check"]),
        state=state,
        steps=steps,
        position_id=row.position_id,
    )
