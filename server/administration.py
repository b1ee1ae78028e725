"""What ``viva admin`` does to the store of an installation, with or without a running server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from realtime.protocol.text import Language
from scoring.positions import builtin
from server.access import ROLES, SCOPES
from server.clock import wall_ms
from server.positions import position_row
from server.settings import Settings
from server.store import interviews, people
from server.store.database import migrate, open_database
from server.tokens import Signer, Token

__all__ = ["ROLES", "SCOPES", "Links", "add_api_key", "invite", "put_user"]

ACTOR = "viva admin"
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Links:
    candidate: str
    hr: str


@asynccontextmanager
async def store_of(settings: Settings) -> AsyncIterator[AsyncConnection]:
    settings.data.mkdir(parents=True, exist_ok=True)
    await migrate(settings.database)
    engine = open_database(settings.database)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def put_user(settings: Settings, name: str, password: str, roles: tuple[str, ...], branch: str) -> None:
    async with store_of(settings) as store:
        await people.put_user(store, name=name, password=password, roles=roles, branch=branch)
        await people.note(store, ACTOR, "put_user", name, " ".join(roles))


async def add_api_key(settings: Settings, name: str, scopes: tuple[str, ...]) -> str:
    async with store_of(settings) as store:
        key = await people.add_api_key(store, name=name, scopes=scopes)
        await people.note(store, ACTOR, "added_api_key", name, " ".join(scopes))
        return key


async def invite(settings: Settings, name: str, email: str, position_id: str, language: Language) -> Links:
    """Raises ``LookupError`` for a position that is not there."""
    async with store_of(settings) as store:
        position = await interviews.find_position(store, position_id)
        if position is None and position_id in builtin():
            position = position_row(builtin()[position_id])
            await interviews.put_position(store, position)
        if position is None:
            raise LookupError(f"there is no position {position_id!r}; `viva admin positions list` shows what there is")
        applicant = await people.add_applicant(store, name=name, email=email)
        invitation = await interviews.invite(
            store,
            applicant_id=applicant.id,
            position=position,
            language=language,
            profile=settings.profile,
            expires_at=wall_ms() + settings.link_hours * HOUR_MS,
            time_factor=1.0,
            created_by=ACTOR,
        )
        await people.note(store, ACTOR, "invited", invitation.interview_id)
    link = Signer(settings.signing_secret()).sign("link", Token(invitation.id, invitation.expires_at))
    base = settings.base_url
    return Links(f"{base}/i/{link}", f"{base}/hr?interview={invitation.interview_id}")
