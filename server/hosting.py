"""What another system that calls us may have done here: positions shown, somebody invited, an order looked at.

Each adapter gets a house of its own: it sees its own orders and no others, and what it does is in the audit log under
its name.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.adapters.conversation import FindOrder, Order
from ehr_bridge.adapters.hosting import (
    FindEmployee,
    FindEmployees,
    Invite,
    ListPositions,
    LookAtOrder,
    NoteComplaint,
    Offered,
    OrderState,
    RemoveEmployee,
    SaveEmployee,
)
from ehr_bridge.canonical import Label
from realtime.protocol.text import Phase
from server.clock import rfc3339, wall_ms
from server.employing import Employees
from server.positions import errors_of
from server.settings import Settings
from server.store import interviews, orders, people, reports
from server.store.orders import OrderRow
from server.tokens import Signer, Token

log = logging.getLogger("viva.hosting")

HOUR_MS = 3_600_000
CANCELLED = (Phase.WITHDRAWN, Phase.EXPIRED)


Welcome = Callable[[AsyncConnection, str, str], Awaitable[None]]
"""Tells a candidate of an invitation, in its transaction: interview, link."""


async def nobody_is_told(_store: AsyncConnection, _interview_id: str, _link: str) -> None:
    """Where no channel is configured, the other system's people hand the link on."""


class HouseOf:
    """``destination``: whose. ``announce`` tells HR's list about an interview, ``welcome`` the candidate."""

    def __init__(
        self,
        destination: str,
        engine: AsyncEngine,
        settings: Settings,
        announce: Callable[[str], None],
        welcome: Welcome = nobody_is_told,
    ) -> None:
        self._destination = destination
        self._engine = engine
        self._settings = settings
        self._announce = announce
        self._welcome = welcome
        self._signer = Signer(settings.signing_secret())
        self._employees = Employees(engine, destination, self._actor)

    @property
    def _actor(self) -> str:
        return f"destination {self._destination}"

    async def __call__(self, effect: Any) -> Any:
        match effect:
            case ListPositions():
                return await self._positions()
            case Invite():
                return await self._invited(effect)
            case LookAtOrder():
                return await self._looked_at(effect.id)
            case FindOrder():
                return await self._found(effect.interview_id)
            case NoteComplaint():
                return await self._complaint(effect.text)
            case FindEmployee():
                return await self._employees.find(effect.id)
            case FindEmployees():
                return await self._employees.search(effect.attribute, effect.value)
            case SaveEmployee():
                return await self._employees.save(effect)
            case RemoveEmployee():
                return await self._employees.remove(effect.id)
        raise TypeError(type(effect).__name__)

    async def _positions(self) -> list[Offered]:
        async with self._engine.connect() as store:
            rows = await interviews.list_positions(store)
        return [Offered(row.id, Label(row.title.zh, row.title.en)) for row in sorted(rows, key=lambda row: row.id)]

    async def _invited(self, wanted: Invite) -> OrderState | None:
        """The order of this callback, or a new one. Two that come at once make one: the second finds the first's."""
        async with self._engine.connect() as store:
            known = await orders.order_at(store, self._destination, wanted.callback_url)
            position = await interviews.find_position(store, wanted.position_id)
        if known is not None:
            return await self._looked_at(known.id)
        if position is None or await errors_of(position):
            return None
        try:
            async with self._engine.begin() as store:
                order = await self._order(store, position, wanted)
        except IntegrityError:
            async with self._engine.connect() as store:
                first = await orders.order_at(store, self._destination, wanted.callback_url)
            return await self._looked_at(first.id) if first else None
        self._announce(order.interview_id)
        return await self._looked_at(order.id)

    async def _order(self, store: AsyncConnection, position: interviews.PositionRow, wanted: Invite) -> OrderRow:
        applicant = await people.add_applicant(store, name=wanted.name, email=wanted.email, phone=wanted.phone)
        invitation = await interviews.invite(
            store,
            applicant_id=applicant.id,
            position=position,
            language=wanted.language,
            profile=self._settings.profile,
            expires_at=wall_ms() + self._settings.link_hours * HOUR_MS,
            time_factor=1.0,
            created_by=self._actor,
        )
        await people.note(store, self._actor, "invited", invitation.interview_id)
        await self._welcome(store, invitation.interview_id, self._link(invitation))
        return await orders.add_order(
            store,
            destination=self._destination,
            interview_id=invitation.interview_id,
            callback_url=wanted.callback_url,
        )

    def _link(self, invitation: interviews.InvitationRow) -> str:
        token = self._signer.sign("link", Token(invitation.id, invitation.expires_at))
        return f"{self._settings.base_url}/i/{token}"

    async def _looked_at(self, order_id: str) -> OrderState | None:
        async with self._engine.begin() as store:
            order = await orders.find_order(store, self._destination, order_id)
            if order is None:
                return None
            await people.note(store, self._actor, "looked_at_order", order.interview_id)
            return await self._state(store, order)

    async def _state(self, store: AsyncConnection, order: OrderRow) -> OrderState:
        interview = await interviews.find_interview(store, order.interview_id)
        invitation = await interviews.invitation_of(store, order.interview_id)
        assert interview is not None  # the order's foreign key
        assert invitation is not None
        report = await reports.find_report(store, interview.report_id) if interview.report_id else None
        over = interview.phase in CANCELLED or invitation.revoked_at is not None
        base = self._settings.base_url
        return OrderState(
            id=order.id,
            interview_id=order.interview_id,
            status="cancelled" if over else "complete" if report else "open",
            candidate_link=self._link(invitation),
            report_link=f"{base}/hr?interview={order.interview_id}",
            started_at=rfc3339(interview.started_at) if interview.started_at else "",
            ended_at=rfc3339(interview.ended_at) if interview.ended_at else "",
            score=report.total if report else None,
        )

    async def _found(self, interview_id: str) -> Order | None:
        async with self._engine.connect() as store:
            order = await orders.order_of(store, self._destination, interview_id)
        return Order(order.id, order.interview_id, order.callback_url) if order else None

    async def _complaint(self, text: str) -> None:
        log.warning("%s could not read an answer of ours", self._actor)
        async with self._engine.begin() as store:
            await people.note(store, self._actor, "complained", self._destination, text)
