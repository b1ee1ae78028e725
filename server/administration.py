"""What ``viva admin`` does to the store of an installation, with or without a running server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from realtime.protocol.text import Language
from scoring.campaign import ChoiceInvalid, questions_for
from scoring.position_model import Feature
from scoring.positions import builtin, stored
from server.access import ROLES, SCOPES, WEBHOOK
from server.clock import wall_ms
from server.positions import as_features, errors_of, publish_builtin
from server.settings import Settings
from server.store import interviews, people
from server.store.database import migrate, open_database
from server.tokens import Signer, Token

__all__ = ["ROLES", "SCOPES", "WEBHOOK", "Links", "add_api_key", "invite", "put_user"]

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


async def add_api_key(settings: Settings, name: str, scopes: tuple[str, ...], *, sandbox: bool = False) -> str:
    async with store_of(settings) as store:
        key = await people.add_api_key(store, name=name, scopes=scopes, sandbox=sandbox)
        await people.note(store, ACTOR, "added_api_key", name, " ".join(scopes))
        return key


async def _check(
    position: interviews.PositionRow, features: tuple[Feature, ...] | None, questions: tuple[str, ...]
) -> None:
    errors = await errors_of(position)
    if errors:
        raise ValueError("\n".join(errors))
    model = stored(position.source_yaml)
    try:
        questions_for(model, model.features if features is None else features, questions)
    except ChoiceInvalid as error:
        raise ValueError(str(error)) from None


async def invite(
    settings: Settings,
    name: str,
    email: str,
    position_id: str,
    language: Language,
    *,
    features: tuple[str, ...] | None = None,
    questions: tuple[str, ...] = (),
) -> Links:
    """Raises ``LookupError`` for a position that is not there, ``ValueError`` for one that breaks a rule, and for
    features and questions that it has not."""
    chosen = None if features is None else as_features(features)
    async with store_of(settings) as store:
        position = await interviews.find_position(store, position_id)
        if position is None and position_id in builtin():
            position = await publish_builtin(store, builtin()[position_id])
        if position is None:
            raise LookupError(f"there is no position {position_id!r}; `viva admin positions list` shows what there is")
        await _check(position, chosen, questions)
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
            features=None if chosen is None else " ".join(chosen),
            questions=" ".join(questions) or None,
        )
        await people.note(store, ACTOR, "invited", invitation.interview_id)
    link = Signer(settings.signing_secret()).sign("link", Token(invitation.id, invitation.expires_at))
    base = settings.base_url
    return Links(f"{base}/i/{link}", f"{base}/hr?interview={invitation.interview_id}")
